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
 * Fractions of a time span; they add up to 1. The time of TLPs is divided between payload, headers and framing by their
 * bytes. A TLP that has begun counts whole, so a short span may seem to hold a little more than it does: then all that
 * was sent is scaled down to it.
 * @param after the link counters at its end. @param before those at its start. @param span_ps its length, > 0.
 */
export function linkShares(
  after: Float64Array,
  before: Float64Array,
  links: number,
  span_ps: number,
): readonly LinkTimeShare[] {
  const shares: LinkTimeShare[] = [];
  for (let link = 0; link < links; link++) {
    for (const direction of DIRECTIONS) shares.push(directionShare(after, before, { link, direction }, span_ps));
  }
  return shares;
}

function directionShare(
  after: Float64Array,
  before: Float64Array,
  { link, direction }: { readonly link: number; readonly direction: 0 | 1 },
  span_ps: number,
): LinkTimeShare {
  const segment = link * 2 + direction;
  const spent = (field: number): number => {
    const place = segment * LINK_COUNTER_COUNT + field;
    return (at(after, place) - at(before, place)) / span_ps;
  };
  const sent = [LINK_COUNTER.tlpBusy_ps, LINK_COUNTER.dllpBusy_ps, LINK_COUNTER.skpBusy_ps, LINK_COUNTER.replayBusy_ps];
  const scale =
    1 /
    Math.max(
      1,
      sent.reduce((sum, field) => sum + spent(field), 0),
    );
  const tlps = spent(LINK_COUNTER.tlpBusy_ps) * scale;
  const perByte = spent(LINK_COUNTER.tlpBytes) === 0 ? 0 : tlps / spent(LINK_COUNTER.tlpBytes);
  const payload = ((payloadBytes(after, segment, 'all') - payloadBytes(before, segment, 'all')) / span_ps) * perByte;
  const framing = spent(LINK_COUNTER.framingBytes) * perByte;
  const headers = tlps - payload - framing;
  const dllps = spent(LINK_COUNTER.dllpBusy_ps) * scale;
  const skip = spent(LINK_COUNTER.skpBusy_ps) * scale;
  const replay = spent(LINK_COUNTER.replayBusy_ps) * scale;
  const free = Math.max(0, 1 - tlps - dllps - skip - replay);
  const creditStall = Math.min(spent(LINK_COUNTER.creditStall_ps), free);
  return { link, direction, payload, headers, framing, dllps, skip, replay, creditStall, idle: free - creditStall };
}

/** The link one of whose directions was busiest, if any was busy at all. */
export function limitingLink(shares: readonly LinkTimeShare[]): number | undefined {
  const busy = ({ creditStall, idle }: LinkTimeShare): number => 1 - creditStall - idle;
  const [busiest] = [...shares].sort((a, b) => busy(b) - busy(a) || a.link - b.link);
  return busiest === undefined || busy(busiest) < NOTABLE_SHARE ? undefined : busiest.link;
}
