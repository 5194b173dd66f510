/*
 * All TLPs under way, as a structure of arrays: a TLP is a slot number. Slots are reused last in, first out, so a
 * machine with little traffic stays in a few cache lines; the arrays double when they are full.
 */
import { invariant } from '../../../base/invariant.ts';
import { grownBytes, grownDoubles, grownInt32s, int32At } from '../../sim/cells.ts';
import { CLASS_OF_KIND, DATA_CREDIT_BYTES, type TlpKind } from '../../pcie/tlp.ts';

const INITIAL_SLOTS = 256;

/** Class by kind, for the packet path. */
export const KIND_CLASS: Uint8Array = Uint8Array.from(CLASS_OF_KIND);

/** No slot, no buffer, no transmitter. */
export const NONE = -1;

export class TlpPool {
  /** Bytes of payload a slot can hold. */
  readonly strideBytes: number;

  /** TLP_KIND */
  kind = new Uint8Array(INITIAL_SLOTS);
  /** FLOW */
  flow = new Uint8Array(INITIAL_SLOTS);
  /** COMPLETION_STATUS; 0 for requests. */
  status = new Uint8Array(INITIAL_SLOTS);
  /** 1 = the Relaxed Ordering attribute is set. */
  relaxed = new Uint8Array(INITIAL_SLOTS);
  requesterId = new Int32Array(INITIAL_SLOTS);
  tag = new Int32Array(INITIAL_SLOTS);
  /** Requester port that sent the request; completions carry it back. */
  origin = new Int32Array(INITIAL_SLOTS);
  /** Requests: bus address. Completions: bus address of their first byte. */
  address = new Float64Array(INITIAL_SLOTS);
  /** Payload length, or for reads the length asked for. */
  lengthBytes = new Int32Array(INITIAL_SLOTS);
  /** Header and digest. */
  headerBytes = new Int32Array(INITIAL_SLOTS);
  /** Payload on the wire: whole double words; 0 for reads. */
  wirePayloadBytes = new Int32Array(INITIAL_SLOTS);
  /** Number of the TLP since the start of the run. */
  serial = new Float64Array(INITIAL_SLOTS);

  /** Transmitter it came over last. */
  via = new Int32Array(INITIAL_SLOTS);
  /** Port of the node it leaves through: source number at `egress`. */
  source = new Int32Array(INITIAL_SLOTS);
  /** Transmitter it waits for. */
  egress = new Int32Array(INITIAL_SLOTS);
  /** BAR (index in its endpoint's table) that serves it. */
  target = new Int32Array(INITIAL_SLOTS);
  /** Receive buffer it occupies: transmitter · 4 + class, or NONE. */
  buffer = new Int32Array(INITIAL_SLOTS);
  /** Data credits it holds there. */
  bufferData = new Int32Array(INITIAL_SLOTS);
  /** Earliest time at which its last bit can leave the node it is in. */
  complete_ps = new Float64Array(INITIAL_SLOTS);
  /** Next in its queue. */
  next = new Int32Array(INITIAL_SLOTS);
  /** Place in the order in which TLPs joined their transmitter's queues, modulo 2^32. */
  order = new Int32Array(INITIAL_SLOTS);
  /** Bytes of slot s: `payload[s · strideBytes …]`. */
  payload: Uint8Array;

  #capacity = 0;
  #free = new Int32Array(INITIAL_SLOTS);
  #freeCount = 0;
  #serial = 0;

  /** @param strideBytes largest payload of the machine, a multiple of 4. */
  constructor(strideBytes: number) {
    invariant(strideBytes >= 64 && strideBytes % 4 === 0, () => `not a payload size: ${strideBytes}`);
    this.strideBytes = strideBytes;
    this.payload = new Uint8Array(INITIAL_SLOTS * strideBytes);
    this.#addFree(INITIAL_SLOTS);
  }

  /** TLPs under way. */
  get inUse(): number {
    return this.#capacity - this.#freeCount;
  }

  /** TLPs made so far. */
  get made(): number {
    return this.#serial;
  }

  /** A fresh TLP. The caller fills in everything but the serial number. */
  allocate(): number {
    if (this.#freeCount === 0) this.#grow();
    const slot = int32At(this.#free, --this.#freeCount);
    this.serial[slot] = ++this.#serial;
    this.status[slot] = 0;
    this.relaxed[slot] = 0;
    this.buffer[slot] = NONE;
    this.via[slot] = NONE;
    return slot;
  }

  /** Gives a slot back. Its receive buffer must have been released or handed on. */
  free(slot: number): void {
    this.#free[this.#freeCount++] = slot;
  }

  /** Sets kind, lengths and header of a fresh TLP. `carried` = payload bytes it carries, 0 for reads. */
  describe(
    slot: number,
    kind: TlpKind,
    address: number,
    lengthBytes: number,
    carried: number,
    headerBytes: number,
  ): void {
    this.kind[slot] = kind;
    this.address[slot] = address;
    this.lengthBytes[slot] = lengthBytes;
    this.headerBytes[slot] = headerBytes;
    // Double words touched: byte enables mask the ends.
    this.wirePayloadBytes[slot] = carried === 0 ? 0 : ((address % 4) + carried + 3) & ~3;
  }

  /** Data credits a TLP takes at its next receiver. */
  dataCredits(slot: number): number {
    return (int32At(this.wirePayloadBytes, slot) + DATA_CREDIT_BYTES - 1) >> 4;
  }

  #addFree(capacity: number): void {
    for (let slot = capacity - 1; slot >= this.#capacity; slot--) this.#free[this.#freeCount++] = slot;
    this.#capacity = capacity;
  }

  #grow(): void {
    this.kind = grownBytes(this.kind, 0);
    this.flow = grownBytes(this.flow, 0);
    this.status = grownBytes(this.status, 0);
    this.relaxed = grownBytes(this.relaxed, 0);
    this.requesterId = grownInt32s(this.requesterId, 0);
    this.tag = grownInt32s(this.tag, 0);
    this.origin = grownInt32s(this.origin, 0);
    this.address = grownDoubles(this.address, 0);
    this.lengthBytes = grownInt32s(this.lengthBytes, 0);
    this.headerBytes = grownInt32s(this.headerBytes, 0);
    this.wirePayloadBytes = grownInt32s(this.wirePayloadBytes, 0);
    this.serial = grownDoubles(this.serial, 0);
    this.via = grownInt32s(this.via, 0);
    this.source = grownInt32s(this.source, 0);
    this.egress = grownInt32s(this.egress, 0);
    this.target = grownInt32s(this.target, 0);
    this.buffer = grownInt32s(this.buffer, 0);
    this.bufferData = grownInt32s(this.bufferData, 0);
    this.complete_ps = grownDoubles(this.complete_ps, 0);
    this.next = grownInt32s(this.next, 0);
    this.order = grownInt32s(this.order, 0);
    this.payload = grownBytes(this.payload, 0);
    this.#free = grownInt32s(this.#free, 0);
    this.#addFree(this.#capacity * 2);
  }
}
