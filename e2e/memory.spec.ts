/* The hex view shows the bytes that arrived: every one of them is compared with what the run says it sent. */
import { crc32 } from '../src/core/sim/crc32.ts';
import { expect, expectSays, plain, test } from './app.ts';
import type { App } from './app.ts';

const JOB_BYTES = 4096;
const JOB = '4 KiB';

/** The rows of the grid as they are: address → bytes. */
async function visibleRows(app: App): Promise<ReadonlyMap<number, readonly number[]>> {
  const rows = await app.page
    .getByRole('region', { name: /^Bytes of / })
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

/** All bytes of the job, read off the grid page by page. */
async function readJob(app: App, first: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(JOB_BYTES);
  const grid = app.page.getByRole('region', { name: /^Bytes of / });
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
  test(`the bytes of the ${machine} are the ones that were sent`, async ({ app }) => {
    await app.open();
    await app.resize(JOB);
    await app.view('Memory');
    await app.choose('Machine', machine);
    const panel = app.page.getByRole('complementary', { name: 'Facts of this memory' });
    const address = async (row: string): Promise<number> =>
      Number.parseInt(
        plain(await panel.getByRole('row', { name: row }).getByRole('cell').innerText()).replace(/^0x|_/g, ''),
        16,
      );
    await expect(panel.getByRole('row', { name: 'First bus address' }).getByRole('cell')).toHaveText(/^0x/);
    const first = (await address('First bus address')) + (await address('Begin at offset'));
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
  });
}

test('an address that is not in this memory is named', async ({ app }) => {
  await app.open();
  await app.view('Memory');
  const field = app.page.getByLabel('Go to offset or bus address');
  await field.fill('ffff_ffff_ffff');
  await app.button('Go').click();
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await expect(app.page.getByText(/Not in this memory/)).toBeVisible();
  await field.fill('0x100');
  await app.button('Go').click();
  await expect(field).toHaveAttribute('aria-invalid', 'false');
});

test('while the machine runs the hex view changes by itself', async ({ app }) => {
  await app.open({ view: 'memory' });
  await app.slowly();
  const grid = app.page.getByRole('region', { name: /^Bytes of / });
  await expect(grid.getByRole('row').nth(1)).toContainText('00');
  const before = await grid.innerText();
  await app.button('Play').click();
  await expect.poll(() => grid.innerText()).not.toBe(before);
  await app.button('Pause').click();
  await app.idle();
});
