/* Test doubles of this folder: a machine that reaches every target at a set speed, and an engine around it. */
import { MACHINE_COUNTER, MACHINE_COUNTER_COUNT } from '../core/pcie/counters.ts';
import type { ErrorRecord } from '../core/pcie/faults.ts';
import { EMPTY_SERIES, type EngineClient, type MachineView, type MemoryAccess } from '../engine/clientInterface.ts';
import type {
  Breakpoint,
  EngineEvent,
  MachineDescription,
  RunHistory,
  RunPlace,
  RunReport,
  RunWay,
} from '../engine/protocol.ts';
import type { TopologyDocument, TransferSpec } from '../topology/document.ts';
import type { Runner } from './player.ts';

/** A machine whose job ends at `end_ps` and that advances at most `most_ps` each time it is let run. */
export class FakeRunner implements Runner {
  now_ps = 0;
  target_ps = 0;
  /** Every seek and step back so far. */
  readonly travels: number[] = [];
  readonly end_ps: number;
  readonly most_ps: number;
  /** Smallest simulated time between two TLPs. */
  readonly tlp_ps = 1000;

  constructor(end_ps: number, most_ps = Infinity) {
    this.end_ps = end_ps;
    this.most_ps = most_ps;
  }

  get done(): boolean {
    return this.now_ps >= this.end_ps;
  }

  get furthest_ps(): number {
    return Math.max(this.now_ps, this.#furthest_ps);
  }

  setTarget(at_ps: number): void {
    this.target_ps = at_ps;
  }

  /** What the engine does between two frames. */
  run(): void {
    this.now_ps = Math.min(this.end_ps, Math.max(this.now_ps, Math.min(this.target_ps, this.now_ps + this.most_ps)));
  }

  pause(): Promise<number> {
    this.target_ps = this.now_ps;
    return Promise.resolve(this.now_ps);
  }

  step(): Promise<number> {
    this.now_ps = Math.min(this.end_ps, this.now_ps + this.tlp_ps);
    return Promise.resolve(this.now_ps);
  }

  runUntil(at_ps: number): Promise<number> {
    this.now_ps = Math.min(this.end_ps, Math.max(this.now_ps, at_ps));
    return Promise.resolve(this.now_ps);
  }

  async seek(at_ps: number): Promise<number> {
    this.travels.push(at_ps);
    await this.beforeTravel();
    this.#furthest_ps = this.furthest_ps;
    this.now_ps = Math.min(this.end_ps, at_ps);
    this.target_ps = this.now_ps;
    return this.now_ps;
  }

  /** To the last place of a TLP before now. */
  stepBack(): Promise<number> {
    return this.seek(Math.max(0, (Math.ceil(this.now_ps / this.tlp_ps) - 1) * this.tlp_ps));
  }

  /** What a test makes travels wait for. */
  beforeTravel: () => Promise<void> = () => Promise.resolve();
  #furthest_ps = 0;
}

/** A description with nothing in it. */
export function emptyMachine(way: RunWay, change: Partial<MachineDescription> = {}): MachineDescription {
  return {
    functions: [],
    links: [],
    memories: [],
    diagnostics: [],
    plan: { way, legs: [], refused: undefined },
    destination: undefined,
    verdict: undefined,
    ...change,
  };
}

/** A finished run of 64 MiB in 5 ms, with what the test changes. */
export function finishedReport(change: Partial<RunReport> = {}): RunReport {
  return {
    way: 'p2p',
    outcome: 'finished',
    reason: undefined,
    bytes: 2 ** 26,
    duration_ps: 5e9,
    firstByte_ps: 250_000,
    throughputBytesPerSecond: 2 ** 26 / 5e-3,
    uplink: { link: 0, upBytes: 0, downBytes: 0 },
    memoryWrittenBytes: 0,
    memoryReadBytes: 0,
    cpuBusy_ps: 0,
    interrupts: 1,
    tlps: 262_144,
    events: 1_000_000,
    links: [],
    limitingLink: undefined,
    sourceCrc32: 1,
    destinationCrc32: 1,
    checks: [],
    traceHash: '0123456789abcdef',
    ...change,
  };
}

/** A window on a machine that does nothing. */
export function stillView(): MachineView {
  return {
    machineCounters: new Float64Array(MACHINE_COUNTER_COUNT),
    linkCounters: new Float64Array(0),
    functionCounters: new Float64Array(0),
    memoryCounters: new Float64Array(0),
    flowCounters: new Float64Array(0),
    series: EMPTY_SERIES,
    drainHops: () => 0,
    readMemory: () => true,
  };
}

const noMemory = (): Promise<never> => Promise.reject(new Error('the fake engine has no memory'));

type Load = (document: TopologyDocument, transfer: TransferSpec, way: RunWay) => Promise<MachineDescription>;

/** The end of a fake engine's job. */
export const FAKE_END_PS = 1_000_000;
const FAKE_STEP_PS = 1000;

/**
 * An engine whose machine reaches its target at once and finishes at 1 µs; it can be taken back, runs on from there and
 * finishes again, and stops at breakpoints of time.
 */
export class FakeEngine implements EngineClient {
  view: MachineView | undefined;
  disposed = false;
  readonly loads: RunWay[] = [];
  breakpoints: readonly Breakpoint[] = [];
  readonly #load: Load;
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  #way: RunWay = 'p2p';
  #furthest_ps = 0;

  constructor(load: Load = (_document, _transfer, way) => Promise.resolve(emptyMachine(way))) {
    this.#load = load;
  }

  async load(document: TopologyDocument, transfer: TransferSpec, way: RunWay): Promise<MachineDescription> {
    this.loads.push(way);
    this.#way = way;
    this.#furthest_ps = 0;
    this.view = stillView();
    return this.#load(document, transfer, way);
  }

  setTarget(at_ps: number): void {
    const was_ps = this.#now();
    const stop = this.#stopBetween(was_ps, at_ps);
    this.#stand(Math.max(was_ps, Math.min(FAKE_END_PS, stop?.at_ps ?? at_ps)));
    if (stop !== undefined) {
      this.emit({ kind: 'broke', breakpoint: stop.id, what: 'the instant was reached', now_ps: stop.at_ps });
    }
    if (was_ps < FAKE_END_PS && this.#now() >= FAKE_END_PS) {
      this.emit({ kind: 'finished', report: finishedReport({ way: this.#way }) });
    }
  }

  emit(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #stopBetween(from_ps: number, to_ps: number): { readonly id: string; readonly at_ps: number } | undefined {
    return this.breakpoints
      .flatMap(({ id, isEnabled, when }) =>
        isEnabled && when.kind === 'time' && when.at_ps > from_ps && when.at_ps <= to_ps
          ? [{ id, at_ps: when.at_ps }]
          : [],
      )
      .toSorted((a, b) => a.at_ps - b.at_ps)[0];
  }

  #now(): number {
    return this.view?.machineCounters[MACHINE_COUNTER.now_ps] ?? 0;
  }

  #stand(now_ps: number): void {
    const counters = this.view?.machineCounters;
    if (counters === undefined) return;
    counters[MACHINE_COUNTER.now_ps] = now_ps;
    counters[MACHINE_COUNTER.finished_ps] = now_ps >= FAKE_END_PS ? FAKE_END_PS : 0;
    this.#furthest_ps = Math.max(this.#furthest_ps, now_ps);
  }

  pause(): Promise<number> {
    return Promise.resolve(this.#now());
  }

  step(): Promise<number> {
    this.setTarget(this.#now() + FAKE_STEP_PS);
    return this.pause();
  }

  runUntil(at_ps: number): Promise<number> {
    this.setTarget(at_ps);
    return this.pause();
  }

  seek(at_ps: number): Promise<number> {
    if (at_ps < this.#now()) this.#stand(at_ps);
    return this.runUntil(at_ps);
  }

  stepBack(): Promise<number> {
    return this.seek(Math.max(0, this.#now() - FAKE_STEP_PS));
  }

  setBreakpoints(breakpoints: readonly Breakpoint[]): Promise<void> {
    this.breakpoints = breakpoints;
    return Promise.resolve();
  }

  history(): Promise<RunHistory> {
    const at = (now_ps: number): RunPlace => ({ now_ps, events: 0, hops: 0 });
    return Promise.resolve({
      place: at(this.#now()),
      furthest: at(this.#furthest_ps),
      checkpoints: 1,
      keptBytes: 1024,
      budgetBytes: 4096,
      changes: [],
    });
  }

  verdict(): Promise<never> {
    return Promise.reject(new Error('the fake engine knows no verdicts'));
  }

  enumeration(): Promise<never> {
    return Promise.reject(new Error('the fake engine enumerates nothing'));
  }

  readConfig(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(64));
  }

  writeConfig(): Promise<Uint8Array> {
    return this.readConfig();
  }

  inject(): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }

  readonly memory: MemoryAccess = {
    read: noMemory,
    write: noMemory,
    fill: noMemory,
    search: noMemory,
    compare: noMemory,
    nameAddress: noMemory,
  };

  errors(): Promise<{ readonly records: readonly ErrorRecord[]; readonly total: number }> {
    return Promise.resolve({ records: [], total: 0 });
  }

  listen(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  dispose(): void {
    this.disposed = true;
    this.#listeners.clear();
  }
}
