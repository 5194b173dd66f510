/*
 * DRAM channels with banks, and the load that the machine's own cores put on them.
 *
 *   access ──▶ bank (busy for a row cycle) ──▶ data bus of its channel (busy for the bytes) ──▶ done
 *
 * Accesses of the background are made when somebody else comes to their channel: all that came before that instant, one
 * after the other, at random times and random banks. So they cost nothing between accesses of devices. While nobody comes
 * for long, they are only counted.
 */
import { invariant } from '../../../base/invariant.ts';
import { PS_PER_NS, PS_PER_SECOND } from '../../../base/units.ts';
import { doubleAt, int32At } from '../../sim/cells.ts';
import { exponentialGaps } from './arrivalGaps.ts';

/** Consecutive blocks of this size lie on different channels. */
export const INTERLEAVE_BYTES = 256;
/** Share of the channel's rate that reads reach, and that a 1:1 mix of reads and writes reaches. */
const READ_EFFICIENCY = 0.83;
const MIXED_EFFICIENCY = 0.71;
/** Follows from the two: a write bears what the bus loses when it turns round, so that the mix comes out. */
const WRITE_EFFICIENCY = 1 / (2 / MIXED_EFFICIENCY - 1 / READ_EFFICIENCY);

/** Time a byte keeps a channel's data bus, picoseconds: of reads and of writes. */
export function busTimes(channelBytesPerSecond: number): {
  readonly readPsPerByte: number;
  readonly writePsPerByte: number;
} {
  return {
    readPsPerByte: PS_PER_SECOND / (channelBytesPerSecond * READ_EFFICIENCY),
    writePsPerByte: PS_PER_SECOND / (channelBytesPerSecond * WRITE_EFFICIENCY),
  };
}

/** Banks of a channel for each byte per second: two ranks of 16 at DDR4-3200, fewer in older memory, more in newer. */
const BANKS_PER_RATE = 32 / 25.6e9;
const FEWEST_BANKS = 8;
/** A bank that has opened a row for one access is not ready for another row before (row cycle and refresh). */
const ROW_CYCLE_PS = 78 * PS_PER_NS;
/**
 * Lines that the cores' line-fill buffers and, separately, the root complex can have under way at a channel for each of
 * its bytes per second: what each side gets of a channel that both want follows from it.
 */
const QUEUE_LINES_PER_RATE = 44 / 25.6e9;
const FEWEST_LINES = 8;
const LINE_BYTES = 64;
/** After so long without others, accesses of the background are counted at their steady rate, but for the latest. */
const QUIET_PS = 100_000 * PS_PER_NS;
const WARM_UP_PS = 10_000 * PS_PER_NS;

export interface ChannelOptions {
  /** Of the whole machine. */
  readonly channels: number;
  readonly channelBytesPerSecond: number;
  /** Reads and writes half each, spread evenly over the channels; 0 = none. */
  readonly backgroundBytesPerSecond: number;
}

/**
 * Books time of banks and buses. Banks of one channel work side by side and the bus serves first whoever is ready, so
 * an access waits for the longer of both queues.
 * @spec performance reference, section 6: efficiency; latency x1.25 at half load, x1.7 at 85 %, x3 at saturation, which
 * the row cycle and the lines under way are calibrated on
 * @simplifies Every 256-byte block opens a row of its own in a bank taken at random: that is how latency rises with load.
 * An access that waits for its bank gives its place in the queue to the next.
 */
export class LoadedChannels {
  readonly channels: number;
  /** When the last access booked began to get its data; it is due that much later than from idle memory. */
  granted_ps = 0.5;
  /** Lines that the background has moved, as far as they were made. */
  private _backgroundLines = 0;
  /** When the bus is through with the last access. */
  private _passed_ps = 0.5;
  private readonly _readPsPerByte: number;
  private readonly _writePsPerByte: number;
  private readonly _busFree: Float64Array;
  private readonly _banks: number;
  /** [channel · banks + bank] */
  private readonly _bankFree: Float64Array;
  private readonly _random: Int32Array;
  /** Lines under way: [channel · lines + place] when the bus is through with each; places are taken in turn. */
  private readonly _lines: number;
  private readonly _accessDone: Float64Array;
  private readonly _backgroundDone: Float64Array;
  private readonly _accessPlace: Int32Array;
  /** Background: mean time between two of its accesses to one channel (0 = there is none), the next one's, how many. */
  private readonly _gap_ps: number;
  /** The same when nobody disturbs it; longer if it asks for more than there is. */
  private readonly _steadyGap_ps: number;
  private readonly _next: Float64Array;
  private readonly _count: Int32Array;

  constructor(options: ChannelOptions) {
    const { channels, channelBytesPerSecond, backgroundBytesPerSecond } = options;
    invariant(channels >= 1, () => `not a number of channels: ${channels}`);
    const { readPsPerByte, writePsPerByte } = busTimes(channelBytesPerSecond);
    this.channels = channels;
    this._readPsPerByte = readPsPerByte;
    this._writePsPerByte = writePsPerByte;
    this._busFree = new Float64Array(channels);
    this._banks = Math.max(FEWEST_BANKS, Math.round(channelBytesPerSecond * BANKS_PER_RATE));
    this._bankFree = new Float64Array(channels * this._banks);
    this._random = Int32Array.from({ length: channels }, (_, channel) => Math.imul(channel + 1, 0x9e3779b1) | 1);
    this._lines = Math.max(FEWEST_LINES, Math.round(channelBytesPerSecond * QUEUE_LINES_PER_RATE));
    this._accessDone = new Float64Array(channels * this._lines);
    this._backgroundDone = new Float64Array(channels * this._lines);
    this._accessPlace = new Int32Array(channels);
    this._count = new Int32Array(channels);
    this._next = new Float64Array(channels);
    this._gap_ps =
      backgroundBytesPerSecond === 0 ? 0 : (LINE_BYTES * PS_PER_SECOND * channels) / backgroundBytesPerSecond;
    this._steadyGap_ps = Math.max(this._gap_ps, (LINE_BYTES * (readPsPerByte + writePsPerByte)) / 2);
    for (let channel = 0; channel < channels && this._gap_ps > 0; channel++) this._next[channel] = this.#gap(channel);
  }

  /**
   * Books one access inside one block; {@link granted_ps} says when it began to be served.
   * @param at_ps when it comes to the channel. @returns when it is done, not rounded.
   */
  book(channel: number, at_ps: number, lengthBytes: number, isWrite: boolean): number {
    const bus_ps = lengthBytes * (isWrite ? this._writePsPerByte : this._readPsPerByte);
    if (this._gap_ps === 0) return this.#serve(channel, at_ps, bus_ps);
    // It joins the channel's queue when the accesses before it have left room there.
    const places = Math.min(this._lines, Math.ceil(lengthBytes / LINE_BYTES));
    const first = channel * this._lines;
    const place = int32At(this._accessPlace, channel);
    const room_ps = doubleAt(this._accessDone, first + ((place + places - 1) % this._lines));
    const arrival_ps = room_ps > at_ps ? room_ps : at_ps;
    this.#catchUp(channel, arrival_ps);
    const done_ps = this.#serve(channel, arrival_ps, bus_ps);
    for (let index = 0; index < places; index++)
      this._accessDone[first + ((place + index) % this._lines)] = this._passed_ps;
    this._accessPlace[channel] = (place + places) % this._lines;
    return done_ps;
  }

  /** Bytes that the background has moved up to a time; what is still to be made counts at the steady rate. */
  backgroundBytes(now_ps: number): number {
    if (this._gap_ps === 0) return 0;
    let lines = this._backgroundLines;
    for (let channel = 0; channel < this.channels; channel++) {
      const behind_ps = now_ps - doubleAt(this._next, channel);
      if (behind_ps >= 0) lines += Math.floor(behind_ps / this._steadyGap_ps);
    }
    return lines * LINE_BYTES;
  }

  #serve(channel: number, at_ps: number, bus_ps: number): number {
    const bank = channel * this._banks + ((this.#draw(channel) >>> 8) % this._banks);
    const bankFree_ps = doubleAt(this._bankFree, bank);
    const busFree_ps = doubleAt(this._busFree, channel);
    const row_ps = bankFree_ps > at_ps ? bankFree_ps : at_ps;
    const bus = busFree_ps > at_ps ? busFree_ps : at_ps;
    this._bankFree[bank] = row_ps + ROW_CYCLE_PS;
    this._passed_ps = bus + bus_ps;
    this._busFree[channel] = this._passed_ps;
    this.granted_ps = row_ps > bus ? row_ps : bus;
    return this.granted_ps + bus_ps;
  }

  /** All accesses of the background that came to a channel up to a time. */
  #catchUp(channel: number, until_ps: number): void {
    let next_ps = doubleAt(this._next, channel);
    if (until_ps - next_ps > QUIET_PS) {
      this._backgroundLines += Math.floor((until_ps - WARM_UP_PS - next_ps) / this._steadyGap_ps);
      next_ps = until_ps - WARM_UP_PS;
    }
    while (next_ps <= until_ps) {
      const number = int32At(this._count, channel);
      const place = channel * this._lines + (number % this._lines);
      // Cores that have as many lines under way as they can wait for the oldest; what they did not ask for is lost.
      const room_ps = doubleAt(this._backgroundDone, place);
      if (room_ps > next_ps) {
        next_ps = room_ps;
        if (next_ps > until_ps) break;
      }
      const psPerByte = number % 2 === 0 ? this._readPsPerByte : this._writePsPerByte;
      this.#serve(channel, next_ps, LINE_BYTES * psPerByte);
      this._backgroundDone[place] = this._passed_ps;
      this._count[channel] = (number + 1) & 0x3fff_ffff;
      this._backgroundLines++;
      next_ps += this.#gap(channel);
    }
    this._next[channel] = next_ps;
  }

  #gap(channel: number): number {
    return this._gap_ps * doubleAt(exponentialGaps, (this.#draw(channel) >>> 8) % exponentialGaps.length);
  }

  /** Xorshift: 32 bits, never 0. */
  #draw(channel: number): number {
    let x = int32At(this._random, channel);
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this._random[channel] = x;
    return x;
  }
}
