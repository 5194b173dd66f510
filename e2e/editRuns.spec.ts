/*
 * Editing while machines run: a card is pulled and put back without a restart; an edit restarts and says so; a large
 * machine stays usable.
 */
import { expect, test } from './app.ts';

test('a card is removed during traffic, and plugged in again, in the same runs', async ({ app, page }) => {
  await app.open({ view: 'race' });
  await app.resize('64 MiB');
  await app.view('Edit');
  const tree = page.getByRole('tree', { name: 'The machine being built' });
  // A slot that cards can be pulled out of.
  await tree.getByRole('treeitem', { name: /^Downstream port 02:00\.0/ }).click();
  await page.getByText('Limits and wire').click();
  await page.getByRole('checkbox', { name: 'Hot-plug slot' }).check();
  await app.idle();
  await app.asFastAsPossible();
  await app.button('Play').click();
  await expect(page.getByText(/Two runs stand at/)).toBeVisible();
  await page.getByRole('button', { name: 'Remove now (surprise)' }).click();
  await expect(page.getByText(/removed in both runs; they go on/).first()).toBeVisible();
  // The same machines: had they been built anew, nothing would be out of them.
  await expect(app.button('Plug in now')).toBeEnabled();
  await page.getByRole('button', { name: 'Plug in now' }).click();
  await expect(page.getByText(/plugged in in both runs|plugged in/).first()).toBeVisible();
  await app.expectAccessibleInBothThemes();
});
