import { expect, test } from 'vitest';
import { createFrameLoop, type FrameHost } from './frameLoop.ts';

class ManualHost implements FrameHost {
  hidden = false;
  pending: ((now_ms: number) => void) | undefined;
  requests = 0;
  #listener: () => void = () => undefined;

  requestFrame(callback: (now_ms: number) => void): number {
    this.pending = callback;
    this.requests += 1;
    return this.requests;
  }

  cancelFrame(): void {
    this.pending = undefined;
  }

  onVisibility(listener: () => void): void {
    this.#listener = listener;
  }

  frame(now_ms: number): void {
    const callback = this.pending;
    this.pending = undefined;
    callback?.(now_ms);
  }

  setHidden(hidden: boolean): void {
    this.hidden = hidden;
    this.#listener();
  }
}

test('all changes of a frame come before all drawing, whatever the order of subscription', () => {
  const host = new ManualHost();
  const loop = createFrameLoop(host);
  const seen: string[] = [];
  loop.subscribe('draw', () => seen.push('draw a'));
  loop.subscribe('change', () => seen.push('change a'));
  loop.subscribe('draw', () => seen.push('draw b'));
  loop.subscribe('change', () => seen.push('change b'));
  host.frame(16);
  expect(seen).toEqual(['change a', 'change b', 'draw a', 'draw b']);
});

test('the loop asks for no frame until somebody subscribes, and none after the last has left', () => {
  const host = new ManualHost();
  const loop = createFrameLoop(host);
  expect(host.pending).toBeUndefined();
  const stop = loop.subscribe('draw', () => undefined);
  expect(host.pending).toBeDefined();
  stop();
  expect(host.pending).toBeUndefined();
});

test('a hidden page gets no frames, and the first frame after it counts no elapsed time', () => {
  const host = new ManualHost();
  const loop = createFrameLoop(host);
  const elapsed: number[] = [];
  loop.subscribe('change', (_, elapsed_ms) => elapsed.push(elapsed_ms));
  host.frame(100);
  host.frame(116);
  host.setHidden(true);
  expect(host.pending).toBeUndefined();
  host.setHidden(false);
  host.frame(60_000);
  host.frame(60_016);
  expect(elapsed).toEqual([0, 16, 0, 16]);
});

test('a callback that was stopped earlier in the same frame is not called', () => {
  const host = new ManualHost();
  const loop = createFrameLoop(host);
  let calls = 0;
  const stops: (() => void)[] = [];
  loop.subscribe('change', () => {
    for (const stop of stops) stop();
  });
  stops.push(
    loop.subscribe('draw', () => {
      calls += 1;
    }),
  );
  host.frame(16);
  expect(calls).toBe(0);
});

test('an error in one callback does not end the loop', () => {
  const host = new ManualHost();
  const loop = createFrameLoop(host);
  let fail = true;
  let calls = 0;
  loop.subscribe('change', () => {
    calls += 1;
    if (fail) throw new Error('a fault of this test');
  });
  expect(() => host.frame(16)).toThrow('a fault of this test');
  fail = false;
  host.frame(32);
  expect(calls).toBe(2);
});
