/*
 * The machines that exist now. A race is two lanes built from one document: `direct` runs the transfer peer
 * to peer, `bounced` through host memory. A lane owns one engine client; what it knows is plain data in a
 * store, what changes while it runs stays in shared memory behind `view`.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Diagnostic } from '../base/diagnostic.ts';
import type { ErrorRecord, FaultSpec } from '../core/pcie/faults.ts';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { PeerVerdict } from '../core/pcie/verdict.ts';
import type { EngineClient, MachineView } from '../engine/clientInterface.ts';
import type { Breakpoint, EngineEvent, MachineDescription, RunHistory, RunReport, RunWay } from '../engine/protocol.ts';
import { MACHINE_COUNTER } from '../core/pcie/counters.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { HopTee } from './hopTee.ts';
import { RunReach } from './timeReach.ts';

/** The two machines of a race. */
export const RACE_LANES = ['direct', 'bounced'] as const;
/** `flows` runs the document's flows without the transfer. */
export const LANE_IDS = [...RACE_LANES, 'flows'] as const;
export type LaneId = (typeof LANE_IDS)[number];

export interface LaneFailure {
  readonly message: string;
  readonly diagnostics: readonly Diagnostic[];
  /** The engine itself stopped, as opposed to a machine that cannot be built. */
  readonly engineStopped: boolean;
}

export interface LaneState {
  readonly way: RunWay;
  readonly status: 'empty' | 'loading' | 'ready' | 'failed';
  readonly machine: MachineDescription | undefined;
  /** Counters and memory of the machine; hops must be read through `hops`. */
  readonly view: MachineView | undefined;
  readonly hops: HopTee | undefined;
  /** Present only while the machine stands at its end: one that has gone back is not finished. */
  readonly report: RunReport | undefined;
  readonly failure: LaneFailure | undefined;
  /** Why this lane does not go the way that was asked for: the planner's own words. */
  readonly instead: string | undefined;
}

export interface SessionState {
  readonly document: TopologyDocument | undefined;
  readonly lanes: Readonly<Record<LaneId, LaneState>>;
}

export interface SessionOptions {
  readonly makeClient: () => EngineClient;
  readonly seed: number;
  /** A run of this lane ended. */
  readonly onReport?: (lane: LaneId, report: RunReport) => void;
  /** A breakpoint has stopped this lane's machine. */
  readonly onBroke?: (lane: LaneId, hit: BreakEvent) => void;
  /** This lane's machine was changed by hand in its past. */
  readonly onBranched?: (lane: LaneId, at_ps: number) => void;
}

export type BreakEvent = Extract<EngineEvent, { readonly kind: 'broke' }>;

/** Code of a failure that is the document's fault, not the engine's. */
const DOCUMENT_REJECTED = 'DOCUMENT_REJECTED';

/** The plain message and the diagnostics of whatever a client threw. */
export function failureOf(thrown: unknown): LaneFailure {
  const fields: object = typeof thrown === 'object' && thrown !== null ? thrown : {};
  const diagnostics =
    'diagnostics' in fields && Array.isArray(fields.diagnostics) ? (fields.diagnostics as readonly Diagnostic[]) : [];
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { message, diagnostics, engineStopped: !('code' in fields && fields.code === DOCUMENT_REJECTED) };
}

function emptyLane(way: RunWay): LaneState {
  return {
    way,
    status: 'empty',
    machine: undefined,
    view: undefined,
    hops: undefined,
    report: undefined,
    failure: undefined,
    instead: undefined,
  };
}

interface LaneSlot {
  client: EngineClient | undefined;
  /** Increases with every load: answers to older ones are ignored. */
  generation: number;
  stopListening: (() => void) | undefined;
  reach: RunReach;
}

/** The instant a machine's counters show. After its job it runs on for a moment; the clock stops with the job. */
export function clockOf(view: MachineView | undefined): number {
  const now_ps = view?.machineCounters[MACHINE_COUNTER.now_ps] ?? 0;
  const finished_ps = view?.machineCounters[MACHINE_COUNTER.finished_ps] ?? 0;
  return finished_ps > 0 ? Math.min(now_ps, finished_ps) : now_ps;
}

export class Session {
  readonly store: StoreApi<SessionState>;
  readonly #options: SessionOptions;
  readonly #slots: Record<LaneId, LaneSlot>;

  constructor(options: SessionOptions) {
    this.#options = options;
    const slot = (): LaneSlot => ({
      client: undefined,
      generation: 0,
      stopListening: undefined,
      reach: new RunReach(),
    });
    this.#slots = { direct: slot(), bounced: slot(), flows: slot() };
    this.store = createStore<SessionState>()(() => ({
      document: undefined,
      lanes: { direct: emptyLane('p2p'), bounced: emptyLane('bounce'), flows: emptyLane('flows') },
    }));
  }

  lane(id: LaneId): LaneState {
    return this.store.getState().lanes[id];
  }

  /** The client of a lane whose machine stands. */
  client(id: LaneId): EngineClient | undefined {
    return this.lane(id).status === 'ready' ? this.#slots[id].client : undefined;
  }

  /** How far the run of a lane has been. */
  reach(id: LaneId): RunReach {
    return this.#slots[id].reach;
  }

  /** No load is under way. */
  get settled(): boolean {
    return LANE_IDS.every((id) => this.lane(id).status !== 'loading');
  }

  /**
   * Builds the machine of a lane anew: at time 0, nothing moved. Failures become the lane's state.
   * @param instead why this way and not the one that was asked for.
   */
  async load(id: LaneId, document: TopologyDocument, way: RunWay, instead?: string): Promise<void> {
    const slot = this.#slots[id];
    const generation = (slot.generation += 1);
    if (this.store.getState().document !== document) this.store.setState({ document });
    this.#set(id, { ...emptyLane(way), status: 'loading', instead });
    try {
      const client = this.#clientOf(id);
      const machine = await client.load(document, document.transfer, way, this.#options.seed);
      if (slot.generation === generation) this.#ready(id, machine, client.view);
    } catch (thrown) {
      if (slot.generation === generation) this.#fail(id, failureOf(thrown));
    }
  }

  /** Throws the machine of a lane away. */
  clear(id: LaneId, way: RunWay): void {
    this.#slots[id].generation += 1;
    this.#set(id, emptyLane(way));
  }

  /**
   * Waits for the answer to a command. One that is overtaken by a newer machine has none; an engine that breaks
   * becomes the state of its lane.
   */
  async command(id: LaneId, perform: () => Promise<number>): Promise<number | undefined> {
    const slot = this.#slots[id];
    const { generation } = slot;
    try {
      return await perform();
    } catch (thrown) {
      if (slot.generation === generation) {
        slot.generation += 1;
        this.#fail(id, { ...failureOf(thrown), engineStopped: true });
      }
      return undefined;
    }
  }

  /**
   * The same for a command that may take a machine back: records and result follow where it goes.
   * @param leavesEnd whatever the clock says: it may go back by an event of the same instant.
   */
  async travel(id: LaneId, perform: () => Promise<number>, leavesEnd = false): Promise<number | undefined> {
    const { hops } = this.lane(id);
    hops?.leave();
    const now_ps = await this.command(id, perform);
    if (now_ps === undefined || this.lane(id).hops !== hops) return undefined;
    const { view } = this.lane(id);
    hops?.arrive(clockOf(view));
    this.#reviseReport(id, view?.machineCounters[MACHINE_COUNTER.now_ps] ?? 0, leavesEnd);
    return now_ps;
  }

  /** A result belongs to the end of the run: away from it there is none. */
  #reviseReport(id: LaneId, machine_ps: number, leavesEnd: boolean): void {
    const report = leavesEnd ? undefined : this.reach(id).reportAt(machine_ps);
    if (report !== this.lane(id).report) this.#set(id, { ...this.lane(id), report });
  }

  /** Replaces the breakpoints of a lane's machine. */
  setBreakpoints(id: LaneId, breakpoints: readonly Breakpoint[]): Promise<void> {
    return this.#ask(id, (engine) => engine.setBreakpoints(breakpoints));
  }

  /** How far a lane's machine can be gone back, and what keeping it costs. */
  history(id: LaneId): Promise<RunHistory> {
    return this.#ask(id, (engine) => engine.history());
  }

  /** Policy and route of any pair, as this machine's software and hardware see it. */
  verdict(id: LaneId, provider: NodeId, client: NodeId): Promise<PeerVerdict> {
    return this.#ask(id, (engine) => engine.verdict(provider, client));
  }

  /** Breaks something in a lane's machine now. @returns why it cannot be broken, or undefined if it was. */
  inject(id: LaneId, fault: FaultSpec): Promise<string | undefined> {
    return this.#ask(id, (engine) => engine.inject(fault));
  }

  /** Error records of a lane's machine from a serial number on, and how many there were in all. */
  errors(id: LaneId, from: number): Promise<{ readonly records: readonly ErrorRecord[]; readonly total: number }> {
    return this.#ask(id, (engine) => engine.errors(from));
  }

  /** The configuration space of one function of a lane's machine, as the hardware holds it now. */
  readConfig(id: LaneId, node: NodeId): Promise<Uint8Array> {
    return this.#ask(id, (engine) => engine.readConfig(node));
  }

  /** Software of a lane's machine writes a register. @returns the configuration space after it. */
  writeConfig(id: LaneId, node: NodeId, offset: number, bytes: 1 | 2 | 4, value: number): Promise<Uint8Array> {
    return this.#ask(id, (engine) => engine.writeConfig(node, offset, bytes, value));
  }

  /** Hands over what crossed links while a machine that stands was changed: it has said by now that this is another run. */
  async handOver(id: LaneId): Promise<void> {
    const engine = this.client(id);
    if (engine !== undefined) await this.command(id, () => engine.pause());
  }

  #ask<T>(id: LaneId, question: (engine: EngineClient) => Promise<T>): Promise<T> {
    const engine = this.client(id);
    return engine === undefined ? Promise.reject(new Error('no machine is loaded')) : question(engine);
  }

  dispose(): void {
    for (const id of LANE_IDS) this.#drop(id);
  }

  #set(id: LaneId, lane: LaneState): void {
    this.store.setState((state) => ({ lanes: { ...state.lanes, [id]: lane } }));
  }

  #ready(id: LaneId, machine: MachineDescription, view: MachineView | undefined): void {
    const tee = view === undefined ? undefined : new HopTee(view, machine.links.length * 2);
    this.#slots[id].reach = new RunReach();
    this.#set(id, { ...this.lane(id), status: 'ready', machine, view, hops: tee });
  }

  #fail(id: LaneId, failure: LaneFailure): void {
    if (failure.engineStopped) this.#drop(id);
    this.#set(id, { ...this.lane(id), status: 'failed', view: undefined, hops: undefined, failure });
  }

  #drop(id: LaneId): void {
    const slot = this.#slots[id];
    slot.stopListening?.();
    slot.client?.dispose();
    slot.client = undefined;
    slot.stopListening = undefined;
  }

  #clientOf(id: LaneId): EngineClient {
    const slot = this.#slots[id];
    if (slot.client === undefined) {
      const client = this.#options.makeClient();
      slot.client = client;
      slot.stopListening = client.listen((event) => this.#onEvent(id, event));
    }
    return slot.client;
  }

  #onEvent(id: LaneId, event: EngineEvent): void {
    if (event.kind === 'finished' && this.lane(id).status === 'ready') {
      const { view } = this.lane(id);
      this.reach(id).ended(event.report, view?.machineCounters[MACHINE_COUNTER.now_ps] ?? 0, clockOf(view));
      this.#set(id, { ...this.lane(id), report: event.report });
      this.#options.onReport?.(id, event.report);
    }
    if (event.kind === 'broke') this.#options.onBroke?.(id, event);
    if (event.kind === 'branched') {
      this.reach(id).branched(event.at_ps);
      this.lane(id).hops?.branch(event.at_ps);
      this.#reviseReport(id, event.at_ps, true);
      this.#options.onBranched?.(id, event.at_ps);
    }
    // Failures that answer a request reject its promise; this one has no request: the engine is gone.
    if (event.kind === 'failed' && event.requestId === undefined) {
      this.#slots[id].generation += 1;
      this.#fail(id, { message: event.message, diagnostics: event.diagnostics, engineStopped: true });
    }
  }
}
