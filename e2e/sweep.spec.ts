/* One setting varied over many machines: run, watch it come in, compare, save, cancel, open a point. */
import { readFile } from 'node:fs/promises';
import { expect, plain, test } from './app.ts';
import type { App } from './app.ts';

const PROMPT = { timeout: 45_000 };

function panel(app: App) {
  return app.page.getByRole('complementary', { name: 'What to vary' });
}

function status(app: App) {
  return app.page.locator('.sweep-said');
}

function chart(app: App) {
  return app.page.getByRole('group', { name: /^Throughput over / });
}

function table(app: App) {
  return app.page.getByRole('table', { name: /of every run/ });
}

async function begin(app: App): Promise<void> {
  await app.button('Run the sweep').click();
  // However quick it is, it says how far it is, or that it is done.
  await expect(status(app)).toHaveText(/\d/);
}

/** A sweep of the default machine whose runs are short. */
async function runPayloads(app: App): Promise<void> {
  await app.open({ view: 'sweep' });
  await panel(app).getByLabel('Transfer size').fill('256 KiB');
  await begin(app);
  await expect(status(app)).toHaveText(/^6.runs done$/, PROMPT);
}

test('three payload sizes run both ways; chart and table say the same', async ({ app }) => {
  await app.open({ view: 'sweep' });
  await expect(app.page.getByRole('heading', { name: 'No sweep yet' })).toBeVisible();
  await app.expectAccessibleInBothThemes();
  await expect(panel(app).getByLabel('Vary', { exact: true })).toHaveValue('mps');
  for (const size of ['128 B', '256 B', '512 B']) await expect(panel(app).getByLabel(size)).toBeChecked();
  await expect(panel(app)).toContainText('3 points × 2 ways = 6 runs');
  await panel(app).getByLabel('Transfer size').fill('256 KiB');
  // Everything that is said on the way, however short.
  const said = await status(app).evaluateHandle((element) => {
    const texts: string[] = [];
    new MutationObserver(() => texts.push(element.textContent ?? '')).observe(element, {
      childList: true,
      characterData: true,
      subtree: true,
    });
    return texts;
  });
  await begin(app);
  await expect(status(app)).toHaveText(/^6.runs done$/, PROMPT);
  expect((await said.jsonValue()).map(plain)).toContainEqual(expect.stringMatching(/^[1-5] of 6 runs/));
  await expect(app.page.getByRole('progressbar', { name: 'Runs done' })).toHaveAttribute('value', '6');

  const marks = chart(app).getByRole('button');
  await expect(marks).toHaveCount(6);
  const sentences = (await marks.evaluateAll((all) => all.map((mark) => mark.getAttribute('aria-label') ?? ''))).map(
    plain,
  );
  const rates = { P2P: [] as number[], Bounce: [] as number[] };
  for (const size of ['128 B', '256 B', '512 B']) {
    const row = table(app).getByRole('row', { name: new RegExp(`^${size.replace(' ', '\\s')}`) });
    for (const [column, way] of (['P2P', 'Bounce'] as const).entries()) {
      const figure = plain(await row.getByRole('cell').nth(column).innerText());
      const sentence = sentences.find((text) => text.startsWith(`${way}, MPS ${size}:`));
      expect(sentence).toContain(`${figure} GB/s`);
      rates[way].push(Number(figure));
    }
  }
  // Fewer headers for the same bytes; and what goes up and down again takes longer.
  expect(rates.P2P[1]).toBeGreaterThan(rates.P2P[0] ?? Infinity);
  expect(rates.P2P[2]).toBeGreaterThan(rates.P2P[1] ?? Infinity);
  for (const [index, rate] of rates.P2P.entries()) expect(rate).toBeGreaterThan(rates.Bounce[index] ?? Infinity);
  await expect(app.page.getByRole('list', { name: 'Lines' })).toContainText(
    'Closed form of P2P: payload of the Gen4 x8',
  );
  await app.expectAccessibleInBothThemes();
});

test('saved as SVG, PNG and CSV; a click or Enter opens a point as a step, undo brings the machine back', async ({
  app,
}) => {
  await runPayloads(app);
  const save = async (format: string): Promise<Buffer> => {
    const [download] = await Promise.all([app.page.waitForEvent('download'), app.button(`Save as ${format}`).click()]);
    expect(download.suggestedFilename()).toBe(`sweep-of-max-payload-mps.${format.toLowerCase()}`);
    return readFile(await download.path());
  };
  const csv = (await save('CSV')).toString('utf8').trim().split('\r\n');
  expect(csv).toHaveLength(4);
  expect(csv[1]).toMatch(/^128 B,128,262144,/);
  expect(csv[1]?.split(',').length).toBe(csv[0]?.split(',').length);
  const svg = (await save('SVG')).toString('utf8');
  expect(svg).toContain('<title>Sweep of Max payload (MPS)</title>');
  expect(svg).not.toContain('var(--');
  const png = await save('PNG');
  expect([...png.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);

  await chart(app)
    .getByRole('button', { name: /^P2P, MPS 128/ })
    .click();
  await app.idle();
  await expect(app.page.getByRole('button', { name: 'Race', exact: true })).toHaveAttribute('aria-current', 'page');
  await expect(app.page.getByRole('button', { name: /^Undo.*Open sweep point MPS 128/ })).toBeEnabled();
  await app.page.keyboard.press('Control+z');
  await app.view('Sweep');

  const marks = chart(app).getByRole('button');
  await marks.first().focus();
  await app.page.keyboard.press('ArrowRight');
  await app.page.keyboard.press('ArrowDown');
  const focused = chart(app).locator(':focus');
  await expect(focused).toHaveAttribute('aria-label', /^Bounce, MPS 256\sB: /);
  await expect(app.page.locator('.chart-readout')).toContainText('Bounce, MPS');
  await expect(focused).toHaveCount(1);
  const promised = plain((await focused.getAttribute('aria-label')) ?? '').match(/: ([\d.]+ GB\/s)/)?.[1];
  await app.page.keyboard.press('ArrowUp');
  await app.page.keyboard.press('End');
  await expect(focused).toHaveAttribute('aria-label', /^P2P, MPS 512\sB: /);
  await app.page.keyboard.press('ArrowLeft');
  await app.page.keyboard.press('ArrowDown');
  await app.page.keyboard.press('Enter');
  await app.idle();
  await expect(app.page.getByRole('button', { name: 'Race', exact: true })).toHaveAttribute('aria-current', 'page');
  await app.runToEnd();
  // The very run: the same document and seed give the same figure.
  const rate = (promised ?? 'nothing').split(' ')[0] ?? 'nothing';
  await expect(app.page.getByRole('region', { name: 'Bounce' })).toContainText(rate);
  await app.view('Sweep');
  await expect(table(app)).toBeVisible();
  await expect(app.page.getByText('MPS 256 B is open.')).toBeVisible();
  await app.page.keyboard.press('Control+z');
  await expect(app.page.getByText('MPS 256 B is open.')).toBeHidden();
});

test('cancel stops at once and keeps what was made', async ({ app }) => {
  await app.open({ view: 'sweep' });
  await panel(app).getByLabel('Vary', { exact: true }).selectOption('Transfer size');
  await app.choose('Values as', 'List');
  await panel(app).getByRole('textbox', { name: 'List' }).fill('16 KiB, 128 MiB');
  await begin(app);
  // The two short runs are soon done, the two long ones take seconds on any computer: looked at often, to be in time.
  await expect
    .poll(() => status(app).innerText(), { intervals: [20], timeout: PROMPT.timeout })
    .toMatch(/^2 of 4 runs, about/);
  await app.button('Cancel').click();
  await expect(status(app)).toHaveText('Cancelled after 2 of 4 runs');
  await expect(chart(app).getByRole('button')).toHaveCount(2);
  await app.expectAccessible();
  await expect(app.button('Run the sweep')).toBeEnabled();
});

test('switches come between the ends; a queue depth opens as the flow it ran', async ({ app }) => {
  await app.open({ view: 'sweep' });
  await panel(app).getByLabel('Transfer size').fill('64 KiB');
  await panel(app).getByLabel('Vary', { exact: true }).selectOption('Switches between the ends');
  await panel(app).getByLabel('2', { exact: true }).uncheck();
  await panel(app).getByLabel('4', { exact: true }).uncheck();
  await panel(app).getByLabel('Bounce', { exact: true }).uncheck();
  await begin(app);
  await expect(status(app)).toHaveText(/^2.runs done$/, PROMPT);
  await expect(chart(app).getByRole('button', { name: /^P2P, switches 3: \d/ })).toBeVisible();
  await expect(app.page.getByRole('list', { name: 'Lines' })).toContainText('Closed form of P2P');

  await panel(app).getByLabel('Vary', { exact: true }).selectOption('Queue depth');
  await app.choose('Values as', 'List');
  await panel(app).getByRole('textbox', { name: 'List' }).fill('1, 8');
  await begin(app);
  await expect(status(app)).toHaveText(/^2.runs done$/, PROMPT);
  const rate = async (depth: number): Promise<number> => {
    const mark = chart(app).getByRole('button', { name: new RegExp(`^P2P, depth ${depth}: `) });
    return Number(plain((await mark.getAttribute('aria-label')) ?? '').match(/: ([\d.]+) GB/)?.[1]);
  };
  expect(await rate(8)).toBeGreaterThan(4 * (await rate(1)));
  await chart(app)
    .getByRole('button', { name: /^P2P, depth 8/ })
    .click();
  await app.idle();
  await expect(app.page.getByRole('button', { name: 'Flows', exact: true })).toHaveAttribute('aria-current', 'page');
  await expect(app.page.getByRole('main')).toContainText('Reads from the peer');
});

test('bad input is said at its field, and nothing runs', async ({ app }) => {
  await app.open({ view: 'sweep' });
  const run = app.button('Run the sweep');
  for (const size of ['128 B', '256 B', '512 B']) await panel(app).getByLabel(size).uncheck();
  await expect(panel(app)).toContainText('Choose at least one value.');
  await expect(run).toBeDisabled();
  await panel(app).getByLabel('Vary', { exact: true }).selectOption('Bounce chunk');
  await panel(app).getByLabel('From', { exact: true }).fill('soon');
  await expect(panel(app)).toContainText('Write a size such as');
  await panel(app).getByLabel('From', { exact: true }).fill('1 KiB');
  await expect(panel(app)).toContainText(/From 4\sKiB to 16\sMiB\./);
  await panel(app).getByLabel('From', { exact: true }).fill('4 KiB');
  await panel(app).getByLabel('Points', { exact: true }).fill('65');
  await expect(panel(app)).toContainText('At most 64 points.');
  await app.expectAccessibleInBothThemes();
  await expect(run).toBeDisabled();
  await panel(app).getByLabel('Points', { exact: true }).fill('3');
  await expect(run).toBeEnabled();
  await panel(app).getByLabel('P2P', { exact: true }).uncheck();
  await panel(app).getByLabel('Bounce', { exact: true }).uncheck();
  await expect(panel(app)).toContainText('Choose at least one way.');
  await expect(run).toBeDisabled();
});

test('a way that is refused says why, and the other way runs', async ({ app }) => {
  await app.open({ view: 'race' });
  await app.changeTransfer(async (dialog) => {
    await dialog.getByLabel('From', { exact: true }).selectOption('nvme0');
    await dialog.getByLabel('Size', { exact: true }).fill('64 KiB');
  });
  await app.page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: 'Sweep' }).click();
  await begin(app);
  await expect(status(app)).toHaveText(/^6.runs done$/, PROMPT);
  await expect(chart(app).getByRole('button', { name: /^P2P, MPS 128\sB: refused: / })).toBeVisible();
  await expect(app.page.getByRole('list', { name: 'Runs without a result' })).toContainText(/P2P refused at 128/);
  await expect(chart(app).getByRole('button', { name: /^Bounce, MPS 512\sB: \d/ })).toBeVisible();
  await app.expectAccessibleInBothThemes();
});
