/* Charts over simulated time: their figures are the run's, and they move its clock. */
import { readFile } from 'node:fs/promises';
import type { Locator } from '@playwright/test';
import { expect, test } from './app.ts';
import type { App } from './app.ts';

const MIB = 2 ** 20;

function cursor(app: App): Locator {
  return app.page.getByRole('slider', { name: 'Time cursor' });
}

/** The value of the time cursor, picoseconds. */
async function cursorAt(app: App): Promise<number> {
  return Number(await cursor(app).getAttribute('aria-valuenow'));
}

/** The instant the page's clock shows, picoseconds. */
async function clockAt(app: App): Promise<number> {
  const digits = (await app.page.locator('.clock-digits').innerText()).replace(/[^\d.]/g, '');
  return Math.round(Number(digits) * 1e9);
}

function panel(app: App, title: string): Locator {
  return app.page.getByRole('region', { name: title, exact: true });
}

async function openMenu(app: App, title: string): Promise<void> {
  await app.button(`${title}: table and files`).click();
}

async function saved(app: App, format: 'CSV' | 'SVG' | 'PNG'): Promise<{ name: string; content: Buffer }> {
  const button = app.page.getByRole('button', { name: `Save as ${format}` }).and(app.page.locator(':visible'));
  const [download] = await Promise.all([app.page.waitForEvent('download'), button.click()]);
  return { name: download.suggestedFilename(), content: await readFile(await download.path()) };
}

const csvRows = (content: Buffer): readonly (readonly string[])[] =>
  content
    .toString('utf8')
    .trim()
    .split('\r\n')
    .map((line) => line.split(','));

/** A finished race, in Charts. */
async function finishedRace(app: App, size = '1 MiB'): Promise<void> {
  await app.open({ view: 'race' });
  await app.resize(size);
  await app.view('Charts');
  await app.runToEnd();
}

test('the charts hold every byte of the report; table, file and drawing say the same', async ({ app }) => {
  await finishedRace(app);
  await app.choose('Machine', 'P2P');
  await openMenu(app, 'Throughput by flow');
  const csv = await saved(app, 'CSV');
  expect(csv.name).toBe('throughput-by-flow.csv');
  const [head = [], ...rows] = csvRows(csv.content);
  expect(head).toEqual(['Bin ends at (µs)', 'To iopmem0 (GB/s)']);
  // Rates times widths of bins are bytes: all of them.
  const width_us = Number(rows[0]?.[0]);
  const bytes = rows.reduce((sum, [, rate]) => sum + Number(rate) * 1e3 * width_us, 0);
  expect(Math.abs(bytes / MIB - 1)).toBeLessThan(0.001);

  await app.button('Show the table').click();
  const table = app.page.getByRole('table', { name: 'Throughput by flow' });
  await expect(table.getByRole('row')).toHaveCount(rows.length + 1);
  const cells = await table
    .locator('tbody tr')
    .evaluateAll((all) =>
      all.map((row) => [...row.children].map((cell) => (cell.textContent ?? '').replace(/\s/g, ''))),
    );
  expect(cells.map((row) => row.map(Number))).toEqual(rows.map((row) => row.map(Number)));

  await openMenu(app, 'Throughput by flow');
  const svg = (await saved(app, 'SVG')).content.toString('utf8');
  expect(svg).toContain('Throughput by flow, GB/s');
  expect(svg).not.toContain('var(--');
  expect([...(await saved(app, 'PNG')).content.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  await app.page.keyboard.press('Escape');
  await app.expectAccessibleInBothThemes();
});

test('the pointer shows an instant, a drag a range, a click and the keys move the clock', async ({ app }) => {
  await finishedRace(app);
  const end_ps = await clockAt(app);
  const figures = panel(app, 'Throughput by flow').locator('.pl-chart-number');
  const box = await cursor(app).boundingBox();
  if (box === null) throw new Error('there is no plot');
  const x = (fraction: number): number => box.x + box.width * fraction;
  const y = box.y + 60;

  await app.page.mouse.move(x(0.25), y);
  await expect.poll(() => cursorAt(app)).toBeLessThan(end_ps * 0.3);
  await expect(figures.first()).not.toHaveText('–');

  await app.page.mouse.down();
  await app.page.mouse.move(x(0.5), y, { steps: 3 });
  await app.page.mouse.up();
  await expect(app.button('Clear')).toBeVisible();
  await expect(cursor(app)).toHaveAttribute('aria-valuetext', /, range .* to /);
  await app.button('Zoom in').click();
  await app.button('Clear').click();
  await app.button('Whole run').click();
  await expect(app.button('Clear')).toBeHidden();

  await app.page.mouse.click(x(0.5), y);
  await app.idle();
  await expect.poll(() => clockAt(app)).toBeLessThan(end_ps * 0.6);
  expect(await clockAt(app)).toBeGreaterThan(end_ps * 0.4);

  await cursor(app).focus();
  await app.page.mouse.move(0, 0);
  const before_ps = await cursorAt(app);
  await app.page.keyboard.press('Shift+ArrowLeft');
  await app.page.keyboard.press('Shift+ArrowLeft');
  await expect(app.button('Clear')).toBeVisible();
  await expect.poll(() => cursorAt(app)).toBeLessThan(before_ps);
  await app.page.keyboard.press('Escape');
  await expect(app.button('Clear')).toBeHidden();
  await app.page.keyboard.press('Home');
  for (let press = 0; press < 5; press += 1) await app.page.keyboard.press('PageUp');
  await app.page.keyboard.press('Enter');
  await app.idle();
  await expect.poll(() => clockAt(app)).toBeLessThan(end_ps * 0.3);
  expect(await clockAt(app)).toBeGreaterThan(0);
  // The cursor stays where the keys have put it; the clock shows nanoseconds.
  await expect.poll(async () => Math.abs((await clockAt(app)) - (await cursorAt(app)))).toBeLessThan(2000);
});

test('latencies are counted, links are chosen, and the dock of Watch has its figures', async ({ app }) => {
  // Few enough packets for the ring between engine and page, however fast the run is.
  await finishedRace(app, '256 KiB');
  const latency = panel(app, 'Latency of transactions');
  await expect(latency).toContainText('All that is on record');
  await expect(latency).not.toContainText('still to be counted');
  await openMenu(app, 'Latency of transactions');
  const [head = [], ...bars] = csvRows((await saved(app, 'CSV')).content);
  const column = head.findIndex((name) => name.includes('P2P'));
  // 256 KiB in writes of 256 bytes, each once.
  expect(bars.reduce((sum, bar) => sum + Number(bar[column]), 0)).toBe(1024);
  await app.page.keyboard.press('Escape');

  await app.button('Busiest links').click();
  const link = app.page.getByRole('checkbox', { name: '00:02.0 to nvme0' });
  await expect(link).not.toBeChecked();
  await link.check();
  await app.page.keyboard.press('Escape');
  await openMenu(app, 'Throughput by link, payload');
  expect(csvRows((await saved(app, 'CSV')).content)[0]?.join()).toContain('00:02.0 to nvme0');
  await app.page.keyboard.press('Escape');

  await app.view('Watch');
  await openMenu(app, 'Payload over simulated time');
  const table = app.page.getByRole('region', { name: 'Payload over simulated time, figures' }).getByRole('table');
  await expect(table.getByRole('columnheader').nth(1)).toHaveText('nic0 up (GB/s)');
  const rows = csvRows((await saved(app, 'CSV')).content);
  await expect(table.locator('tbody tr')).toHaveCount(rows.length - 1);
});
