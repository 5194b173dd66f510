/*
 * The page's one requestAnimationFrame loop. Every frame runs in two phases: first everything that changes
 * (clocks, targets, counters), then everything that draws, so that no drawing sees half of a change. The
 * loop sleeps while nobody subscribes and while the page is hidden.
 */
export type FramePhase = 'change' | 'draw';

/** @param now_ms the browser's frame time. @param elapsed_ms since the frame before; 0 on the first after a pause. */
export type FrameCallback = (now_ms: number, elapsed_ms: number) => void;

/** What the loop needs of a browser; tests pass their own. */
export interface FrameHost {
  requestFrame(callback: (now_ms: number) => void): number;
  cancelFrame(handle: number): void;
  readonly hidden: boolean;
  onVisibility(listener: () => void): void;
}

export interface FrameLoop {
  /** @returns the way to stop. A callback that stops itself or another during a frame is honoured at once. */
  subscribe(phase: FramePhase, callback: FrameCallback): () => void;
}

interface Subscriber {
  readonly callback: FrameCallback;
  active: boolean;
}

/** A loop on a host. The page has one, see {@link frameLoop}. */
export function createFrameLoop(host: FrameHost): FrameLoop {
  const phases: Record<FramePhase, Subscriber[]> = { change: [], draw: [] };
  let handle: number | undefined;
  let last_ms: number | undefined;

  const isNeeded = (): boolean => !host.hidden && phases.change.length + phases.draw.length > 0;

  const runPhase = (subscribers: readonly Subscriber[], now_ms: number, elapsed_ms: number): void => {
    for (const subscriber of subscribers) if (subscriber.active) subscriber.callback(now_ms, elapsed_ms);
  };

  const onFrame = (now_ms: number): void => {
    handle = undefined;
    const elapsed_ms = last_ms === undefined ? 0 : now_ms - last_ms;
    last_ms = now_ms;
    // The next frame is asked for first: an error in one callback does not stop the loop.
    schedule();
    runPhase(phases.change, now_ms, elapsed_ms);
    runPhase(phases.draw, now_ms, elapsed_ms);
  };

  const schedule = (): void => {
    if (handle === undefined && isNeeded()) handle = host.requestFrame(onFrame);
  };

  const stop = (): void => {
    if (handle !== undefined) host.cancelFrame(handle);
    handle = undefined;
    last_ms = undefined;
  };

  host.onVisibility(() => {
    if (isNeeded()) schedule();
    else stop();
  });

  return {
    subscribe(phase, callback) {
      const subscriber: Subscriber = { callback, active: true };
      // A new array each time: a phase that is running keeps the one it started with.
      phases[phase] = [...phases[phase], subscriber];
      schedule();
      return () => {
        subscriber.active = false;
        phases[phase] = phases[phase].filter((candidate) => candidate !== subscriber);
        if (!isNeeded()) stop();
      };
    },
  };
}

let pageLoop: FrameLoop | undefined;

/** The page's loop; made on first use, so that importing this file needs no browser. */
export function frameLoop(): FrameLoop {
  pageLoop ??= createFrameLoop({
    requestFrame: (callback) => window.requestAnimationFrame(callback),
    cancelFrame: (pending) => window.cancelAnimationFrame(pending),
    get hidden() {
      return document.hidden;
    },
    onVisibility: (listener) => document.addEventListener('visibilitychange', listener),
  });
  return pageLoop;
}
