/* The validation page: its figures are those of the run, and every point opens its machine. */
import { readFileSync } from 'node:fs';
import { expect, expectSays, test } from './app.ts';
import type { App } from './app.ts';

interface Stored {
  readonly summary: readonly {
    readonly section: string;
    readonly inside: number;
    readonly missed: number;
    readonly notRun: number;
  }[];
  readonly throughput: readonly { readonly id: string; readonly title: string; readonly model: number }[];
  readonly measurements: readonly {
    readonly id: string;
    readonly title: string;
    readonly verdict: string;
    readonly model?: number;
  }[];
}

const stored: Stored = JSON.parse(readFileSync('src/validation/results.json', 'utf8'));
const SECTIONS = new Map([
  ['throughput', 'Throughput of one link'],
  ['latency', 'Latency and outstanding reads'],
  ['semantics', 'Peer-to-peer semantics'],
  ['measurements', 'Published measurements'],
]);

function tables(app: App) {
  return app.page.getByRole('region', { name: 'Tables', exact: true });
}

async function showThroughput(app: App): Promise<void> {
  await tables(app).getByRole('tab', { name: 'Throughput of one link' }).click();
}

test('counts, rows and filters are those of the stored results', async ({ app }) => {
  await app.open({ view: 'validation' });
  const cells = app.page.getByRole('list', { name: 'Summary' }).getByRole('listitem');
  await expect(cells).toHaveCount(4);
  for (const { section, inside, missed, notRun } of stored.summary) {
    const cell = cells.filter({ hasText: SECTIONS.get(section) ?? '' });
    await expectSays(cell, `${inside} of ${inside + missed + notRun} inside`);
  }

  await tables(app).getByLabel('Verdict').selectOption({ label: 'inside' });
  const inside = stored.measurements.filter(({ verdict }) => verdict === 'inside').length;
  await expect(tables(app).getByRole('status')).toContainText(`${inside} of ${stored.measurements.length}`);
  await tables(app).getByLabel('Find').fill('no such machine');
  await expect(tables(app).getByText('Nothing fits.')).toBeVisible();
  await tables(app).getByLabel('Verdict').selectOption({ label: 'all' });
  await tables(app).getByLabel('Find').fill('');

  const row = stored.throughput.find(({ id }) => id === 'R-g4x8-m256-q512-r64-a64-e0-s4096');
  await showThroughput(app);
  await expect(tables(app).getByRole('status')).toContainText(
    `${stored.throughput.length} of ${stored.throughput.length}`,
  );
  await tables(app).getByLabel('Find').fill('gen4 x8 read of 4096 mps 256 mrrs 512');
  const found = tables(app)
    .getByRole('row', { name: row?.title ?? '' })
    .first();
  await expect(found).toContainText(((row?.model ?? 0) / 1e9).toFixed(3));
});

test('a measurement opens the machine it was made on', async ({ app }) => {
  await app.open({ view: 'validation' });
  await tables(app)
    .getByRole('button', { name: /Open this machine: Peer writes into memory/ })
    .click();
  await app.idle();
  await expect(app.page.getByRole('button', { name: /Machine: .*2016: peer writes into iopmem/ })).toBeVisible();
  await expect(app.page).toHaveURL(/view=race/);
  const note = app.page.getByRole('complementary', { name: 'Published measurement' });
  const model = stored.measurements.find(({ id }) => id === 'iopmem-wr')?.model ?? 0;
  await expectSays(note, `model ${(model / 1e9).toFixed(3)} GB/s`);
  await note.getByRole('button', { name: 'All measurements' }).click();
  await expect(app.page.getByRole('list', { name: 'Summary' })).toBeVisible();
});

test('the machine of a measurement, run in the page, gives the figure of the validation', async ({ app }) => {
  const point = stored.measurements.find(({ id }) => id === 'pb-rd-512');
  await app.open({ view: 'validation' });
  await tables(app)
    .getByRole('button', { name: `Open this machine: ${point?.title}` })
    .click();
  await app.idle();
  await app.asFastAsPossible();
  await app.button('Run the flows').click();
  await app.idle();
  const row = app.page.getByRole('row', { name: /DMA reads of 512 B/ });
  await expect(row).toContainText(((point?.model ?? 0) / 1e9).toFixed(2));
  await expect(row).toContainText('wire of');
});

test('a worked case opens its machine with its pair in question', async ({ app }) => {
  await app.open({ view: 'validation' });
  await tables(app).getByRole('tab', { name: 'Peer-to-peer semantics' }).click();
  await tables(app).getByRole('button', { name: 'Open this machine: case W04' }).click();
  await app.idle();
  await expect(app.page).toHaveURL(/view=why/);
  await expect(app.page.getByRole('complementary', { name: 'Why' }).getByRole('heading', { level: 2 })).toHaveText(
    /Bus address/i,
  );
});

test('the keyboard walks the points of a plot and opens a row’s machine', async ({ app }) => {
  await app.open({ view: 'validation' });
  const plot = app.page.getByRole('group', { name: /^Model against reference/ });
  await plot.locator('[tabindex="0"]').focus();
  const facts = app.page.getByRole('complementary', { name: 'Point' });
  await app.page.keyboard.press('Home');
  const first = await facts.getByRole('heading').innerText();
  await app.page.keyboard.press('ArrowRight');
  await expect(facts.getByRole('heading')).not.toHaveText(first);
  const title = await facts.getByRole('heading').innerText();
  await app.page.keyboard.press('Enter');
  await facts.getByRole('button', { name: 'Open this machine' }).click();
  await app.idle();
  await expect(app.page.getByRole('button', { name: `Machine: ${title}` })).toBeVisible();
  await expect(app.page).toHaveURL(/view=flows/);
});

test('every plot, table and point is accessible', async ({ app }) => {
  await app.open({ view: 'validation' });
  await expect(app.page.getByRole('list', { name: 'Summary' })).toBeVisible();
  await app.expectAccessibleInBothThemes();
  await showThroughput(app);
  await app.expectAccessibleInBothThemes();
});
