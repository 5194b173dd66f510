/*
 * How much a frame of the page costs while packets move: the built page with `?bench=packets&count=N`, beside a
 * bare canvas that moves as many rectangles over a still scene of a thousand nodes, in the same browser.
 */
import { chromium } from '@playwright/test';
import type { CDPSession, Page } from '@playwright/test';
import { build, preview } from 'vite';
import { browserArguments, findChromium } from '../../e2e/support/chromium.ts';
import type { BenchRow } from './benchRow.ts';

const COUNTS = [1000, 5000];
const WARM_UP_ms = 1500;
const MEASURE_ms = 5000;

/** What one page took. */
interface FrameCost {
  /** Between two frames, milliseconds. */
  readonly p50_ms: number;
  readonly p95_ms: number;
  /** All tasks of the main thread, milliseconds a frame. */
  readonly mainThread_ms: number;
}

function quantile(sorted: readonly number[], fraction: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

async function taskSeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  const metric = metrics.find(({ name }) => name === 'TaskDuration');
  if (metric === undefined) throw new Error('the browser has no TaskDuration metric');
  return metric.value;
}

/** Times of the frames of the next while, milliseconds. */
function frameTimes(page: Page, duration_ms: number): Promise<number[]> {
  return page.evaluate(
    (duration) =>
      new Promise<number[]>((resolve) => {
        const times: number[] = [];
        const onFrame = (now: number): void => {
          times.push(now);
          if (now - (times[0] ?? now) < duration) requestAnimationFrame(onFrame);
          else resolve(times);
        };
        requestAnimationFrame(onFrame);
      }),
    duration_ms,
  );
}

async function measure(page: Page): Promise<FrameCost> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  await frameTimes(page, WARM_UP_ms);
  const before = await taskSeconds(session);
  const times = await frameTimes(page, MEASURE_ms);
  const busy_ms = ((await taskSeconds(session)) - before) * 1000;
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  const sorted = gaps.toSorted((a, b) => a - b);
  return { p50_ms: quantile(sorted, 0.5), p95_ms: quantile(sorted, 0.95), mainThread_ms: busy_ms / gaps.length };
}

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

/** @returns rows for the table of docs/performance.md. */
export async function run(): Promise<BenchRow[]> {
  await build({ logLevel: 'error' });
  const server = await preview({ preview: { port: 0, host: 'localhost' }, logLevel: 'silent' });
  const address = server.resolvedUrls?.local[0];
  if (address === undefined) throw new Error('vite preview has no address');
  const executablePath = findChromium();
  const browser = await chromium.launch({
    args: browserArguments(),
    ...(executablePath === undefined ? {} : { executablePath }),
  });
  try {
    const rows: BenchRow[] = [];
    for (const count of COUNTS) {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      await page.goto('about:blank');
      await page.evaluate(bareCanvas, count);
      const bare = await measure(page);
      await page.goto(`${address}?bench=packets&count=${count}`);
      await page.waitForFunction(
        (least) => Number(Reflect.get(Reflect.get(window, '__bench') ?? {}, 'inFlight')) >= least,
        count * FILLED_FRACTION,
      );
      const ours = await measure(page);
      const inFlight = Number(await page.evaluate(() => Reflect.get(Reflect.get(window, '__bench'), 'inFlight')));
      await page.close();
      rows.push(...rowsOf({ count, inFlight, ours, bare }));
    }
    return rows;
  } finally {
    await browser.close();
    await server.close();
  }
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
    value,
    unit: 'ms',
    baselineName,
    baselineValue,
    lowerIsBetter: true,
    promise: { what: 'atMost', value: promised },
    note: `${inFlight} packets on 200 devices`,
  });
  return [
    row('frame interval, median', ours.p50_ms, bare.p50_ms, SIXTY_HERTZ_ms),
    row('frame interval, 95th percentile', ours.p95_ms, bare.p95_ms, LATE_FRAME_ms),
    row('main thread a frame', ours.mainThread_ms, bare.mainThread_ms, SIXTY_HERTZ_ms),
  ];
}

/** The scene counts as full from here on: packets come and go. */
const FILLED_FRACTION = 0.9;
/** One frame at 60 Hz, and the timer's rounding. */
const SIXTY_HERTZ_ms = 17;
/** A frame that was late, but not a whole frame late. */
const LATE_FRAME_ms = 25;
