/*
 * How much a frame of the page costs: packets that move (the built page with `?bench=packets&count=N`, beside a bare
 * canvas that moves as many rectangles over a still scene of a thousand nodes), a real run, a large machine edited.
 * The best of several rounds counts, because other programs share the processor.
 */
import type { Browser } from '@playwright/test';
import type { BenchRow } from './benchRow.ts';
import { bestOf, costOf, openPage, wait, withPage, type FrameCost } from './browser.ts';
import { editRows } from './pageEdit.ts';
import { FRAME_MS, runRows, TASK_MS } from './pageRun.ts';

const COUNTS = [1000, 5000];
const WARM_UP_MS = 1500;
const MEASURE_MS = 5000;
const ROUNDS = 4;

/** The cheapest way measured (measured-limits, section 4): one canvas, rectangles batched by colour. */
function bareCanvas(count: number): void {
  const colours = ['#4AA8E8', '#EE9F36', '#36C39B', '#D79AC4'];
  const nodes = Array.from(
    { length: 1000 },
    (_, node) =>
      `<rect x="${(node % 40) * 36}" y="${Math.floor(node / 40) * 36}" width="28" height="20" fill="none" stroke="#6B7680"/>`,
  );
  document.body.style.margin = '0';
  document.body.innerHTML = `<svg width="1440" height="900" style="position:absolute">${nodes.join('')}</svg><canvas width="1440" height="900" style="position:absolute"></canvas>`;
  const canvas = document.querySelector('canvas');
  const context = canvas?.getContext('2d');
  if (context === null || context === undefined) throw new Error('no canvas');
  const draw = (now: number): void => {
    context.clearRect(0, 0, 1440, 900);
    colours.forEach((colour, kind) => {
      context.fillStyle = colour;
      for (let packet = kind; packet < count; packet += colours.length) {
        const along = (now * 0.05 + packet * 17) % 1440;
        context.fillRect(along, (packet * 7.3) % 900, 13, 7);
      }
    });
    requestAnimationFrame(draw);
  };
  requestAnimationFrame(draw);
}

export async function packetRows(browser: Browser, address: string): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const count of COUNTS) {
    const page = await openPage(browser);
    const measure = async (): Promise<FrameCost> => {
      await wait(page, WARM_UP_MS);
      return bestOf(
        ROUNDS,
        () => costOf(page, () => wait(page, MEASURE_MS)),
        ({ p95_ms, longestTask_ms }) => Math.round(p95_ms * 10) / 10 <= FRAME_MS && longestTask_ms <= TASK_MS,
      );
    };
    await page.goto('about:blank');
    await page.evaluate(bareCanvas, count);
    const bare = await measure();
    await page.goto(`${address}?bench=packets&count=${count}`);
    await page.waitForFunction(
      (least) => Number(Reflect.get(Reflect.get(window, '__bench') ?? {}, 'inFlight')) >= least,
      count,
      { timeout: 120_000 },
    );
    const ours = await measure();
    const inFlight = Number(await page.evaluate(() => Reflect.get(Reflect.get(window, '__bench'), 'inFlight')));
    await page.close();
    rows.push(...rowsOf({ count, inFlight, ours, bare }));
  }
  return rows;
}

/** @returns rows for the table of docs/performance.md. */
export async function run(): Promise<BenchRow[]> {
  return withPage(async (browser, address) => [
    ...(await packetRows(browser, address)),
    ...(await runRows(browser, address)),
    ...(await editRows(browser, address)),
  ]);
}

interface Measured {
  readonly count: number;
  /** Packets on the canvas at the end, as the scene counts them. */
  readonly inFlight: number;
  readonly ours: FrameCost;
  readonly bare: FrameCost;
}

function rowsOf({ count, inFlight, ours, bare }: Measured): BenchRow[] {
  const what = `${count.toLocaleString('en')} packets in flight`;
  const baselineName = 'bare canvas with as many rectangles';
  const row = (name: string, value: number, baselineValue: number, promised: number): BenchRow => ({
    name: `${what}: ${name}`,
    value: Math.round(value * 10) / 10,
    unit: 'ms',
    baselineName,
    baselineValue,
    lowerIsBetter: true,
    promise: { what: 'atMost', value: promised },
    note: `${inFlight} packets on 200 devices`,
  });
  return [
    row('frame interval, median', ours.p50_ms, bare.p50_ms, FRAME_MS),
    row('frame interval, 95th percentile', ours.p95_ms, bare.p95_ms, FRAME_MS),
    row('longest task of the main thread', ours.longestTask_ms, bare.longestTask_ms, TASK_MS),
    row('main thread a frame', ours.mainThread_ms, bare.mainThread_ms, FRAME_MS),
  ];
}
