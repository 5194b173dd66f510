import { at, invariant } from '../base/invariant.ts';
import type { BootRecording } from '../core/pcie/bootRecording.ts';
import type { ErrorRecord, FaultSpec } from '../core/pcie/faults.ts';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { PeerVerdict } from '../core/pcie/verdict.ts';
import { SparseMemoryReader } from '../core/sim/sparseMemoryReader.ts';
import type { TopologyDocument, TransferSpec } from '../topology/document.ts';
import type { EngineClient, MachineView } from './clientInterface.ts';
import { EngineFailure, FAILURE_CODE } from './engineFailure.ts';
import type { EnginePort, OpenPort } from './enginePort.ts';
import { SharedMachineView } from './machineView.ts';
import type { ReadMemory } from './machineView.ts';
import { type MemoryAccess, MemoryClient } from './memoryClient.ts';
import type {
  Breakpoint,
  EngineCommand,
  EngineEvent,
  MachineDescription,
  RunHistory,
  RunWay,
  SharedMemory,
  StepUnit,
} from './protocol.ts';
import { RemoteMemory } from './remoteMemory.ts';
import { checkShared, int32Cells, int64Cells, PLAY_STATE, storeTarget } from './sharedLayout.ts';
import { SnapshotReader } from './snapshotReader.ts';

/** What the engine says by itself. */
const HEARD: ReadonlySet<EngineEvent['kind']> = new Set(['finished', 'failed', 'broke', 'branched']);

/** A command that waits for its answer. */
interface Pending {
  readonly accept: (answer: EngineEvent) => void;
  readonly reject: (reason: unknown) => void;
}

/** What the client keeps of the machine that is loaded. */
interface Loaded {
  readonly view: MachineView;
  /** Of the memory the engine reads: its own, or our copy, where target and play state have no effect. */
  readonly target: BigInt64Array;
  readonly playState: Int32Array;
  /** Of the machine's memories, where they are shared. */
  readonly readers: readonly SparseMemoryReader[];
  readonly snapshots: SnapshotReader | undefined;
  /** Copies of memory, where it is not shared. */
  readonly remote: RemoteMemory | undefined;
}

/**
 * The page's end of the protocol over any {@link EnginePort}. The engine is started with the first load, and
 * again with the next load after it was lost.
 */
export class MessageClient implements EngineClient {
  readonly #open: OpenPort;
  readonly #keepsHistory: boolean;
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  readonly #pending = new Map<number, Pending>();
  readonly memory: MemoryAccess = new MemoryClient(
    (command, answer) => this.#request(command, answer),
    () => this.#loaded?.remote?.forget(),
  );
  #port: Promise<EnginePort> | undefined;
  #live: EnginePort | undefined;
  #loaded: Loaded | undefined;
  #lastRequest = 0;
  /** Number of the load that counts; older ones, and their events, are superseded. */
  #generation = 0;
  /** The engine follows our target, as far as we know. */
  #following = false;
  #wanted_ps: number | undefined;

  /** @param keepsHistory false for machines that never go back: they run a little faster. */
  constructor(open: OpenPort, keepsHistory = true) {
    this.#open = open;
    this.#keepsHistory = keepsHistory;
  }

  get view(): MachineView | undefined {
    return this.#loaded?.view;
  }

  async load(
    document: TopologyDocument,
    transfer: TransferSpec,
    way: RunWay,
    seed: number,
  ): Promise<MachineDescription> {
    this.#forget('A newer machine was loaded.');
    const generation = this.#generation;
    const port = await this.#connect();
    if (generation !== this.#generation) throw superseded('A newer machine was loaded.');
    return this.#request(
      (requestId) => ({
        kind: 'load',
        requestId,
        document,
        transfer,
        way,
        seed,
        shared: port.sharesMemory,
        history: this.#keepsHistory,
      }),
      (event) => {
        if (event.kind !== 'loaded') return undefined;
        this.#loaded = this.#take(event.machine, event.memory, port);
        if (this.#wanted_ps !== undefined) this.setTarget(this.#wanted_ps);
        return event.machine;
      },
    );
  }

  setTarget(at_ps: number): void {
    this.#wanted_ps = at_ps;
    const loaded = this.#loaded;
    const port = this.#live;
    if (loaded === undefined || port === undefined) return;
    if (!port.sharesMemory) {
      port.post({ kind: 'target', requestId: this.#nextRequest(), at_ps });
      port.post({ kind: 'play', requestId: this.#nextRequest() });
      return;
    }
    // Target first, play state second; the engine parks in the opposite order (runLoop.ts).
    storeTarget(loaded.target, at_ps);
    const parked = Atomics.load(loaded.playState, 0) === PLAY_STATE.parked;
    if (parked || !this.#following) port.post({ kind: 'play', requestId: this.#nextRequest() });
    this.#following = true;
  }

  async pause(): Promise<number> {
    return this.#halt((requestId) => ({ kind: 'pause', requestId }));
  }

  async step(unit: StepUnit): Promise<number> {
    return this.#halt((requestId) => ({ kind: 'step', requestId, unit }));
  }

  async seek(at_ps: number): Promise<number> {
    return this.#halt((requestId) => ({ kind: 'seek', requestId, at_ps }));
  }

  async stepBack(unit: StepUnit): Promise<number> {
    return this.#halt((requestId) => ({ kind: 'stepBack', requestId, unit }));
  }

  async setBreakpoints(breakpoints: readonly Breakpoint[]): Promise<void> {
    await this.#request(
      (requestId) => ({ kind: 'breakpoints', requestId, breakpoints }),
      (event) => (event.kind === 'paused' ? event : undefined),
    );
  }

  async history(): Promise<RunHistory> {
    return this.#request(
      (requestId) => ({ kind: 'history', requestId }),
      (event) => (event.kind === 'history' ? event.history : undefined),
    );
  }

  async runUntil(at_ps: number): Promise<number> {
    return this.#halt((requestId) => ({ kind: 'runUntil', requestId, at_ps }));
  }

  async verdict(provider: NodeId, client: NodeId): Promise<PeerVerdict> {
    return this.#request(
      (requestId) => ({ kind: 'verdict', requestId, provider, client }),
      (event) => (event.kind === 'verdict' ? event.verdict : undefined),
    );
  }

  async enumeration(
    document: TopologyDocument,
    transfer: TransferSpec,
    way: RunWay,
    seed: number,
  ): Promise<BootRecording> {
    await this.#connect();
    return this.#request(
      (requestId) => ({ kind: 'enumeration', requestId, document, transfer, way, seed }),
      (event) => (event.kind === 'enumeration' ? event.recording : undefined),
    );
  }

  async readConfig(node: NodeId): Promise<Uint8Array> {
    return this.#request(
      (requestId) => ({ kind: 'readConfig', requestId, node }),
      (event) => (event.kind === 'config' ? event.bytes : undefined),
    );
  }

  async writeConfig(node: NodeId, offset: number, bytes: 1 | 2 | 4, value: number): Promise<Uint8Array> {
    return this.#request(
      (requestId) => ({ kind: 'writeConfig', requestId, node, offset, bytes, value }),
      (event) => (event.kind === 'config' ? event.bytes : undefined),
    );
  }

  async inject(fault: FaultSpec): Promise<string | undefined> {
    const answer = await this.#request(
      (requestId) => ({ kind: 'inject', requestId, fault }),
      (event) => (event.kind === 'injected' ? event : undefined),
    );
    return answer.refused;
  }

  async errors(from: number): Promise<{ readonly records: readonly ErrorRecord[]; readonly total: number }> {
    return this.#request(
      (requestId) => ({ kind: 'errors', requestId, from }),
      (event) => (event.kind === 'errors' ? { records: event.records, total: event.total } : undefined),
    );
  }

  listen(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  dispose(): void {
    this.#forget('The engine was closed.');
    this.#listeners.clear();
    this.#close();
  }

  #connect(): Promise<EnginePort> {
    if (this.#port !== undefined) return this.#port;
    let starting: Promise<EnginePort> | undefined;
    // What an engine says after we have let go of it is not heard.
    const isCurrent = (): boolean => this.#port === starting;
    starting = this.#open({
      onEvent: (event) => {
        if (isCurrent()) this.#onEvent(event);
      },
      onLost: (message, stack) => {
        if (isCurrent()) this.#onLost(message, stack);
      },
    });
    this.#port = starting;
    const settle = (live: EnginePort | undefined): void => {
      if (!isCurrent()) return live?.close();
      this.#live = live;
      if (live === undefined) this.#port = undefined;
      return undefined;
    };
    starting.then(settle, () => settle(undefined));
    return starting;
  }

  /** Answers everything that waits with `superseded`, and lets go of the loaded machine. */
  #forget(why: string): void {
    this.#generation += 1;
    this.#loaded = undefined;
    this.#following = false;
    this.#wanted_ps = undefined;
    this.#rejectAll(superseded(why));
  }

  /** An engine that is still starting is closed when it is there (see #connect). */
  #close(): void {
    this.#live?.close();
    this.#live = undefined;
    this.#port = undefined;
  }

  #rejectAll(failure: EngineFailure): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const request of pending) request.reject(failure);
  }

  #nextRequest(): number {
    this.#lastRequest += 1;
    return this.#lastRequest;
  }

  #halt(command: (requestId: number) => EngineCommand): Promise<number> {
    this.#following = false;
    return this.#request(command, (event) => (event.kind === 'paused' ? event.now_ps : undefined));
  }

  /** Sends a command. @param answer takes the answer's value out of an event with our request id. */
  #request<T>(
    command: (requestId: number) => EngineCommand,
    answer: (event: EngineEvent) => T | undefined,
  ): Promise<T> {
    const port = this.#live;
    if (port === undefined) {
      return Promise.reject(new EngineFailure({ code: FAILURE_CODE.noMachine, message: 'No machine is loaded.' }));
    }
    const requestId = this.#nextRequest();
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(requestId, {
        accept: (event) => {
          const value = answer(event);
          invariant(value !== undefined, () => `${event.kind} is no answer to request ${requestId}`);
          resolve(value);
        },
        reject,
      });
      port.post(command(requestId));
    });
  }

  #take(machine: MachineDescription, memory: SharedMemory, port: EnginePort): Loaded {
    const readers = memory.memoryRoots.map((root) => new SparseMemoryReader(root, memory.segments));
    const snapshots = port.sharesMemory ? undefined : new SnapshotReader(memory);
    const remote = port.sharesMemory ? undefined : this.#remoteMemory();
    const own = snapshots?.memory ?? memory;
    checkShared(own, machine);
    return {
      view: new SharedMachineView(own, machine, remote === undefined ? directRead(readers) : remoteRead(remote)),
      target: int64Cells(own.control, 'target_ps'),
      playState: int32Cells(own.control, 'playState'),
      readers,
      snapshots,
      remote,
    };
  }

  #remoteMemory(): RemoteMemory {
    return new RemoteMemory((memory, offset, lengthBytes, done) => {
      this.#request(
        (requestId) => ({ kind: 'readMemory', requestId, memory, offset, lengthBytes }),
        (event) => (event.kind === 'bytes' ? event.bytes : undefined),
      ).then(done, () => done(undefined));
    });
  }

  #onEvent(event: EngineEvent): void {
    if ('requestId' in event && event.requestId !== undefined) return this.#onAnswer(event, event.requestId);
    // Before `loaded` these still belong to the machine that is being replaced.
    if (this.#loaded === undefined) return;
    if (event.kind === 'segment') for (const reader of this.#loaded.readers) reader.addSegment(event.buffer);
    if (event.kind === 'snapshot') this.#loaded.snapshots?.accept(event.memory);
    if (HEARD.has(event.kind)) this.#tell(event);
  }

  #onAnswer(event: EngineEvent, requestId: number): void {
    const pending = this.#pending.get(requestId);
    // Absent: superseded meanwhile.
    if (pending === undefined) return;
    this.#pending.delete(requestId);
    if (event.kind === 'failed') return pending.reject(new EngineFailure(event));
    try {
      pending.accept(event);
    } catch (error) {
      // A broken promise of ours: the one who asked has to know, or would wait for ever.
      pending.reject(error);
    }
    return undefined;
  }

  #onLost(message: string, stack: string | undefined): void {
    const failure = { code: FAILURE_CODE.engineLost, message, stack, diagnostics: [] };
    this.#close();
    this.#loaded = undefined;
    this.#following = false;
    this.#rejectAll(new EngineFailure(failure));
    this.#tell({ kind: 'failed', requestId: undefined, ...failure });
  }

  #tell(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function superseded(message: string): EngineFailure {
  return new EngineFailure({ code: FAILURE_CODE.superseded, message });
}

/** Reads copies of device memory, which are asked for. */
function remoteRead(remote: RemoteMemory): ReadMemory {
  return (memory, offset, target) => remote.read(memory, offset, target);
}

/** Reads device memory where the engine keeps it. */
function directRead(readers: readonly SparseMemoryReader[]): ReadMemory {
  return (memory, offset, target) => {
    at(readers, memory).readInto(offset, target.length, target, 0);
    return true;
  };
}
