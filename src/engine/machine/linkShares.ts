/*
 * How each direction of each link spent its time, and which one had most to do.
 */
import { at } from '../../base/invariant.ts';
import { LINK_COUNTER, LINK_COUNTER_COUNT } from '../../core/pcie/counters.ts';
import { FLOW, FLOW_COUNT } from '../../core/pcie/tlp.ts';
import type { LinkTimeShare } from '../protocol.ts';

const DIRECTIONS = [0, 1] as const;
/** Below this share a link limits nothing. */
const NOTABLE_SHARE = 0.001;

/** Payload bytes of all flows, or of the job's only. */
export function payloadBytes(counters: Float64Array, segment: number, flows: 'all' | 'job'): number {
  const base = segment * LINK_COUNTER_COUNT + LINK_COUNTER.payload;
  let sum = 0;
  for (let flow = 0; flow < FLOW_COUNT; flow++) {
    if (flows === 'all' || flow !== FLOW.control) sum += at(counters, base + flow);
  }
  return sum;
}

/**
 * Fractions of a time span; they add up to 1. A TLP's time is divided between payload and the rest by their bytes.
 * @param span_ps length of the span, > 0. @param before the link counters at its start.
 */
export function linkShares(
  counters: Float64Array,
  before: Float64Array,
  links: number,
  span_ps: number,
): readonly LinkTimeShare[] {
  const shares: LinkTimeShare[] = [];
  for (let link = 0; link < links; link++) {
    for (const direction of DIRECTIONS) {
      const segment = link * 2 + direction;
      const spent = (field: number): number => {
        const place = segment * LINK_COUNTER_COUNT + field;
        return (at(counters, place) - at(before, place)) / span_ps;
      };
      const tlpBytes = spent(LINK_COUNTER.tlpBytes);
      const payloadShare = (payloadBytes(counters, segment, 'all') - payloadBytes(before, segment, 'all')) / span_ps;
      const tlps = spent(LINK_COUNTER.tlpBusy_ps);
      const payload = tlpBytes === 0 ? 0 : (tlps * payloadShare) / tlpBytes;
      const dllps = spent(LINK_COUNTER.dllpBusy_ps);
      const skip = spent(LINK_COUNTER.skpBusy_ps);
      const busy = tlps + dllps + skip;
      const creditStall = Math.min(spent(LINK_COUNTER.creditStall_ps), Math.max(0, 1 - busy));
      const idle = Math.max(0, 1 - busy - creditStall);
      shares.push({ link, direction, payload, headers: tlps - payload, dllps, skip, creditStall, idle });
    }
  }
  return shares;
}

/** The link one of whose directions was busiest, if any was busy at all. */
export function limitingLink(shares: readonly LinkTimeShare[]): number | undefined {
  const busy = ({ payload, headers, dllps, skip }: LinkTimeShare): number => payload + headers + dllps + skip;
  const [busiest] = [...shares].sort((a, b) => busy(b) - busy(a) || a.link - b.link);
  return busiest === undefined || busy(busiest) < NOTABLE_SHARE ? undefined : busiest.link;
}
