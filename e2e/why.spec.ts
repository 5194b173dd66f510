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

test('what a fix would gain is simulated, on the machine as it is and with the fix', async ({ app }) => {
  await app.open({ preset: 'acs-redirect', view: 'race' });
  await app.resize('256 KiB');
  await app.view('Why');
  const fixes = panel(app).getByRole('region', { name: 'What would change it' });
  const ask = fixes.getByRole('button', { name: 'Simulate the gain' });
  await ask.first().click();
  await expect(fixes.getByText('Simulated: 256 KiB on each machine', { exact: false })).toBeVisible();
  const rate = fixes.getByRole('row', { name: /^Rate/ });
  await expect(rate.getByRole('cell').first()).toContainText('GB/s, bounce');
  await expect(rate.getByRole('cell').last()).toHaveText(/^[\d.]+ GB\/s$/);
  await expect(fixes.getByText(/^[\d.]+× the rate$/)).toBeVisible();
  await expect(fixes).toContainText('As it is, P2P is refused: The kernel refuses');
  await app.expectAccessibleInBothThemes();
  // The document as it was: undo brings the figures back without another run.
  await fixes.getByRole('button').first().click();
  await app.idle();
  await expect(panel(app).getByRole('heading', { level: 2 })).toHaveText(/Bus address/i);
  await app.page.getByRole('button', { name: /^Undo/ }).click();
  await app.idle();
  await expect(fixes.getByText(/^[\d.]+× the rate$/)).toBeVisible();
});

test('a route that is refused ends in a stop mark with its reason', async ({ app }) => {
  await app.open({ preset: 'acs-egress-control', view: 'why' });
  await expect(panel(app)).toContainText('ends: P2P Egress Control forbids this peer port');
  const scene = app.page.getByRole('region', { name: 'Machine', exact: true });
  await expect(scene.getByText('Stopped: ACS violation')).toBeVisible();
  await expect(scene.locator('.pl-stop-bar')).toHaveCount(1);
  await ask(app, 'iopmem0', 'iopmem1');
  await expect(scene.locator('.pl-stop-bar')).toHaveCount(0);
});
