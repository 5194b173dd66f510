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
  readonly #parts: GeneratorParts;
  readonly #port: FunctionPort;
  readonly #base: number;
  #epoch = 0;
  #running = false;
  #failed = false;
  #isWrite = false;
  #isEndless = false;
  #flow: FlowByte = 0;
  #address = 0;
  #count = 0;
  #outstanding = 1;
  #access: AccessPattern = { windowBytes: 64, operationBytes: 64, isRandom: false, seed: 0 };
  #pattern = new PatternSource(0);
  readonly #expected = new Uint8Array(LARGEST_OPERATION_BYTES);

  /** Operations begun, and what is left of the one being sent. */
  #begun = 0;
  #sentBytes = 0;
  #place = -1;
  #offset = 0;
  /** Places of operations: free ones are in a ring, with the time from which each can be used. */
  #ready = new Int32Array(1);
  #ready_ps = new Float64Array(1);
  #nextReady = 0;
  #readyCount = 0;
  /** By place. */
  #start_ps = new Float64Array(1);
  #left = new Int32Array(1);
  /** By entry (place · PIECES + piece): offset in the window. */
  #pieceOffset = new Float64Array(PIECES);
  #piece = 0;
  #wake_ps = -1;
  #pumping = false;
  #again = false;

  constructor(parts: GeneratorParts) {
    this.#parts = parts;
    this.#port = parts.port;
    this.channel = parts.channel;
    this.#base = generatorBase(parts.channel);
    for (const register of GENERATOR_REGISTERS) {
      parts.registers.attach(register, this.#base);
      parts.registers.poke(this.#base + register.offsetBytes, register.widthBits / 8, register.reset);
    }
  }

  /** Nothing is under way. */
  get isIdle(): boolean {
    return !this.#running;
  }

  /** Where operations went, for whoever checks what was written. */
  get access(): AccessPattern {
    return this.#access;
  }

  /** True if an offset of the register block is one of this channel's. */
  owns(offset: number): boolean {
    return offset >= this.#base && offset < generatorBase(this.channel + 1);
  }

  /** Software wrote the Control register. */
  onControl(): void {
    const run = this.#field('run') === 1;
    if (!run) this.halt();
    else if (!this.#running) this.#start();
    this.pump();
  }

  /** Begins no more operations: what is under way ends. */
  halt(): void {
    this.#count = this.#begun + (this.#sentBytes > 0 ? 1 : 0);
    this.#isEndless = false;
  }

  onReadData(context: number, requestOffset: number, lengthBytes: number, payload: Uint8Array, offset: number): void {
    if (!this.#isCurrent(context)) return;
    const entry = context % EPOCH_UNIT;
    this.#parts.onArrived(lengthBytes, this.#flow);
    this.#pattern.readInto(at(this.#pieceOffset, entry) + requestOffset, lengthBytes, this.#expected, 0);
    for (let i = 0; i < lengthBytes; i++) if (payload[offset + i] !== this.#expected[i]) this.wrongBytes += 1;
    const place = Math.floor(entry / PIECES);
    this.#left[place] = at(this.#left, place) - lengthBytes;
    if (this.#left[place] === 0) this.#over(place);
  }

  onReadDone(context: number, status: CompletionStatus): void {
    if (!this.#isCurrent(context)) return;
    if (status !== COMPLETION_STATUS.SC) this.#fail(status);
    this.pump();
  }

  onTimer(): void {
    if (this.#wake_ps <= this.#port.now()) this.#wake_ps = -1;
    this.pump();
  }

  /** Back to power-on state; answers still to come are ignored. */
  reset(): void {
    this.#epoch = (this.#epoch + 1) % EPOCHS;
    this.#running = false;
    this.waits.set(this.#port.now(), 0, WAIT.idle);
  }

  /** Begins as much as can be begun now. Sending may call back while it is at it. */
  pump(): void {
    if (!this.#running) return;
    this.#again = true;
    if (this.#pumping) return;
    this.#pumping = true;
    let wait: Wait = WAIT.answers;
    while (this.#again) {
      this.#again = false;
      wait = this.#failed ? WAIT.answers : this.#proceed();
    }
    this.#pumping = false;
    this.waits.set(this.#port.now(), flowNumberOf(this.#flow), wait);
    const isUnderWay = this.#readyCount < this.#outstanding;
    const hasMore = !this.#failed && (this.#isEndless || this.#begun < this.#count);
    if (!isUnderWay && !hasMore) this.#end();
  }

  #start(): void {
    const { registers } = this.#parts;
    const long = (low: Register, high: Register): number => fromDwords(this.#read(high), this.#read(low));
    this.#epoch = (this.#epoch + 1) % EPOCHS;
    this.#isWrite = this.#field('write') === 1;
    this.#isEndless = this.#field('endless') === 1;
    this.#flow = this.#field('flow');
    this.#address = long(GENERATOR_BASE_LOW, GENERATOR_BASE_HIGH);
    this.#count = this.#read(GENERATOR_COUNT);
    this.#outstanding = clamp(this.#read(GENERATOR_OUTSTANDING), 1, LARGEST_OUTSTANDING);
    const operationBytes = clamp(this.#read(GENERATOR_OPERATION_BYTES), 1, LARGEST_OPERATION_BYTES);
    const windowBytes = Math.max(operationBytes, long(GENERATOR_WINDOW_LOW, GENERATOR_WINDOW_HIGH));
    const seed = this.#read(GENERATOR_SEED);
    this.#access = { windowBytes, operationBytes, isRandom: this.#field('random') === 1, seed };
    this.#pattern = new PatternSource(seed);
    this.#begun = 0;
    this.#sentBytes = 0;
    this.#place = -1;
    this.done = 0;
    this.wrongBytes = 0;
    this.begun_ps = -1;
    this.latencies = new LatencySamples();
    this.#failed = false;
    this.#running = true;
    this.onPhase?.('begun');
    this.#makePlaces();
    registers.pokeFields(GENERATOR_STATUS, this.#base, { busy: 1, failed: 0, completionStatus: 0 });
    this.#show();
  }

  #makePlaces(): void {
    const count = this.#outstanding;
    this.#ready = Int32Array.from({ length: count }, (_, place) => place);
    this.#ready_ps = new Float64Array(count).fill(this.#port.now() + ISSUE_PS);
    this.#nextReady = 0;
    this.#readyCount = count;
    this.#start_ps = new Float64Array(count);
    this.#left = new Int32Array(count);
    this.#pieceOffset = new Float64Array(count * PIECES);
  }

  /** @returns what it has to wait for. */
  #proceed(): Wait {
    for (;;) {
      if (this.#place < 0) {
        if (!this.#isEndless && this.#begun >= this.#count) return WAIT.answers;
        if (this.#readyCount === 0) return WAIT.tags;
        const wait_ps = at(this.#ready_ps, this.#nextReady) - this.#port.now();
        if (wait_ps > 0) {
          this.#wakeIn(wait_ps);
          // Its place is still taken: one more place would have been of use.
          return this.#begun === 0 ? WAIT.setup : WAIT.tags;
        }
        this.#beginOperation();
      }
      const wait = this.#isWrite ? this.#sendPieces() : this.#askPieces();
      if (wait !== WAIT.idle) return wait;
      this.#begun += 1;
      const place = this.#place;
      this.#place = -1;
      this.#sentBytes = 0;
      if (this.#isWrite) this.#freePlace(place, this.#port.now());
    }
  }

  #beginOperation(): void {
    const place = at(this.#ready, this.#nextReady);
    this.#nextReady = (this.#nextReady + 1) % this.#outstanding;
    this.#readyCount -= 1;
    this.#place = place;
    this.#sentBytes = 0;
    this.#piece = 0;
    this.#offset = accessOffset(this.#access, this.#begun);
    const now_ps = this.#port.now();
    // The operation began when its place was given out; the issue time is part of it.
    this.#start_ps[place] = now_ps - ISSUE_PS;
    this.#left[place] = this.#access.operationBytes;
    if (this.begun_ps < 0) this.begun_ps = now_ps - ISSUE_PS;
  }

  #sendPieces(): Wait {
    const { operationBytes } = this.#access;
    while (this.#sentBytes < operationBytes) {
      if (this.#port.postedRoom() === 0) return WAIT.room;
      const offset = this.#offset + this.#sentBytes;
      const length = requestLength(this.#address + offset, operationBytes - this.#sentBytes, this.#port.mpsBytes);
      this.#port.write(this.#address + offset, length, this.#pattern, offset, this.#flow);
      this.#sentBytes += length;
    }
    return WAIT.idle;
  }

  #askPieces(): Wait {
    const { operationBytes } = this.#access;
    while (this.#sentBytes < operationBytes) {
      if (this.#port.readRoom() === 0) return this.#port.freeTags === 0 ? WAIT.tags : WAIT.room;
      const offset = this.#offset + this.#sentBytes;
      const length = requestLength(this.#address + offset, operationBytes - this.#sentBytes, this.#port.mrrsBytes);
      const entry = this.#place * PIECES + this.#piece;
      this.#pieceOffset[entry] = offset;
      this.#piece += 1;
      this.#sentBytes += length;
      const context = CONTEXT_FLAG + this.channel * CHANNEL_UNIT + this.#epoch * EPOCH_UNIT + entry;
      this.#port.read(this.#address + offset, length, context, this.#flow);
    }
    return WAIT.idle;
  }

  /** All data of a read has come. */
  #over(place: number): void {
    const end_ps = this.#port.now() + DELIVER_PS;
    this.latencies.add(end_ps - at(this.#start_ps, place));
    this.#freePlace(place, end_ps);
  }

  #freePlace(place: number, end_ps: number): void {
    const ring = (this.#nextReady + this.#readyCount) % this.#outstanding;
    this.#ready[ring] = place;
    // Writes are issued back to back; a read's place waits for the delivery of its data and the next issue.
    this.#ready_ps[ring] = this.#isWrite ? end_ps : end_ps + ISSUE_PS;
    this.#readyCount += 1;
    this.done += 1;
    this.ended_ps = end_ps;
    this.#parts.onOperation(this.#flow);
    this.#show();
  }

  #fail(status: number): void {
    if (this.#failed) return;
    this.#failed = true;
    // What is under way is no longer waited for.
    this.#epoch = (this.#epoch + 1) % EPOCHS;
    this.#readyCount = this.#outstanding;
    this.ended_ps = this.#port.now();
    this.#parts.registers.pokeFields(GENERATOR_STATUS, this.#base, { failed: 1, completionStatus: status });
  }

  #end(): void {
    this.#running = false;
    this.onPhase?.('ended');
    this.waits.set(this.#port.now(), 0, WAIT.idle);
    this.#parts.registers.pokeFields(GENERATOR_STATUS, this.#base, { busy: 0 });
  }

  #show(): void {
    this.#parts.registers.poke(this.#base + GENERATOR_DONE.offsetBytes, 4, this.done % 2 ** 32);
    this.#parts.registers.poke(this.#base + GENERATOR_WRONG.offsetBytes, 4, Math.min(this.wrongBytes, 2 ** 32 - 1));
  }

  #isCurrent(context: number): boolean {
    return this.#running && Math.floor(context / EPOCH_UNIT) % EPOCHS === this.#epoch;
  }

  #wakeIn(delay_ps: number): void {
    const at_ps = this.#port.now() + delay_ps;
    if (this.#wake_ps >= 0 && this.#wake_ps <= at_ps) return;
    this.#wake_ps = at_ps;
    this.#port.setTimer(delay_ps, this.#parts.timer);
  }

  #read(register: Register): number {
    return this.#parts.registers.readRegister(register, this.#base);
  }

  #field(name: 'run' | 'write' | 'random' | 'endless' | 'flow'): number {
    return this.#parts.registers.field(GENERATOR_CONTROL, this.#base, name);
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
