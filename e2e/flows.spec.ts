/* Many flows at once: add them, run them, see what limits each and how links spent their time. */
import { expect, expectSays, plain, test } from './app.ts';
import type { App } from './app.ts';

function panel(app: App) {
  return app.page.getByRole('complementary', { name: 'Flow' });
}

function row(app: App, name: string) {
  return app.page
    .getByRole('table', { name: 'Flows' })
    .getByRole('row')
    .filter({ has: app.page.getByRole('rowheader', { name, exact: true }) });
}

async function addFlow(app: App, fill: () => Promise<void>): Promise<void> {
  await fill();
  await panel(app).getByRole('button', { name: 'Add the flow' }).click();
  await app.idle();
}

async function run(app: App): Promise<void> {
  await app.page.getByRole('button', { name: /^Run (the flows|again)$/ }).click();
  await app.idle();
  await expect(app.button('Run again')).toBeVisible();
}

test('two flows run at once, each with its rate and what limits it', async ({ app }) => {
  await app.open({ view: 'flows' });
  await expect(app.page.getByRole('heading', { name: 'No flows yet' })).toBeVisible();
  await app.expectAccessibleInBothThemes();
  await addFlow(app, async () => {
    await panel(app).getByLabel('Size').fill('1 MiB');
    await panel(app).getByLabel('Name').fill('Packets');
  });
  await addFlow(app, async () => {
    await app.choose('Kind of flow', 'Accesses');
    await panel(app).getByLabel('Device').selectOption('nvme0');
    await panel(app).getByLabel('Target').selectOption('host');
    await panel(app).getByLabel('How many').fill('2000');
    await panel(app).getByLabel('At once').fill('2');
    await panel(app).getByLabel('Name').fill('Reads');
  });
  await run(app);
  await expect(row(app, 'Packets')).toContainText('finished');
  await expect(row(app, 'Packets')).toContainText(/wire of 02:0\d\.0/);
  await expect(row(app, 'Reads')).toContainText('tags of nvme0');
  await expectSays(row(app, 'Reads'), /\d GB\/s/);
  await app.page.getByRole('tab', { name: 'What limits' }).click();
  await expect(app.page.getByRole('list', { name: 'What limits' }).getByRole('listitem')).toHaveCount(2);
  await app.expectAccessibleInBothThemes();
});

test('the time of every link adds up to 100 %', async ({ app }) => {
  await app.open({ view: 'flows' });
  await app.page.getByRole('button', { name: /^CPU stores into/ }).click();
  await app.idle();
  await run(app);
  await app.page.getByRole('tab', { name: 'Time of the links' }).click();
  const table = app.page.getByRole('table', { name: 'How links spent their time' });
  await expect(table.getByRole('row').nth(2)).toBeVisible();
  const lines = await table
    .getByRole('row')
    .evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent)));
  for (const cells of lines.slice(1)) {
    const shares = cells.slice(1).map((text) => Number(plain(text).replace('%', '')));
    const sum = shares.reduce((total, share) => total + share, 0);
    // Eight figures, each rounded to a tenth.
    expect(Math.abs(sum - 100)).toBeLessThan(0.5);
  }
  await app.expectAccessibleInBothThemes();
  await app.page.getByRole('tab', { name: 'Throughput over time' }).click();
  await app.expectAccessible();
});

test('bad input is said at its field, and nothing is added', async ({ app }) => {
  await app.open({ view: 'flows' });
  const add = panel(app).getByRole('button', { name: 'Add the flow' });
  await panel(app).getByLabel('Size').fill('a lot');
  await expect(panel(app)).toContainText('256 MiB, for example');
  await expect(add).toBeDisabled();
  await panel(app).getByLabel('Size').fill('1 MiB');
  await panel(app).getByLabel('To').selectOption('nic0');
  await expect(panel(app)).toContainText('Choose two different ends.');
  await expect(add).toBeDisabled();
  await panel(app).getByLabel('To').selectOption('iopmem0');
  await panel(app).getByLabel('Starts at').fill('soon');
  await expect(add).toBeDisabled();
});

test('a flow is changed, duplicated, deleted and undone; one that cannot run does not stop the others', async ({
  app,
}) => {
  await app.open({ view: 'flows' });
  await addFlow(app, async () => {
    await panel(app).getByLabel('Size').fill('256 KiB');
    await panel(app).getByLabel('Name').fill('First');
  });
  await app.page.getByRole('button', { name: 'Duplicate First' }).click();
  await app.idle();
  await app.page.getByRole('button', { name: 'Change First, again' }).click();
  await panel(app).getByLabel('From').selectOption('iopmem1');
  await panel(app).getByLabel('To').selectOption('host');
  await app.choose('Way', 'Bounce');
  await panel(app).getByRole('button', { name: 'Change the flow' }).click();
  await app.idle();
  await run(app);
  await expect(row(app, 'First')).toContainText('finished');
  await expect(row(app, 'First, again')).toContainText('refused');
  await expect(row(app, 'First, again')).toContainText('host memory already');
  await app.page.getByRole('button', { name: 'Delete First, again' }).click();
  await app.idle();
  await expect(row(app, 'First, again')).toHaveCount(0);
  await app.page.keyboard.press('Control+z');
  await app.idle();
  await expect(row(app, 'First, again')).toHaveCount(1);
});
