/*
 * The Memory view: the bytes that arrived are compared with what the run says it sent, then worked on as with a debugger:
 * typed over, filled, looked for, compared, saved, loaded and named.
 */
import { readFile } from 'node:fs/promises';
import type { Locator } from '@playwright/test';
import { crc32 } from '../src/core/sim/crc32.ts';
import { expect, expectSays, plain, test } from './app.ts';
import type { App } from './app.ts';

const JOB_BYTES = 4096;
const JOB = '4 KiB';

const gridOf = (app: App): Locator => app.page.getByRole('region', { name: /^Bytes of / });
const mainOf = (app: App): Locator => app.page.getByRole('region', { name: 'Memory', exact: true });
const sideOf = (app: App): Locator => app.page.getByRole('complementary', { name: 'Facts of this memory' });

/** The rows of the grid as they are: address → bytes. */
async function visibleRows(app: App): Promise<ReadonlyMap<number, readonly number[]>> {
  const rows = await gridOf(app)
    .getByRole('row')
    .evaluateAll((elements) =>
      elements.map((row) => [...row.querySelectorAll('th[scope="row"], td')].map((cell) => cell.textContent ?? '')),
    );
  const parsed = new Map<number, readonly number[]>();
  for (const [address = '', ...cells] of rows) {
    if (address !== '')
      parsed.set(
        Number.parseInt(address.replaceAll('_', ''), 16),
        cells.slice(0, 16).map((text) => Number.parseInt(text, 16)),
      );
  }
  return parsed;
}

/** The first bytes of the row in view that begins at an address, in hexadecimal. */
async function bytesAt(app: App, address: number, count: number): Promise<string> {
  const row = (await visibleRows(app)).get(address) ?? [];
  return row
    .slice(0, count)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join(' ');
}

async function factOf(app: App, row: string): Promise<number> {
  const cell = sideOf(app).getByRole('row', { name: row }).getByRole('cell');
  await expect(cell).toHaveText(/^0x/);
  const text = await cell.innerText();
  return Number.parseInt(plain(text).replace(/^0x|_/g, ''), 16);
}

/** All bytes of the job, read off the grid page by page. */
async function readJob(app: App, first: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(JOB_BYTES);
  const grid = gridOf(app);
  const seen = new Set<number>();
  await grid.focus();
  while (seen.size < JOB_BYTES / 16) {
    const rows = await visibleRows(app);
    for (const [address, values] of rows) {
      const offset = address - first;
      if (offset < 0 || offset >= JOB_BYTES) continue;
      bytes.set(values, offset);
      seen.add(offset);
    }
    const top = Math.min(...rows.keys());
    if (seen.size === JOB_BYTES / 16) break;
    await grid.press('PageDown');
    await expect.poll(async () => Math.min(...(await visibleRows(app)).keys())).toBeGreaterThan(top);
  }
  return bytes;
}

for (const machine of ['P2P machine', 'Bounce machine'] as const) {
  test(`the bytes of the ${machine} are the ones that were sent, and their writer is named`, async ({ app }) => {
    await app.open();
    await app.resize(JOB);
    await app.view('Memory');
    await app.choose('Machine', machine);
    const first = (await factOf(app, 'First bus address')) + (await factOf(app, 'Begin at offset'));
    expect([...(await readJob(app, first))].every((byte) => byte === 0)).toBe(true);

    await app.runToEnd();
    const sum = app.page.getByText('CRC-32 agrees at both ends').locator('..');
    await expectSays(sum, /[0-9a-f]{4}_[0-9a-f]{4}/);
    const said = plain(await sum.innerText());
    const expected = Number.parseInt((/([0-9a-f]{4})_([0-9a-f]{4})/.exec(said) ?? []).slice(1).join(''), 16);
    await app.button('Jump to destination').click();
    await expect.poll(async () => (await visibleRows(app)).has(first)).toBe(true);
    const bytes = await readJob(app, first);
    expect(crc32(bytes)).toBe(expected);
    expect(new Set(bytes).size).toBeGreaterThan(16);
    const legend = sideOf(app).getByRole('list');
    await expect(legend).toContainText(machine === 'P2P machine' ? 'nic0 peer to peer' : /through host memory/);
  });
}

test('bytes are typed over, undone, filled, searched and compared; wrong input is named', async ({ app }) => {
  await app.open({ view: 'memory' });
  const base = await factOf(app, 'First bus address');
  const grid = gridOf(app);
  const field = app.page.getByLabel('Go to offset or bus address');
  const go = async (text: string): Promise<void> => {
    await field.fill(text);
    await app.button('Go').click();
  };
  for (const wrong of ['ffff_ffff_ffff', 'dma9+10', 'iopmem0+ffff_ffff']) {
    await go(wrong);
    await expect(field).toHaveAttribute('aria-invalid', 'true');
  }
  await expect(app.page.getByText(/beyond the end of this memory/)).toBeVisible();
  await go('iopmem0+0x100000');
  await expect(field).toHaveAttribute('aria-invalid', 'false');
  await expect.poll(() => bytesAt(app, base + 0x100000, 2)).toBe('00 00');

  // Digits are bytes here, not the keys of views; nothing is in memory before Enter.
  await grid.focus();
  await app.page.keyboard.type('deadbeef');
  await expect(app.page.getByText('4 bytes typed, not in memory yet')).toBeVisible();
  await expect.poll(() => bytesAt(app, base + 0x100000, 4)).toBe('de ad be ef');
  await grid.press('Escape');
  await expect.poll(() => bytesAt(app, base + 0x100000, 4)).toBe('00 00 00 00');
  await grid.press('Home');
  await app.page.keyboard.type('deadbeef');
  await grid.press('Tab');
  await app.page.keyboard.type('Hi 1');
  await grid.press('Enter');
  await expect(mainOf(app).getByText('8 bytes written by hand.')).toBeVisible();
  await expect(app.button('Undo in memory: Edit of 8 bytes')).toBeEnabled();
  await expect(sideOf(app).getByRole('list')).toContainText('You changed by hand');
  await grid.press('Control+z');
  await expect.poll(() => bytesAt(app, base + 0x100000, 8)).toBe('00 00 00 00 00 00 00 00');
  await grid.press('Control+Shift+z');
  await expect.poll(() => bytesAt(app, base + 0x100000, 8)).toBe('de ad be ef 48 69 20 31');

  // Search: from the cursor on, and round.
  await grid.press('Control+f');
  const needle = app.page.getByLabel('Search for');
  await expect(needle).toBeFocused();
  await needle.fill('adb');
  await needle.press('Enter');
  await expect(app.page.getByText('3 digits are no whole number of bytes')).toBeVisible();
  await needle.fill('ad be ef');
  await needle.press('Enter');
  await expect(app.page.getByText(/Found at offset 0x10_0001.*round/)).toBeVisible();
  await app.choose('What is looked for', 'Text');
  await needle.fill('Hi 1');
  await app.button('Previous').click();
  await expect(app.page.getByText(/Found at offset 0x10_0004, past the start/)).toBeVisible();
  await needle.fill('nothing like it');
  await app.button('Next').click();
  await expect(app.page.getByText('Nowhere in this memory.')).toBeVisible();
  await app.choose('What is looked for', 'Not zero');
  await app.button('Next').click();
  await expect(app.page.getByText('Only zeros after this block.')).toBeVisible();
  await needle.press('Escape');
  await expect(grid).toBeFocused();

  // Fill.
  await app.button('Fill…').click();
  const dialog = app.dialog('Fill memory');
  await dialog.getByLabel('From').fill('0x100010');
  await dialog.getByLabel('Length').fill('1 GiB');
  await expect(dialog.getByText(/Beyond the end: .* are left from there on/)).toBeVisible();
  await dialog.getByLabel('Length').fill('32');
  await dialog.getByLabel('Pattern').selectOption('hex');
  await dialog.getByLabel('Bytes').fill('a');
  await expect(dialog.getByRole('button', { name: 'Fill' })).toBeDisabled();
  await dialog.getByLabel('Bytes').fill('a5 5a 00');
  await dialog.getByRole('button', { name: 'Fill' }).click();
  await expect.poll(() => bytesAt(app, base + 0x100010, 6)).toBe('a5 5a 00 a5 5a 00');

  // Compare, and go where it differs.
  await app.page.getByRole('tab', { name: 'Compare' }).click();
  const side = sideOf(app);
  await side.getByLabel('First: from').fill('0x10_0000');
  await side.getByLabel('Second: memory').selectOption({ label: 'Host memory' });
  await side.getByLabel('Second: from').fill('ffff_ffff_ffff');
  await expect(side.getByText(/Not in this memory/)).toBeVisible();
  await side.getByLabel('Second: from').fill('0x4000_0000');
  await side.getByLabel('Length').fill('17');
  await side.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(side.getByText('9 of 17 bytes differ (52.9 %), in 2 ranges.')).toBeVisible();
  await grid.press('Control+f');
  await needle.fill('0');
  await needle.press('Enter');
  await grid.focus();
  await app.page.keyboard.type('12');
  await app.expectAccessibleInBothThemes();
  await side.getByRole('button', { name: '0x4000_0010' }).click();
  await expect(app.page.getByLabel('Which memory')).toHaveValue('0');
  await expect.poll(async () => (await visibleRows(app)).has(0x4000_0010)).toBe(true);
});

test('a range is saved to a file and loaded elsewhere; files that do not fit are refused', async ({ app }) => {
  await app.open({ view: 'memory' });
  const base = await factOf(app, 'First bus address');
  await app.button('Fill…').click();
  const fill = app.dialog('Fill memory');
  await fill.getByLabel('Length').fill('100000');
  await fill.getByLabel('Pattern').selectOption('random');
  await fill.getByLabel('Seed').fill('nine');
  await expect(fill.getByText(/Write a seed/)).toBeVisible();
  await fill.getByLabel('Seed').fill('9');
  await fill.getByRole('button', { name: 'Fill' }).click();
  await expect(mainOf(app).getByText(/were filled by hand/)).toBeVisible();

  await app.button('Save…').click();
  const save = app.dialog('Save a range of memory');
  await save.getByLabel('From').fill('0');
  await save.getByLabel('Length').fill('100000');
  const download = app.page.waitForEvent('download');
  await save.getByRole('button', { name: 'Save' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('iopmem0-memory-0.bin');
  const bytes = await readFile(await file.path());
  expect(bytes.length).toBe(100_000);
  expect(new Set(bytes).size).toBe(256);

  await app.button('Load…').click();
  const load = app.dialog('Load a file into memory');
  await load.getByLabel('File').setInputFiles({ name: 'empty.bin', mimeType: '', buffer: Buffer.alloc(0) });
  await expect(load.getByText('empty.bin is empty.')).toBeVisible();
  await load.getByLabel('File').setInputFiles({ name: 'bytes.bin', mimeType: '', buffer: bytes });
  await load.getByLabel('To').fill('fff_f000');
  await expect(load.getByText(/it would end .* beyond the end of this memory/)).toBeVisible();
  await expect(load.getByRole('button', { name: 'Load' })).toBeDisabled();
  await load.getByLabel('To').fill('80_0000');
  await app.expectAccessibleInBothThemes();
  await load.getByRole('button', { name: 'Load' }).click();
  const hex = (from: number): string =>
    [...bytes.subarray(from, from + 16)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  await expect.poll(() => bytesAt(app, base + 0x80_0000, 16)).toBe(hex(0));
  await app.button('Undo in memory: Load of bytes.bin').click();
  await expect.poll(() => bytesAt(app, base + 0x80_0000, 2)).toBe('00 00');
});

test('the calculator follows whatever is typed, says what answers there, and is opened from Inspect', async ({
  app,
}) => {
  await app.open();
  await app.resize(JOB);
  await app.view('Memory');
  await app.page.getByRole('tab', { name: 'Addresses' }).click();
  const side = sideOf(app);
  const field = (name: string): Locator => side.getByRole('textbox', { name, exact: true });
  const base = '0x40_0000_0000';
  await expect(field('Bus address')).toHaveValue(base);
  await field('Offset in this memory').fill('0x1234');
  await expect(field('Bus address')).toHaveValue('0x40_0000_1234');
  await expect(field('Physical address')).toHaveValue('0x40_0000_1234');
  await expect(field('IOVA in this function’s requests')).toHaveValue('0x40_0000_1234');
  await expect(side.getByText('The IOMMU is off: devices use bus addresses.')).toBeVisible();
  await field('Physical address').fill('0x1_0000_0000');
  await expect(side.getByLabel('Memory and offset')).toHaveValue('0');
  await field('Bus address').fill('0xf_ffff_ffff_ffff');
  await expect(side.getByText(/nobody answers/).first()).toBeVisible();
  await expect(side.getByRole('button', { name: 'Go there' })).toBeDisabled();
  await field('IOVA in this function’s requests').fill('nonsense');
  await expect(side.getByText('Write an address in hexadecimal, below 2^52.')).toBeVisible();
  await app.expectAccessibleInBothThemes();

  await app.runToEnd();
  await app.view('Inspect');
  await app.page.getByRole('row').filter({ hasText: 'MWr' }).first().click();
  await app.button('Its addresses').click();
  await expect(app.page.getByRole('tab', { name: 'Addresses' })).toHaveAttribute('aria-selected', 'true');
  await expect(field('Offset in this memory')).not.toHaveValue('');
});

test('while the machine runs the hex view changes by itself', async ({ app }) => {
  await app.open({ view: 'memory' });
  await app.slowly();
  const grid = gridOf(app);
  await expect(grid.getByRole('row').nth(1)).toContainText('00');
  const before = await grid.innerText();
  await app.button('Play').click();
  await expect.poll(() => grid.innerText()).not.toBe(before);
  await app.button('Pause').click();
  await app.idle();
});
