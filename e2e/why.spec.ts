/* Which path do the bytes take, and which register decided it. */
import { expect, expectSays, test } from './app.ts';
import type { App } from './app.ts';

function panel(app: App) {
  return app.page.getByRole('complementary', { name: 'Why' });
}

async function ask(app: App, client: string, provider: string): Promise<void> {
  await panel(app).getByLabel('Device that moves the bytes').selectOption({ label: client });
  await panel(app).getByLabel('Device whose memory is used').selectOption({ label: provider });
  await app.idle();
}

test('two devices of one switch reach each other by bus address', async ({ app }) => {
  await app.open();
  await app.view('Why');
  await expect(panel(app).getByRole('heading', { level: 2 })).toHaveText(/Bus address/i);
  await expectSays(panel(app), 'Linux distance');
  await expectSays(panel(app), /02:0\d\.0/);
});

test('across root ports the kernel refuses, and the panel says by which rule', async ({ app }) => {
  await app.open();
  await app.view('Why');
  await ask(app, 'nvme0', 'iopmem0');
  await expect(panel(app).getByRole('heading', { level: 2 })).toHaveText(/Not supported/i);
  const steps = panel(app)
    .getByRole('table', { name: /Checked as Linux does/ })
    .or(panel(app).getByRole('region', { name: 'Checked as Linux does' }));
  await expect(steps.first()).toContainText('00:00.0');
});

test('an ACS bit left on is named with its register, and one press clears it', async ({ app }) => {
  await app.open({ preset: 'acs-redirect-allowed', view: 'why' });
  const why = panel(app);
  await expect(why.getByRole('heading', { level: 2 })).not.toHaveText(/^Bus address/i);
  await expect(why.getByRole('heading', { name: /ACS Control of 02:0\d\.0/ })).toBeVisible();
  await expect(why.getByText(/pci=disable_acs_redir=/)).toBeVisible();
  await why.getByRole('region', { name: 'What would change it' }).getByRole('button').first().click();
  await app.idle();
  await expect(why.getByRole('heading', { level: 2 })).toHaveText(/Bus address/i);
});
