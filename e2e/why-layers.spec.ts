/* Policy, isolation and physics of a pair, side by side, and where they contradict each other. */
import { expect, expectSays, test } from './app.ts';
import type { App } from './app.ts';

function panel(app: App) {
  return app.page.getByRole('complementary', { name: 'Why' });
}

function layers(app: App) {
  return panel(app).getByRole('region', { name: 'Three layers' });
}

test('each layer has its own answer', async ({ app }) => {
  await app.open({ view: 'why' });
  for (const words of ['Policy Direct', 'Isolation No groups', 'Physics Write arrives Read arrives'])
    await expectSays(layers(app), words);
  await expect(panel(app)).toContainText('Such labels ignore ACS');
});

test('a root complex that corrupts what the kernel allows is called out', async ({ app }) => {
  await app.open({ view: 'machine', preset: 'two-root-ports' });
  await app.page.getByRole('tab', { name: 'Root complex' }).click();
  await app.page.getByLabel('Peer writes').selectOption('corrupt');
  await app.idle();
  await app.view('Why');
  const callouts = panel(app).getByRole('list', { name: 'Where the layers disagree' });
  await expect(callouts).toContainText('The kernel says supported, the hardware corrupts');
  await expect(layers(app)).toContainText('Write arrives corrupt');
});

test('groups, the way of read data, and the verdict as text, where a redirect is allowed', async ({ app, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await app.open({ view: 'why', preset: 'acs-redirect-allowed' });
  await expect(layers(app)).toContainText('Different groups');
  await expect(layers(app)).toContainText(/in different IOMMU groups/);
  await app.choose('Route drawn', 'Read data comes');
  await app.choose('Route drawn', 'Writes go');
  await expect(panel(app).getByText('Read data comes')).toBeVisible();
  await panel(app).getByRole('button', { name: 'Copy as text' }).click();
  await expect(panel(app).getByRole('button', { name: 'Copied' })).toBeVisible();
  const text = await app.page.evaluate(() => navigator.clipboard.readText());
  expect(text).toMatch(/^nic0 \(04:00\.0\) to iopmem0 \(03:00\.0\): Through the host bridge/);
  expect(text).toContain('Isolation:');
  expect(text).toContain('pci=disable_acs_redir=');
  await app.expectAccessibleInBothThemes();
});
