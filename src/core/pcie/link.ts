/*
 * Link rates, line codes, DLLP timing. Facts: PCIe performance reference, sections 2 and 3.2.
 */
import { at, invariant } from '../../base/invariant.ts';

/** PCI Express generation = Link Speed code of the registers. */
export type LinkGen = 1 | 2 | 3 | 4 | 5 | 6;
/** Lanes of a link. */
export type LinkWidth = 1 | 2 | 4 | 8 | 16;

export const LINK_GENS: readonly LinkGen[] = [1, 2, 3, 4, 5, 6];
export const LINK_WIDTHS: readonly LinkWidth[] = [1, 2, 4, 8, 16];

export interface LinkRate {
  readonly gen: LinkGen;
  readonly laneRateGTps: number;
  readonly lineCode: '8b/10b' | '128b/130b' | 'flit';
  /** Bytes a lane carries per second for TLPs, after the line code (flit mode: after flit overhead). */
  readonly laneBytesPerSecond: number;
  /** Time of one byte on one lane, in picoseconds (not an integer for 128b/130b). */
  readonly symbolTime_ps: number;
  /** Framing, sequence number and LCRC of one TLP, in bytes. */
  readonly framingBytes: number;
  /** Bytes of one DLLP on the link; flit mode carries them in the flit's own DLP bytes. */
  readonly dllpBytes: number;
  /** AckNak latency rule, internal delay in symbol times. */
  readonly internalDelaySymbols: number;
}

const row8b10b = (gen: LinkGen, laneRateGTps: number, internalDelaySymbols: number): LinkRate => ({
  gen,
  laneRateGTps,
  lineCode: '8b/10b',
  laneBytesPerSecond: (laneRateGTps * 1e9) / 10,
  symbolTime_ps: 10_000 / laneRateGTps,
  framingBytes: 8,
  dllpBytes: 8,
  internalDelaySymbols,
});

const row128b130b = (gen: LinkGen, laneRateGTps: number): LinkRate => ({
  gen,
  laneRateGTps,
  lineCode: '128b/130b',
  laneBytesPerSecond: ((laneRateGTps * 1e9) / 8) * (128 / 130),
  symbolTime_ps: (8_000 / laneRateGTps) * (130 / 128),
  framingBytes: 8,
  dllpBytes: 8,
  internalDelaySymbols: 115,
});

const LINK_RATES: readonly LinkRate[] = [
  row8b10b(1, 2.5, 19),
  row8b10b(2, 5, 70),
  row128b130b(3, 8),
  row128b130b(4, 16),
  row128b130b(5, 32),
  {
    gen: 6,
    laneRateGTps: 64,
    lineCode: 'flit',
    laneBytesPerSecond: 8e9 * (236 / 256),
    symbolTime_ps: 125 * (256 / 236),
    framingBytes: 0,
    dllpBytes: 0,
    internalDelaySymbols: 115,
  },
];

/** The row of one generation. */
export function linkRate(gen: LinkGen): LinkRate {
  return at(LINK_RATES, gen - 1);
}

/** Bytes per second of one direction after the line code: `laneBytesPerSecond` · lanes. */
export function linkBytesPerSecond(gen: LinkGen, lanes: LinkWidth): number {
  return linkRate(gen).laneBytesPerSecond * lanes;
}

/**
 * Latency of an endpoint's or root port's PHY and link layer, one way: 50 ns at 2.5 and 5 GT/s, 35 ns above.
 * @spec performance reference, section 6
 */
export function portLatency_ps(gen: LinkGen): number {
  return gen <= 2 ? 50_000 : 35_000;
}

/** SKP ordered sets: 4 symbol times in every 1538. Not charged in flit mode. */
export const SKP_SYMBOLS = 4;
export const SKP_INTERVAL_SYMBOLS = 1538;

/** AckFactor rows: widths up to, then the factor for MPS 128, 256, 512 and more. */
const ACK_FACTORS: readonly { readonly upToLanes: number; readonly factors: readonly [number, number, number] }[] = [
  { upToLanes: 4, factors: [1.4, 1.4, 1.0] },
  { upToLanes: 8, factors: [2.5, 2.5, 1.0] },
  { upToLanes: 16, factors: [3.0, 3.0, 2.0] },
];

/**
 * The Ack latency timer limit `L = floor((MPS + 28) · AckFactor / lanes + InternalDelay)`,
 * which also paces UpdateFC.
 * @param mpsBytes Max_Payload_Size, 128…4096.
 * @returns symbol times.
 */
export function ackLimitSymbols(gen: LinkGen, lanes: LinkWidth, mpsBytes: number): number {
  invariant(mpsBytes >= 128 && mpsBytes <= 4096, () => `Max_Payload_Size ${mpsBytes} is outside 128…4096`);
  const row = ACK_FACTORS.find((candidate) => lanes <= candidate.upToLanes);
  invariant(row !== undefined, () => `no AckFactor for ${lanes} lanes`);
  const factor = row.factors[mpsBytes >= 512 ? 2 : mpsBytes >= 256 ? 1 : 0];
  return Math.floor(((mpsBytes + 28) * factor) / lanes + linkRate(gen).internalDelaySymbols);
}
