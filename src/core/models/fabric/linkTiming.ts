/*
 * From the facts of a link to the numbers a transmitter computes with.
 */
import {
  ackLimitSymbols,
  type LinkGen,
  linkRate,
  type LinkWidth,
  portLatency_ps,
  SKP_INTERVAL_SYMBOLS,
  SKP_SYMBOLS,
} from '../../pcie/link.ts';
import { DATA_CREDIT_BYTES } from '../../pcie/tlp.ts';
import type { CreditSpec } from '../../pcie/machineSpec.ts';
import type { CreditLimits } from './creditAccount.ts';

/** Raw bytes of a flit; the time it takes is the grain of delivery in flit mode. */
const FLIT_TLP_BYTES = 236;
/** Speed of light in copper and board material: 5 ns a metre (performance reference, section 6). */
const PROPAGATION_PS_PER_METRE = 5_000;
export const DEFAULT_LINK_METRES = 0.3;
/** Credits cover at least this round trip (performance reference, section 6). */
const CREDIT_LOOP_PS = 370_000;
/** Wire bytes of the smallest TLP that header credits are counted for (same source: 784 at Gen5 x16). */
const SMALL_TLP_BYTES = 30;

/** Timing of one direction of a link. */
export interface LinkTiming {
  /** Time of one byte on all lanes together; not an integer for 128b/130b. */
  readonly psPerByte: number;
  readonly framingBytes: number;
  /** Bytes of a DLLP; 0 = they travel for nothing (flit mode) or there are none. */
  readonly dllpBytes: number;
  /** SKP ordered sets: every `skipInterval_ps` they take `skip_ps`. 0 = none. */
  readonly skip_ps: number;
  readonly skipInterval_ps: number;
  /** Delivery waits for the end of a flit of this length; 0 = not in flit mode. */
  readonly flit_ps: number;
  /** Ack and UpdateFC timer; 0 = freed credits return at once and there are no Acks. */
  readonly timerLimit_ps: number;
  readonly propagation_ps: number;
  /** From a transmitter's decision to the first bit on the wire, and from the last bit to the receiver's logic. */
  readonly portLatency_ps: number;
  /** What the data link layer needs when something can go wrong; absent on ways inside a device. */
  readonly layer?: LinkLayerTiming;
}

/** Numbers of the data link layer's error handling. */
export interface LinkLayerTiming {
  /** Bits on the lanes for one byte: 10 with 8b/10b, otherwise 8. */
  readonly bitsPerByte: number;
  /** From the end of a TLP, or the last progress, to its replay if there is no Ack. */
  readonly replayTimer_ps: number;
  /** Default size of the replay buffer. */
  readonly replayBufferBytes: number;
  /** The largest TLP of the link with framing, header, digest and payload. */
  readonly largestTlpBytes: number;
}

/** Bits of a flit, all of which its CRC and FEC cover. */
export const FLIT_BITS = 2048;
/** Each retimer, each way (performance reference, section 6). */
const RETIMER_PS = 10_000;
/** Largest request header with an ECRC digest. */
const LARGEST_HEADER_BYTES = 20;
/** Replay timer in Ack limits up to 8 GT/s, and in symbol times above (performance reference, section 3.2). */
const REPLAY_ACK_LIMITS = 3;
const REPLAY_SYMBOLS = 24_000;

/**
 * @param mpsBytes the link's Max_Payload_Size, which paces Ack and UpdateFC.
 * @param retimers on the link, 0…2.
 * @spec performance reference, sections 2, 3.2, 3.5, 6
 */
export function linkTiming(
  gen: LinkGen,
  lanes: LinkWidth,
  mpsBytes: number,
  lengthMetres: number,
  retimers = 0,
): LinkTiming {
  const timing = wireTiming(gen, lanes, mpsBytes, lengthMetres, retimers);
  return { ...timing, layer: layerTiming(gen, mpsBytes, timing) };
}

/**
 * The replay buffer holds what can be under way until its Ack is back: a TLP, the Ack timer, a TLP and the other DLLPs
 * in the Ack's way, and the latencies of both directions. The transmitter then never waits for it on a sound link.
 * @spec performance reference, sections 3.2 and 3.4
 * @simplifies The simplified replay timer limit of 16 GT/s and above is its lower end, 24 000 symbol times.
 */
function layerTiming(gen: LinkGen, mpsBytes: number, timing: LinkTiming): LinkLayerTiming {
  const rate = linkRate(gen);
  const largestTlpBytes = mpsBytes + LARGEST_HEADER_BYTES + timing.framingBytes;
  const loop_ps =
    timing.timerLimit_ps +
    (3 * largestTlpBytes + 4 * timing.dllpBytes) * timing.psPerByte +
    timing.skip_ps +
    2 * timing.flit_ps +
    2 * timing.propagation_ps +
    3 * timing.portLatency_ps;
  return {
    bitsPerByte: rate.lineCode === '8b/10b' ? 10 : 8,
    replayTimer_ps:
      gen <= 3 ? REPLAY_ACK_LIMITS * timing.timerLimit_ps : Math.round(REPLAY_SYMBOLS * rate.symbolTime_ps),
    replayBufferBytes: Math.ceil(loop_ps / timing.psPerByte / largestTlpBytes) * largestTlpBytes,
    largestTlpBytes,
  };
}

function wireTiming(
  gen: LinkGen,
  lanes: LinkWidth,
  mpsBytes: number,
  lengthMetres: number,
  retimers: number,
): LinkTiming {
  const rate = linkRate(gen);
  const isFlit = rate.lineCode === 'flit';
  const psPerByte = rate.symbolTime_ps / lanes;
  return {
    psPerByte,
    framingBytes: rate.framingBytes,
    dllpBytes: rate.dllpBytes,
    skip_ps: isFlit ? 0 : SKP_SYMBOLS * rate.symbolTime_ps,
    skipInterval_ps: isFlit ? 0 : SKP_INTERVAL_SYMBOLS * rate.symbolTime_ps,
    flit_ps: isFlit ? Math.round(FLIT_TLP_BYTES * psPerByte) : 0,
    timerLimit_ps: Math.round(ackLimitSymbols(gen, lanes, mpsBytes) * rate.symbolTime_ps),
    propagation_ps: Math.round(lengthMetres * PROPAGATION_PS_PER_METRE) + retimers * RETIMER_PS,
    portLatency_ps: portLatency_ps(gen),
  };
}

export type ReceiverKind = 'endpoint' | 'rootPort' | 'switchPort';

/**
 * Buffers a port advertises: enough that a stream never waits for credits, whatever the link. The loop they cover is
 * the reference's 370 ns or, on slow links, the link's own: two of the largest TLPs, the UpdateFC timer and the ports.
 * Completions are endless at endpoints and root ports.
 * @param mpsBytes largest payload the port supports.
 * @param spec overrides; absent fields keep the default.
 * @spec performance reference, sections 3.4 and 6
 * @simplifies Root ports take any number of completions, also those they forward to other root ports.
 */
export function defaultCredits(
  timing: LinkTiming,
  mpsBytes: number,
  receiver: ReceiverKind,
  spec: CreditSpec = {},
): CreditLimits {
  const largest_ps = (mpsBytes + 16 + timing.framingBytes) * timing.psPerByte;
  const loop_ps = Math.max(
    CREDIT_LOOP_PS,
    2 * largest_ps +
      timing.timerLimit_ps +
      timing.flit_ps +
      2 * (timing.propagation_ps + timing.portLatency_ps) +
      timing.portLatency_ps,
  );
  const loopBytes = loop_ps / timing.psPerByte;
  const header = Math.ceil(loopBytes / SMALL_TLP_BYTES);
  const data = Math.max(mpsBytes / DATA_CREDIT_BYTES, Math.ceil(loopBytes / DATA_CREDIT_BYTES));
  const isFinite = receiver === 'switchPort';
  return {
    postedHeader: spec.postedHeader ?? header,
    postedData: spec.postedData ?? data,
    nonPostedHeader: spec.nonPostedHeader ?? header,
    nonPostedData: spec.nonPostedData ?? header,
    completionHeader: spec.completionHeader ?? (isFinite ? header : Infinity),
    completionData: spec.completionData ?? (isFinite ? data : Infinity),
  };
}
