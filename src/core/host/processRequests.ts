/*
 * Requests of running software as functions: `const status = yield* mmioRead32(address)`.
 */
import { invariant } from '../../base/invariant.ts';
import type { FlowByte } from '../pcie/tlp.ts';
import type { HostProcess, HostRequest } from '../pcie/requests.ts';

/** An uncached load of 4 bytes; all ones where nothing answers. */
export function* mmioRead32(address: number): HostProcess<number> {
  const value = yield { kind: 'mmioRead', address, bytes: 4 };
  invariant(typeof value === 'number', () => 'a load is answered with a number');
  return value;
}

/** An uncached store of 4 bytes. */
export function* mmioWrite32(address: number, value: number): HostProcess<void> {
  yield { kind: 'mmioWrite', address, bytes: 4, value };
}

/** Bytes of the CPU's own memory. */
export function* memoryRead(address: number, lengthBytes: number): HostProcess<Uint8Array> {
  const value = yield { kind: 'memoryRead', address, lengthBytes };
  invariant(value instanceof Uint8Array, () => 'a memory read is answered with bytes');
  return value;
}

export function* memoryWrite(address: number, data: Uint8Array): HostProcess<void> {
  yield { kind: 'memoryWrite', address, data };
}

/** One core copies; returns when its last store has been accepted. */
export function* copyBytes(from: number, to: number, lengthBytes: number, flow: FlowByte): HostProcess<void> {
  yield { kind: 'copy', from, to, lengthBytes, flow };
}

/** One core stores to a device through a mapping. */
export function* cpuStore(order: Omit<Extract<HostRequest, { kind: 'cpuStore' }>, 'kind'>): HostProcess<void> {
  yield { kind: 'cpuStore', ...order };
}

/** One core loads from a device through a mapping; the bytes are in `order.into` when it returns. */
export function* cpuLoad(order: Omit<Extract<HostRequest, { kind: 'cpuLoad' }>, 'kind'>): HostProcess<void> {
  yield { kind: 'cpuLoad', ...order };
}

/** Drops the lines of a range of a WT or WB mapping from the caches; modified ones are written back. */
export function* flushLines(order: Omit<Extract<HostRequest, { kind: 'flushLines' }>, 'kind'>): HostProcess<void> {
  yield { kind: 'flushLines', ...order };
}

/** A core works for a time. */
export function* work(duration_ps: number): HostProcess<void> {
  yield { kind: 'delay', duration_ps, busy: true };
}

/** A process sleeps for a time; its core does other things. */
export function* sleep(duration_ps: number): HostProcess<void> {
  yield { kind: 'delay', duration_ps: Math.round(duration_ps), busy: false };
}

export function* waitInterrupt(vector: number): HostProcess<void> {
  yield { kind: 'waitInterrupt', vector };
}

/** Runs another process beside this one. */
export function* spawn(process: HostProcess<void>): HostProcess<void> {
  yield { kind: 'spawn', process };
}

export function* signal(semaphore: number): HostProcess<void> {
  yield { kind: 'signal', semaphore };
}

export function* awaitSignal(semaphore: number): HostProcess<void> {
  yield { kind: 'await', semaphore };
}

/** Simulated now, in picoseconds. */
export function* now(): HostProcess<number> {
  const value = yield { kind: 'now' };
  invariant(typeof value === 'number', () => 'the time is a number');
  return value;
}

/** Looks at something outside of what software can see. */
export function* observe(read: () => number): HostProcess<number> {
  const value = yield { kind: 'observe', read };
  invariant(typeof value === 'number', () => 'what is observed is a number');
  return value;
}
