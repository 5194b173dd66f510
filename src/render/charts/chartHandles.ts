/*
 * What the page asks of charts. Each owns its container, subscribes to the one frame loop, reads shared
 * memory itself, and brings a table with the same figures for assistive technology.
 */
import type { MachineView, SeriesView } from '../../engine/clientInterface.ts';
import type { LinkTimeShare, RunWay } from '../../engine/protocol.ts';

/** The colour and pattern family of what a track, bar or segment stands for. */
export type ChartFlow = 'p2p' | 'bounce' | 'completion' | 'neutral';

/** One track: payload bytes per second at one place of the machine. */
export interface ThroughputTrack {
  /** Stable between two calls of `setTracks`. */
  readonly id: string;
  /** `nic0`, `Uplink`, `DRAM` */
  readonly label: string;
  readonly direction: 'up' | 'down' | 'both' | undefined;
  readonly flow: ChartFlow;
  /** Cumulative bytes at the end of a bin. */
  readonly read: (series: SeriesView, bin: number) => number;
  /** What the place can carry, bytes per second: the dotted line; also the scale of the track. */
  readonly limitBytesPerSecond: number | undefined;
}

export interface ThroughputChartOptions {
  /** Accessible name. */
  readonly label: string;
  /** Four tracks with labels and figures above the dock, or one low track below a race scene. */
  readonly variant: 'dock' | 'strip';
  /** Pixels for names and figures left of the tracks. Default: by the variant. */
  readonly labelRoomPx?: number;
}

export interface ThroughputChartHandle {
  /** The drawing as it is now, for files. */
  readonly svg: SVGSVGElement;
  setTracks(tracks: readonly ThroughputTrack[]): void;
  setView(view: MachineView | undefined): void;
  /** The instant of the playhead, picoseconds; read once a frame. */
  setClock(now_ps: () => number): void;
  /** An instant somebody computed (the end of a finished run, of the other machine); undefined = none is drawn. */
  setMark(mark: { readonly at_ps: number; readonly label: string } | undefined): void;
  setReducedMotion(reduced: boolean): void;
  dispose(): void;
}
export type CreateThroughputChart = (container: HTMLElement, options: ThroughputChartOptions) => ThroughputChartHandle;

/** One machine of a race. */
export interface RaceLane {
  /** `P2P`, `Bounce` */
  readonly label: string;
  readonly way: RunWay;
  readonly view: MachineView | undefined;
}

export interface RaceProgressHandle {
  /** @param totalBytes the size of the job: the right end of the scale. */
  setLanes(lanes: readonly RaceLane[], totalBytes: number): void;
  setReducedMotion(reduced: boolean): void;
  dispose(): void;
}
/** Bars of arrived bytes on one scale. */
export type CreateRaceProgress = (container: HTMLElement, options: { readonly label: string }) => RaceProgressHandle;

/** One bar: how a direction of a link spent its time. */
export interface TimeShareRow {
  readonly label: string;
  readonly way: RunWay;
  readonly share: LinkTimeShare;
  /** What the whole bar stands for, bytes per second. */
  readonly bytesPerSecond: number;
}

export interface TimeShareHandle {
  setRows(rows: readonly TimeShareRow[]): void;
  dispose(): void;
}
/** Stacked bars: payload, headers (hatched), DLLPs and skip sets, credit stall, idle. */
export type CreateTimeShareBars = (
  container: HTMLElement,
  options: {
    readonly label: string;
    /** `figures`: with the list of parts and GB/s under the bars. `bars`: the bars alone (the table stays for assistive technology). */
    readonly variant: 'figures' | 'bars';
  },
) => TimeShareHandle;
