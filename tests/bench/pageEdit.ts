/*
 * Editing a machine of 512 endpoints: what a frame takes while the view is moved, the pointer passes over things, and
 * after each selection and each step of the zoom. Events are made in the page, one a frame, so that the speed of the
 * measuring program is no part of it.
 */
import type { Browser, Page } from '@playwright/test';
import { serializeDocument } from '../../src/topology/serializeDocument.ts';
import type { BenchRow } from './benchRow.ts';
import { bestOf, costOf, openPage, wait, type FrameCost } from './browser.ts';
import { fiveHundredEndpoints } from './machines.ts';
import { FRAME_MS, TASK_MS } from './pageRun.ts';

const ROUNDS = 4;
const MOVES = 60;
/** Frames after a selection or a step, in which everything it led to happens. */
const FRAMES_AFTER = 8;
const SELECTED = ['mem-s1-3-5', 'mem-s0-0-3', 'sw-s2-1', 'mem-s3-7-15', 'rp-s0-1', 'mem-s2-2-2'];

interface Middle {
  readonly x: number;
  readonly y: number;
}

/** A drag over empty ground, or the pointer passing over everything. */
function move(page: Page, at: Middle, pressed: boolean): Promise<void> {
  return page.evaluate(
    async ({ x, y, drag, moves }) => {
      const frame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve));
      const send = (type: string, dx: number, dy: number): void => {
        const point = { clientX: x + dx, clientY: y + dy };
        const target = type === 'mousedown' || !drag ? document.querySelector('.pl-scene > [role=tree]') : window;
        const event = new MouseEvent(type, {
          bubbles: true,
          cancelable: true,
          view: window,
          buttons: drag ? 1 : 0,
          ...point,
        });
        (drag ? target : (document.elementFromPoint(point.clientX, point.clientY) ?? target))?.dispatchEvent(event);
      };
      if (drag) send('mousedown', 0, 0);
      for (let step = 1; step <= moves; step += 1) {
        await frame();
        send('mousemove', Math.sin(step / 8) * 260, Math.sin(step / 13) * 120);
      }
      if (drag) send('mouseup', 0, 0);
    },
    { ...at, drag: pressed, moves: MOVES },
  );
}

/** Selects one thing after another; steps of the zoom where there is nothing to select. */
function press(page: Page, at: Middle, nodes: readonly string[], zoom: -1 | 0 | 1): Promise<void> {
  return page.evaluate(
    async ({ x, y, ids, direction, after }) => {
      const frames = async (): Promise<void> => {
        for (let frame = 0; frame < after; frame += 1) await new Promise((resolve) => requestAnimationFrame(resolve));
      };
      for (const id of ids) {
        document
          .querySelector(`[data-item="node:${id}"]`)
          ?.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, view: window }));
        await frames();
      }
      const steps = direction === 0 ? 0 : 4;
      for (let step = 0; step < steps; step += 1) {
        const wheel = { bubbles: true, cancelable: true, deltaY: direction * 100, clientX: x, clientY: y };
        document.querySelector('.pl-scene > [role=tree]')?.dispatchEvent(new WheelEvent('wheel', wheel));
        await frames();
      }
    },
    { ...at, ids: nodes, direction: zoom, after: FRAMES_AFTER },
  );
}

/** @returns rows for the table of docs/performance.md. */
export async function editRows(browser: Browser, address: string): Promise<readonly BenchRow[]> {
  const page = await openPage(browser);
  const text = serializeDocument(fiveHundredEndpoints());
  await page.addInitScript((document) => localStorage.setItem('peerlane.document', document), text);
  await page.goto(`${address}?view=edit&testing=1&keep=1`);
  const tree = page.getByRole('tree', { name: 'The machine being built' });
  await tree.waitFor();
  await page.evaluate(() => Reflect.get(window, '__sim').idle());
  const box = await tree.boundingBox();
  if (box === null) throw new Error('no scene');
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const isGood = ({ p95_ms, longestTask_ms }: FrameCost): boolean =>
    Math.round(p95_ms * 10) / 10 <= FRAME_MS && longestTask_ms <= TASK_MS;
  const rows: BenchRow[] = [];
  const note = async (what: string, act: () => Promise<void>): Promise<void> => {
    const cost = await bestOf(
      ROUNDS,
      async () => {
        const found = await costOf(page, act);
        await wait(page, 300);
        return found;
      },
      isGood,
    );
    const work = `${cost.longestWork_ms.toFixed(1)} ms of it on the processor`;
    const row = (name: string, value: number, most: number, more = ''): BenchRow => ({
      name: `editing 512 endpoints, ${what}: ${name}`,
      value: Math.round(value * 10) / 10,
      unit: 'ms',
      baselineName: '',
      baselineValue: undefined,
      lowerIsBetter: true,
      promise: { what: 'atMost', value: most },
      ...(more === '' ? {} : { note: more }),
    });
    rows.push(
      row('frame interval, 95th percentile', cost.p95_ms, FRAME_MS),
      row('longest task', cost.longestTask_ms, TASK_MS, work),
    );
  };
  const zoom = async (): Promise<void> => {
    await press(page, at, [], -1);
    await press(page, at, [], 1);
  };
  await note('all of it in view, moved', () => move(page, at, true));
  await note('all of it in view, selected in', () => press(page, at, SELECTED, 0));
  await note('zoomed in and out', zoom);
  await press(page, at, [], -1);
  await note('near, moved', () => move(page, at, true));
  await note('near, pointed at', () => move(page, at, false));
  await note('near, selected in', () => press(page, at, SELECTED, 0));
  await page.close();
  return rows;
}
