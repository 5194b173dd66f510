/*
 * The engine in a browser, without the page: the same document and seed give the same run in a worker with shared
 * memory, in a worker that sends copies, in the page's own thread, and in Node.
 */
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { build } from 'vite';
import { createInProcessClient } from '../src/engine/inProcessClient.ts';
import type { TransferWay } from '../src/topology/document.ts';
import type { ClientKind } from './engine/main.ts';
import { runOnce } from '../tests/support/engineOutcome.ts';
import type { RunOutcome } from '../tests/support/engineOutcome.ts';

const BYTES = 2 ** 21 + 4096;
const KINDS: readonly ClientKind[] = ['worker with shared memory', 'worker that sends copies', 'in the page'];
const WAYS: readonly TransferWay[] = ['p2p', 'bounce', 'copy'];

/** Path → content of the built test page. */
const files = new Map<string, string>();
const nodeOutcomes = new Map<TransferWay, RunOutcome>();

test.beforeAll(async () => {
  const built = await build({
    root: 'e2e/engine',
    configFile: false,
    base: './',
    logLevel: 'warn',
    worker: { format: 'es' },
    build: { write: false, target: 'es2023' },
  });
  if (!('output' in built)) throw new Error('expected one build');
  for (const file of built.output) {
    files.set(file.fileName, file.type === 'chunk' ? file.code : Buffer.from(file.source).toString());
  }
  const client = createInProcessClient();
  for (const way of WAYS) nodeOutcomes.set(way, await runOnce(client, way, BYTES));
  client.dispose();
});

async function openEngine(page: Page, headers: Readonly<Record<string, string>>): Promise<void> {
  await page.route('**/engine/**', async (route) => {
    const path = new URL(route.request().url()).pathname.replace('/engine/', '');
    const body = files.get(path === '' ? 'index.html' : path);
    const contentType = path.endsWith('.js') ? 'text/javascript' : 'text/html';
    await route.fulfill(body === undefined ? { status: 404 } : { body, contentType, headers: { ...headers } });
  });
  await page.goto('/engine/');
  await page.waitForFunction(() => window.runEngine !== undefined);
}

const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

function expectSameRun(ours: RunOutcome, way: TransferWay): void {
  const reference = nodeOutcomes.get(way);
  expect(ours.report).toEqual(reference?.report);
  expect(ours.report.outcome).toBe('finished');
  expect(ours.report.checks.filter((check) => !check.ok)).toEqual([]);
  expect(ours.report.traceHash).toMatch(/^[0-9a-f]{16}$/);
  expect(ours.series).toEqual(reference?.series);
  expect(ours.hops + ours.lostHops).toBe((reference?.hops ?? 0) + (reference?.lostHops ?? 0));
  expect(ours.seenCrc32).toBe(ours.report.sourceCrc32);
}

for (const kind of KINDS) {
  test(`runs ${kind === 'in the page' ? kind : `in a ${kind}`} are the runs that Node makes`, async ({ page }) => {
    await openEngine(page, ISOLATED);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    for (const way of WAYS) {
      const outcome = await page.evaluate(({ kind, way, bytes }) => window.runEngine(kind, way, bytes), {
        kind,
        way,
        bytes: BYTES,
      });
      expectSameRun(outcome, way);
      expect(outcome.shared).toBe(kind === 'worker with shared memory');
    }
  });
}

test('without isolation a worker that sends copies makes the same run', async ({ page }) => {
  await openEngine(page, {});
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
  const outcome = await page.evaluate((bytes) => window.runEngine('worker that sends copies', 'p2p', bytes), BYTES);
  expectSameRun(outcome, 'p2p');
});

/** Far above a slice of 4 ms, to leave room for a machine that is busy with other things. */
const LONGEST_TASK_ms = 150;
/** What holds a thread up by itself does so in every run; what else the computer does, does not. */
const RUNS = 3;
/** Turns others get while a run of some hundred milliseconds is cut into slices; a slower computer cuts it into more. */
const LEAST_TURNS = 20;
const LONG_RUN_BYTES = 3 * BYTES;

test("the page's own thread is never held for long", async ({ page }) => {
  await openEngine(page, ISOLATED);
  const runs = [];
  for (let run = 0; run < RUNS; run += 1) {
    runs.push(
      await page.evaluate(async (bytes) => {
        const tasks: number[] = [];
        const observer = new PerformanceObserver((list) => {
          tasks.push(...list.getEntries().map((entry) => entry.duration));
        });
        observer.observe({ type: 'longtask' });
        let turns = 0;
        let isOver = false;
        const turn = (): void => {
          turns += 1;
          if (!isOver) setTimeout(turn, 0);
        };
        setTimeout(turn, 0);
        await window.runEngine('in the page', 'bounce', bytes);
        isOver = true;
        observer.disconnect();
        return { turns, longest_ms: Math.max(0, ...tasks) };
      }, LONG_RUN_BYTES),
    );
  }
  for (const { turns } of runs) expect(turns).toBeGreaterThan(LEAST_TURNS);
  expect(Math.min(...runs.map(({ longest_ms }) => longest_ms))).toBeLessThan(LONGEST_TASK_ms);
});
