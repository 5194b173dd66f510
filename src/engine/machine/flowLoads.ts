/*
 * What the links did while a flow ran: their counters at its begin and at its end.
 */
import { at } from '../../base/invariant.ts';
import { LINK_COUNTER, LINK_COUNTER_COUNT, MACHINE_COUNTER } from '../../core/pcie/counters.ts';
import type { Hardware } from '../../core/models/hardware.ts';

/** Counters at one instant. */
export interface LoadMark {
  readonly at_ps: number;
  /** Layout LINK_COUNTER, of links only. */
  readonly links: Float64Array;
  /** Layout MEMORY_COUNTER. */
  readonly memory: Float64Array;
  /** Bytes moved by the load that cores put on memory. */
  readonly backgroundBytes: number;
  /** IOTLB misses. */
  readonly walks: number;
}

/** Counters around one flow; undefined = it has not come so far. */
export interface FlowLoad {
  begun: LoadMark | undefined;
  ended: LoadMark | undefined;
}

const BUSY = [
  LINK_COUNTER.tlpBusy_ps,
  LINK_COUNTER.dllpBusy_ps,
  LINK_COUNTER.skpBusy_ps,
  LINK_COUNTER.replayBusy_ps,
] as const;

export class FlowLoads {
  private readonly _hardware: Hardware;
  /** Begin of the first flow, and the latest end of one. */
  readonly whole: FlowLoad = { begun: undefined, ended: undefined };

  constructor(hardware: Hardware) {
    this._hardware = hardware;
  }

  add(): FlowLoad {
    return { begun: undefined, ended: undefined };
  }

  /** The flow begins or ends at this instant. */
  mark(load: FlowLoad, phase: 'begun' | 'ended'): void {
    const mark = this.take();
    load[phase] = mark;
    if (phase === 'ended') this.whole.ended = mark;
    else this.whole.begun ??= mark;
  }

  take(): LoadMark {
    const hardware = this._hardware;
    hardware.settleCounters();
    const { linkCounters, links, now_ps } = hardware;
    return {
      at_ps: now_ps,
      links: linkCounters.slice(0, links.length * 2 * LINK_COUNTER_COUNT),
      memory: hardware.memoryCounters.slice(),
      backgroundBytes: at(hardware.machineCounters, MACHINE_COUNTER.backgroundBytes),
      walks: hardware.iommu?.counters.misses ?? 0,
    };
  }
}

/** Shares of the time between two marks that a direction of a link was sending, and that TLPs waited there for credits. */
export function segmentLoad(
  begun: LoadMark,
  ended: LoadMark,
  segment: number,
): { readonly busy: number; readonly stall: number } {
  const span_ps = Math.max(1, ended.at_ps - begun.at_ps);
  const spent = (field: number): number => {
    const place = segment * LINK_COUNTER_COUNT + field;
    return (at(ended.links, place) - at(begun.links, place)) / span_ps;
  };
  return { busy: BUSY.reduce((sum, field) => sum + spent(field), 0), stall: spent(LINK_COUNTER.creditStall_ps) };
}
