/*
 * A real run on the page: 200 devices, 63 flows of 32-byte writes in the engine's worker, the whole Flows view around
 * the drawing, slow enough that every packet is a packet.
 */
import type { Browser, Page } from '@playwright/test';
import { SPEEDS } from '../../src/store/speeds.ts';
import { serializeDocument } from '../../src/topology/serializeDocument.ts';
import type { BenchRow } from './benchRow.ts';
import { bestOf, costOf, openPage, wait, type FrameCost } from './browser.ts';
import { twoHundredBusyDevices } from './machines.ts';

const LEAST_PACKETS = 5000;
const MEASURE_MS = 5000;
const ROUNDS = 5;
const PATIENCE_MS = 90_000;
const SETTLE_MS = 20_000;
/** One frame at 60 Hz, as the browser's clock rounds it. */
export const FRAME_MS = 16.7;
/** A longer task is one a user can feel. */
export const TASK_MS = 50;
/** Stops of the slider: as fast as possible until every driver has started its device, then 10 ns a second. */
const FAST_STOP = SPEEDS.length - 1;
const SLOW_STOP = SPEEDS.indexOf(10_000);
const STARTED_NS = 20_000;

/** Packets in the last drawing of the scene: the canvas says it a few times a second. */
function packets(page: Page): Promise<number> {
  return page.evaluate(() => Number(document.querySelector<HTMLElement>('.pl-scene canvas')?.dataset['packets'] ?? 0));
}

async function startRun(page: Page, address: string): Promise<void> {
  const text = serializeDocument(twoHundredBusyDevices());
  await page.addInitScript((document) => localStorage.setItem('peerlane.document', document), text);
  await page.goto(`${address}?view=flows`);
  const speed = page.getByRole('slider', { name: 'Speed: simulated time per second' });
  await speed.fill(String(FAST_STOP));
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await page.waitForFunction(
    (least) => Number(document.querySelector('.clock-digits')?.textContent?.replaceAll(/[^0-9]/g, '')) >= least,
    STARTED_NS,
    { timeout: PATIENCE_MS, polling: 200 },
  );
  await speed.fill(String(SLOW_STOP));
  // What was a stream becomes packets again, and the ways fill.
  await wait(page, SETTLE_MS);
  await page.waitForFunction(
    (least) => Number(document.querySelector<HTMLElement>('.pl-scene canvas')?.dataset['packets'] ?? 0) >= least,
    LEAST_PACKETS,
    { timeout: PATIENCE_MS, polling: 500 },
  );
}

/** @returns rows for the table of docs/performance.md. */
export async function runRows(browser: Browser, address: string): Promise<readonly BenchRow[]> {
  const page = await openPage(browser);
  await startRun(page, address);
  const isGood = ({ p95_ms, longestTask_ms }: FrameCost): boolean =>
    Math.round(p95_ms * 10) / 10 <= FRAME_MS && longestTask_ms <= TASK_MS;
  const cost = await bestOf(ROUNDS, () => costOf(page, () => wait(page, MEASURE_MS)), isGood);
  const note = `${await packets(page)} packets on 200 devices, in the Flows view`;
  await page.close();
  const work = `${cost.longestWork_ms.toFixed(1)} ms of it on the processor; `;
  const row = (name: string, value: number, most: number, more = ''): BenchRow => ({
    name: `a real run: ${name}`,
    value: Math.round(value * 10) / 10,
    unit: 'ms',
    baselineName: '',
    baselineValue: undefined,
    lowerIsBetter: true,
    promise: { what: 'atMost', value: most },
    note: more + note,
  });
  return [
    row('frame interval, 95th percentile', cost.p95_ms, FRAME_MS),
    row('longest task of the main thread', cost.longestTask_ms, TASK_MS, work),
    row('main thread a frame', cost.mainThread_ms, FRAME_MS),
  ];
}
