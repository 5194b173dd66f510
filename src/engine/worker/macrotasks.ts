/** Runs tasks later, in order. */
export interface Macrotasks {
  readonly soon: (task: () => void) => void;
  /** Forgets what waits. */
  readonly close: () => void;
}

/**
 * A way to continue in a later task: a message to ourselves, which waits behind messages and drawing but, unlike
 * a timer, is not held back for milliseconds. Node takes a thousand such messages in one go, before timers and
 * other messages get their turn, and has `setImmediate` instead.
 */
export function macrotasks(): Macrotasks {
  const waiting: (() => void)[] = [];
  const runNext = (): void => waiting.shift()?.();
  const schedule = nodeImmediate(runNext) ?? messageToOurselves(runNext);
  return {
    soon: (task) => {
      waiting.push(task);
      schedule();
    },
    close: () => {
      waiting.length = 0;
    },
  };
}

function nodeImmediate(run: () => void): (() => void) | undefined {
  const immediate: unknown = Reflect.get(globalThis, 'setImmediate');
  return typeof immediate === 'function' ? () => void immediate(run) : undefined;
}

function messageToOurselves(run: () => void): () => void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = run;
  return () => port2.postMessage(undefined);
}
