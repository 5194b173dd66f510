/*
 * Whose bytes cross each link and each way inside switches and host: shares by packet style, sampled from hop
 * records. Rates come from counters; records only say how a rate divides. So records that were dropped, or
 * skipped because there are too many, cost precision of the division, never of the rate.
 */
import { HOP } from '../../core/pcie/counters.ts';
import { TLP_KIND } from '../../core/pcie/tlp.ts';
import { PACKET_STYLE_COUNT, styleOf, type PacketStyle } from './packetStyle.ts';
import type { Ways } from './ways.ts';

/** Bytes that went from one place straight on to another. */
export interface InnerFlow {
  readonly from: number;
  readonly to: number;
  readonly bytes: Float64Array;
  /** Of the whole run. */
  readonly total: Float64Array;
  /** Share of what entered (or left, where it began inside the host), by style; from the last sample with records. */
  readonly share: Float64Array;
}

const TABLE = 65536;
const NONE = -1;
/** What is left of a sample after the next one, ten times a second. */
const FADE = 0.7;

export class FlowStats {
  /** By place · styles + style: share of the place's bytes. */
  readonly share: Float64Array;
  readonly inner: InnerFlow[] = [];
  readonly #ways: Ways;
  readonly #bytes: Float64Array;
  readonly #total: Float64Array;
  readonly #sums: Float64Array;
  #isWholeRun = false;
  readonly #innerByWay = new Map<number, InnerFlow>();
  readonly #serial = new Float64Array(TABLE).fill(NONE);
  readonly #place = new Int32Array(TABLE);
  /** Where requests arrived last, by transaction: answers start there. */
  readonly #requestPlace = new Int32Array(TABLE).fill(NONE);
  #seen = 0;

  constructor(ways: Ways) {
    this.#ways = ways;
    this.#bytes = new Float64Array(ways.placeCount * PACKET_STYLE_COUNT);
    this.#total = new Float64Array(ways.placeCount * PACKET_STYLE_COUNT);
    this.#sums = new Float64Array(ways.placeCount);
    this.share = new Float64Array(ways.placeCount * PACKET_STYLE_COUNT);
  }

  /** One hop record. */
  note(words: Float64Array, offset: number): void {
    const ways = this.#ways;
    const what = words[offset + HOP.what] ?? 0;
    const serial = words[offset + HOP.serial] ?? 0;
    const transaction = words[offset + HOP.transaction] ?? 0;
    const place = ways.placeOf(words, offset);
    const kind = what & 0xff;
    const row = serial % TABLE;
    const before = serial !== 0 && this.#serial[row] === serial ? (this.#place[row] ?? NONE) : NONE;
    this.#serial[row] = serial;
    this.#place[row] = place;
    if (kind === TLP_KIND.MRd) this.#requestPlace[transaction % TABLE] = place;
    this.#seen += 1;
    const lengthBytes = words[offset + HOP.lengthBytes] ?? 0;
    const bytes = ways.isLink(place) ? ways.wireBytes(words, offset, place) : lengthBytes;
    if (before === NONE && kind === TLP_KIND.MRd && ways.isMemory(place)) {
      // Something inside the host reads host memory: its data goes there.
      const style = styleOf((what & ~0xff) | TLP_KIND.MWr);
      this.#count(place, style, bytes);
      this.#countInner(place, this.#requester(transaction), style, bytes);
      return;
    }
    const style = styleOf(what);
    this.#count(place, style, bytes);
    const isAnswer = kind === TLP_KIND.Cpl || kind === TLP_KIND.CplD;
    const first = isAnswer ? (this.#requestPlace[transaction % TABLE] ?? NONE) : this.#requester(transaction);
    const isRequestToMemory = kind === TLP_KIND.MRd && ways.isMemory(place);
    this.#countInner(
      before === NONE ? first : before,
      place,
      style,
      isRequestToMemory ? ways.wireBytes(words, offset, before) : bytes,
    );
  }

  /**
   * Turns what was noted into shares. Older bytes count less and less, so that a few packets of another kind do
   * not turn a picture over. @param isWholeRun the run is over: shares of all of it.
   */
  settle(isWholeRun: boolean): void {
    if (this.#seen === 0 && this.#isWholeRun === isWholeRun) return;
    this.#seen = 0;
    this.#isWholeRun = isWholeRun;
    const bytes = isWholeRun ? this.#total : this.#bytes;
    for (let place = 0; place < this.#ways.placeCount; place += 1) {
      const sum = this.#sum(bytes, place);
      this.#sums[place] = sum;
      if (sum === 0) continue;
      for (let index = place * PACKET_STYLE_COUNT; index < (place + 1) * PACKET_STYLE_COUNT; index += 1) {
        this.share[index] = (bytes[index] ?? 0) / sum;
      }
    }
    for (const flow of this.inner) {
      const sum = this.#sums[this.rated(flow)] ?? 0;
      for (let style = 0; style < PACKET_STYLE_COUNT; style += 1) {
        flow.share[style] = sum === 0 ? 0 : ((isWholeRun ? flow.total[style] : flow.bytes[style]) ?? 0) / sum;
        flow.bytes[style] = (flow.bytes[style] ?? 0) * FADE;
      }
    }
    for (let index = 0; index < this.#bytes.length; index += 1) this.#bytes[index] = (this.#bytes[index] ?? 0) * FADE;
  }

  /** The end of a way whose rate is known: a link, the one before it if both are; else host memory. */
  rated(flow: InnerFlow): number {
    const ways = this.#ways;
    if (ways.isLink(flow.from)) return flow.from;
    if (ways.isLink(flow.to)) return flow.to;
    return ways.isMemory(flow.from) ? flow.from : flow.to;
  }

  #requester(transaction: number): number {
    return this.#ways.requesterPlace(Math.floor(transaction / 0x1_0000));
  }

  #count(place: number, style: PacketStyle, bytes: number): void {
    this.#add(this.#bytes, place * PACKET_STYLE_COUNT + style, bytes);
    this.#add(this.#total, place * PACKET_STYLE_COUNT + style, bytes);
  }

  #countInner(from: number, to: number, style: PacketStyle, bytes: number): void {
    if (from === NONE || to === NONE || from === to) return;
    const flow = this.#innerFlow(from, to);
    this.#add(flow.bytes, style, bytes);
    this.#add(flow.total, style, bytes);
  }

  #innerFlow(from: number, to: number): InnerFlow {
    const key = from * this.#ways.placeCount + to;
    const known = this.#innerByWay.get(key);
    if (known !== undefined) return known;
    const row = (): Float64Array => new Float64Array(PACKET_STYLE_COUNT);
    const made = { from, to, bytes: row(), total: row(), share: row() };
    this.#innerByWay.set(key, made);
    this.inner.push(made);
    return made;
  }

  #sum(bytes: Float64Array, place: number): number {
    let sum = 0;
    for (let style = 0; style < PACKET_STYLE_COUNT; style += 1) sum += bytes[place * PACKET_STYLE_COUNT + style] ?? 0;
    return sum;
  }

  #add(values: Float64Array, index: number, amount: number): void {
    values[index] = (values[index] ?? 0) + amount;
  }
}
