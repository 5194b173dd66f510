/*
 * A function's way onto the fabric: its place in the transmit queue, its tags, its timers.
 */
import { offsetIn } from '../../../base/bits.ts';
import { addressText } from '../../../base/format.ts';
import { invariant, InvariantError } from '../../../base/invariant.ts';
import type { Bdf } from '../../../base/units.ts';
import { FUNCTION_COUNTER, FUNCTION_COUNTER_COUNT } from '../../pcie/counters.ts';
import {
  COMPLETION_STATUS,
  FLOW,
  type FlowByte,
  READ_OUTCOME,
  type ReadOutcome,
  REQUEST_BOUNDARY_BYTES,
  requestHeaderBytes,
  TLP_CLASS,
  TLP_KIND,
} from '../../pcie/tlp.ts';
import type { AccessBytes } from '../../pcie/requests.ts';
import { addTo, byteAt, doubleAt, int32At } from '../../sim/cells.ts';
import type { AtomicPort, ByteSource, DeviceHandler, ProcessorPort } from '../ports.ts';
import { type AtomicKind, atomicPayloadBytes } from './atomics.ts';
import type { RequestFaults } from '../faults/requestFaults.ts';
import { ATS_ENTRY_BYTES } from '../../config/iommuTables.ts';
import { TranslationAgent } from '../iommu/ats.ts';
import { CompletionTimer } from './completionTimer.ts';
import { ConfigRequester, type ConfigRequesterParts } from './configRequester.ts';
import { CONFIG_BYTES } from './configRequests.ts';
import type { ErrorReporter } from './errorReporter.ts';
import { EVENT, eventWord } from './events.ts';
import { OutstandingReads } from './outstandingReads.ts';
import { peerDecision } from './portAcs.ts';
import type { FunctionRegisters } from './registers.ts';
import type { Timers } from './timers.ts';
import { ADDRESS_TYPE, DIGEST, NONE, TLP_ATTRIBUTE, type TlpPool } from './tlpPool.ts';
import type { SourceListener } from './fabricParts.ts';
import type { Transmitter } from './transmitter.ts';

/** TLPs of one class a function can have waiting; it is asked for more when half of them are gone. */
const QUEUE_PLACES = 16;
const REFILL_AT = QUEUE_PLACES / 2;

export interface RequesterPortOptions {
  readonly index: number;
  /** Place of the function in the function counters. */
  readonly functionIndex: number;
  readonly handler: DeviceHandler;
  readonly registers: FunctionRegisters;
  /** Outstanding reads, 1…32768. */
  readonly tags: number;
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
export interface RequesterParts extends ConfigRequesterParts {
  readonly timers: Timers;
  readonly functionCounters: Float64Array;
  readonly reporter: ErrorReporter;
  /** Brings decoded registers up to date; cheap when they are. */
  freshen(): void;
}

export class RequesterPort implements ProcessorPort, AtomicPort, SourceListener {
  readonly index: number;
  readonly functionIndex: number;
  readonly handler: DeviceHandler;
  readonly registers: FunctionRegisters;
  readonly tags: number;
  private readonly _parts: RequesterParts;
  private readonly _pool: TlpPool;
  private readonly _device: RequesterDevice;
  private readonly _uplink: Transmitter;
  private readonly _source: number;
  /** Source number at the way inside the device, if there is one. */
  readonly insideSource: number;

  private _postedQueued = 0;
  private _nonPostedQueued = 0;
  /** The device found no room for writes, or for reads, and waits for onRoom. */
  private _wantsWrites = false;
  private _wantsReads = false;

  private readonly _reads: OutstandingReads;
  private readonly _timer: CompletionTimer;
  /** onRoom is going to be called, because the function may send again. */
  private _roomOffered = false;
  /** Completions may come for reads that were given up: they are looked at twice. */
  private _mayBeLate = false;
  /** What its requests are spoiled with; undefined almost always. */
  private _faults: RequestFaults | undefined;
  /** Its own address translation cache (ATS), if it has one. */
  private _agent: TranslationAgent | undefined;
  /** Tags that only translation requests get: without, reads that wait for translations could hold them all. */
  private _reservedTags = 0;
  /** Sends configuration requests, and sends them again. */
  private readonly _config: ConfigRequester;

  constructor(parts: RequesterParts, device: RequesterDevice, options: RequesterPortOptions) {
    this._parts = parts;
    this._pool = parts.pool;
    this._device = device;
    this._uplink = device.uplink;
    this.index = options.index;
    this.functionIndex = options.functionIndex;
    this.handler = options.handler;
    this.registers = options.registers;
    this.tags = options.tags;
    this._source = device.uplink.addSource(this);
    this.insideSource = device.inside?.addSource(this) ?? 0;
    this._reads = new OutstandingReads(options.tags);
    this._config = new ConfigRequester(parts, this._reads, {
      registers: options.registers,
      index: options.index,
      send: (slot) => {
        this.#count(FUNCTION_COUNTER.requests, 1);
        this._nonPostedQueued++;
        this._uplink.enqueue(slot, this._source);
      },
      watch: () => this._timer.started(),
      deliver: (tag, bytes) => {
        const length = this._reads.lengthOf(tag);
        this.handler.onReadData(int32At(this._reads.context, tag), 0, length, bytes, 0);
        this.#finishRead(tag, READ_OUTCOME.SC);
      },
    });
    this._timer = new CompletionTimer(parts.events, this._reads, options.registers, options.index, (tag, waited_ps) =>
      this.#giveUp(tag, waited_ps),
    );
  }

  /** Spoils its next requests. */
  setFaults(faults: RequestFaults | undefined): void {
    this._faults = faults;
  }

  get faults(): RequestFaults | undefined {
    return this._faults;
  }

  /** Gives it an address translation cache. @param isEnabled whether software has switched it on. */
  useAts(isEnabled: () => boolean): TranslationAgent {
    const agent = new TranslationAgent(this._pool, {
      get isEnabled() {
        return isEnabled();
      },
      requestTranslation: (page) => this.#requestTranslation(page),
      sendHeld: (slot) => this.#dispatch(slot),
      dropHeld: (slot) => {
        this.onSent(this._pool.classOf(slot));
        this._pool.free(slot);
      },
    });
    invariant(this.tags >= 2, () => 'a function with ATS needs two tags');
    this._agent = agent;
    this._reservedTags = 1;
    return agent;
  }

  get requesterId(): Bdf {
    this._parts.freshen();
    return this.registers.requesterId;
  }

  get mpsBytes(): number {
    this._parts.freshen();
    return this.registers.mpsBytes;
  }

  get mrrsBytes(): number {
    this._parts.freshen();
    return this.registers.mrrsBytes;
  }

  get mayRequest(): boolean {
    this._parts.freshen();
    return this.registers.mayRequest;
  }

  /** True if this is a function of that device. */
  isIn(device: RequesterDevice): boolean {
    return this._device === device;
  }

  /** Source number at the uplink: the function's completions use the same queues as its requests. */
  get source(): number {
    return this._source;
  }

  /** Reads that have not been answered. */
  get outstandingReads(): number {
    return this._reads.count;
  }

  /** Reads that are over so far, answered or not. */
  get readsOver(): number {
    return this._reads.over;
  }

  get freeTags(): number {
    return this._reads.freeCount;
  }

  postedRoom(): number {
    const room = this.registers.mayRequest ? QUEUE_PLACES - this._postedQueued : 0;
    if (room === 0) this._wantsWrites = true;
    return room;
  }

  readRoom(): number {
    const places = this.registers.mayRequest ? QUEUE_PLACES - this._nonPostedQueued : 0;
    const { freeCount } = this._reads;
    const tags = freeCount > this._reservedTags ? freeCount - this._reservedTags : 0;
    const room = places < tags ? places : tags;
    if (room === 0) this._wantsReads = true;
    return room;
  }

  write(address: number, lengthBytes: number, source: ByteSource, sourceOffset: number, flow: FlowByte): void {
    const slot = this.#postedWrite(address, lengthBytes, flow);
    const pool = this._pool;
    source.readInto(sourceOffset, lengthBytes, pool.payload, slot * pool.strideBytes);
    this.#send(slot);
  }

  writeDword(address: number, value: number, flow: FlowByte): void {
    const slot = this.#postedWrite(address, 4, flow);
    const pool = this._pool;
    const start = slot * pool.strideBytes;
    for (let index = 0; index < 4; index++) pool.payload[start + index] = value >>> (8 * index);
    this.#send(slot);
  }

  read(address: number, lengthBytes: number, context: number, flow: FlowByte): void {
    this.#checkRequest(address, lengthBytes, this.registers.mrrsBytes);
    this.#checkRoom();
    const tag = this.#takeTag(address, lengthBytes, context);
    const slot = this.#request(TLP_KIND.MRd, address, lengthBytes, 0, flow, tag);
    this._nonPostedQueued++;
    this.#send(slot);
  }

  atomic(kind: AtomicKind, address: number, operandBytes: number, operands: Uint8Array, context: number): void {
    this.#checkRequest(address, operandBytes, this.registers.mrrsBytes);
    const carriedBytes = atomicPayloadBytes(kind, operandBytes);
    if (!this.registers.mayRequestAtomics || address % operandBytes !== 0 || operands.length !== carriedBytes)
      refuse(`function ${this.functionIndex} may not send an atomic operation on ${operandBytes} bytes at ${address}`);
    this.#checkRoom();
    const tag = this.#takeTag(address, operandBytes, context);
    const slot = this.#request(kind, address, carriedBytes, carriedBytes, FLOW.control, tag);
    this._pool.payload.set(operands, slot * this._pool.strideBytes);
    this._nonPostedQueued++;
    this.#send(slot);
  }

  #checkRoom(): void {
    if (this._reads.freeCount <= this._reservedTags || this._nonPostedQueued >= QUEUE_PLACES)
      refuse('a read was sent without room');
  }

  #takeTag(address: number, lengthBytes: number, context: number): number {
    const { now_ps } = this._parts.events;
    const tag = this._reads.take(address, lengthBytes, context, now_ps);
    this._timer.started();
    return tag;
  }

  configRead(id: Bdf, offset: number, bytes: AccessBytes, context: number): void {
    this.#configRequest(TLP_KIND.CfgRd1, id, offset, bytes, 0, context);
  }

  configWrite(id: Bdf, offset: number, bytes: AccessBytes, value: number, context: number): void {
    this.#configRequest(TLP_KIND.CfgWr1, id, offset, bytes, value, context);
  }

  #configRequest(kind: 4 | 5, id: Bdf, offset: number, bytes: AccessBytes, value: number, context: number): void {
    if (offset % bytes !== 0 || offset < 0 || offset >= CONFIG_BYTES)
      refuse(`no configuration register at ${offset}, ${bytes} bytes`);
    this.#checkRoom();
    this._config.send(this.#takeTag(id * CONFIG_BYTES + offset, bytes, context), kind, value);
  }

  now(): number {
    return this._parts.events.now_ps;
  }

  setTimer(delay_ps: number, id: number): void {
    invariant(delay_ps >= 0 && id >= 0 && id <= 0xffff, () => `not a timer: ${delay_ps} ps, id ${id}`);
    const slot = this._parts.timers.add(this.index, id);
    this._parts.events.schedule(this._parts.events.now_ps + Math.round(delay_ps), eventWord(EVENT.timer, slot));
  }

  /** One of this function's TLPs has left the queue. */
  onSent(tlpClass: number): void {
    if (tlpClass === TLP_CLASS.posted) {
      this._postedQueued--;
      if (this._wantsWrites && this._postedQueued <= REFILL_AT) {
        this._wantsWrites = false;
        this.handler.onRoom();
      }
    } else if (tlpClass === TLP_CLASS.nonPosted) {
      this._nonPostedQueued--;
      this.#offerReads();
    }
  }

  /** A completion for this function. The slot stays the caller's. */
  onCompletion(slot: number): void {
    const pool = this._pool;
    const reads = this._reads;
    const tag = pool.tag(slot);
    const length = reads.lengthOf(tag);
    if (length === 0 || (this._mayBeLate && !reads.expects(pool, slot, tag))) return this.#unexpected(slot);
    if (pool.kind(slot) === TLP_KIND.Cpl) return this.#onStatus(tag, pool.status(slot));
    if (pool.isSpoiled(slot) && this.#refuses(slot, tag)) return;
    const offset = int32At(reads.received, tag);
    const count = pool.lengthBytes(slot);
    reads.received[tag] = offset + count;
    if (byteAt(reads.outcome, tag) === 0) {
      const start = slot * pool.strideBytes;
      if (this._agent?.owns(tag) === true) this._agent.onData(offset, count, pool.payload, start);
      else this.handler.onReadData(int32At(reads.context, tag), offset, count, pool.payload, start);
    }
    if (offset + count === length) this.#finishRead(tag, outcomeOf(byteAt(reads.outcome, tag)));
  }

  /** A completion without data: the read has failed, a write is done, or a configuration request has to be repeated. */
  #onStatus(tag: number, status: number): void {
    if (status === COMPLETION_STATUS.CRS && this._config.repeat(tag)) return;
    this.#finishRead(tag, outcomeOf(status));
  }

  #unexpected(slot: number): void {
    this.countUnsupported();
    this._parts.reporter.unexpectedCompletion(this.functionIndex, slot);
  }

  /** Poisoned data is not used (semantics reference 9.1); a TLP with a wrong digest never was. @returns true if it is gone. */
  #refuses(slot: number, tag: number): boolean {
    const pool = this._pool;
    if (pool.digest(slot) === DIGEST.bad && this.registers.checksEcrc) {
      this._parts.reporter.ecrcError(this.functionIndex, slot);
      return true;
    }
    if (!pool.isPoisoned(slot)) return false;
    this._parts.reporter.poisonedReceived(this.functionIndex, slot);
    this._reads.outcome[tag] = READ_OUTCOME.poisoned;
    return false;
  }

  /** Time to look for reads that have waited too long. */
  onTimeout(): void {
    this._timer.onDue();
  }

  /** A read was never answered (semantics reference E-1). */
  #giveUp(tag: number, waited_ps: number): void {
    this._mayBeLate = true;
    this._parts.reporter.completionTimeout(this.functionIndex, this.#requestText(tag), waited_ps);
    this.#finishRead(tag, READ_OUTCOME.timeout);
  }

  /** `request of 64 bytes at 0x40_0000_0000` */
  #requestText(tag: number): string {
    const place = addressText(doubleAt(this._reads.address, tag));
    return this._config.textOf(tag) ?? `request of ${this._reads.lengthOf(tag)} bytes at ${place}`;
  }

  /** Registers have changed: it may send now, or not any more, or waits longer or shorter. */
  refresh(): void {
    this._timer.refresh();
    if (!this.registers.mayRequest || this._roomOffered) return;
    if (!this._wantsWrites && !this._wantsReads) return;
    // Not now: this may be called in the middle of an event.
    this._roomOffered = true;
    this._parts.callAt(this._parts.events.now_ps, () => {
      this._roomOffered = false;
      if (!this.registers.mayRequest || (!this._wantsWrites && !this._wantsReads)) return;
      this._wantsWrites = false;
      this._wantsReads = false;
      this.handler.onRoom();
    });
  }

  /** Forgets all reads; what still comes for them is unexpected. */
  reset(): void {
    if (this.outstandingReads > 0) this._mayBeLate = true;
    for (let tag = 0; tag < this.tags; tag++) if (int32At(this._reads.length, tag) !== 0) this.#freeTag(tag);
    this._wantsWrites = false;
    this._wantsReads = false;
    this._agent?.reset();
    this.handler.onReset();
  }

  /** Counts a request or completion that ended here as unsupported or unexpected. */
  countUnsupported(): void {
    this.#count(FUNCTION_COUNTER.unsupported, 1);
  }

  #count(field: number, amount: number): void {
    addTo(this._parts.functionCounters, this.functionIndex * FUNCTION_COUNTER_COUNT + field, amount);
  }

  #checkRequest(address: number, lengthBytes: number, limitBytes: number): void {
    const registers = this.registers;
    this._parts.freshen();
    const isWhole = offsetIn(address, REQUEST_BOUNDARY_BYTES) + lengthBytes <= REQUEST_BOUNDARY_BYTES;
    if (registers.mayRequest && lengthBytes >= 1 && lengthBytes <= limitBytes && isWhole) return;
    refuse(`function ${this.functionIndex} may not send ${lengthBytes} bytes at ${address}, limit ${limitBytes}`);
  }

  #postedWrite(address: number, lengthBytes: number, flow: FlowByte): number {
    this.#checkRequest(address, lengthBytes, this.registers.mpsBytes);
    if (this._postedQueued >= QUEUE_PLACES) refuse('a write was sent without room');
    const slot = this.#request(TLP_KIND.MWr, address, lengthBytes, lengthBytes, flow, 0);
    this._postedQueued++;
    return slot;
  }

  #request(
    kind: 0 | 1 | AtomicKind,
    address: number,
    lengthBytes: number,
    carriedBytes: number,
    flow: FlowByte,
    tag: number,
  ): number {
    const pool = this._pool;
    const { requesterId, attributes, digestBytes } = this.registers;
    const slot = pool.allocate();
    pool.describe(slot, kind, flow, address, lengthBytes, carriedBytes, requestHeaderBytes(address) + digestBytes);
    pool.setTransaction(slot, requesterId, tag, this.index);
    // Descriptors, flags and interrupts keep their order.
    if (attributes !== 0) {
      pool.addAttributes(slot, (flow & 3) === FLOW.control ? attributes & ~TLP_ATTRIBUTE.relaxedOrdering : attributes);
    }
    this.#count(FUNCTION_COUNTER.requests, 1);
    if (this._faults !== undefined) this._faults.spoil(slot);
    return slot;
  }

  /** Asks the IOMMU for a page (AT = 01). @returns the tag, −1 if it cannot be asked now. */
  #requestTranslation(page: number): number {
    if (this._reads.freeCount === 0 || !this.registers.mayRequest) return NONE;
    const tag = this.#takeTag(page, ATS_ENTRY_BYTES, 0);
    const slot = this.#request(TLP_KIND.MRd, page, ATS_ENTRY_BYTES, 0, FLOW.control, tag);
    this._pool.addAttributes(slot, TLP_ATTRIBUTE.addressType & -TLP_ATTRIBUTE.addressType);
    this._nonPostedQueued++;
    this._uplink.enqueue(slot, this._source);
    return tag;
  }

  /** Behind its address translation cache, if it has one. */
  #send(slot: number): void {
    if (this._agent === undefined || !this._agent.holds(slot)) this.#dispatch(slot);
  }

  /** Out of the device, or to another function of it unless ACS sends that out too (semantics reference R-10). */
  #dispatch(slot: number): void {
    const { inside } = this._device;
    if (inside !== undefined && this._device.claims(this._pool.address(slot)) && this.#staysInside(slot)) {
      inside.enqueue(slot, this.insideSource);
    } else {
      this._uplink.enqueue(slot, this._source);
    }
  }

  /** @simplifies Egress control vectors of functions are not evaluated; request redirect and direct translated are. */
  #staysInside(slot: number): boolean {
    return (
      peerDecision(this.registers.acs, this._pool.addressType(slot) === ADDRESS_TYPE.translated, NONE) === 'direct'
    );
  }

  #finishRead(tag: number, status: ReadOutcome): void {
    const context = int32At(this._reads.context, tag);
    this.#freeTag(tag);
    if (this._agent?.owns(tag) === true) this._agent.onDone(status === READ_OUTCOME.SC);
    else this.handler.onReadDone(context, status);
    if (this._agent !== undefined) this._agent.poke();
    this.#offerReads();
  }

  #freeTag(tag: number): void {
    this._reads.free(tag);
    this._config.forget(tag);
  }

  #offerReads(): void {
    if (!this._wantsReads || this._nonPostedQueued > REFILL_AT || this._reads.freeCount <= this._reservedTags) return;
    this._wantsReads = false;
    this.handler.onRoom();
  }
}

/** Not a closure in the functions above: those would allocate their context on every call. */
function refuse(message: string): never {
  throw new InvariantError(message);
}

/** A status from a header, or an outcome kept by tag. */
function outcomeOf(code: number): ReadOutcome {
  switch (code) {
    case READ_OUTCOME.SC:
      return READ_OUTCOME.SC;
    case READ_OUTCOME.UR:
      return READ_OUTCOME.UR;
    case READ_OUTCOME.CRS:
      return READ_OUTCOME.CRS;
    case READ_OUTCOME.poisoned:
      return READ_OUTCOME.poisoned;
    default:
      return READ_OUTCOME.CA;
  }
}
