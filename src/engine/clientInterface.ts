/*
 * What the page sees of one machine. The same interface is served by a worker (client.ts), and in-process
 * for tests and where workers or shared memory are missing (inProcessClient.ts).
 */
import { MACHINE_COUNTER } from '../core/pcie/counters.ts';
import type { BootRecording } from '../core/pcie/bootRecording.ts';
import type { ErrorRecord, FaultSpec } from '../core/pcie/faults.ts';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { PeerVerdict } from '../core/pcie/verdict.ts';
import type { TopologyDocument, TransferSpec } from '../topology/document.ts';
import type { MemoryAccess } from './memoryClient.ts';
import type { Breakpoint, EngineEvent, MachineDescription, RunHistory, StepUnit, RunWay } from './protocol.ts';

export type { MemoryAccess } from './memoryClient.ts';

/** Read-only window on what the engine writes; valid from `load` to the next `load`. Never allocates. */
export interface MachineView {
  /** Doubles laid out by core/pcie/counters.ts. */
  readonly machineCounters: Float64Array;
  readonly linkCounters: Float64Array;
  readonly functionCounters: Float64Array;
  readonly memoryCounters: Float64Array;
  readonly flowCounters: Float64Array;
  /** Payload arrival and link load over simulated time. */
  readonly series: SeriesView;
  /** Hop records since the last call are passed to `visit` as (words, offset of the record's first word). @returns records lost so far. */
  drainHops(visit: (words: Float64Array, offset: number) => void): number;
  /**
   * Bytes of a memory as they are now; unwritten bytes read zero.
   * @returns false if the bytes are not at hand yet (not shared: asked for, call again).
   */
  readMemory(memory: number, offset: number, target: Uint8Array): boolean;
}

/**
 * Cumulative values in equal bins of simulated time; the bin width doubles when the bins are used up. The engine
 * writes while the page reads: reading `length` fixes the state that `bin_ps` and the values refer to.
 * Values are the job's payload; control traffic (descriptors, doorbells, interrupts) is not in them.
 */
export interface SeriesView {
  /** Width of one bin in picoseconds. */
  readonly bin_ps: number;
  /** Bins filled so far. */
  readonly length: number;
  /** Cumulative bytes at the end of bin `bin` (0 at the end of bin −1, where time begins): `arrived`, `memory` (read and written), or payload of a link direction. */
  arrived(bin: number): number;
  memory(bin: number): number;
  link(bin: number, link: number, direction: 0 | 1): number;
  /** Payload that flow has delivered. */
  flow(bin: number, flow: number): number;
  /** Cumulative bytes that DRAM has read and written, control traffic included; what the CPU's background load moved is apart. */
  dram(bin: number, what: 'dramRead' | 'dramWritten' | 'background'): number;
  /** Cumulative picoseconds: cores busy, all together; a direction of a link with a TLP, a free wire and too few credits. */
  cpuBusy(bin: number): number;
  creditStall(bin: number, link: number, direction: 0 | 1): number;
  /**
   * Credits or outstanding requests, by cell of core/pcie/occupancy.ts: samples, four in every bin and the last at its end.
   * `taken` is their mean and `mostTaken` the highest of them, which may miss what was shorter than between two samples.
   * Both are 0 for what never runs out.
   */
  taken(bin: number, cell: number): number;
  mostTaken(bin: number, cell: number): number;
  /** How much there is, by cell; Infinity = it never runs out, 0 = there is none. */
  readonly capacity: Float64Array;
}

const nothing = (): number => 0;

/** The series of a machine that has recorded nothing. */
export const EMPTY_SERIES: SeriesView = {
  bin_ps: 1,
  length: 0,
  arrived: nothing,
  memory: nothing,
  link: nothing,
  flow: nothing,
  dram: nothing,
  cpuBusy: nothing,
  creditStall: nothing,
  taken: nothing,
  mostTaken: nothing,
  capacity: new Float64Array(0),
};

export interface EngineClient {
  /** @returns the machine, or throws EngineFailure with the engine's diagnostics. */
  load(document: TopologyDocument, transfer: TransferSpec, way: RunWay, seed: number): Promise<MachineDescription>;
  readonly view: MachineView | undefined;
  /**
   * Let the machine run until this simulated time and no further (Infinity: as fast as possible). Returns at once.
   * While a `runUntil` waits for its answer it only takes note.
   */
  setTarget(at_ps: number): void;
  /** Stops the machine where it is. @returns simulated now. */
  pause(): Promise<number>;
  /** Pauses, then advances by one unit. @returns simulated now. */
  step(unit: StepUnit): Promise<number>;
  /**
   * Goes to an instant before or after now (at most to the end of the job) and pauses; after going back the machine is no
   * longer finished. @returns simulated now.
   */
  seek(at_ps: number): Promise<number>;
  /** Pauses, then goes back by one unit; at the start nothing happens. @returns simulated now. */
  stepBack(unit: StepUnit): Promise<number>;
  /** Replaces all breakpoints; hits come as `broke` events. */
  setBreakpoints(breakpoints: readonly Breakpoint[]): Promise<void>;
  /** How far the run can be gone back, and what keeping it costs. */
  history(): Promise<RunHistory>;
  /** Runs to that time (or to the end of the job, if earlier), then pauses. @returns simulated now. */
  runUntil(at_ps: number): Promise<number>;
  verdict(provider: NodeId, client: NodeId): Promise<PeerVerdict>;
  readConfig(node: NodeId): Promise<Uint8Array>;
  /** Boots a machine of its own, beside the one that is loaded, and tells all its software did before time 0. */
  enumeration(document: TopologyDocument, transfer: TransferSpec, way: RunWay, seed: number): Promise<BootRecording>;
  /** A configuration write of the running machine. @returns the configuration space after it. */
  writeConfig(node: NodeId, offset: number, bytes: 1 | 2 | 4, value: number): Promise<Uint8Array>;
  /** Breaks something now. @returns why it cannot be broken, or undefined if it was. */
  inject(fault: FaultSpec): Promise<string | undefined>;
  /** Looks into memories and changes them, as a debugger does. */
  readonly memory: MemoryAccess;
  /** Error records from a serial number on, as far as they are kept, and how many there were in all. */
  errors(from: number): Promise<{ readonly records: readonly ErrorRecord[]; readonly total: number }>;
  /** `finished`, `failed`, `broke` and `branched` events. @returns the way to stop listening. */
  listen(listener: (event: EngineEvent) => void): () => void;
  dispose(): void;
}

export type RateCounter = 'linkCounters' | 'functionCounters' | 'memoryCounters' | 'machineCounters';
type Counters = Pick<MachineView, RateCounter>;

/** Counters a moment before the instant a machine was taken to: nobody has watched it come, and rates need them. */
export interface PastCounters {
  readonly at_ps: number;
  readonly values: Readonly<Record<RateCounter, Float64Array>>;
}

/** By the machine's own counters, whoever shows them. */
const kept = new WeakMap<Float64Array, PastCounters>();

/** Remembers the counters as they are now. */
export function keepPast(view: Counters): void {
  const { linkCounters, functionCounters, memoryCounters, machineCounters } = view;
  kept.set(machineCounters, {
    at_ps: machineCounters[MACHINE_COUNTER.now_ps] ?? 0,
    values: {
      linkCounters: linkCounters.slice(),
      functionCounters: functionCounters.slice(),
      memoryCounters: memoryCounters.slice(),
      machineCounters: machineCounters.slice(),
    },
  });
}

/** What was remembered last; undefined if nothing was. */
export function pastOf(view: Pick<MachineView, 'machineCounters'>): PastCounters | undefined {
  return kept.get(view.machineCounters);
}
