/* Break something and see what notices, what it costs and what recovers. */
import { expect, expectSays, test } from './app.ts';
import type { App } from './app.ts';

function panel(app: App) {
  return app.page.getByRole('complementary', { name: 'Faults' });
}

/** A figure of the cost table. */
function cost(app: App, row: string, column: number) {
  return app.page.getByRole('row').filter({ hasText: row }).getByRole('cell').nth(column);
}

/** The lab with a transfer that is long enough to be hit, and short enough for a test. */
async function openLab(app: App): Promise<void> {
  await app.open();
  await app.resize('8 MiB');
  await app.view('Faults');
  await app.asFastAsPossible();
}

async function plannedAt(app: App, microseconds: string): Promise<void> {
  await app.choose('When', 'In every run, at');
  await panel(app).getByLabel('Simulated time').fill(microseconds);
  await panel(app).getByRole('button', { name: 'Add to the plan' }).click();
  await app.idle();
}

test('bit errors are replayed, counted, and every byte still arrives', async ({ app }) => {
  await openLab(app);
  await panel(app)
    .getByRole('button', { name: /^Bit errors on nic0/ })
    .click();
  await app.idle();
  await expect(app.button('Play again')).toBeVisible();
  await app.page.getByRole('tab', { name: 'Cost and recovery' }).click();
  await expect(cost(app, 'TLPs sent again', 0)).not.toHaveText('0');
  await expect(app.page.getByRole('region', { name: 'P2P, outcome' })).toContainText('every byte arrived');
  await app.view('Race');
  await expect(app.figure('Sent again', 'P2P')).not.toHaveText('0 TLPs');
});

test('a device that is pulled out fails the run with a reason, and the page lives', async ({ app }) => {
  await openLab(app);
  await panel(app)
    .getByRole('button', { name: /^Pull iopmem0 out/ })
    .click();
  await app.idle();
  await expect(app.button('Play again')).toBeVisible();
  const log = app.page.getByRole('region', { name: /^Error log/ });
  await expect(log).toContainText(/removal|Surprise/i);
  await app.page.getByRole('tab', { name: 'Cost and recovery' }).click();
  await expect(app.page.getByRole('region', { name: 'P2P, outcome' })).toContainText(/It failed: ./);
  // The plan is the document's: without it both runs are whole again.
  await app.page.keyboard.press('Control+z');
  await app.idle();
  await app.runToEnd();
  await expect(app.page.getByRole('region', { name: 'P2P, outcome' })).toContainText('every byte arrived');
});

test('a poisoned write is logged with its header, in registers and costs, which can be read without seeing', async ({
  app,
}) => {
  test.slow();
  await openLab(app);
  await panel(app)
    .getByRole('button', { name: /^A poisoned write/ })
    .click();
  await app.idle();
  const row = app.page
    .getByRole('row')
    .filter({ hasText: /Poisoned TLP/ })
    .first();
  await row.click();
  const detail = app.page.getByRole('region', { name: 'Error in detail' });
  await expect(detail).toContainText('MWr');
  await expectSays(detail, 'EP yes');
  await app.expectAccessibleInBothThemes();
  await app.page.getByRole('tab', { name: 'AER registers' }).click();
  const aer = app.page.getByRole('region', { name: 'AER registers' });
  await expect(aer.getByRole('row', { name: /Poisoned TLP/ })).toContainText('1');
  await app.expectAccessibleInBothThemes();
  await app.page.getByRole('tab', { name: 'Cost and recovery' }).click();
  await expect(cost(app, 'TLPs sent again', 0)).toBeVisible();
  await app.expectAccessibleInBothThemes();
});

test('planned faults are changed, removed and undone', async ({ app }) => {
  await app.open({ view: 'faults' });
  await panel(app).getByRole('combobox', { name: 'Fault', exact: true }).selectOption('linkDown');
  await plannedAt(app, '200');
  const list = panel(app).getByRole('region', { name: 'In every run' });
  await expect(list).toContainText('Link down');
  await list.getByRole('button', { name: /^Change Link down/ }).click();
  await panel(app).getByLabel('Simulated time').fill('50');
  await panel(app).getByRole('button', { name: 'Change the plan' }).click();
  await app.idle();
  await expectSays(list, '50.00 µs');
  await list.getByRole('button', { name: /^Remove Link down/ }).click();
  await app.idle();
  await expect(list).toBeHidden();
  await app.page.keyboard.press('Control+z');
  await app.idle();
  await expect(list).toContainText('Link down');
});

test('what a machine cannot do is said in a sentence', async ({ app }) => {
  await app.open({ view: 'faults' });
  await app.expectAccessibleInBothThemes();
  await panel(app).getByRole('combobox', { name: 'Fault', exact: true }).selectOption('unmapIommu');
  await panel(app).getByRole('button', { name: 'Inject now' }).click();
  await app.idle();
  await expect(panel(app).getByRole('alert')).not.toBeEmpty();
  await expect(panel(app).getByRole('region', { name: 'Injected into this run' })).toContainText('Both refused:');
});

test('a drive is pulled out mid-run and plugged in again, and the transfer of the others goes on', async ({ app }) => {
  await openLab(app);
  const form = panel(app);
  await form.getByRole('combobox', { name: 'Fault', exact: true }).selectOption('surpriseRemoval');
  await form.getByRole('combobox', { name: 'Link', exact: true }).selectOption({ label: '00:02.0 to nvme0' });
  await app.button('Step').click();
  await app.idle();
  await form.getByRole('button', { name: 'Inject now' }).click();
  await form.getByRole('button', { name: 'Plug it in again' }).click();
  await expect(form.getByRole('region', { name: 'Injected into this run' })).toContainText('Hot add');
  await expect(form.getByRole('button', { name: 'Plug it in again' })).toBeHidden();
  await app.button('Play').click();
  await app.idle();
  const log = app.page.getByRole('region', { name: /^Error log/ });
  await expect(log.getByRole('row').filter({ hasText: 'Surprise Down' }).first()).toContainText('fatal');
  await app.page.getByRole('tab', { name: 'Cost and recovery' }).click();
  await expect(app.page.getByRole('region', { name: 'P2P, outcome' })).toContainText('every byte arrived');
});
