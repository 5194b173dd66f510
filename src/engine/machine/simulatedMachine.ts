/*
 * One machine with one job: document → hardware → enumeration → drivers and plan → run → report.
 * A race is two of these.
 */
import { countText } from '../../base/format.ts';
import { at } from '../../base/invariant.ts';
import type { Diagnostic } from '../../base/diagnostic.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { StorageAllocator } from '../../base/storage.ts';
import { PS_PER_US } from '../../base/units.ts';
import { indexOfId } from '../../core/host/p2pdma/names.ts';
import { configWrite } from '../../core/host/configRequests.ts';
import type { Refusal } from '../../core/host/transfer/jobPlan.ts';
import type { BootRecorder } from '../../core/models/bootRecorder.ts';
import { Cpu } from '../../core/models/cpu.ts';
import type { IommuCounters } from '../../core/models/iommu/iommu.ts';
import type { ErrorRecord, FaultSpec } from '../../core/pcie/faults.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { HostProcess } from '../../core/pcie/requests.ts';
import type { PeerVerdict } from '../../core/pcie/verdict.ts';
import type { HopRecorder } from '../../core/sim/hopRecorder.ts';
import type { SparseMemory } from '../../core/sim/sparseMemory.ts';
import type { TopologyDocument, TransferSpec } from '../../topology/document.ts';
import { validateDocument } from '../../topology/validate.ts';
import type { AddressNames, AddressQuestion, MachineDescription, RunReport, StepUnit, RunWay } from '../protocol.ts';
import { nameAddress } from './addressNames.ts';
import { type BootedHardware, bootHardware } from './boot.ts';
import { type DescribedMemory, describeMachine, describeMemories } from './describe.ts';
import { type PreparedFlows, prepareFlows } from './flowRunners.ts';
import type { HistoryLimits } from './history.ts';
import { MachineRun } from './machineRun.ts';
import { keepHistory, TimeTravel } from './travel.ts';
import { VerdictDesk } from './verdicts.ts';

export interface SimulatedMachineOptions {
  readonly document: TopologyDocument;
  readonly transfer: TransferSpec;
  readonly way: RunWay;
  /** Of the bytes and of everything random: the same document, transfer and seed give the same run. */
  readonly seed: number;
  /** Where counters and memories live. */
  readonly storage: StorageAllocator;
  readonly hops?: HopRecorder;
  /** Told about every new segment of memory. */
  readonly onSegment?: (buffer: ArrayBufferLike) => void;
  /** Writes down what software does before time 0. */
  readonly bootRecorder?: BootRecorder;
  /** Keeps a history, to go back in. Default: none. */
  readonly history?: HistoryLimits;
}

/** A configuration write that is not answered by then was lost: longer than a completion timeout. */
const CONFIG_WRITE_LIMIT_PS = 20_000 * PS_PER_US;

export class SimulatedMachine {
  readonly description: MachineDescription;
  private readonly _booted: BootedHardware;
  private readonly _memories: readonly DescribedMemory[];
  private readonly _cpu: Cpu;
  private readonly _verdicts: VerdictDesk;
  private readonly _run: MachineRun;
  /** Goes back and forward in the run; undefined where no history is kept. */
  readonly travel: TimeTravel | undefined;

  private constructor(booted: BootedHardware, options: SimulatedMachineOptions, diagnostics: readonly Diagnostic[]) {
    const { document, transfer, way, seed } = options;
    this._booted = booted;
    this._cpu = new Cpu(booted.hardware);
    const flows = prepareFlows(booted, { transfer, way, flows: document.flows ?? [], seed });
    const refusal = refusalOf(flows, way);
    const input = { booted, transfer, way, flows, cpu: this._cpu, faultNotes: [] };
    const faults = [...(document.faults ?? [])].sort((a, b) => a.at_ps - b.at_ps);
    this._run = new MachineRun({ booted, cpu: this._cpu, flows, input, faults, refusal });
    this._memories = describeMemories(booted);
    this._verdicts = new VerdictDesk(booted);
    this.description = describeMachine({
      booted,
      memories: this._memories,
      transfer,
      way,
      flows,
      refusal,
      verdicts: this._verdicts,
      diagnostics,
    });
    this.travel = this.#keepHistory(flows, options);
  }

  /**
   * Builds and enumerates the machine and prepares its flows. A transfer that cannot run is not an error: the
   * machine says `refused` in its plan and its report.
   * @returns all problems of the document at once, if it contradicts itself.
   */
  static create(options: SimulatedMachineOptions): Result<SimulatedMachine, readonly Diagnostic[]> {
    const diagnostics = validateDocument(options.document);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) return err(errors);
    const { document, storage, seed, hops, onSegment } = options;
    const booted = bootHardware(document, {
      storage,
      seed,
      flows: 1 + (document.flows?.length ?? 0),
      onBuilt: (hardware) => options.bootRecorder?.watch(hardware),
      ...(hops === undefined ? {} : { hops }),
      ...(onSegment === undefined ? {} : { onSegment }),
    });
    return ok(new SimulatedMachine(booted, options, diagnostics));
  }

  get machineCounters(): Float64Array {
    return this._booted.hardware.machineCounters;
  }

  get linkCounters(): Float64Array {
    return this._booted.hardware.linkCounters;
  }

  get functionCounters(): Float64Array {
    return this._booted.hardware.functionCounters;
  }

  get memoryCounters(): Float64Array {
    return this._booted.hardware.memoryCounters;
  }

  get flowCounters(): Float64Array {
    return this._booted.hardware.flowCounters;
  }

  /** What the IOMMU has done so far; undefined where it is off. */
  get iommuCounters(): IommuCounters | undefined {
    return this._booted.hardware.iommu?.counters;
  }

  /** In the order of `description.memories`. */
  get memoryRoots(): readonly ArrayBufferLike[] {
    return this._memories.map(({ memory }) => memory.root);
  }

  get segments(): readonly ArrayBufferLike[] {
    return this._booted.hardware.arena.segments;
  }

  /** Everything up to here has happened, picoseconds. */
  get now_ps(): number {
    return this._booted.hardware.now_ps;
  }

  /** Result of the job once it has ended or was refused. */
  get report(): RunReport | undefined {
    return this._run.report;
  }

  /**
   * Runs events up to and including `at_ps`, at most about `maxEvents`.
   * @returns `finished` when the job has ended (before or in this call); the machine does not run on after that.
   */
  runUntil(at_ps: number, maxEvents: number): 'reached' | 'budget' | 'finished' {
    return this._run.runUntil(at_ps, maxEvents);
  }

  /** Runs until there has been one more of the unit. */
  step(unit: StepUnit): void {
    this._run.step(unit);
  }

  /** Policy, isolation and physics for any ordered pair of functions, with registers as they are now. */
  verdict(provider: NodeId, client: NodeId): Result<PeerVerdict, Diagnostic> {
    const { names } = this._booted;
    const indices = [provider, client].map((node) => indexOfId(names, node));
    const missing = [provider, client].find((_, position) => indices[position] === undefined);
    if (missing !== undefined) {
      const message = `${missing} has no bus number after enumeration.`;
      return err({ code: 'NODE_NOT_FOUND', severity: 'error', path: `functions/${missing}`, message });
    }
    return ok(this._verdicts.verdict({ provider: indices[0] ?? 0, client: indices[1] ?? 0 }));
  }

  /** Configuration space of a function as the hardware holds it now. */
  readConfig(node: NodeId): Uint8Array | undefined {
    const found = this._booted.hardware.functions.find(({ spec }) => spec.id === node);
    return found?.config.bytes.slice();
  }

  /** A register as it is now, 1 to 4 bytes; undefined for an unknown function. */
  readRegister(node: NodeId, offset: number, bytes: 1 | 2 | 4): number | undefined {
    const found = this._booted.hardware.functions.find(({ spec }) => spec.id === node);
    return found?.config.read(offset, bytes);
  }

  /** Breaks something now. @returns why it cannot be broken, or undefined if it was. */
  inject(fault: FaultSpec): string | undefined {
    const { hardware } = this._booted;
    this._run.start();
    const refused = hardware.inject(fault);
    if (refused === undefined) {
      this._run.history?.branch({ what: `Fault: ${fault.kind}`, apply: () => void hardware.inject(fault), bytes: 0 });
    }
    return refused;
  }

  /** Error records from a serial number on, as far as they are kept, and how many there were in all. */
  errorsFrom(serial: number): { readonly records: readonly ErrorRecord[]; readonly total: number } {
    const { kept, total } = this._booted.hardware.errors;
    return { records: kept.filter((record) => record.serial >= serial), total };
  }

  /**
   * Software writes a configuration register: a CfgWr of the running machine, which runs on until it is answered.
   * @returns the function's configuration space after it; undefined if there is no such function.
   */
  writeConfig(node: NodeId, offset: number, bytes: 1 | 2 | 4, value: number): Uint8Array | undefined {
    const { hardware, view, names } = this._booted;
    const index = indexOfId(names, node);
    const fn = index === undefined ? undefined : view.functions[index];
    if (fn === undefined) return undefined;
    this._run.start();
    this.#change(`${node}: register ${offset.toString(16)}h written with ${value.toString(16)}h`, 0, () => {
      const answer = { isThere: false };
      const target = { segment: fn.segment, bdf: fn.bdf };
      this._cpu.start(function* write(): HostProcess<void> {
        yield* configWrite(target, offset, bytes, value);
        answer.isThere = true;
      });
      const limit_ps = hardware.now_ps + CONFIG_WRITE_LIMIT_PS;
      while (!answer.isThere && hardware.nextEvent_ps() <= limit_ps)
        hardware.runUntil(hardware.nextEvent_ps(), Infinity);
      this._run.look();
    });
    return this.readConfig(node);
  }

  /** Fills `target` with the credits and tags that are taken now (core/pcie/occupancy.ts). */
  readOccupancy(target: Float64Array): void {
    this._booted.hardware.readOccupancy(target);
  }

  /** Fills `target` with how many there are: Infinity = they never run out, 0 = there are none. */
  readCapacity(target: Float64Array): void {
    this._booted.hardware.readCapacity(target);
  }

  /** Bytes of a memory of `description.memories`; what lies beyond its end reads zero. */
  readMemory(memory: number, offset: number, target: Uint8Array): void {
    const found = at(this._memories, memory).memory;
    target.fill(0);
    const count = Math.max(0, Math.min(target.length, found.sizeBytes - offset));
    if (count > 0) found.readInto(offset, count, target, 0);
  }

  /** In the order of `description.memories`; written by {@link pokeMemory} only. */
  get memories(): readonly SparseMemory[] {
    return this._memories.map(({ memory }) => memory);
  }

  /** A debugger changes bytes of a memory: no TLP moves, no simulated time passes. */
  pokeMemory(memory: number, offset: number, bytes: Uint8Array): void {
    const { memory: target } = at(this._memories, memory);
    const { label } = at(this.description.memories, memory);
    const copy = bytes.slice();
    const what = `${label}: ${countText(copy.length, 'byte')} written from ${offset.toString(16)}h on`;
    this.#change(what, copy.length, () => target.writeFrom(offset, copy.length, copy, 0));
  }

  /** What an address is called elsewhere, as registers and tables are now. @returns undefined for an unknown function. */
  nameAddress(node: NodeId, question: AddressQuestion): AddressNames | undefined {
    return nameAddress(this._booted, this._memories, node, question);
  }

  /** Something done by hand, which belongs to the run from now on. */
  #change(what: string, bytes: number, apply: () => void): void {
    this._run.history?.branch({ what, apply, bytes });
    apply();
  }

  #keepHistory(flows: PreparedFlows, options: SimulatedMachineOptions): TimeTravel | undefined {
    const { history, document, hops } = options;
    if (history === undefined || this._run.report !== undefined) return undefined;
    const stops = [document, this.description, this._verdicts, ...(hops === undefined ? [] : [hops])];
    const parts = { booted: this._booted, cpu: this._cpu, flows, run: this._run, stops };
    this._run.history = keepHistory(history, parts);
    return new TimeTravel(this._run, this._run.history, this._booted.hardware);
  }
}

/** Why nothing runs at all. */
function refusalOf(flows: PreparedFlows, way: RunWay): Refusal | undefined {
  if (way !== 'flows') return flows.transfer?.ok === false ? flows.transfer.error : undefined;
  if (flows.beside.length === 0) {
    return { code: 'FLOWS_NONE', message: 'This machine has no flows.', fix: 'Add a flow.' };
  }
  const waitedFor = flows.runners.some((runner) => !runner.isBackground);
  if (waitedFor) return undefined;
  const refused = flows.beside.find(({ runner }) => !runner.ok);
  if (refused?.runner.ok === false) {
    const { code, message, fix } = refused.runner.error;
    return { code, message: `${refused.name}: ${message}`, ...(fix === undefined ? {} : { fix }) };
  }
  return {
    code: 'FLOWS_ONLY_BACKGROUND',
    message: 'All flows are in the background: they would go on for ever.',
    fix: 'Put at least one flow in the foreground.',
  };
}
