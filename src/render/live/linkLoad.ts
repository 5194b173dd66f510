/*
 * The load of each direction of each link, as the labels print it: bytes on the wire, their share of what the
 * link can carry, and whose bytes they are.
 */
import { LINK_COUNTER, LINK_COUNTER_COUNT } from '../../core/pcie/counters.ts';
import { FLOW } from '../../core/pcie/tlp.ts';
import type { LinkDescription } from '../../engine/protocol.ts';
import type { RateWindow } from './rateWindow.ts';

export type FlowClass = 'p2p' | 'bounce' | 'neutral';

export interface DirectionLoad {
  wireBytesPerSecond: number;
  /** 0…1 */
  fraction: number;
  flow: FlowClass;
  /** Payload of the job, all flows but control. */
  payloadBytesPerSecond: number;
  tlpsPerSecond: number;
}

export interface LinkLoad {
  readonly link: LinkDescription;
  /** Downstream, upstream. */
  readonly directions: readonly [DirectionLoad, DirectionLoad];
}

function idle(): DirectionLoad {
  return { wireBytesPerSecond: 0, fraction: 0, flow: 'neutral', payloadBytesPerSecond: 0, tlpsPerSecond: 0 };
}

/** Loads of all links, without any load yet. */
export function idleLoads(links: readonly LinkDescription[]): readonly LinkLoad[] {
  return links.map((link) => ({ link, directions: [idle(), idle()] as const }));
}

/** Brings the loads up to the window's state. */
export function updateLoads(loads: readonly LinkLoad[], rates: RateWindow): void {
  for (const { link, directions } of loads) {
    directions.forEach((load, direction) => {
      const base = (link.index * 2 + direction) * LINK_COUNTER_COUNT;
      const rate = (field: number): number => rates.perSecond('linkCounters', base + field);
      const p2p = rate(LINK_COUNTER.payload + FLOW.p2p);
      const bounce = rate(LINK_COUNTER.payload + FLOW.bounceIn) + rate(LINK_COUNTER.payload + FLOW.bounceOut);
      // A TLP counts in full when it starts: at most one of them is not yet all on the wire.
      const counted = rate(LINK_COUNTER.tlpBytes) + rate(LINK_COUNTER.dllpBytes);
      load.wireBytesPerSecond = Math.min(counted, link.bytesPerSecond);
      load.fraction = link.bytesPerSecond > 0 ? Math.min(1, load.wireBytesPerSecond / link.bytesPerSecond) : 0;
      load.flow = p2p === 0 && bounce === 0 ? 'neutral' : p2p >= bounce ? 'p2p' : 'bounce';
      load.payloadBytesPerSecond = p2p + bounce;
      load.tlpsPerSecond = rate(LINK_COUNTER.tlps);
    });
  }
}

export interface LimitPlace {
  readonly link: number;
  readonly direction: number;
}

/** A link that carries this share of what it can is full. */
const FULL_FRACTION = 0.95;
/** What has the chip keeps it until another is fuller by this much: two links of one path are equally full. */
const KEEP_MARGIN = 0.01;

/** The direction that limits: the fullest of those that are full; undefined if none is. */
export function limitingDirection(loads: readonly LinkLoad[], before: LimitPlace | undefined): LimitPlace | undefined {
  let best: LimitPlace | undefined;
  let bestFraction = FULL_FRACTION;
  for (const { link, directions } of loads) {
    for (const direction of [1, 0] as const) {
      const isBefore = before?.link === link.index && before.direction === direction;
      const fraction = directions[direction].fraction + (isBefore ? KEEP_MARGIN : 0);
      if (directions[direction].fraction < FULL_FRACTION || fraction <= bestFraction) continue;
      best = { link: link.index, direction };
      bestFraction = fraction;
    }
  }
  return best;
}
