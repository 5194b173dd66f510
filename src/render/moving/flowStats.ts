/*
 * Whose bytes cross each link and each way inside switches and host: shares by packet style, sampled from hop
 * records. Rates come from counters; records only say how a rate divides. So records that were dropped, or
 * skipped because there are too many, cost precision of the division, never of the rate.
 */
import { FLOW } from '../../core/pcie/tlp.ts';
import { HOP } from '../../core/pcie/counters.ts';
import { PACKET_STYLE, PACKET_STYLE_COUNT, styleOf, type PacketStyle } from './packetStyle.ts';
import type { Ways } from './ways.ts';

/** Bytes that went from one place straight on to another. */
export interface InnerFlow {
  readonly from: number;
  readonly to: number;
  readonly bytes: Float64Array;
  /** Share of what entered (or left, where it began inside the host), by style; from the last sample with records. */
  readonly share: Float64Array;
}

const TABLE = 65536;
const NONE = -1;

export class FlowStats {
  /** By place · styles + style: share of the place's bytes. */
  readonly share: Float64Array;
  readonly inner: InnerFlow[] = [];
  readonly #ways: Ways;
  readonly #bytes: Float64Array;
  readonly #innerByWay = new Map<number, InnerFlow>();
  readonly #serial = new Float64Array(TABLE).fill(NONE);
  readonly #place = new Int32Array(TABLE);
  #seen = 0;

  constructor(ways: Ways) {
    this.#ways = ways;
    this.#bytes = new Float64Array(ways.placeCount * PACKET_STYLE_COUNT);
    this.share = new Float64Array(ways.placeCount * PACKET_STYLE_COUNT);
  }

  /** One hop record. */
  note(words: Float64Array, offset: number): void {
    const what = words[offset + HOP.what] ?? 0;
    const address = words[offset + HOP.address] ?? 0;
    const serial = words[offset + HOP.serial] ?? 0;
    const place = this.#ways.placeOf(words[offset + HOP.segment] ?? 0, address);
    const style = styleOf(what);
    const isLink = this.#ways.isLink(place);
    const bytes = isLink ? this.#ways.wireBytes(words, offset, place) : (words[offset + HOP.lengthBytes] ?? 0);
    this.#add(this.#bytes, place * PACKET_STYLE_COUNT + style, bytes);
    this.#seen += 1;
    const row = serial % TABLE;
    const before =
      serial !== 0 && this.#serial[row] === serial
        ? (this.#place[row] ?? NONE)
        : this.#source(words, offset, place, style);
    if (before !== NONE) this.#add(this.#innerFlow(before, place).bytes, style, bytes);
    this.#serial[row] = serial;
    this.#place[row] = place;
  }

  /** Turns what was noted since the last call into shares. Without new records the old ones stay. */
  settle(): void {
    if (this.#seen === 0) return;
    this.#seen = 0;
    for (let place = 0; place < this.#ways.placeCount; place += 1) {
      const total = this.#total(place);
      if (total === 0) continue;
      for (let style = 0; style < PACKET_STYLE_COUNT; style += 1) {
        const index = place * PACKET_STYLE_COUNT + style;
        this.share[index] = (this.#bytes[index] ?? 0) / total;
      }
    }
    for (const flow of this.inner) {
      const total = this.#total(this.rated(flow));
      for (let style = 0; style < PACKET_STYLE_COUNT; style += 1) {
        flow.share[style] = total === 0 ? 0 : (flow.bytes[style] ?? 0) / total;
      }
      flow.bytes.fill(0);
    }
    this.#bytes.fill(0);
  }

  /** The end of a way whose rate is known: a link, the one before it if both are. */
  rated(flow: InnerFlow): number {
    return this.#ways.isLink(flow.from) ? flow.from : flow.to;
  }

  #source(words: Float64Array, offset: number, place: number, style: PacketStyle): number {
    if (style === PACKET_STYLE.completion || style === PACKET_STYLE.failed) return NONE;
    return this.#ways.requesterPlace(Math.floor((words[offset + HOP.transaction] ?? 0) / 0x1_0000)) === place
      ? NONE
      : this.#ways.requesterPlace(Math.floor((words[offset + HOP.transaction] ?? 0) / 0x1_0000));
  }

  #innerFlow(from: number, to: number): InnerFlow {
    const key = from * this.#ways.placeCount + to;
    const known = this.#innerByWay.get(key);
    if (known !== undefined) return known;
    const made = { from, to, bytes: new Float64Array(PACKET_STYLE_COUNT), share: new Float64Array(PACKET_STYLE_COUNT) };
    this.#innerByWay.set(key, made);
    this.inner.push(made);
    return made;
  }

  #total(place: number): number {
    let total = 0;
    for (let style = 0; style < PACKET_STYLE_COUNT; style += 1)
      total += this.#bytes[place * PACKET_STYLE_COUNT + style] ?? 0;
    return total;
  }

  #add(values: Float64Array, index: number, amount: number): void {
    values[index] = (values[index] ?? 0) + amount;
  }
}

/** True for flows through host memory. */
export function isBounce(flow: number): boolean {
  return flow === FLOW.bounceIn || flow === FLOW.bounceOut;
}
