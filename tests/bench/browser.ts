/* A browser for measuring the built page: how long frames and tasks of the main thread take while something happens. */
import { chromium } from '@playwright/test';
import type { Browser, Page } from '@playwright/test';
import { build, preview } from 'vite';
import { browserArguments, findChromium } from '../../e2e/support/chromium.ts';

/** What a while of the page took. */
export interface FrameCost {
  /** Between two frames, milliseconds. */
  readonly p50_ms: number;
  readonly p95_ms: number;
  /** All tasks of the main thread, milliseconds a frame. */
  readonly mainThread_ms: number;
  readonly longestTask_ms: number;
  /** The most a task was on the processor; the rest it waited, for other programs too. */
  readonly longestWork_ms: number;
}

/** Tasks of every thread, and the threads' names. */
const TRACED = ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'];

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  /** Of that on the processor. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

function quantile(sorted: readonly number[], fraction: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

interface Task {
  readonly time_ms: number;
  readonly work_ms: number;
}

/** The tasks of the busiest main thread in a trace: the page's. */
function mainThreadTasks(trace: Buffer): readonly Task[] {
  const events: readonly TraceEvent[] = JSON.parse(trace.toString('utf8')).traceEvents;
  const mains = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = new Map<string, Task[]>();
  for (const { name, ph, pid, tid, dur = 0, tdur = 0 } of events) {
    const thread = `${pid} ${tid}`;
    if (name !== 'RunTask' || ph !== 'X' || !mains.has(thread)) continue;
    const list = tasks.get(thread);
    const task = { time_ms: dur / 1000, work_ms: tdur / 1000 };
    if (list === undefined) tasks.set(thread, [task]);
    else list.push(task);
  }
  const total = (list: readonly Task[]): number => list.reduce((sum, { time_ms }) => sum + time_ms, 0);
  return [...tasks.values()].toSorted((a, b) => total(b) - total(a))[0] ?? [];
}

/** Notes the time of every frame from now on. */
async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    const times: number[] = [];
    Reflect.set(window, '__frames', times);
    const onFrame = (now: number): void => {
      times.push(now);
      if (Reflect.get(window, '__frames') === times) requestAnimationFrame(onFrame);
    };
    requestAnimationFrame(onFrame);
  });
}

/** Frames and tasks while `act` happens. */
export async function costOf(page: Page, act: () => Promise<void>): Promise<FrameCost> {
  await page.context().browser()?.startTracing(page, { categories: TRACED });
  await watchFrames(page);
  await act();
  const times: readonly number[] = await page.evaluate(() => Reflect.get(window, '__frames'));
  await page.evaluate(() => Reflect.deleteProperty(window, '__frames'));
  const trace = await page.context().browser()?.stopTracing();
  const tasks = trace === undefined ? [] : mainThreadTasks(trace);
  if (tasks.length === 0) throw new Error('the trace has no tasks of the page');
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  const sorted = gaps.toSorted((a, b) => a - b);
  return {
    p50_ms: quantile(sorted, 0.5),
    p95_ms: quantile(sorted, 0.95),
    mainThread_ms: tasks.reduce((sum, { time_ms }) => sum + time_ms, 0) / Math.max(1, gaps.length),
    longestTask_ms: Math.max(...tasks.map(({ time_ms }) => time_ms)),
    longestWork_ms: Math.max(...tasks.map(({ work_ms }) => work_ms)),
  };
}

export function wait(page: Page, duration_ms: number): Promise<void> {
  return page.evaluate((time) => new Promise<void>((resolve) => setTimeout(resolve, time)), duration_ms);
}

/** The best of several rounds: what else the computer did at the time is not ours. Stops at the first that is good. */
export async function bestOf(rounds: number, round: () => Promise<FrameCost>, good: (cost: FrameCost) => boolean) {
  let best = await round();
  for (let turn = 1; turn < rounds && !good(best); turn += 1) {
    const next = await round();
    if (next.p95_ms + next.longestTask_ms < best.p95_ms + best.longestTask_ms) best = next;
  }
  return best;
}

/** Builds the page, serves it and opens a browser on it. */
export async function withPage<T>(use: (browser: Browser, address: string) => Promise<T>): Promise<T> {
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
    return await use(browser, address);
  } finally {
    await browser.close();
    await server.close();
  }
}

export async function openPage(browser: Browser): Promise<Page> {
  return browser.newPage({ viewport: { width: 1440, height: 900 } });
}
