/* Switches of the machine: what they do to the route, and back. */
import { expect, expectSays, test } from './app.ts';
import type { App } from './app.ts';

function panel(app: App) {
  return app.page.getByRole('complementary', { name: 'Policy' });
}

function effect(app: App) {
  return app.page.getByRole('status', { name: 'What the last change did' });
}

/** Opens the panel of a function from the table. */
async function pick(app: App, name: string): Promise<void> {
  await app.page.getByRole('table').getByRole('button', { name, exact: true }).click();
  await expect(panel(app).getByRole('heading', { name, level: 2 })).toBeVisible();
}

test('an IOMMU that is switched on redirects every pair, and undo brings the direct route back', async ({ app }) => {
  await app.open({ view: 'machine' });
  await expect(effect(app)).toContainText('Every change builds the machine anew');
  await app.choose('IOMMU', 'Translate');
  await expect(effect(app)).toContainText('IOMMU: Translate');
  await expectSays(effect(app), 'Bus address Not supported');
  await expectSays(effect(app), 'below the switch through the root complex');
  await expect(
    app.page.getByRole('button', { name: /P2P Request Redirect on 02:01\.0: on, firmware left it off/ }),
  ).toBeVisible();
  await app.button('Undo this').click();
  await app.idle();
  await expect(effect(app)).toContainText('Undone: IOMMU: Translate');
  await expectSays(effect(app), 'Not supported Bus address');
});

test('a redirect bit left on by firmware shows in Why, and undo clears it', async ({ app }) => {
  await app.open({ view: 'machine' });
  await app.page.getByRole('button', { name: /P2P Request Redirect on 02:01\.0/ }).click();
  await app.idle();
  await expect(effect(app)).toContainText('02:01.0: RR on in firmware');
  await app.view('Why');
  const why = app.page.getByRole('complementary', { name: 'Why' });
  await expect(why.getByRole('heading', { name: 'ACS Control of 02:01.0' })).toBeVisible();
  await expect(why.getByRole('heading', { level: 2 })).not.toHaveText(/^Bus address/);
  await app.page.keyboard.press('Control+z');
  await app.idle();
  await expect(why.getByRole('heading', { level: 2 })).toHaveText(/Bus address/);
});

test('below an IOMMU: numbers, kernel parameters, and what a port is offered, left and written', async ({ app }) => {
  await app.open({ view: 'machine' });
  await app.expectAccessibleInBothThemes();
  await app.choose('IOMMU', 'Translate');
  const host = panel(app);
  await test.step('a number outside its range is not taken', async () => {
    const entries = host.getByLabel('IOTLB entries');
    await entries.fill('0');
    await expect(host.getByText(/From 1 to 65.536\./)).toBeVisible();
    await entries.press('Enter');
    await expect(entries).toHaveValue('');
    await entries.fill('128');
    await entries.press('Enter');
    await app.idle();
    await expect(app.page.getByRole('button', { name: 'Undo: IOTLB entries: 128' })).toBeVisible();
  });
  await test.step('a kernel parameter is checked as it is typed, joined to what is there, and removed', async () => {
    const device = host.getByLabel('Device', { exact: true });
    await device.fill('02:00.0,02:01.0');
    await expect(host.getByText(/A comma ends the option/)).toBeVisible();
    await expect(host.getByRole('button', { name: 'Add' })).toBeDisabled();
    for (const bdf of ['0000:02:00.0', '0000:02:01.0']) {
      await device.fill(bdf);
      await host.getByRole('button', { name: 'Add' }).click();
      await app.idle();
    }
    await expectSays(effect(app), 'Not supported Bus address');
    await host.getByRole('button', { name: 'Remove pci=disable_acs_redir=0000:02:01.0' }).click();
    await app.idle();
    await expectSays(effect(app), 'Bus address Not supported');
    await host.getByRole('button', { name: 'Remove pci=disable_acs_redir=0000:02:00.0' }).click();
    await app.idle();
  });
  await test.step('a port: offered, left by firmware, written by Linux, and by which rule', async () => {
    await pick(app, 'Switch port 1');
    const acs = host.getByRole('region', { name: 'Access control services' });
    await expectSays(acs.getByRole('row', { name: /P2P Request Redirect/ }), /0 set 1$/);
    await expect(acs).toContainText('(A-2)');
    await expect(acs.getByRole('row', { name: /P2P Egress Control/ })).toContainText('not offered');
  });
  await app.expectAccessibleInBothThemes();
});

test('belief and truth of a root complex are set apart', async ({ app }) => {
  await app.open({ view: 'machine', preset: 'two-root-ports' });
  await app.page.getByRole('tab', { name: 'Root complex' }).click();
  const bridge = panel(app);
  await expect(bridge).toContainText('The kernel believes');
  await app.expectAccessibleInBothThemes();
  await expect(bridge).toContainText('Trusted: an AMD processor');
  await bridge.getByRole('button', { name: 'Blocked' }).click();
  await app.idle();
  await expect(bridge.getByLabel('Peer writes')).toHaveValue('drop');
  await expect(bridge.getByLabel('Peer reads')).toHaveValue('timeout');
  await app.page.getByRole('button', { name: 'Undo: Root complex: Blocked' }).click();
  await app.idle();
  await expect(bridge.getByLabel('Peer writes')).toHaveValue('forward');
});
