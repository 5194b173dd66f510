/*
 * One channel of a device's access generator: reads or writes of one size in a window of bus addresses, so many under
 * way at once, as test equipment does it. Registers: core/config/devices/engineRegisters.ts.
 *
 *   start ─ issue time ─▶ requests ─▶ answers ─ delivery time ─▶ operation over, its place free ─ issue time ─▶ …
 */
import { fromDwords } from '../../../base/bits.ts';
import { at, invariant } from '../../../base/invariant.ts';
import { PS_PER_NS } from '../../../base/units.ts';
import type { ConfigSpace } from '../../config/configSpace.ts';
import {
  GENERATOR_BASE_HIGH,
  GENERATOR_BASE_LOW,
  GENERATOR_CONTROL,
  GENERATOR_COUNT,
  GENERATOR_DONE,
  GENERATOR_OPERATION_BYTES,
  GENERATOR_OUTSTANDING,
  GENERATOR_REGISTERS,
  GENERATOR_SEED,
  GENERATOR_STATUS,
  GENERATOR_WINDOW_HIGH,
  GENERATOR_WINDOW_LOW,
  GENERATOR_WRONG,
  generatorBase,
} from '../../config/devices/engineRegisters.ts';
import type { Register } from '../../config/register.ts';
import { requestLength } from '../../pcie/splitting.ts';
import { COMPLETION_STATUS, type CompletionStatus, type FlowByte, flowNumberOf } from '../../pcie/tlp.ts';
import type { FunctionPort } from '../ports.ts';
import { type AccessPattern, accessOffset } from './accessSequence.ts';
import { LatencySamples } from './latencySamples.ts';
import { PatternSource } from './pattern.ts';
import { WAIT, type Wait, WaitClock } from './waitClock.ts';

/** From the decision to the request's first bit, and from the last bit of the data to its use (performance reference, section 6). */
const ISSUE_PS = 55 * PS_PER_NS;
const DELIVER_PS = 50 * PS_PER_NS;
const LARGEST_OPERATION_BYTES = 4096;
const LARGEST_OUTSTANDING = 32_768;
/** Requests of one operation at most: 4096 bytes at 128 each, and one more where it lies across boundaries. */
const PIECES = LARGEST_OPERATION_BYTES / 128 + 1;

// Contexts of reads: 2^30 + channel · 2^28 + epoch · 2^22 + entry. The engine's own are below 2^30.
const CONTEXT_FLAG = 2 ** 30;
const CHANNEL_UNIT = 2 ** 28;
const EPOCH_UNIT = 2 ** 22;
const EPOCHS = 64;
invariant(LARGEST_OUTSTANDING * PIECES <= EPOCH_UNIT, () => 'an entry must not look like an epoch');

/** True if a read's context belongs to a generator. */
export function isGeneratorContext(context: number): boolean {
  return context >= CONTEXT_FLAG;
}

/** Channel whose read a context is. */
export function channelOf(context: number): number {
  return Math.floor((context - CONTEXT_FLAG) / CHANNEL_UNIT);
}

export interface GeneratorParts {
  readonly port: FunctionPort;
  readonly registers: ConfigSpace;
  readonly channel: number;
  /** The device's timer of this channel. */
  readonly timer: number;
  /** Told about bytes that reads have brought. */
  readonly onArrived: (lengthBytes: number, flow: FlowByte) => void;
  /** Told about operations that are over. */
  readonly onOperation: (flow: FlowByte) => void;
}

/**
 * @simplifies An operation's place is free again when its data has been delivered; a write is over when the device has
 * handed its last request to the transmit queue.
 */
export class AccessGenerator {
  readonly channel: number;
  readonly waits = new WaitClock();
  /** Of the operations of the present run; reads only. */
  latencies = new LatencySamples();
  /** Operations over, bytes not as expected, first request and last end of the present run. */
  done = 0;
  wrongBytes = 0;
  begun_ps = -1;
  ended_ps = 0;
  /** Told at the instants at which a run begins and ends. */
  onPhase: ((phase: 'begun' | 'ended') => void) | undefined;
  private readonly _parts: GeneratorParts;
  private readonly _port: FunctionPort;
  private readonly _base: number;
  private _epoch = 0;
  private _running = false;
  private _failed = false;
  private _isWrite = false;
  private _isEndless = false;
  private _flow: FlowByte = 0;
  private _address = 0;
  private _count = 0;
  private _outstanding = 1;
  private _access: AccessPattern = { windowBytes: 64, operationBytes: 64, isRandom: false, seed: 0 };
  private _pattern = new PatternSource(0);
  private readonly _expected = new Uint8Array(LARGEST_OPERATION_BYTES);

  /** Operations begun, and what is left of the one being sent. */
  private _begun = 0;
  private _sentBytes = 0;
  private _place = -1;
  private _offset = 0;
  /** Places of operations: free ones are in a ring, with the time from which each can be used. */
  private _ready = new Int32Array(1);
  private _ready_ps = new Float64Array(1);
  private _nextReady = 0;
  private _readyCount = 0;
  /** By place. */
  private _start_ps = new Float64Array(1);
  private _left = new Int32Array(1);
  /** By entry (place · PIECES + piece): offset in the window. */
  private _pieceOffset = new Float64Array(PIECES);
  private _piece = 0;
  private _wake_ps = -1;
  private _pumping = false;
  private _again = false;

  constructor(parts: GeneratorParts) {
    this._parts = parts;
    this._port = parts.port;
    this.channel = parts.channel;
    this._base = generatorBase(parts.channel);
    for (const register of GENERATOR_REGISTERS) {
      parts.registers.attach(register, this._base);
      parts.registers.poke(this._base + register.offsetBytes, register.widthBits / 8, register.reset);
    }
  }

  /** Nothing is under way. */
  get isIdle(): boolean {
    return !this._running;
  }

  /** Where operations went, for whoever checks what was written. */
  get access(): AccessPattern {
    return this._access;
  }

  /** True if an offset of the register block is one of this channel's. */
  owns(offset: number): boolean {
    return offset >= this._base && offset < generatorBase(this.channel + 1);
  }

  /** Software wrote the Control register. */
  onControl(): void {
    const run = this.#field('run') === 1;
    if (!run) this.halt();
    else if (!this._running) this.#start();
    this.pump();
  }

  /** Begins no more operations: what is under way ends. */
  halt(): void {
    this._count = this._begun + (this._sentBytes > 0 ? 1 : 0);
    this._isEndless = false;
  }

  onReadData(context: number, requestOffset: number, lengthBytes: number, payload: Uint8Array, offset: number): void {
    if (!this.#isCurrent(context)) return;
    const entry = context % EPOCH_UNIT;
    this._parts.onArrived(lengthBytes, this._flow);
    this._pattern.readInto(at(this._pieceOffset, entry) + requestOffset, lengthBytes, this._expected, 0);
    for (let i = 0; i < lengthBytes; i++) if (payload[offset + i] !== this._expected[i]) this.wrongBytes += 1;
    const place = Math.floor(entry / PIECES);
    this._left[place] = at(this._left, place) - lengthBytes;
    if (this._left[place] === 0) this.#over(place);
  }

  onReadDone(context: number, status: CompletionStatus): void {
    if (!this.#isCurrent(context)) return;
    if (status !== COMPLETION_STATUS.SC) this.#fail(status);
    this.pump();
  }

  onTimer(): void {
    if (this._wake_ps <= this._port.now()) this._wake_ps = -1;
    this.pump();
  }

  /** Back to power-on state; answers still to come are ignored. */
  reset(): void {
    this._epoch = (this._epoch + 1) % EPOCHS;
    this._running = false;
    this.waits.set(this._port.now(), 0, WAIT.idle);
  }

  /** Begins as much as can be begun now. Sending may call back while it is at it. */
  pump(): void {
    if (!this._running) return;
    this._again = true;
    if (this._pumping) return;
    this._pumping = true;
    let wait: Wait = WAIT.answers;
    while (this._again) {
      this._again = false;
      wait = this._failed ? WAIT.answers : this.#proceed();
    }
    this._pumping = false;
    this.waits.set(this._port.now(), flowNumberOf(this._flow), wait);
    const isUnderWay = this._readyCount < this._outstanding;
    const hasMore = !this._failed && (this._isEndless || this._begun < this._count);
    if (!isUnderWay && !hasMore) this.#end();
  }

  #start(): void {
    const { registers } = this._parts;
    const long = (low: Register, high: Register): number => fromDwords(this.#read(high), this.#read(low));
    this._epoch = (this._epoch + 1) % EPOCHS;
    this._isWrite = this.#field('write') === 1;
    this._isEndless = this.#field('endless') === 1;
    this._flow = this.#field('flow');
    this._address = long(GENERATOR_BASE_LOW, GENERATOR_BASE_HIGH);
    this._count = this.#read(GENERATOR_COUNT);
    this._outstanding = clamp(this.#read(GENERATOR_OUTSTANDING), 1, LARGEST_OUTSTANDING);
    const operationBytes = clamp(this.#read(GENERATOR_OPERATION_BYTES), 1, LARGEST_OPERATION_BYTES);
    const windowBytes = Math.max(operationBytes, long(GENERATOR_WINDOW_LOW, GENERATOR_WINDOW_HIGH));
    const seed = this.#read(GENERATOR_SEED);
    this._access = { windowBytes, operationBytes, isRandom: this.#field('random') === 1, seed };
    this._pattern = new PatternSource(seed);
    this._begun = 0;
    this._sentBytes = 0;
    this._place = -1;
    this.done = 0;
    this.wrongBytes = 0;
    this.begun_ps = -1;
    this.latencies = new LatencySamples();
    this._failed = false;
    this._running = true;
    this.onPhase?.('begun');
    this.#makePlaces();
    registers.pokeFields(GENERATOR_STATUS, this._base, { busy: 1, failed: 0, completionStatus: 0 });
    this.#show();
  }

  #makePlaces(): void {
    const count = this._outstanding;
    this._ready = Int32Array.from({ length: count }, (_, place) => place);
    this._ready_ps = new Float64Array(count).fill(this._port.now() + ISSUE_PS);
    this._nextReady = 0;
    this._readyCount = count;
    this._start_ps = new Float64Array(count);
    this._left = new Int32Array(count);
    this._pieceOffset = new Float64Array(count * PIECES);
  }

  /** @returns what it has to wait for. */
  #proceed(): Wait {
    for (;;) {
      if (this._place < 0) {
        if (!this._isEndless && this._begun >= this._count) return WAIT.answers;
        if (this._readyCount === 0) return WAIT.tags;
        const wait_ps = at(this._ready_ps, this._nextReady) - this._port.now();
        if (wait_ps > 0) {
          this.#wakeIn(wait_ps);
          // Its place is still taken: one more place would have been of use.
          return this._begun === 0 ? WAIT.setup : WAIT.tags;
        }
        this.#beginOperation();
      }
      const wait = this._isWrite ? this.#sendPieces() : this.#askPieces();
      if (wait !== WAIT.idle) return wait;
      this._begun += 1;
      const place = this._place;
      this._place = -1;
      this._sentBytes = 0;
      if (this._isWrite) this.#freePlace(place, this._port.now());
    }
  }

  #beginOperation(): void {
    const place = at(this._ready, this._nextReady);
    this._nextReady = (this._nextReady + 1) % this._outstanding;
    this._readyCount -= 1;
    this._place = place;
    this._sentBytes = 0;
    this._piece = 0;
    this._offset = accessOffset(this._access, this._begun);
    const now_ps = this._port.now();
    // The operation began when its place was given out; the issue time is part of it.
    this._start_ps[place] = now_ps - ISSUE_PS;
    this._left[place] = this._access.operationBytes;
    if (this.begun_ps < 0) this.begun_ps = now_ps - ISSUE_PS;
  }

  #sendPieces(): Wait {
    const { operationBytes } = this._access;
    while (this._sentBytes < operationBytes) {
      if (this._port.postedRoom() === 0) return WAIT.room;
      const offset = this._offset + this._sentBytes;
      const length = requestLength(this._address + offset, operationBytes - this._sentBytes, this._port.mpsBytes);
      this._port.write(this._address + offset, length, this._pattern, offset, this._flow);
      this._sentBytes += length;
    }
    return WAIT.idle;
  }

  #askPieces(): Wait {
    const { operationBytes } = this._access;
    while (this._sentBytes < operationBytes) {
      if (this._port.readRoom() === 0) return this._port.freeTags === 0 ? WAIT.tags : WAIT.room;
      const offset = this._offset + this._sentBytes;
      const length = requestLength(this._address + offset, operationBytes - this._sentBytes, this._port.mrrsBytes);
      const entry = this._place * PIECES + this._piece;
      this._pieceOffset[entry] = offset;
      this._piece += 1;
      this._sentBytes += length;
      const context = CONTEXT_FLAG + this.channel * CHANNEL_UNIT + this._epoch * EPOCH_UNIT + entry;
      this._port.read(this._address + offset, length, context, this._flow);
    }
    return WAIT.idle;
  }

  /** All data of a read has come. */
  #over(place: number): void {
    const end_ps = this._port.now() + DELIVER_PS;
    this.latencies.add(end_ps - at(this._start_ps, place));
    this.#freePlace(place, end_ps);
  }

  #freePlace(place: number, end_ps: number): void {
    const ring = (this._nextReady + this._readyCount) % this._outstanding;
    this._ready[ring] = place;
    // Writes are issued back to back; a read's place waits for the delivery of its data and the next issue.
    this._ready_ps[ring] = this._isWrite ? end_ps : end_ps + ISSUE_PS;
    this._readyCount += 1;
    this.done += 1;
    this.ended_ps = end_ps;
    this._parts.onOperation(this._flow);
    this.#show();
  }

  #fail(status: number): void {
    if (this._failed) return;
    this._failed = true;
    // What is under way is no longer waited for.
    this._epoch = (this._epoch + 1) % EPOCHS;
    this._readyCount = this._outstanding;
    this.ended_ps = this._port.now();
    this._parts.registers.pokeFields(GENERATOR_STATUS, this._base, { failed: 1, completionStatus: status });
  }

  #end(): void {
    this._running = false;
    this.onPhase?.('ended');
    this.waits.set(this._port.now(), 0, WAIT.idle);
    this._parts.registers.pokeFields(GENERATOR_STATUS, this._base, { busy: 0 });
  }

  #show(): void {
    this._parts.registers.poke(this._base + GENERATOR_DONE.offsetBytes, 4, this.done % 2 ** 32);
    this._parts.registers.poke(this._base + GENERATOR_WRONG.offsetBytes, 4, Math.min(this.wrongBytes, 2 ** 32 - 1));
  }

  #isCurrent(context: number): boolean {
    return this._running && Math.floor(context / EPOCH_UNIT) % EPOCHS === this._epoch;
  }

  #wakeIn(delay_ps: number): void {
    const at_ps = this._port.now() + delay_ps;
    if (this._wake_ps >= 0 && this._wake_ps <= at_ps) return;
    this._wake_ps = at_ps;
    this._port.setTimer(delay_ps, this._parts.timer);
  }

  #read(register: Register): number {
    return this._parts.registers.readRegister(register, this._base);
  }

  #field(name: 'run' | 'write' | 'random' | 'endless' | 'flow'): number {
    return this._parts.registers.field(GENERATOR_CONTROL, this._base, name);
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
