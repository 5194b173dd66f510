/*
 * What a race showed, in plain sentences built from its results. Says the truth in every case: P2P ahead,
 * close, behind, refused or failed.
 */
import { bytesText, durationText, percentText, rateText, ratioText, sizeText } from '../base/format.ts';
import type { MachineDescription, RunReport } from '../engine/protocol.ts';
import type { TransferSpec, TransferWay } from '../topology/document.ts';
import { routeWords } from './words.ts';

/** Within this fraction of each other two times count as close. */
const CLOSE_FRACTION = 0.05;

export interface RaceSide {
  readonly machine: MachineDescription | undefined;
  readonly report: RunReport | undefined;
}

export interface RaceFacts {
  readonly direct: RaceSide;
  readonly bounced: RaceSide;
  readonly transfer: TransferSpec;
  readonly bounceWay: Exclude<TransferWay, 'p2p'>;
}

export interface RaceResult {
  readonly kind: 'ahead' | 'close' | 'behind' | 'refused' | 'failed' | 'running';
  /** Time of the bounce divided by the time of P2P; only if both finished. */
  readonly ratio: number | undefined;
  /** `P2P is faster` … the words below the ratio. */
  readonly verdict: string;
  readonly sentences: readonly string[];
}

/** The result as far as it is known. */
export function raceResult(facts: RaceFacts): RaceResult {
  const refused = facts.direct.machine?.plan.refused;
  if (refused !== undefined) return refusedResult(facts, refused);
  const noBounce = facts.bounced.machine?.plan.refused;
  if (noBounce !== undefined) return bounceRefusedResult(facts, noBounce);
  const direct = facts.direct.report;
  const bounced = facts.bounced.report;
  const failed = [direct, bounced].find((report) => report !== undefined && report.outcome !== 'finished');
  if (failed !== undefined) return failedResult(failed);
  if (direct === undefined || bounced === undefined) return runningResult(facts);
  const result = comparedResult(facts, direct, bounced);
  if (facts.direct.machine?.verdict?.mapType !== 'NOT_SUPPORTED') return result;
  const forced = 'Linux refuses this pair: P2P ran only because it was forced.';
  return { ...result, sentences: [...result.sentences, forced] };
}

function comparedResult(facts: RaceFacts, direct: RunReport, bounced: RunReport): RaceResult {
  const ratio = bounced.duration_ps / direct.duration_ps;
  if (ratio > 1 + CLOSE_FRACTION) return aheadResult(facts, direct, bounced, ratio);
  if (ratio < 1 - CLOSE_FRACTION) return behindResult(facts, direct, bounced, ratio);
  return closeResult(direct, bounced, ratio);
}

function times(direct: RunReport, bounced: RunReport): string {
  return `${durationText(direct.duration_ps)} against ${durationText(bounced.duration_ps)}`;
}

/** What the bounce used that P2P did not. */
function detour(bounced: RunReport): string {
  const parts: string[] = [];
  if (bounced.uplink !== undefined && bounced.uplink.upBytes + bounced.uplink.downBytes > 0) {
    parts.push(
      `${sizeText(bounced.uplink.upBytes)} up and ${sizeText(bounced.uplink.downBytes)} down the switch’s uplink`,
    );
  }
  const memory = bounced.memoryReadBytes + bounced.memoryWrittenBytes;
  if (memory > 0) parts.push(`${sizeText(memory)} through DRAM`);
  if (bounced.cpuBusy_ps > 0) parts.push(`${durationText(bounced.cpuBusy_ps)} of CPU time`);
  return parts.join(', ');
}

function peerCost(direct: RunReport): string {
  const memory = direct.memoryReadBytes + direct.memoryWrittenBytes;
  const up = direct.uplink === undefined ? 0 : direct.uplink.upBytes + direct.uplink.downBytes;
  if (memory === 0 && up === 0) return 'P2P left the uplink and DRAM idle.';
  if (memory === 0) return `P2P left DRAM idle but sent ${bytesText(up)} over the switch’s uplink.`;
  return `P2P touched ${bytesText(memory)} of DRAM.`;
}

/** What the two did to the CPU's own use of memory, where the machine has such a load. */
function backgroundCost(direct: RunReport, bounced: RunReport): readonly string[] {
  const left = direct.background;
  const right = bounced.background;
  if (left === undefined || right === undefined) return [];
  return [
    `The CPU’s load on memory, ${rateText(left.askedBytesPerSecond)}, got ${rateText(left.achievedBytesPerSecond)} beside P2P and ${rateText(right.achievedBytesPerSecond)} beside the bounce.`,
  ];
}

/** What would make the bounce faster, if something on offer would. */
function bounceAdvice(facts: RaceFacts): string | undefined {
  const { buffers } = facts.transfer.bounce;
  if (buffers === 1 && facts.bounceWay === 'copy')
    return 'Its legs take turns. Two buffers and device DMA would let them overlap.';
  if (buffers === 1) return 'Its legs take turns. Two buffers would let them overlap.';
  if (facts.bounceWay === 'copy') return 'The CPU moves the second leg. Device DMA would move larger packets.';
  return undefined;
}

function aheadResult(facts: RaceFacts, direct: RunReport, bounced: RunReport, ratio: number): RaceResult {
  const advice = bounceAdvice(facts);
  return {
    kind: 'ahead',
    ratio,
    verdict: 'P2P is faster',
    sentences: [
      `P2P needs ${times(direct, bounced)}, ${rateText(direct.throughputBytesPerSecond)} against ${rateText(bounced.throughputBytesPerSecond)}.`,
      `${peerCost(direct)} The bounce moved ${detour(bounced)}.`,
      ...backgroundCost(direct, bounced),
      ...(advice === undefined ? [] : [advice]),
    ],
  };
}

function closeResult(direct: RunReport, bounced: RunReport, ratio: number): RaceResult {
  const share = bounced.throughputBytesPerSecond / direct.throughputBytesPerSecond;
  return {
    kind: 'close',
    ratio,
    verdict: 'about equally fast',
    sentences: [
      `${direct.background === undefined ? 'On this idle machine' : 'Here'} the bounce keeps up: ${percentText(share, 0)} of P2P’s throughput, because its two legs run at the same time on links that carry both directions.`,
      `The difference is elsewhere: first byte after ${durationText(direct.firstByte_ps)} against ${durationText(bounced.firstByte_ps)}, and the bounce moved ${detour(bounced)}. ${peerCost(direct)}`,
      ...backgroundCost(direct, bounced),
    ],
  };
}

function behindResult(facts: RaceFacts, direct: RunReport, bounced: RunReport, ratio: number): RaceResult {
  const route = facts.direct.machine?.verdict?.route;
  const where = route === undefined ? '' : ` Its requests go ${routeWords(route.routeClass)}.`;
  return {
    kind: 'behind',
    ratio,
    verdict: 'P2P is slower',
    sentences: [
      `Here P2P loses: ${times(direct, bounced)}, ${rateText(direct.throughputBytesPerSecond)} against ${rateText(bounced.throughputBytesPerSecond)}.${where}`,
      `The bounce is ${ratioText(1 / ratio)} as fast although it moved ${detour(bounced)}.`,
      ...backgroundCost(direct, bounced),
    ],
  };
}

function refusedResult(facts: RaceFacts, refused: { readonly message: string; readonly fix?: string }): RaceResult {
  const bounced = facts.bounced.report;
  const route = facts.direct.machine?.verdict?.route;
  const sentences = [`P2P is refused: ${refused.message}`];
  if (route !== undefined && facts.direct.machine?.verdict?.mapType === 'NOT_SUPPORTED') {
    sentences.push(`Hardware would send the requests ${routeWords(route.routeClass)}.`);
  }
  if (bounced?.outcome === 'finished') {
    sentences.push(
      `Only the bounce ran: ${durationText(bounced.duration_ps)}, ${rateText(bounced.throughputBytesPerSecond)}, ${detour(bounced)}.`,
    );
  }
  return { kind: 'refused', ratio: undefined, verdict: 'P2P is refused', sentences };
}

function bounceRefusedResult(
  facts: RaceFacts,
  refused: { readonly message: string; readonly fix?: string },
): RaceResult {
  const direct = facts.direct.report;
  const sentences = [`The bounce is refused: ${[refused.message, refused.fix].filter(Boolean).join(' ')}`];
  if (direct?.outcome === 'finished') {
    sentences.push(`Only P2P ran: ${durationText(direct.duration_ps)}, ${rateText(direct.throughputBytesPerSecond)}.`);
  }
  return { kind: 'refused', ratio: undefined, verdict: 'the bounce is refused', sentences };
}

function failedResult(report: RunReport): RaceResult {
  const side = report.way === 'p2p' ? 'P2P' : 'The bounce';
  return {
    kind: 'failed',
    ratio: undefined,
    verdict: `${side} did not finish`,
    sentences: [
      `${side} ${report.outcome === 'refused' ? 'was refused' : 'failed'}: ${report.reason ?? 'the engine gave no reason.'}`,
    ],
  };
}

function runningResult(facts: RaceFacts): RaceResult {
  const first = facts.direct.report ?? facts.bounced.report;
  const route = facts.direct.machine?.verdict?.route.routeClass;
  const direct = route === undefined ? 'from device to device' : routeWords(route);
  const detourWords =
    facts.bounceWay === 'copy' ? 'the bounce up to DRAM, copied by the CPU' : 'the bounce up to DRAM and down again';
  const sentence =
    first === undefined
      ? `Both machines move the same ${sizeText(facts.transfer.bytes)} on one clock: P2P ${direct}, ${detourWords}.`
      : `${first.way === 'p2p' ? 'P2P' : 'The bounce'} is there: ${durationText(first.duration_ps)}, ${rateText(first.throughputBytesPerSecond)}. The other is still moving bytes.`;
  return { kind: 'running', ratio: undefined, verdict: '', sentences: [sentence] };
}
