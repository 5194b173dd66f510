/*
 * The engine's side of the protocol, for any thread: a worker and the page itself run the same session.
 */
import type { Diagnostic } from '../../base/diagnostic.ts';
import { invariant, InvariantError, unreachable } from '../../base/invariant.ts';
import { RingReader } from '../../base/ring.ts';
import { privateStorage } from '../../base/storage.ts';
import type { StorageAllocator } from '../../base/storage.ts';
import { BootRecorder } from '../../core/models/bootRecorder.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import { HOP_WORDS, MACHINE_COUNTER } from '../../core/pcie/counters.ts';
import { EngineFailure, FAILURE_CODE } from '../engineFailure.ts';
import { PROTOCOL_VERSION } from '../protocol.ts';
import type { EngineCommand, EngineEvent, RunReport, SharedMemory } from '../protocol.ts';
import {
  allocateControl,
  allocateHops,
  allocateSeries,
  hopRing,
  int64Cells,
  seriesShape,
  storeTarget,
} from '../sharedLayout.ts';
import type { CreateMachine, EngineMachine } from './engineMachine.ts';
import { hopRecorderIn, RunLoop } from './runLoop.ts';
import type { LoopHost } from './runLoop.ts';
import { answerMemoryCommand } from './memoryCommands.ts';
import { copyMemory, SNAPSHOT_INTERVAL_ms } from './snapshot.ts';

/** The thread a session runs in. */
export interface EngineHost extends LoopHost {
  post(event: EngineEvent): void;
  /** Storage that the page sees too, for `load` with `shared`. */
  readonly sharedStorage: StorageAllocator;
}

type Load = Extract<EngineCommand, { readonly kind: 'load' }>;

/** Longest answer to one `readMemory`. */
const MAX_READ_BYTES = 1024 * 1024;

const QUESTIONS: ReadonlySet<EngineCommand['kind']> = new Set([
  'searchMemory',
  'compareMemory',
  'nameAddress',
  'verdict',
  'readConfig',
  'readMemory',
  'errors',
  'history',
  'enumeration',
]);

/** One loaded machine with what belongs to it. */
interface Loaded {
  readonly machine: EngineMachine;
  readonly loop: RunLoop;
  readonly memory: SharedMemory;
  /** Reads the ring on the page's behalf where memory is not shared. */
  readonly hopsToCopy: RingReader | undefined;
  copied_ms: number;
}

export class EngineSession {
  readonly #host: EngineHost;
  readonly #createMachine: CreateMachine;
  #loaded: Loaded | undefined;

  constructor(host: EngineHost, createMachine: CreateMachine) {
    this.#host = host;
    this.#createMachine = createMachine;
    host.post({ kind: 'ready', protocolVersion: PROTOCOL_VERSION });
  }

  /** Does one command. An exception becomes a `failed` event; the session stays usable for the next load. */
  handle(command: EngineCommand): void {
    try {
      this.#perform(command);
    } catch (error) {
      // Questions change nothing, so the machine survives a failed one.
      this.#fail(error, command.requestId, !QUESTIONS.has(command.kind));
    }
  }

  /** Stops the machine and forgets it. */
  unload(): void {
    this.#loaded?.loop.stop();
    this.#loaded = undefined;
  }

  #perform(command: EngineCommand): void {
    switch (command.kind) {
      case 'load':
        return this.#load(command);
      case 'play':
        return this.#loaded?.loop.follow();
      case 'target':
        if (this.#loaded !== undefined)
          storeTarget(int64Cells(this.#loaded.memory.control, 'target_ps'), command.at_ps);
        return;
      case 'pause':
        return this.#need().loop.pause(command.requestId);
      case 'runUntil':
        return this.#need().loop.seek(command.requestId, command.at_ps);
      case 'step':
        return this.#need().loop.step(command.requestId, command.unit);
      case 'seek':
        return this.#need().loop.goTo(command.requestId, command.at_ps);
      case 'stepBack':
        return this.#need().loop.stepBack(command.requestId, command.unit);
      case 'breakpoints':
        return this.#setBreakpoints(command);
      case 'history':
        return this.#history(command);
      case 'verdict':
        return this.#verdict(command);
      case 'enumeration':
        return this.#enumeration(command);
      case 'readConfig':
        return this.#readConfig(command);
      case 'readMemory':
        return this.#readMemory(command);
      case 'writeMemory':
      case 'fillMemory':
      case 'searchMemory':
      case 'compareMemory':
      case 'nameAddress':
        return this.#host.post(answerMemoryCommand(this.#need().machine, command));
      case 'inject':
        return this.#inject(command);
      case 'errors':
        return this.#errors(command);
      case 'writeConfig':
        return this.#writeConfig(command);
      default:
        return unreachable(command);
    }
  }

  #need(): Loaded {
    if (this.#loaded === undefined) {
      throw new EngineFailure({ code: FAILURE_CODE.noMachine, message: 'No machine is loaded.' });
    }
    return this.#loaded;
  }

  #load(command: Load): void {
    this.unload();
    const storage = command.shared ? this.#host.sharedStorage : privateStorage;
    const own = { control: allocateControl(storage), hops: allocateHops(storage) };
    const hops = hopRecorderIn(own);
    const made = this.#createMachine({
      document: command.document,
      transfer: command.transfer,
      way: command.way,
      seed: command.seed,
      storage,
      hops,
      keepsHistory: command.history,
      ...(command.shared ? { onSegment: (buffer) => this.#host.post({ kind: 'segment', buffer }) } : {}),
    });
    if (!made.ok) throw rejected(made.error);
    const machine = made.value;
    const memory: SharedMemory = {
      ...own,
      machineCounters: machine.machineCounters.buffer,
      linkCounters: machine.linkCounters.buffer,
      functionCounters: machine.functionCounters.buffer,
      memoryCounters: machine.memoryCounters.buffer,
      flowCounters: machine.flowCounters.buffer,
      series: allocateSeries(storage, seriesShape(machine.description, machine.functionCounters.byteLength)),
      memoryRoots: command.shared ? machine.memoryRoots : [],
      segments: command.shared ? [...machine.segments] : [],
    };
    const loop = new RunLoop(machine, hops, memory, this.#host, {
      onStopped: (requestId, now_ps) => this.#host.post({ kind: 'paused', requestId, now_ps }),
      onFinished: (report: RunReport) => this.#host.post({ kind: 'finished', report }),
      onBreak: (hit, now_ps) => this.#host.post({ kind: 'broke', ...hit, now_ps }),
      onBranch: (at_ps) => this.#host.post({ kind: 'branched', at_ps }),
      onSlice: (parked) => this.#copyIfDue(parked),
      onError: (error) => this.#fail(error, undefined, true),
    });
    const hopsToCopy = command.shared ? undefined : new RingReader(hopRing(own.control, own.hops), HOP_WORDS);
    this.#loaded = { machine, loop, memory, hopsToCopy, copied_ms: this.#host.wallClock_ms() };
    const seen = hopsToCopy === undefined ? memory : copyMemory(memory, hopsToCopy);
    this.#host.post({ kind: 'loaded', requestId: command.requestId, machine: machine.description, memory: seen });
  }

  /** Where memory is not shared: sends a copy, at most sixty a second and one whenever the machine comes to rest. */
  #copyIfDue(parked: boolean): void {
    const loaded = this.#loaded;
    if (loaded?.hopsToCopy === undefined) return;
    const now_ms = this.#host.wallClock_ms();
    if (!parked && now_ms - loaded.copied_ms < SNAPSHOT_INTERVAL_ms) return;
    loaded.copied_ms = now_ms;
    this.#host.post({ kind: 'snapshot', memory: copyMemory(loaded.memory, loaded.hopsToCopy) });
  }

  #verdict(command: Extract<EngineCommand, { readonly kind: 'verdict' }>): void {
    const verdict = this.#need().machine.verdict(command.provider, command.client);
    if (!verdict.ok) {
      throw new EngineFailure({
        code: verdict.error.code,
        message: verdict.error.message,
        diagnostics: [verdict.error],
      });
    }
    this.#host.post({ kind: 'verdict', requestId: command.requestId, verdict: verdict.value });
  }

  #enumeration(command: Extract<EngineCommand, { readonly kind: 'enumeration' }>): void {
    const { document, transfer, way, seed } = command;
    const bootRecorder = new BootRecorder();
    const made = this.#createMachine({ document, transfer, way, seed, storage: privateStorage, bootRecorder });
    if (!made.ok) throw rejected(made.error);
    this.#host.post({ kind: 'enumeration', requestId: command.requestId, recording: bootRecorder.finish() });
  }

  #readConfig(command: Extract<EngineCommand, { readonly kind: 'readConfig' }>): void {
    this.#answerConfig(command, this.#need().machine.readConfig(command.node));
  }

  #writeConfig(command: Extract<EngineCommand, { readonly kind: 'writeConfig' }>): void {
    const { node, offset, bytes, value } = command;
    this.#answerConfig(command, this.#need().machine.writeConfig(node, offset, bytes, value));
  }

  #setBreakpoints(command: Extract<EngineCommand, { readonly kind: 'breakpoints' }>): void {
    const { loop, machine } = this.#need();
    loop.setBreakpoints(command.breakpoints);
    this.#host.post({ kind: 'paused', requestId: command.requestId, now_ps: machine.now_ps });
  }

  #history(command: Extract<EngineCommand, { readonly kind: 'history' }>): void {
    const { machine } = this.#need();
    const { machineCounters, now_ps } = machine;
    const events = machineCounters[MACHINE_COUNTER.events] ?? 0;
    const place = { now_ps, events, hops: machineCounters[MACHINE_COUNTER.hops] ?? 0 };
    const none = { place, furthest: place, checkpoints: 0, keptBytes: 0, budgetBytes: 0, changes: [] };
    this.#host.post({ kind: 'history', requestId: command.requestId, history: machine.travel?.state ?? none });
  }

  #answerConfig(command: Extract<EngineCommand, { readonly node: NodeId }>, bytes: Uint8Array | undefined): void {
    if (bytes === undefined) {
      throw new EngineFailure({
        code: FAILURE_CODE.unknownNode,
        message: `This machine has no function ${command.node}.`,
      });
    }
    // A copy: the page must not see, or hold on to, the hardware's own registers.
    this.#host.post({ kind: 'config', requestId: command.requestId, bytes: Uint8Array.from(bytes) });
  }

  #inject(command: Extract<EngineCommand, { readonly kind: 'inject' }>): void {
    const refused = this.#need().machine.inject(command.fault);
    this.#host.post({ kind: 'injected', requestId: command.requestId, refused });
  }

  #errors(command: Extract<EngineCommand, { readonly kind: 'errors' }>): void {
    const { records, total } = this.#need().machine.errorsFrom(command.from);
    this.#host.post({ kind: 'errors', requestId: command.requestId, records, total });
  }

  #readMemory(command: Extract<EngineCommand, { readonly kind: 'readMemory' }>): void {
    const { lengthBytes } = command;
    invariant(lengthBytes >= 0 && lengthBytes <= MAX_READ_BYTES, () => `cannot read ${lengthBytes} bytes at once`);
    const bytes = new Uint8Array(lengthBytes);
    this.#need().machine.readMemory(command.memory, command.offset, bytes);
    this.#host.post({ kind: 'bytes', requestId: command.requestId, bytes });
  }

  /**
   * Says what went wrong. After an exception the machine's state cannot be trusted, so it is dropped; refusals
   * leave it as it is.
   */
  #fail(error: unknown, requestId: number | undefined, changing: boolean): void {
    const refusal = error instanceof EngineFailure && error.code !== FAILURE_CODE.endOfTime;
    if (changing && !refusal) this.unload();
    this.#host.post({ kind: 'failed', requestId, ...describeFailure(error) });
  }
}

function rejected(diagnostics: readonly Diagnostic[]): EngineFailure {
  const [first] = diagnostics;
  return new EngineFailure({
    code: FAILURE_CODE.documentRejected,
    message: first === undefined ? 'The machine cannot be built.' : `${first.path}: ${first.message}`,
    diagnostics,
  });
}

/** What crosses the border of an exception. */
function describeFailure(
  error: unknown,
): Omit<Extract<EngineEvent, { readonly kind: 'failed' }>, 'kind' | 'requestId'> {
  if (error instanceof EngineFailure) {
    return { code: error.code, message: error.message, stack: undefined, diagnostics: error.diagnostics };
  }
  const code = error instanceof InvariantError ? FAILURE_CODE.invariant : FAILURE_CODE.exception;
  if (error instanceof Error) return { code, message: error.message, stack: error.stack, diagnostics: [] };
  return { code, message: String(error), stack: undefined, diagnostics: [] };
}
