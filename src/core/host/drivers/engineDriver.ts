/*
 * The driver of every device with a DMA engine (core/config/devices/engineRegisters.ts): one ring in host
 * memory, descriptors in, head and status back, by interrupt or by polling.
 */
import { highDword, lowDword } from '../../../base/bits.ts';
import { invariant } from '../../../base/invariant.ts';
import { PS_PER_MS, PS_PER_NS, PS_PER_SECOND } from '../../../base/units.ts';
import {
  DESCRIPTOR,
  DESCRIPTOR_BYTES,
  DESCRIPTOR_CONTROL,
  ENGINE_CONTROL,
  ENGINE_HEAD,
  ENGINE_IDENTITY,
  ENGINE_RING_BASE_HIGH,
  ENGINE_RING_BASE_LOW,
  ENGINE_RING_ENTRIES,
  ENGINE_TAIL,
  ENGINE_WRITE_BACK_HIGH,
  ENGINE_WRITE_BACK_LOW,
  type EngineOperation,
  WRITE_BACK_BYTES,
  WRITE_BACK_STATUS,
} from '../../config/devices/engineRegisters.ts';
import { type Register, extractField, insertFields } from '../../config/register.ts';
import type { HostProcess } from '../../pcie/requests.ts';
import { type FlowByte, readOutcomeText } from '../../pcie/tlp.ts';
import type { HostFunction } from '../hostView.ts';
import {
  awaitSignal,
  memoryRead,
  memoryWrite,
  mmioRead32,
  mmioWrite32,
  signal,
  sleep,
  spawn,
  waitInterrupt,
  work,
} from '../processRequests.ts';
import { type InterruptRoute, programTable, routeInterrupt } from './interruptSetup.ts';
import type { Kernel } from './kernel.ts';

/** Descriptors a ring holds; one page. */
export const RING_ENTRIES = 128;
/** Between two looks at the status word. */
const POLL_INTERVAL_PS = 50 * PS_PER_NS;
/** Software's work for one completion it has polled: with two for each chunk, the reference's 0.5 µs (section 6, t_sync). */
const POLLED_COMPLETION_PS = 120 * PS_PER_NS;
/** An engine that reports nothing for so long is given up. */
const PATIENCE_PS = 10 * PS_PER_SECOND;
/** After this time of polling in vain software looks at the engine's head, too; if it stands still, the interval grows. */
const EAGER_PS = 20 * PS_PER_MS;
const LONGEST_INTERVAL_PS = 10 * PS_PER_MS;
const TWO_32 = 2 ** 32;

/** One piece of work for an engine. */
export interface EngineWork {
  readonly operation: EngineOperation;
  /** Source of busToLocal and busToBus, target of localToBus. */
  readonly busAddress: number;
  /** Inner offset, or target of busToBus. */
  readonly other: number;
  /** 0…2^32−1. */
  readonly lengthBytes: number;
  readonly flow: FlowByte;
  /** The head is written back (and an interrupt raised) when this one is done. */
  readonly report: boolean;
  /** Completion means that the bytes have arrived, not only left. */
  readonly flush: boolean;
}

/** What an engine said last. */
export type EngineOutcome =
  | { readonly kind: 'ok' }
  /** A flush read was not answered with data: the writes may or may not have arrived. */
  | { readonly kind: 'unconfirmed'; readonly completionStatus: number }
  /** A read failed or a descriptor was refused; the engine has stopped. */
  | { readonly kind: 'failed'; readonly reason: string };

export type CompletionStyle = 'interrupt' | 'polled';

interface Waiter {
  readonly sequence: number;
  readonly semaphore: number;
}

/**
 * One engine with its ring. Several jobs may give it work at once: their descriptors share the ring in the order in which
 * they were given.
 * @simplifies An engine has one ring, where NICs and drives have many queues: jobs take turns in it, piece by piece.
 */
export class EngineDriver {
  readonly fn: HostFunction;
  private readonly _kernel: Kernel;
  private readonly _registers: number;
  private readonly _ring: number;
  private readonly _writeBack: number;
  /** The same as the device addresses them. */
  private readonly _ringAddress: number;
  private readonly _writeBackAddress: number;
  private readonly _waiters: Waiter[] = [];
  private _route: InterruptRoute = { kind: 'none' };
  private _wantsInterrupt = false;
  /** Semaphore of those who wait for another's `start`, and what it found. */
  private _starting: number | undefined;
  private _answers: boolean | undefined;
  /** Descriptors given so far, and done so far, free-running. */
  private _given = 0;
  private _done = 0;
  /** Batches in memory that the doorbell has not told about: first descriptor → end. */
  private readonly _written = new Map<number, number>();
  private _tail = 0;
  private _outcome: EngineOutcome = { kind: 'ok' };
  /** Somebody looks after those who wait for interrupts. */
  private _isWatched = false;
  /** Why the engine was given up. */
  private _abandoned: string | undefined;

  /** @param registers bus address of the engine's register block. */
  constructor(kernel: Kernel, fn: HostFunction, registers: number) {
    this._kernel = kernel;
    this.fn = fn;
    this._registers = registers;
    this._ring = kernel.allocate(RING_ENTRIES * DESCRIPTOR_BYTES);
    this._writeBack = kernel.allocate(WRITE_BACK_BYTES);
    this._ringAddress = kernel.mapForDevice(fn.index, this._ring, RING_ENTRIES * DESCRIPTOR_BYTES, 'toDevice');
    this._writeBackAddress = kernel.mapForDevice(fn.index, this._writeBack, WRITE_BACK_BYTES, 'fromDevice');
  }

  /** Room for this many more descriptors. */
  get room(): number {
    return RING_ENTRIES - (this._given - this._done);
  }

  /** A job will wait in this style. Before `probe`. */
  expect(style: CompletionStyle): void {
    if (style === 'interrupt') this._wantsInterrupt = true;
  }

  /** Before time starts, the function being enabled: routes its interrupt. Configuration requests only. */
  *probe(): HostProcess<void> {
    if (this._wantsInterrupt && this._route.kind === 'none')
      this._route = yield* routeInterrupt(this.fn, this._registers, this._kernel.allocateVector());
  }

  /** Finds the engine and gives it its ring, unless another job has done so. @returns false if no engine answers there. */
  *start(): HostProcess<boolean> {
    if (this._starting === undefined) {
      this._starting = this._kernel.allocateSemaphore();
      this._answers = yield* this.#begin();
    } else if (this._answers === undefined) {
      yield* awaitSignal(this._starting);
    }
    // Whoever waits behind this one.
    yield* signal(this._starting);
    return this._answers === true;
  }

  *#begin(): HostProcess<boolean> {
    if ((yield* this.#load(ENGINE_IDENTITY)) !== ENGINE_IDENTITY.reset) return false;
    yield* programTable(this._route);
    yield* this.#store(ENGINE_RING_BASE_LOW, lowDword(this._ringAddress));
    yield* this.#store(ENGINE_RING_BASE_HIGH, highDword(this._ringAddress));
    yield* this.#store(ENGINE_RING_ENTRIES, RING_ENTRIES);
    yield* this.#store(ENGINE_WRITE_BACK_LOW, lowDword(this._writeBackAddress));
    yield* this.#store(ENGINE_WRITE_BACK_HIGH, highDword(this._writeBackAddress));
    const interruptEnable = this.#interrupts('interrupt') ? 1 : 0;
    yield* this.#store(ENGINE_CONTROL, insertFields(ENGINE_CONTROL, 0, { enable: 1, interruptEnable }));
    if (this.#interrupts('interrupt')) yield* spawn(this.#serve());
    return true;
  }

  /**
   * Gives the engine work and rings its doorbell once; waits while the ring has no room.
   * @param batch at most RING_ENTRIES pieces.
   * @returns the sequence number to wait for.
   */
  *submit(batch: readonly EngineWork[], style: CompletionStyle): HostProcess<number> {
    invariant(batch.length <= RING_ENTRIES, () => `${batch.length} descriptors for a ring of ${RING_ENTRIES}`);
    while (batch.length > this.room) {
      // Every batch ends with a report, so the engine will say when enough is done.
      if ((yield* this.wait(this._given - RING_ENTRIES + batch.length, style)).kind === 'failed') return this._given;
    }
    // Places are taken before anything is yielded: another process may submit beside this one.
    const first = this._given;
    this._given += batch.length;
    const { mapping_ps } = this._kernel;
    if (mapping_ps > 0) yield* work(mapping_ps * batch.length);
    for (const [index, piece] of batch.entries()) {
      const place = (first + index) % RING_ENTRIES;
      yield* memoryWrite(this._ring + place * DESCRIPTOR_BYTES, descriptorBytes(piece, style));
    }
    this._written.set(first, first + batch.length);
    const before = this._tail;
    for (let end = this._written.get(this._tail); end !== undefined; end = this._written.get(this._tail)) {
      this._written.delete(this._tail);
      this._tail = end;
    }
    // A batch before this one may still be being written; whoever finishes it rings for both.
    if (this._tail > before) yield* this.#store(ENGINE_TAIL, this._tail % TWO_32);
    return first + batch.length;
  }

  /** Sleeps or polls until the engine has done everything up to `sequence`, or has failed. */
  *wait(sequence: number, style: CompletionStyle): HostProcess<EngineOutcome> {
    while (!this.#isOver(sequence)) {
      if (this.#interrupts(style)) {
        const semaphore = this._kernel.allocateSemaphore();
        this._waiters.push({ sequence, semaphore });
        if (!this._isWatched) yield* spawn(this.#watch());
        yield* awaitSignal(semaphore);
      } else {
        yield* this.#poll(sequence);
      }
    }
    return this._outcome;
  }

  /** Looks at the status word until the engine has got there, or has done nothing for too long. */
  *#poll(sequence: number): HostProcess<void> {
    let idle_ps = 0;
    let seen = this._done;
    let head = -1;
    while (!this.#isOver(sequence)) {
      yield* this.#look();
      if (idle_ps >= EAGER_PS) {
        const before = head;
        head = yield* this.#load(ENGINE_HEAD);
        if (head !== before) idle_ps = 0;
      }
      const isOver = this.#isOver(sequence);
      const interval_ps = idle_ps < EAGER_PS ? POLL_INTERVAL_PS : Math.min(idle_ps / 8, LONGEST_INTERVAL_PS);
      yield* work(isOver ? POLLED_COMPLETION_PS : Math.round(interval_ps));
      idle_ps = this._done === seen ? idle_ps + interval_ps : 0;
      seen = this._done;
      if (!isOver && idle_ps > PATIENCE_PS) yield* this.#giveUp();
    }
  }

  /** Beside those who wait for an interrupt: it may never come. */
  *#watch(): HostProcess<void> {
    this._isWatched = true;
    while (this._waiters.length > 0) {
      const seen = this._done;
      yield* sleep(PATIENCE_PS);
      yield* this.#look();
      yield* this.#wake();
      if (this._waiters.length > 0 && this._done === seen) yield* this.#giveUp();
    }
    this._isWatched = false;
  }

  /** The kernel takes the device away: all who wait for its engine are told why. */
  *abandon(reason: string): HostProcess<void> {
    if (this._abandoned !== undefined) return;
    this._abandoned = reason;
    this._outcome = { kind: 'failed', reason };
    yield* this.#wake();
  }

  /** The engine has stopped without a word: says what there is to see of it. */
  *#giveUp(): HostProcess<void> {
    const answers = (yield* this.#load(ENGINE_IDENTITY)) === ENGINE_IDENTITY.reset;
    const control = answers ? yield* this.#load(ENGINE_CONTROL) : 0;
    const isEnabled = extractField(ENGINE_CONTROL, 'enable', control) === 1;
    const state = !answers
      ? 'its registers do not answer any more'
      : isEnabled
        ? 'it is still enabled'
        : 'it was reset';
    yield* this.abandon(`its engine has reported nothing for 10 s; ${state}`);
  }

  #isOver(sequence: number): boolean {
    return this._done >= sequence || this._outcome.kind === 'failed';
  }

  #interrupts(style: CompletionStyle): boolean {
    return style === 'interrupt' && this._route.kind !== 'none';
  }

  /** The interrupt's process: looks what is done, wakes who waits for it. */
  *#serve(): HostProcess<void> {
    if (this._route.kind === 'none') return;
    for (;;) {
      yield* waitInterrupt(this._route.vector);
      yield* this.#look();
      yield* this.#wake();
    }
  }

  /** Those whose work is over go on. */
  *#wake(): HostProcess<void> {
    for (const waiter of this._waiters.filter(({ sequence }) => this.#isOver(sequence))) {
      this._waiters.splice(this._waiters.indexOf(waiter), 1);
      yield* signal(waiter.semaphore);
    }
  }

  /** Reads what the engine wrote back. */
  *#look(): HostProcess<void> {
    const bytes = yield* memoryRead(this._writeBack, WRITE_BACK_BYTES);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const ahead = (view.getUint32(0, true) - (this._done % TWO_32) + TWO_32) % TWO_32;
    // Another process may have looked meanwhile, and seen more.
    if (ahead < TWO_32 / 2) this._done += ahead;
    if (this._abandoned === undefined) this._outcome = outcomeOf(view.getUint32(4, true));
  }

  *#load(register: Register): HostProcess<number> {
    return yield* mmioRead32(this._registers + register.offsetBytes);
  }

  *#store(register: Register, value: number): HostProcess<void> {
    yield* mmioWrite32(this._registers + register.offsetBytes, value);
  }
}

function outcomeOf(status: number): EngineOutcome {
  const code = status % 256;
  const completionStatus = Math.floor(status / 256);
  if (code === WRITE_BACK_STATUS.ok) return { kind: 'ok' };
  if (code === WRITE_BACK_STATUS.flushFailed) return { kind: 'unconfirmed', completionStatus };
  if (code === WRITE_BACK_STATUS.badDescriptor) return { kind: 'failed', reason: 'the engine refused a descriptor' };
  return { kind: 'failed', reason: `a read was ${readOutcomeText(completionStatus)}` };
}

function descriptorBytes(piece: EngineWork, style: CompletionStyle): Uint8Array {
  const bytes = new Uint8Array(DESCRIPTOR_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(DESCRIPTOR.busAddress, lowDword(piece.busAddress), true);
  view.setUint32(DESCRIPTOR.busAddress + 4, highDword(piece.busAddress), true);
  view.setUint32(DESCRIPTOR.other, lowDword(piece.other), true);
  view.setUint32(DESCRIPTOR.other + 4, highDword(piece.other), true);
  view.setUint32(DESCRIPTOR.lengthBytes, piece.lengthBytes, true);
  const { operation, flow } = piece;
  const report = piece.report ? 1 : 0;
  const interrupt = style === 'interrupt' ? report : 0;
  const fields = { operation, report, interrupt, flush: piece.flush ? 1 : 0, flow };
  view.setUint32(DESCRIPTOR.control, insertFields(DESCRIPTOR_CONTROL, 0, fields), true);
  return bytes;
}
