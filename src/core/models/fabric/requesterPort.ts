/*
 * A function's way onto the fabric: its place in the transmit queue, its tags, its timers.
 */
import { offsetIn } from '../../../base/bits.ts';
import { invariant, InvariantError } from '../../../base/invariant.ts';
import type { Bdf } from '../../../base/units.ts';
import { FUNCTION_COUNTER, FUNCTION_COUNTER_COUNT } from '../../pcie/counters.ts';
import {
  COMPLETION_STATUS,
  type CompletionStatus,
  CONFIG_HEADER_BYTES,
  ECRC_BYTES,
  FLOW,
  type FlowByte,
  REQUEST_BOUNDARY_BYTES,
  requestHeaderBytes,
  TLP_CLASS,
  TLP_KIND,
  type TlpKind,
} from '../../pcie/tlp.ts';
import type { AccessBytes } from '../../pcie/requests.ts';
import { addTo, doubleAt, int32At } from '../../sim/cells.ts';
import type { EventQueue } from '../../sim/eventQueue.ts';
import type { ByteSource, DeviceHandler, ProcessorPort } from '../ports.ts';
import { CONFIG_BYTES } from './configRequests.ts';
import { EVENT, eventWord } from './events.ts';
import { peerDecision } from './portAcs.ts';
import type { FunctionRegisters } from './registers.ts';
import type { Timers } from './timers.ts';
import { ADDRESS_TYPE, NONE, TLP_ATTRIBUTE, type TlpPool } from './tlpPool.ts';
import type { SourceListener } from './fabricParts.ts';
import type { Transmitter } from './transmitter.ts';

/** TLPs of one class a function can have waiting; it is asked for more when half of them are gone. */
const QUEUE_PLACES = 16;
const REFILL_AT = QUEUE_PLACES / 2;
/** Within the specification's default range of 50 µs to 50 ms (semantics reference E-1). */
export const COMPLETION_TIMEOUT_PS = 10_000_000_000;

export interface RequesterPortOptions {
  readonly index: number;
  /** Place of the function in the function counters. */
  readonly functionIndex: number;
  readonly handler: DeviceHandler;
  readonly registers: FunctionRegisters;
  /** Outstanding reads, 1…32768. */
  readonly tags: number;
  /** Every TLP carries an ECRC digest. */
  readonly ecrc: boolean;
}

/** The device a port is a function of. */
export interface RequesterDevice {
  readonly uplink: Transmitter;
  /** The way to its other functions, if it has any. */
  readonly inside: Transmitter | undefined;
  /** True if one of its BARs answers at an address. */
  claims(address: number): boolean;
}

/** What a port shares with the rest of the machine. */
export interface RequesterParts {
  readonly events: EventQueue;
  readonly pool: TlpPool;
  readonly timers: Timers;
  readonly functionCounters: Float64Array;
  /** Brings decoded registers up to date; cheap when they are. */
  freshen(): void;
}

export class RequesterPort implements ProcessorPort, SourceListener {
  readonly index: number;
  readonly functionIndex: number;
  readonly handler: DeviceHandler;
  readonly registers: FunctionRegisters;
  readonly digestBytes: number;
  readonly tags: number;
  readonly #parts: RequesterParts;
  readonly #pool: TlpPool;
  readonly #device: RequesterDevice;
  readonly #uplink: Transmitter;
  readonly #source: number;
  /** Source number at the way inside the device, if there is one. */
  readonly insideSource: number;

  #postedQueued = 0;
  #nonPostedQueued = 0;
  /** The device found no room for writes, or for reads, and waits for onRoom. */
  #wantsWrites = false;
  #wantsReads = false;

  /** Free tags, used in turn so that a tag rests as long as possible: ring of `tags` entries. */
  readonly #freeTags: Int32Array;
  #nextFree = 0;
  #freeTagCount: number;
  /** By tag: what the device gave with the read, its length (0 = tag free), how much has come, when it was sent. */
  readonly #context: Int32Array;
  readonly #length: Int32Array;
  readonly #received: Int32Array;
  readonly #sent_ps: Float64Array;
  #timeoutScheduled = false;

  constructor(parts: RequesterParts, device: RequesterDevice, options: RequesterPortOptions) {
    invariant(options.tags >= 1 && options.tags <= 32_768, () => `cannot have ${options.tags} tags`);
    this.#parts = parts;
    this.#pool = parts.pool;
    this.#device = device;
    this.#uplink = device.uplink;
    this.index = options.index;
    this.functionIndex = options.functionIndex;
    this.handler = options.handler;
    this.registers = options.registers;
    this.tags = options.tags;
    this.digestBytes = options.ecrc ? ECRC_BYTES : 0;
    this.#source = device.uplink.addSource(this);
    this.insideSource = device.inside?.addSource(this) ?? 0;
    this.#freeTags = Int32Array.from({ length: options.tags }, (_, tag) => tag);
    this.#freeTagCount = options.tags;
    this.#context = new Int32Array(options.tags);
    this.#length = new Int32Array(options.tags);
    this.#received = new Int32Array(options.tags);
    this.#sent_ps = new Float64Array(options.tags);
  }

  get requesterId(): Bdf {
    this.#parts.freshen();
    return this.registers.requesterId;
  }

  get mpsBytes(): number {
    this.#parts.freshen();
    return this.registers.mpsBytes;
  }

  get mrrsBytes(): number {
    this.#parts.freshen();
    return this.registers.mrrsBytes;
  }

  get mayRequest(): boolean {
    this.#parts.freshen();
    return this.registers.mayRequest;
  }

  /** Source number at the uplink: the function's completions use the same queues as its requests. */
  get source(): number {
    return this.#source;
  }

  /** Reads that have not been answered. */
  get outstandingReads(): number {
    return this.tags - this.#freeTagCount;
  }

  postedRoom(): number {
    const room = QUEUE_PLACES - this.#postedQueued;
    if (room === 0) this.#wantsWrites = true;
    return room;
  }

  readRoom(): number {
    const places = QUEUE_PLACES - this.#nonPostedQueued;
    const room = places < this.#freeTagCount ? places : this.#freeTagCount;
    if (room === 0) this.#wantsReads = true;
    return room;
  }

  write(address: number, lengthBytes: number, source: ByteSource, sourceOffset: number, flow: FlowByte): void {
    const slot = this.#postedWrite(address, lengthBytes, flow);
    const pool = this.#pool;
    source.readInto(sourceOffset, lengthBytes, pool.payload, slot * pool.strideBytes);
    this.#send(slot);
  }

  writeDword(address: number, value: number, flow: FlowByte): void {
    const slot = this.#postedWrite(address, 4, flow);
    const pool = this.#pool;
    const start = slot * pool.strideBytes;
    for (let index = 0; index < 4; index++) pool.payload[start + index] = value >>> (8 * index);
    this.#send(slot);
  }

  read(address: number, lengthBytes: number, context: number, flow: FlowByte): void {
    this.#checkRequest(address, lengthBytes, this.registers.mrrsBytes);
    const tag = this.#takeTag(lengthBytes, context);
    const slot = this.#request(TLP_KIND.MRd, address, lengthBytes, 0, flow, tag);
    this.#nonPostedQueued++;
    this.#send(slot);
  }

  #takeTag(lengthBytes: number, context: number): number {
    if (this.#freeTagCount === 0 || this.#nonPostedQueued >= QUEUE_PLACES) refuse('a read was sent without room');
    const tag = int32At(this.#freeTags, this.#nextFree);
    this.#nextFree = this.#nextFree + 1 === this.tags ? 0 : this.#nextFree + 1;
    this.#freeTagCount--;
    const { now_ps } = this.#parts.events;
    this.#context[tag] = context;
    this.#length[tag] = lengthBytes;
    this.#received[tag] = 0;
    this.#sent_ps[tag] = now_ps;
    if (!this.#timeoutScheduled) this.#awaitTimeout(now_ps + COMPLETION_TIMEOUT_PS);
    return tag;
  }

  configRead(id: Bdf, offset: number, bytes: AccessBytes, context: number): void {
    const slot = this.#config(TLP_KIND.CfgRd1, id, offset, bytes, context);
    this.#uplink.enqueue(slot, this.#source);
  }

  configWrite(id: Bdf, offset: number, bytes: AccessBytes, value: number, context: number): void {
    const slot = this.#config(TLP_KIND.CfgWr1, id, offset, bytes, context);
    const start = slot * this.#pool.strideBytes;
    for (let index = 0; index < bytes; index++) this.#pool.payload[start + index] = value >>> (8 * index);
    this.#uplink.enqueue(slot, this.#source);
  }

  #config(kind: TlpKind, id: Bdf, offset: number, bytes: AccessBytes, context: number): number {
    if (offset % bytes !== 0 || offset < 0 || offset >= CONFIG_BYTES)
      refuse(`no configuration register at ${offset}, ${bytes} bytes`);
    const tag = this.#takeTag(bytes, context);
    const slot = this.#pool.allocate();
    const carried = kind === TLP_KIND.CfgWr1 ? bytes : 0;
    this.#pool.describe(
      slot,
      kind,
      FLOW.control,
      id * CONFIG_BYTES + offset,
      bytes,
      carried,
      CONFIG_HEADER_BYTES + this.digestBytes,
    );
    this.#pool.setTransaction(slot, this.registers.requesterId, tag, this.index);
    this.#count(FUNCTION_COUNTER.requests, 1);
    this.#nonPostedQueued++;
    return slot;
  }

  now(): number {
    return this.#parts.events.now_ps;
  }

  setTimer(delay_ps: number, id: number): void {
    invariant(delay_ps >= 0 && id >= 0 && id <= 0xffff, () => `not a timer: ${delay_ps} ps, id ${id}`);
    const slot = this.#parts.timers.add(this.index, id);
    this.#parts.events.schedule(this.#parts.events.now_ps + Math.round(delay_ps), eventWord(EVENT.timer, slot));
  }

  /** One of this function's TLPs has left the queue. */
  onSent(tlpClass: number): void {
    if (tlpClass === TLP_CLASS.posted) {
      this.#postedQueued--;
      if (this.#wantsWrites && this.#postedQueued <= REFILL_AT) {
        this.#wantsWrites = false;
        this.handler.onRoom();
      }
    } else if (tlpClass === TLP_CLASS.nonPosted) {
      this.#nonPostedQueued--;
      this.#offerReads();
    }
  }

  /** A completion for this function. The slot stays the caller's. */
  onCompletion(slot: number): void {
    const pool = this.#pool;
    const tag = pool.tag(slot);
    const length = tag < this.tags ? int32At(this.#length, tag) : 0;
    if (length === 0) {
      // Unexpected: its read has timed out, or the function was reset.
      this.countUnsupported();
      return;
    }
    if (pool.kind(slot) === TLP_KIND.Cpl) {
      this.#finishRead(tag, statusOf(pool.status(slot)));
      return;
    }
    const offset = int32At(this.#received, tag);
    const count = pool.lengthBytes(slot);
    this.#received[tag] = offset + count;
    this.handler.onReadData(int32At(this.#context, tag), offset, count, pool.payload, slot * pool.strideBytes);
    if (offset + count === length) this.#finishRead(tag, COMPLETION_STATUS.SC);
  }

  /** Gives up on reads that have waited too long; they end like unsupported ones. */
  onTimeout(): void {
    this.#timeoutScheduled = false;
    const now_ps = this.#parts.events.now_ps;
    let oldest_ps = Infinity;
    for (let tag = 0; tag < this.tags; tag++) {
      if (int32At(this.#length, tag) === 0) continue;
      const sent_ps = doubleAt(this.#sent_ps, tag);
      if (sent_ps + COMPLETION_TIMEOUT_PS <= now_ps) this.#finishRead(tag, COMPLETION_STATUS.UR);
      else oldest_ps = Math.min(oldest_ps, sent_ps);
    }
    if (oldest_ps !== Infinity && !this.#timeoutScheduled) this.#awaitTimeout(oldest_ps + COMPLETION_TIMEOUT_PS);
  }

  /** Forgets all reads; what still comes for them is unexpected. */
  reset(): void {
    for (let tag = 0; tag < this.tags; tag++) if (int32At(this.#length, tag) !== 0) this.#freeTag(tag);
    this.handler.onReset();
  }

  /** Counts a request or completion that ended here as unsupported or unexpected. */
  countUnsupported(): void {
    this.#count(FUNCTION_COUNTER.unsupported, 1);
  }

  #count(field: number, amount: number): void {
    addTo(this.#parts.functionCounters, this.functionIndex * FUNCTION_COUNTER_COUNT + field, amount);
  }

  #checkRequest(address: number, lengthBytes: number, limitBytes: number): void {
    const registers = this.registers;
    this.#parts.freshen();
    const isWhole = offsetIn(address, REQUEST_BOUNDARY_BYTES) + lengthBytes <= REQUEST_BOUNDARY_BYTES;
    if (registers.mayRequest && lengthBytes >= 1 && lengthBytes <= limitBytes && isWhole) return;
    refuse(`function ${this.functionIndex} may not send ${lengthBytes} bytes at ${address}, limit ${limitBytes}`);
  }

  #postedWrite(address: number, lengthBytes: number, flow: FlowByte): number {
    this.#checkRequest(address, lengthBytes, this.registers.mpsBytes);
    if (this.#postedQueued >= QUEUE_PLACES) refuse('a write was sent without room');
    const slot = this.#request(TLP_KIND.MWr, address, lengthBytes, lengthBytes, flow, 0);
    this.#postedQueued++;
    return slot;
  }

  #request(kind: 0 | 1, address: number, lengthBytes: number, carriedBytes: number, flow: FlowByte, tag: number): number {
    const pool = this.#pool;
    const slot = pool.allocate();
    pool.describe(slot, kind, flow, address, lengthBytes, carriedBytes, requestHeaderBytes(address) + this.digestBytes);
    const { requesterId, attributes } = this.registers;
    pool.setTransaction(slot, requesterId, tag, this.index);
    // Descriptors, flags and interrupts keep their order.
    if (attributes !== 0) {
      pool.addAttributes(slot, (flow & 3) === FLOW.control ? attributes & ~TLP_ATTRIBUTE.relaxedOrdering : attributes);
    }
    this.#count(FUNCTION_COUNTER.requests, 1);
    return slot;
  }

  /** Out of the device, or to another function of it unless ACS sends that out too (semantics reference R-10). */
  #send(slot: number): void {
    const { inside } = this.#device;
    if (inside !== undefined && this.#device.claims(this.#pool.address(slot)) && this.#staysInside(slot)) {
      inside.enqueue(slot, this.insideSource);
    } else {
      this.#uplink.enqueue(slot, this.#source);
    }
  }

  /** @simplifies Egress control vectors of functions are not evaluated; request redirect and direct translated are. */
  #staysInside(slot: number): boolean {
    return peerDecision(this.registers.acs, this.#pool.addressType(slot) === ADDRESS_TYPE.translated, NONE) === 'direct';
  }

  #finishRead(tag: number, status: CompletionStatus): void {
    const context = int32At(this.#context, tag);
    this.#freeTag(tag);
    this.handler.onReadDone(context, status);
    this.#offerReads();
  }

  #freeTag(tag: number): void {
    this.#length[tag] = 0;
    const end = this.#nextFree + this.#freeTagCount;
    this.#freeTags[end >= this.tags ? end - this.tags : end] = tag;
    this.#freeTagCount++;
  }

  #offerReads(): void {
    if (!this.#wantsReads || this.#nonPostedQueued > REFILL_AT || this.#freeTagCount === 0) return;
    this.#wantsReads = false;
    this.handler.onRoom();
  }

  #awaitTimeout(at_ps: number): void {
    this.#timeoutScheduled = true;
    this.#parts.events.schedule(at_ps, eventWord(EVENT.timeout, this.index));
  }
}

/** Not a closure in the functions above: those would allocate their context on every call. */
function refuse(message: string): never {
  throw new InvariantError(message);
}

function statusOf(code: number): CompletionStatus {
  switch (code) {
    case COMPLETION_STATUS.SC:
      return COMPLETION_STATUS.SC;
    case COMPLETION_STATUS.UR:
      return COMPLETION_STATUS.UR;
    case COMPLETION_STATUS.CRS:
      return COMPLETION_STATUS.CRS;
    default:
      return COMPLETION_STATUS.CA;
  }
}
