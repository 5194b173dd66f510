/*
 * Packets in flight, as they are drawn. Each hop record becomes one packet on the track of its link; records of
 * the same TLP are joined by a track inside the switch or host between them.
 *
 *   lead        own track            inner track          the next record's own track
 *   ┈┈┈┈┈┈┈┈┈┈▸ ━━━━━━━━━━━━━━━━━━━▸ ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈▸ ━━━━━━━━━━━━━━━━━━▸
 *   leadStart   start            end innerStart  innerEnd = its start
 *
 * On a link a packet moves at the speed at which packets of a full link touch (packetStyle.ts), so the drawing
 * takes longer than the light did. What a packet has lost so far is its lag: the next hop is drawn that much
 * later than it happened. The lag of a way is the same for all packets on it (the least time between the two
 * hops is subtracted, not each packet's own), so spacing, order, gaps and queueing stay true on every hop.
 * Completions take over the lag of the request they answer, so that no answer is seen before its question.
 */
import { PS_PER_NS, PS_PER_US } from '../../base/units.ts';
import { HOP } from '../../core/pcie/counters.ts';
import { TLP_KIND } from '../../core/pcie/tlp.ts';
import type { Ways } from './ways.ts';
import { PACKET_STYLE, styleOf, type PacketStyle } from './packetStyle.ts';

/** Packets kept at once; older ones give way. A power of two. */
export const PACKET_CAPACITY = 16384;
const MASK = PACKET_CAPACITY - 1;
/** Serial numbers and transactions are found by their low bits. */
const TABLE = 65536;
const NONE = -1;
/** A packet whose onward way is not known yet waits at its port this long. */
const LONGEST_WAIT_PS = 2 * PS_PER_US;
/** Records come once a frame: they are known this much later than they happen, while single packets can be seen. */
const FRAME_SLACK_PS = 30 * PS_PER_NS;

/**
 * @simplifies Packets are drawn later than they happened, by the time the drawing of a link is longer than the link; spacing,
 * order and gaps are those of the records.
 */
export class PacketStore {
  /** Place of the own track, or NONE for a packet that only has a lead (host memory). */
  readonly place = new Int32Array(PACKET_CAPACITY);
  readonly style = new Uint8Array(PACKET_CAPACITY);
  readonly bytes = new Float64Array(PACKET_CAPACITY);
  /** TLP_KIND; −1 for a DLLP. */
  readonly kind = new Int16Array(PACKET_CAPACITY);
  readonly start_ps = new Float64Array(PACKET_CAPACITY);
  readonly end_ps = new Float64Array(PACKET_CAPACITY);
  readonly leadFrom = new Int32Array(PACKET_CAPACITY);
  readonly leadTo = new Int32Array(PACKET_CAPACITY);
  readonly leadStart_ps = new Float64Array(PACKET_CAPACITY);
  readonly innerTo = new Int32Array(PACKET_CAPACITY);
  readonly innerStart_ps = new Float64Array(PACKET_CAPACITY);
  readonly innerEnd_ps = new Float64Array(PACKET_CAPACITY);
  readonly #gone_ps = new Float64Array(PACKET_CAPACITY);
  readonly #serial = new Float64Array(PACKET_CAPACITY);
  readonly #trueStart_ps = new Float64Array(PACKET_CAPACITY);
  readonly #lag_ps = new Float64Array(PACKET_CAPACITY);
  readonly #origin = new Int32Array(PACKET_CAPACITY);
  readonly #slotOfSerial = new Int32Array(TABLE).fill(NONE);
  /** By transaction: the request's lag where it arrived, and the place. */
  readonly #requestKey = new Float64Array(TABLE).fill(NONE);
  readonly #requestLag_ps = new Float64Array(TABLE);
  readonly #requestPlace = new Int32Array(TABLE);
  /** Least time seen between the starts of two hops, by way. */
  readonly #leastGap_ps = new Map<number, number>();
  /** How long packets that begin at a place are held back, so that their onward way is known when they get to its end. */
  readonly #hold_ps: Float64Array;
  readonly #ways: Ways;
  #head = 0;
  #tail = 0;

  constructor(ways: Ways) {
    this.#ways = ways;
    this.#hold_ps = new Float64Array(ways.placeCount);
  }

  /** First and one past the last packet; slot = number & (PACKET_CAPACITY − 1). */
  get first(): number {
    return this.#tail;
  }
  get end(): number {
    return this.#head;
  }

  clear(): void {
    this.#tail = this.#head;
    this.#slotOfSerial.fill(NONE);
    this.#requestKey.fill(NONE);
  }

  /** Forgets packets that have left the picture. */
  expire(now_ps: number): void {
    while (this.#tail < this.#head && (this.#gone_ps[this.#tail & MASK] ?? 0) < now_ps) this.#tail += 1;
  }

  /** A DLLP seen on a link: it only has the way of that link. */
  addDllp(segment: number, now_ps: number): void {
    const slot = this.#take(segment, PACKET_STYLE.dllp, this.#ways.dllpBytes);
    this.#setOwn(slot, now_ps + (this.#hold_ps[segment] ?? 0), now_ps);
  }

  /** One hop record (counters.ts, HOP) at `offset` of `words`; `now_ps` is the instant on the clock. */
  accept(words: Float64Array, offset: number, now_ps: number): void {
    const what = words[offset + HOP.what] ?? 0;
    const serial = words[offset + HOP.serial] ?? 0;
    const transaction = words[offset + HOP.transaction] ?? 0;
    const trueStart_ps = words[offset + HOP.start_ps] ?? 0;
    const trueEnd_ps = words[offset + HOP.end_ps] ?? 0;
    const place = this.#ways.placeOf(words, offset);
    const before = this.#slotOf(serial);
    const kind = what & 0xff;
    const isRead = kind === TLP_KIND.MRd;
    // What leaves host memory for something inside the host is data, although the record says read.
    const isLocalRead = isRead && before === NONE && this.#ways.isMemory(place);
    const style = isLocalRead ? styleOf((what & ~0xff) | TLP_KIND.MWr) : styleOf(what);
    const bytes = isLocalRead ? (words[offset + HOP.lengthBytes] ?? 0) : this.#ways.wireBytes(words, offset, place);
    const slot = this.#take(place, style, bytes);
    this.kind[slot] = kind;
    this.#serial[slot] = serial;
    this.#trueStart_ps[slot] = trueStart_ps;
    if (serial !== 0) this.#slotOfSerial[serial % TABLE] = slot;
    const start_ps =
      before === NONE
        ? this.#begin(slot, place, { kind, transaction, trueStart_ps, isLocalRead })
        : this.#join(before, slot, place, trueStart_ps, now_ps);
    this.#setOwn(slot, start_ps, trueStart_ps);
    if (isRead && !isLocalRead) this.#noteRequest(transaction, slot, place, trueEnd_ps);
  }

  #slotOf(serial: number): number {
    if (serial === 0) return NONE;
    const slot = this.#slotOfSerial[serial % TABLE] ?? NONE;
    return slot !== NONE && this.#serial[slot] === serial ? slot : NONE;
  }

  #take(place: number, style: PacketStyle, bytes: number): number {
    if (this.#head - this.#tail === PACKET_CAPACITY) this.#tail += 1;
    const slot = this.#head & MASK;
    this.#head += 1;
    this.place[slot] = this.#ways.isLink(place) ? place : NONE;
    this.#origin[slot] = place;
    this.style[slot] = style;
    this.bytes[slot] = bytes;
    this.kind[slot] = NONE;
    this.leadFrom[slot] = NONE;
    this.innerTo[slot] = NONE;
    this.#serial[slot] = 0;
    return slot;
  }

  #setOwn(slot: number, start_ps: number, trueStart_ps: number): void {
    const place = this.#origin[slot] ?? 0;
    const end_ps = start_ps + this.#ways.travel_ps(place);
    this.start_ps[slot] = start_ps;
    this.end_ps[slot] = end_ps;
    this.#lag_ps[slot] = start_ps - trueStart_ps;
    if (this.leadFrom[slot] === NONE) this.leadStart_ps[slot] = start_ps;
    const waits = this.#ways.continues(place) ? LONGEST_WAIT_PS : 0;
    this.#gone_ps[slot] = end_ps + Math.max(waits, this.#ways.tail_ps(place, this.bytes[slot] ?? 0));
  }

  /** The first hop of a TLP. @returns when it is drawn. */
  #begin(
    slot: number,
    place: number,
    hop: {
      readonly kind: number;
      readonly transaction: number;
      readonly trueStart_ps: number;
      readonly isLocalRead: boolean;
    },
  ): number {
    const ways = this.#ways;
    let lag_ps = this.#hold_ps[place] ?? 0;
    let source = NONE;
    let target = place;
    const isAnswer = hop.kind === TLP_KIND.Cpl || hop.kind === TLP_KIND.CplD;
    const request = hop.transaction % TABLE;
    if (isAnswer && this.#requestKey[request] === hop.transaction) {
      lag_ps += this.#requestLag_ps[request] ?? 0;
      source = this.#requestPlace[request] ?? NONE;
    } else if (!isAnswer) source = ways.requesterPlace(Math.floor(hop.transaction / 0x1_0000));
    if (hop.isLocalRead) {
      target = source;
      source = place;
    }
    const lead_ps = source === NONE || target === NONE ? 0 : ways.inner_ps(source, target);
    if (lead_ps > 0) {
      this.leadFrom[slot] = source;
      this.leadTo[slot] = target;
      this.leadStart_ps[slot] = hop.trueStart_ps + lag_ps;
    }
    return hop.trueStart_ps + lag_ps + lead_ps;
  }

  /** A further hop: ties the packet before it to this one. @returns when it is drawn. */
  #join(before: number, slot: number, place: number, trueStart_ps: number, now_ps: number): number {
    const ways = this.#ways;
    const from = this.#origin[before] ?? 0;
    const key = from * ways.placeCount + place;
    const gap_ps = trueStart_ps - (this.#trueStart_ps[before] ?? 0);
    const least_ps = Math.min(gap_ps, this.#leastGap_ps.get(key) ?? Infinity);
    this.#leastGap_ps.set(key, least_ps);
    const travel_ps = ways.travel_ps(from);
    const inner_ps = ways.inner_ps(from, place);
    this.#hold_ps[from] = Math.max(this.#hold_ps[from] ?? 0, least_ps - travel_ps + FRAME_SLACK_PS);
    const lag_ps = Math.max(0, (this.#lag_ps[before] ?? 0) + travel_ps + inner_ps - least_ps);
    const start_ps = trueStart_ps + lag_ps;
    const beforeEnd_ps = this.end_ps[before] ?? 0;
    this.innerTo[before] = place;
    this.innerStart_ps[before] = Math.max(beforeEnd_ps, Math.min(now_ps, start_ps - inner_ps / 2));
    this.innerEnd_ps[before] = Math.max(start_ps, this.innerStart_ps[before] ?? 0);
    this.#gone_ps[before] = start_ps + ways.tail_ps(place, this.bytes[slot] ?? 0);
    return start_ps;
  }

  #noteRequest(transaction: number, slot: number, place: number, trueEnd_ps: number): void {
    const index = transaction % TABLE;
    this.#requestKey[index] = transaction;
    this.#requestPlace[index] = place;
    this.#requestLag_ps[index] = Math.max(0, (this.end_ps[slot] ?? 0) - trueEnd_ps);
  }
}
