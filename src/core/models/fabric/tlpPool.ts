/*
 * All TLPs under way: a TLP is a slot number, its fields lie together in two typed arrays, its payload in a third.
 *
 *   words   Int32Array, 16 a slot:   0 what (kind + class·2^8 + flow·2^16 + status·2^24)
 *           1 requester ID   2 tag   3 requester port    4 length   5 bytes on the wire without framing   6 data credits
 *           7 receive buffer it occupies   8 data credits it holds there   9 next in its list   10 place in the order
 *           11 source at its egress   12 egress port   13 BAR that serves it (completions: byte count)   14 transmitter it came over
 *           15 attributes (TLP_ATTRIBUTE below), completer ID of a completion in bits 31:16
 *   reals   Float64Array, 4 a slot:  0 address   1 serial number   2 time its last bit can leave   3 time it is due
 *   payload Uint8Array, strideBytes a slot
 *
 * Slots are reused last in, first out, so a machine with little traffic stays in a few cache lines; the arrays double
 * when they are full. The accessors are small enough to be inlined, and say their places in figures: engines do not
 * fold names of constants once modules have been bundled, and these lines run a hundred times for each packet.
 */
import { offsetIn } from '../../../base/bits.ts';
import { invariant } from '../../../base/invariant.ts';
import { grownBytes, grownDoubles, grownInt32s } from '../../sim/cells.ts';
import { CLASS_OF_KIND, DATA_CREDIT_BYTES, requestHeaderBytes, TLP_CLASS, type TlpKind } from '../../pcie/tlp.ts';

const INITIAL_SLOTS = 256;
const WORDS = 16;
const REALS = 4;

/**
 * Bits of a TLP's attributes: fields of its header (semantics reference 7.1), and what became of it on the way. In the
 * code below they appear in figures, see above.
 */
export const TLP_ATTRIBUTE = {
  /** Attr[1] */
  relaxedOrdering: 0x001,
  /** Attr[2] */
  idBasedOrdering: 0x002,
  /** Attr[0] */
  noSnoop: 0x004,
  /** EP: the payload is known to be wrong. */
  poisoned: 0x008,
  /** AT, two bits: ADDRESS_TYPE. */
  addressType: 0x030,
  /** Ended with EDB and an inverted LCRC: the receiver drops it silently. */
  nullified: 0x040,
  /** Two bits: DIGEST. */
  digest: 0x180,
} as const;
/** AT: what the address of a memory request is. */
export const ADDRESS_TYPE = { untranslated: 0, translationRequest: 1, translated: 2 } as const;
/** The ECRC digest at the end of a TLP. */
export const DIGEST = { none: 0, good: 1, bad: 2 } as const;

/** The low two bytes of `what`, by kind. */
const KIND_AND_CLASS = Int32Array.from(CLASS_OF_KIND, (tlpClass, kind) => kind | (tlpClass << 8));

/** No slot, no buffer, no transmitter. */
export const NONE = -1;

export class TlpPool {
  /** Bytes of payload a slot can hold. */
  readonly strideBytes: number;
  /** Payload of slot s: `payload[s · strideBytes …]`. */
  payload: Uint8Array;
  private _words = new Int32Array(INITIAL_SLOTS * WORDS);
  private _reals = new Float64Array(INITIAL_SLOTS * REALS);
  private _capacity = 0;
  private _free = new Int32Array(INITIAL_SLOTS);
  private _freeCount = 0;
  private _serial = 0;
  /** Posted TLPs given back so far. */
  postedOver = 0;

  /** @param strideBytes largest payload of the machine, a multiple of 4. */
  constructor(strideBytes: number) {
    invariant(strideBytes >= 64 && strideBytes % 4 === 0, () => `not a payload size: ${strideBytes}`);
    this.strideBytes = strideBytes;
    this.payload = new Uint8Array(INITIAL_SLOTS * strideBytes);
    this.#addFree(INITIAL_SLOTS);
  }

  /** TLPs under way. */
  get inUse(): number {
    return this._capacity - this._freeCount;
  }

  /** TLPs made so far. */
  get made(): number {
    return this._serial;
  }

  /** A fresh TLP that occupies no buffer. The caller describes it. */
  allocate(): number {
    if (this._freeCount === 0) this.#grow();
    const slot = this._free[--this._freeCount] as number;
    this._reals[(slot << 2) | 1] = ++this._serial;
    this._words[(slot << 4) | 7] = NONE;
    this._words[(slot << 4) | 14] = NONE;
    this._words[(slot << 4) | 15] = 0;
    return slot;
  }

  /** Gives a slot back. Its receive buffer must have been released or handed on. */
  free(slot: number): void {
    if (this.classOf(slot) === TLP_CLASS.posted) this.postedOver += 1;
    this._free[this._freeCount++] = slot;
  }

  /**
   * Sets kind, place and size of a fresh TLP, with status SC; its attributes stay as they are.
   * @param lengthBytes payload, or what a read asks for. @param carriedBytes payload it carries, 0 for reads.
   * @param headerBytes with digest. Seven numbers instead of an object: this is called for every TLP.
   */
  describe(
    slot: number,
    kind: TlpKind,
    flow: number,
    address: number,
    lengthBytes: number,
    carriedBytes: number,
    headerBytes: number,
  ): void {
    // Double words touched: byte enables mask the ends.
    const payloadBytes = carriedBytes === 0 ? 0 : (offsetIn(address, 4) + carriedBytes + 3) & ~3;
    const words = this._words;
    const base = slot << 4;
    words[base] = (KIND_AND_CLASS[kind] as number) | (flow << 16);
    words[base | 4] = lengthBytes;
    words[base | 5] = headerBytes + payloadBytes;
    words[base | 6] = (payloadBytes + DATA_CREDIT_BYTES - 1) >> 4;
    this._reals[slot << 2] = address;
  }

  /** Sets who asked: requester ID, tag and requester port. */
  setTransaction(slot: number, requesterId: number, tag: number, origin: number): void {
    const base = slot << 4;
    this._words[base | 1] = requesterId;
    this._words[base | 2] = tag;
    this._words[base | 3] = origin;
  }

  /** Takes over requester, tag and the ordering attributes from another TLP: completions of a request do. */
  copyTransaction(slot: number, from: number): void {
    this.setTransaction(slot, this.requesterId(from), this.tag(from), this.origin(from));
    this._words[(slot << 4) | 15] = (this._words[(from << 4) | 15] as number) & 3;
  }

  /** Takes over all attributes and the completer ID: pieces of one TLP do. */
  copyAttributes(slot: number, from: number): void {
    this._words[(slot << 4) | 15] = this._words[(from << 4) | 15] as number;
  }

  /** Takes over everything but payload, buffer and times from another TLP. */
  copyHeader(slot: number, from: number): void {
    this._words.copyWithin(slot << 4, from << 4, (from << 4) + WORDS);
    this._reals[slot << 2] = this._reals[from << 2] as number;
    this.setBuffer(slot, NONE, 0);
  }

  /** Takes over the receive buffer of another TLP, which then occupies none. */
  takeBuffer(slot: number, from: number): void {
    this.setBuffer(slot, this.buffer(from), this.bufferData(from));
    this._words[(from << 4) | 7] = NONE;
  }

  /** As in hop records: kind + class·2^8 + flow·2^16 + status·2^24. */
  what(slot: number): number {
    return this._words[slot << 4] as number;
  }

  kind(slot: number): number {
    return (this._words[slot << 4] as number) & 0xff;
  }

  /** Another kind of the same class. */
  setKind(slot: number, kind: TlpKind): void {
    this._words[slot << 4] = ((this._words[slot << 4] as number) & ~0xff) | kind;
  }

  /** TLP_CLASS */
  classOf(slot: number): number {
    return ((this._words[slot << 4] as number) >> 8) & 3;
  }

  flow(slot: number): number {
    return ((this._words[slot << 4] as number) >> 16) & 0xff;
  }

  /** COMPLETION_STATUS; 0 for requests. */
  status(slot: number): number {
    return (this._words[slot << 4] as number) >>> 24;
  }

  setStatus(slot: number, status: number): void {
    const base = slot << 4;
    this._words[base] = ((this._words[base] as number) & 0xff_ffff) | (status << 24);
  }

  /** All TLP_ATTRIBUTE bits. */
  attributes(slot: number): number {
    return (this._words[(slot << 4) | 15] as number) & 0xffff;
  }

  /** Adds attributes. @param bits of TLP_ATTRIBUTE. */
  addAttributes(slot: number, bits: number): void {
    this._words[(slot << 4) | 15] = (this._words[(slot << 4) | 15] as number) | bits;
  }

  /** The Relaxed Ordering attribute is set. */
  isRelaxed(slot: number): boolean {
    return ((this._words[(slot << 4) | 15] as number) & 1) !== 0;
  }

  /** The ID-based Ordering attribute is set. */
  isIdOrdered(slot: number): boolean {
    return ((this._words[(slot << 4) | 15] as number) & 2) !== 0;
  }

  /** EP is set: the payload must not be used. */
  isPoisoned(slot: number): boolean {
    return ((this._words[(slot << 4) | 15] as number) & 8) !== 0;
  }

  /** EP is set, or the digest is wrong: whoever would use the payload has to look. */
  isSpoiled(slot: number): boolean {
    return ((this._words[(slot << 4) | 15] as number) & 0x108) !== 0;
  }

  /** ADDRESS_TYPE of a memory request. */
  addressType(slot: number): number {
    return ((this._words[(slot << 4) | 15] as number) >> 4) & 3;
  }

  isNullified(slot: number): boolean {
    return ((this._words[(slot << 4) | 15] as number) & 0x40) !== 0;
  }

  /** DIGEST */
  digest(slot: number): number {
    return ((this._words[(slot << 4) | 15] as number) >> 7) & 3;
  }

  /** @param digest DIGEST; the bytes of a digest are part of the header's, see {@link describe}. */
  setDigest(slot: number, digest: number): void {
    const word = (slot << 4) | 15;
    this._words[word] = ((this._words[word] as number) & ~0x180) | (digest << 7);
  }

  /** Completions: who answers. 0 if the completer has not said. */
  completerId(slot: number): number {
    return (this._words[(slot << 4) | 15] as number) >>> 16;
  }

  setCompleterId(slot: number, completerId: number): void {
    const word = (slot << 4) | 15;
    this._words[word] = ((this._words[word] as number) & 0xffff) | (completerId << 16);
  }

  requesterId(slot: number): number {
    return this._words[(slot << 4) | 1] as number;
  }

  tag(slot: number): number {
    return this._words[(slot << 4) | 2] as number;
  }

  /** Requester port that sent the request; completions carry it back. */
  origin(slot: number): number {
    return this._words[(slot << 4) | 3] as number;
  }

  /** Payload length, or for reads the length asked for. */
  lengthBytes(slot: number): number {
    return this._words[(slot << 4) | 4] as number;
  }

  /** Header, digest and payload in whole double words; without framing. */
  wireBytes(slot: number): number {
    return this._words[(slot << 4) | 5] as number;
  }

  /** Data credits a TLP takes at its next receiver; 0 if it carries no payload. */
  dataCredits(slot: number): number {
    return this._words[(slot << 4) | 6] as number;
  }

  /** Receive buffer it occupies: transmitter · 4 + class, or NONE. */
  buffer(slot: number): number {
    return this._words[(slot << 4) | 7] as number;
  }

  /** Data credits it holds there. */
  bufferData(slot: number): number {
    return this._words[(slot << 4) | 8] as number;
  }

  setBuffer(slot: number, buffer: number, data: number): void {
    this._words[(slot << 4) | 7] = buffer;
    this._words[(slot << 4) | 8] = data;
  }

  /** Next in its queue, link or delay line. */
  next(slot: number): number {
    return this._words[(slot << 4) | 9] as number;
  }

  setNext(slot: number, next: number): void {
    this._words[(slot << 4) | 9] = next;
  }

  /** Place in the order in which TLPs joined their transmitter's queues, modulo 2^32. */
  order(slot: number): number {
    return this._words[(slot << 4) | 10] as number;
  }

  setOrder(slot: number, order: number): void {
    this._words[(slot << 4) | 10] = order;
  }

  /** Source number at the egress it waits for. */
  source(slot: number): number {
    return this._words[(slot << 4) | 11] as number;
  }

  setSource(slot: number, source: number): void {
    this._words[(slot << 4) | 11] = source;
  }

  /** Port of the node it leaves through. */
  egress(slot: number): number {
    return this._words[(slot << 4) | 12] as number;
  }

  setEgress(slot: number, egress: number): void {
    this._words[(slot << 4) | 12] = egress;
  }

  /** What serves it: BAR of an endpoint, port of the root complex. */
  target(slot: number): number {
    return this._words[(slot << 4) | 13] as number;
  }

  setTarget(slot: number, target: number): void {
    this._words[(slot << 4) | 13] = target;
  }

  /** Completions: bytes of the request still to come, this piece included (semantics reference T-5). */
  byteCount(slot: number): number {
    return this._words[(slot << 4) | 13] as number;
  }

  setByteCount(slot: number, byteCount: number): void {
    this._words[(slot << 4) | 13] = byteCount;
  }

  /** Transmitter it came over last. */
  via(slot: number): number {
    return this._words[(slot << 4) | 14] as number;
  }

  setVia(slot: number, via: number): void {
    this._words[(slot << 4) | 14] = via;
  }

  /** Requests: bus address. Completions: bus address of their first byte. */
  address(slot: number): number {
    return this._reals[slot << 2] as number;
  }

  /** Another address for the same memory request: it was translated, and its header may be shorter or longer now (T-1). */
  setAddress(slot: number, address: number): void {
    const place = (slot << 4) | 5;
    const change = requestHeaderBytes(address) - requestHeaderBytes(this.address(slot));
    this._words[place] = (this._words[place] as number) + change;
    this._reals[slot << 2] = address;
  }

  /** Number of the TLP since the start of the run. */
  serial(slot: number): number {
    return this._reals[(slot << 2) | 1] as number;
  }

  /** Earliest time at which its last bit can leave the node it is in. */
  complete_ps(slot: number): number {
    return this._reals[(slot << 2) | 2] as number;
  }

  /** When it comes out of the link or delay line it is in. */
  due_ps(slot: number): number {
    return this._reals[(slot << 2) | 3] as number;
  }

  setDue(slot: number, due_ps: number): void {
    this._reals[(slot << 2) | 3] = due_ps;
  }

  setComplete(slot: number, complete_ps: number): void {
    this._reals[(slot << 2) | 2] = complete_ps;
  }

  #addFree(capacity: number): void {
    for (let slot = capacity - 1; slot >= this._capacity; slot--) this._free[this._freeCount++] = slot;
    this._capacity = capacity;
  }

  #grow(): void {
    this._words = grownInt32s(this._words, 0);
    this._reals = grownDoubles(this._reals, 0);
    this.payload = grownBytes(this.payload, 0);
    this._free = grownInt32s(this._free, 0);
    this.#addFree(this._capacity * 2);
  }
}
