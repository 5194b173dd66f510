/*
 * A machine whose every number is known, for tests of the engine around it: event n (1, 2, 3 …) happens at
 * n · EVENT_PERIOD_ps, moves EVENT_BYTES from nowhere to memory 0 and crosses link 0 downstream. What it does for
 * odd inputs (`document.name`) is listed in BEHAVIOUR.
 */
import { invariant } from '../../src/base/invariant.ts';
import { err, ok } from '../../src/base/result.ts';
import {
  DOWNSTREAM,
  flowRow,
  FUNCTION_COUNTER_COUNT,
  LINK_COUNTER,
  LINK_COUNTER_COUNT,
  MACHINE_COUNTER,
  MACHINE_COUNTER_COUNT,
  MEMORY_COUNTER_COUNT,
} from '../../src/core/pcie/counters.ts';
import type { NodeId } from '../../src/core/pcie/machineSpec.ts';
import type { PeerVerdict } from '../../src/core/pcie/verdict.ts';
import { FLOW, FLOW_COUNT } from '../../src/core/pcie/tlp.ts';
import { MemoryArena, SparseMemory } from '../../src/core/sim/sparseMemory.ts';
import type { AddressNames, MachineDescription, RunReport } from '../../src/engine/protocol.ts';
import type { CreateMachine, EngineMachine, EngineMachineOptions } from '../../src/engine/worker/engineMachine.ts';

export const EVENT_PERIOD_ps = 137;
export const EVENT_BYTES = 256;
export const FAKE_MEMORY_BYTES = 2 ** 34;

/** Event n writes at ((n − 1) · EVENT_BYTES) modulo this. */
export const WRITTEN_BYTES = 2 ** 24;

/** After event n, 7·n modulo count of the credits in this cell are taken; those of another cell never run out. */
export const FAKE_CREDITS = { cell: 7, endlessCell: 8, count: 100 } as const;

/** Credits of that cell taken after that many events. */
export function fakeCreditsTaken(events: number): number {
  return (events * 7) % FAKE_CREDITS.count;
}

/** Names of documents that misbehave. */
export const BEHAVIOUR = {
  rejected: 'rejected',
  /** Throws an InvariantError at event 1000. */
  broken: 'broken',
  /** Throws in `verdict`. */
  brokenVerdict: 'broken verdict',
  /** Throws outside every command, as a lost worker would look. */
  crash: 'crash',
  /** The job never ends. */
  endless: 'endless',
} as const;

/** The byte event `n` writes. */
export function byteOfEvent(n: number): number {
  return n % 251;
}

const DESCRIPTION: MachineDescription = {
  functions: [
    {
      id: 'f0',
      index: 0,
      bdf: '0000:03:00.0',
      buses: undefined,
      bars: [],
      mpsBytes: 256,
      mrrsBytes: 512,
      acsControl: undefined,
    },
  ],
  links: [
    { index: 0, upper: 'p0', lower: 'f0', up: true, gen: 4, width: 8, bytesPerSecond: 15.754e9, propagation_ps: 1500 },
    {
      index: 1,
      upper: 'p1',
      lower: undefined,
      up: false,
      gen: 4,
      width: 8,
      bytesPerSecond: 15.754e9,
      propagation_ps: 1500,
    },
  ],
  memories: [{ index: 0, node: 'f0', label: 'BAR 4', busAddress: 0x1000, sizeBytes: FAKE_MEMORY_BYTES }],
  diagnostics: [],
  plan: { way: 'p2p', legs: [], refused: undefined },
  destination: { memory: 0, offset: 0 },
  verdict: undefined,
};

export class FakeMachine implements EngineMachine {
  readonly description = DESCRIPTION;
  readonly machineCounters: Float64Array;
  readonly linkCounters: Float64Array;
  readonly functionCounters: Float64Array;
  readonly memoryCounters: Float64Array;
  readonly flowCounters: Float64Array;
  readonly memoryRoots: readonly ArrayBufferLike[];
  readonly segments: readonly ArrayBufferLike[];
  report: RunReport | undefined;
  /** It cannot go back. */
  readonly travel = undefined;
  now_ps = 0;
  readonly #options: EngineMachineOptions;
  readonly #memory: SparseMemory;
  readonly #payload = new Uint8Array(EVENT_BYTES);
  #events = 0;

  constructor(options: EngineMachineOptions) {
    const doubles = (count: number): Float64Array => new Float64Array(options.storage(count * 8));
    this.#options = options;
    this.machineCounters = doubles(MACHINE_COUNTER_COUNT);
    this.linkCounters = doubles(DESCRIPTION.links.length * 2 * LINK_COUNTER_COUNT);
    this.functionCounters = doubles(FUNCTION_COUNTER_COUNT);
    this.memoryCounters = doubles(MEMORY_COUNTER_COUNT * FLOW_COUNT);
    this.flowCounters = doubles(flowRow(1, DESCRIPTION.links.length * 2));
    const arena = new MemoryArena(options.storage, options.onSegment);
    this.#memory = new SparseMemory(arena, FAKE_MEMORY_BYTES);
    this.memoryRoots = [this.#memory.root];
    this.segments = arena.segments;
  }

  runUntil(at_ps: number, maxEvents: number): 'reached' | 'budget' | 'finished' {
    for (let done = 0; this.#nextEvent_ps() <= at_ps; done += 1) {
      if (done === maxEvents) return 'budget';
      this.#event();
      if (this.report !== undefined) return 'finished';
    }
    this.#moveTo(at_ps);
    return 'reached';
  }

  step(): void {
    if (this.report === undefined) this.#event();
  }

  verdict(provider: string): ReturnType<EngineMachine['verdict']> {
    invariant(this.#options.document.name !== BEHAVIOUR.brokenVerdict, () => 'broken verdict');
    if (provider === 'f0') return ok({ provider } as PeerVerdict);
    const message = `there is no function ${provider}`;
    return err({ code: 'UNKNOWN_FUNCTION', severity: 'error', path: 'functions', message });
  }

  readConfig(node: string): Uint8Array | undefined {
    return node === 'f0' ? Uint8Array.of(0xf8, 0x11, 0x15, 0xf1) : undefined;
  }

  readRegister(node: NodeId): number | undefined {
    return node === 'f0' ? 0xf11511f8 : undefined;
  }

  inject(): string | undefined {
    return undefined;
  }

  errorsFrom(): { readonly records: readonly []; readonly total: number } {
    return { records: [], total: 0 };
  }

  writeConfig(node: NodeId): Uint8Array | undefined {
    return this.readConfig(node);
  }

  readOccupancy(target: Float64Array): void {
    target.fill(0);
    target[FAKE_CREDITS.cell] = fakeCreditsTaken(this.#events);
  }

  readCapacity(target: Float64Array): void {
    target.fill(0);
    target[FAKE_CREDITS.cell] = FAKE_CREDITS.count;
    target[FAKE_CREDITS.endlessCell] = Infinity;
  }

  get memories(): readonly SparseMemory[] {
    return [this.#memory];
  }

  pokeMemory(_memory: number, offset: number, bytes: Uint8Array): void {
    this.#memory.writeFrom(offset, bytes.length, bytes, 0);
  }

  nameAddress(node: NodeId): AddressNames | undefined {
    const name = { value: 0x1000, why: 'every address of this machine is this one' };
    const place = { at: { memory: 0, offset: 0 }, why: name.why };
    return node === 'f0' ? { place, bus: name, physical: name, iova: name } : undefined;
  }

  readMemory(memory: number, offset: number, target: Uint8Array): void {
    invariant(memory === 0, () => `there is no memory ${memory}`);
    this.#memory.readInto(offset, target.length, target, 0);
  }

  #nextEvent_ps(): number {
    return (this.#events + 1) * EVENT_PERIOD_ps;
  }

  #moveTo(at_ps: number): void {
    this.now_ps = Math.max(this.now_ps, at_ps);
    this.machineCounters[MACHINE_COUNTER.now_ps] = this.now_ps;
  }

  #event(): void {
    const { document, transfer, hops, way, seed } = this.#options;
    this.#moveTo(this.#nextEvent_ps());
    this.#events += 1;
    invariant(document.name !== BEHAVIOUR.broken || this.#events < 1000, () => `event ${this.#events}`);
    if (document.name === BEHAVIOUR.crash && this.#events === 1000) {
      setTimeout(() => {
        throw new Error('the engine fell over');
      }, 0);
    }
    const bytes = this.#events * EVENT_BYTES;
    const offset = (bytes - EVENT_BYTES) % WRITTEN_BYTES;
    this.#memory.writeFrom(offset, EVENT_BYTES, this.#payload.fill(byteOfEvent(this.#events)), 0);
    this.machineCounters[MACHINE_COUNTER.arrivedBytes] = bytes;
    this.machineCounters[MACHINE_COUNTER.events] = this.#events;
    this.linkCounters[DOWNSTREAM * LINK_COUNTER_COUNT + LINK_COUNTER.payload + FLOW.p2p] = bytes;
    this.memoryCounters[FLOW.bounceIn] = bytes;
    hops?.record(this.now_ps - 30, this.now_ps, 0, 1, bytes, EVENT_BYTES, seed, this.#events);
    if (bytes < transfer.bytes || document.name === BEHAVIOUR.endless) return;
    this.report = {
      ...EMPTY_REPORT,
      way,
      bytes,
      duration_ps: this.now_ps,
      traceHash: seed.toString(16).padStart(16, '0'),
    };
  }
}

const EMPTY_REPORT: RunReport = {
  way: 'p2p',
  outcome: 'finished',
  reason: undefined,
  bytes: 0,
  duration_ps: 0,
  firstByte_ps: EVENT_PERIOD_ps,
  throughputBytesPerSecond: 0,
  uplink: undefined,
  memoryWrittenBytes: 0,
  memoryReadBytes: 0,
  cpuBusy_ps: 0,
  interrupts: 0,
  tlps: 0,
  events: 0,
  links: [],
  limitingLink: undefined,
  sourceCrc32: 0,
  destinationCrc32: 0,
  checks: [],
  traceHash: '',
};

export const createFakeMachine: CreateMachine = (options) => {
  if (options.document.name !== BEHAVIOUR.rejected) return ok(new FakeMachine(options));
  const message = 'nothing fits';
  return err([{ code: 'NOTHING_FITS', severity: 'error', path: 'functions/f0', message, fix: 'make it smaller' }]);
};
