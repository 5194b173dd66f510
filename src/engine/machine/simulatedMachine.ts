/*
 * One machine with one job: document → hardware → enumeration → drivers and plan → run → report.
 * A race is two of these.
 */
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
import { FLOW_COUNTER, flowRow, JOB_STATE, MACHINE_COUNTER } from '../../core/pcie/counters.ts';
import type { ErrorRecord, FaultSpec, PlannedFault } from '../../core/pcie/faults.ts';
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
import type { FlowRunner } from './flowRunner.ts';
import { flowProcess, guardBackground, type PreparedFlows, prepareFlows } from './flowRunners.ts';
import { recoverFunctions } from './recovery.ts';
import { VerdictDesk } from './verdicts.ts';
import { type ReportInput, endedReport, refusedReport } from './runReport.ts';

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
}

/** The job's end is looked for at least this often in simulated time. */
const SLICE_PS = 10 * PS_PER_US;
/** After the job: acknowledgements and credits come back. Longer than a slice, so that a run's end does not depend on slices. */
const DRAIN_PS = 2 * SLICE_PS;
/** If that was not enough (a read nobody answers): until its completion timeout is over. */
const LONGEST_DRAIN_PS = 50_000 * PS_PER_US;

/** Flows in the background are stopped when the others are over; what they have under way may take so long. */
const LONGEST_STOP_PS = 10_000_000 * PS_PER_US;
const STUCK = 'nothing more can happen, and the job is not done';

/** A configuration write that is not answered by then was lost: longer than a completion timeout. */
const CONFIG_WRITE_LIMIT_PS = 20_000 * PS_PER_US;

export class SimulatedMachine {
  readonly description: MachineDescription;
  private readonly _booted: BootedHardware;
  private readonly _input: ReportInput;
  private readonly _memories: readonly DescribedMemory[];
  private readonly _flows: PreparedFlows;
  private readonly _refusal: Refusal | undefined;
  private readonly _cpu: Cpu;
  private readonly _verdicts: VerdictDesk;
  /** In the order of their times. */
  private readonly _faults: readonly PlannedFault[];
  private _nextFault = 0;
  private _started = false;
  private _report: RunReport | undefined;

  private constructor(booted: BootedHardware, options: SimulatedMachineOptions, diagnostics: readonly Diagnostic[]) {
    const { document, transfer, way, seed } = options;
    this._booted = booted;
    this._cpu = new Cpu(booted.hardware);
    const flows = prepareFlows(booted, { transfer, way, flows: document.flows ?? [], seed });
    this._flows = flows;
    this._input = { booted, transfer, way, flows, cpu: this._cpu, faultNotes: [] };
    this._faults = [...(document.faults ?? [])].sort((a, b) => a.at_ps - b.at_ps);
    this._memories = describeMemories(booted);
    this._verdicts = new VerdictDesk(booted);
    this._refusal = refusalOf(flows, way);
    this.description = describeMachine({
      booted,
      memories: this._memories,
      transfer,
      way,
      flows,
      refusal: this._refusal,
      verdicts: this._verdicts,
      diagnostics,
    });
    if (this._refusal !== undefined) this.#refuse(this._refusal);
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
    return this._report;
  }

  /**
   * Runs events up to and including `at_ps`, at most about `maxEvents`.
   * @returns `finished` when the job has ended (before or in this call); the machine does not run on after that.
   */
  runUntil(at_ps: number, maxEvents: number): 'reached' | 'budget' | 'finished' {
    const { hardware } = this._booted;
    this.#start();
    const first = this.#events;
    while (this._report === undefined) {
      if (hardware.now_ps >= at_ps) break;
      const left = maxEvents - (this.#events - first);
      if (left <= 0) return this.#pause('budget');
      const next_ps = Math.min(hardware.nextEvent_ps(), this.#nextFault_ps);
      if (next_ps === Infinity) this.#end(STUCK);
      else this.#advance(Math.min(at_ps, Math.max(hardware.now_ps + SLICE_PS, next_ps)), left);
      this.#look();
    }
    return this.#pause(this._report === undefined ? 'reached' : 'finished');
  }

  /** Runs to a time or to the next planned fault, which then happens. */
  #advance(at_ps: number, maxEvents: number): void {
    const { hardware } = this._booted;
    const limit_ps = Math.min(at_ps, this.#nextFault_ps);
    if (hardware.runUntil(limit_ps, maxEvents) !== 'budget') this.#injectDue();
  }

  get #nextFault_ps(): number {
    return this._faults[this._nextFault]?.at_ps ?? Infinity;
  }

  /** Everything up to now has happened: planned faults of this time happen. */
  #injectDue(): void {
    const { hardware } = this._booted;
    for (let planned = this._faults[this._nextFault]; planned !== undefined; planned = this._faults[this._nextFault]) {
      if (planned.at_ps > hardware.now_ps) return;
      this._nextFault += 1;
      const refused = hardware.inject(planned.fault);
      if (refused !== undefined)
        this._input.faultNotes.push(`${planned.fault.kind} at ${planned.at_ps} ps: ${refused}`);
    }
  }

  /** Advances by one event, or until one more TLP has crossed a link or reached memory. */
  step(unit: StepUnit): void {
    this.#start();
    if (this._report !== undefined) return;
    const { hardware } = this._booted;
    if (this.#nextFault_ps < hardware.nextEvent_ps()) this.#advance(this.#nextFault_ps, Infinity);
    else if (!hardware.step(unit === 'event' ? 'event' : 'tlp')) this.#end(STUCK);
    this.#look();
    this._cpu.settleBusyTime();
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

  /** Breaks something now. @returns why it cannot be broken, or undefined if it was. */
  inject(fault: FaultSpec): string | undefined {
    this.#start();
    return this._booted.hardware.inject(fault);
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
    this.#start();
    const answer = { isThere: false };
    this._cpu.start(
      (function* write(): HostProcess<void> {
        yield* configWrite({ segment: fn.segment, bdf: fn.bdf }, offset, bytes, value);
        answer.isThere = true;
      })(),
    );
    const limit_ps = hardware.now_ps + CONFIG_WRITE_LIMIT_PS;
    while (!answer.isThere && hardware.nextEvent_ps() <= limit_ps) hardware.runUntil(hardware.nextEvent_ps(), Infinity);
    this.#look();
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
    at(this._memories, memory).memory.writeFrom(offset, bytes.length, bytes, 0);
  }

  /** What an address is called elsewhere, as registers and tables are now. @returns undefined for an unknown function. */
  nameAddress(node: NodeId, question: AddressQuestion): AddressNames | undefined {
    return nameAddress(this._booted, this._memories, node, question);
  }

  get #events(): number {
    return at(this.machineCounters, MACHINE_COUNTER.events);
  }

  /** At time 0, the first time anything runs. */
  #start(): void {
    if (this._started || this._refusal !== undefined) return;
    this._started = true;
    recoverFunctions(this._booted, this._cpu, this._flows.drivers);
    const { runners } = this._flows;
    for (const runner of runners) this._cpu.start(flowProcess(runner));
    if (runners.some(({ isBackground }) => isBackground)) {
      this._cpu.start(guardBackground(runners, (flow) => this.#delivered(flow)));
    }
    this.#injectDue();
    this.#look();
  }

  /** Bytes and operations of a flow so far. */
  #delivered(flow: number): number {
    const row = flowRow(flow, this._booted.hardware.links.length * 2);
    return (
      at(this.flowCounters, row + FLOW_COUNTER.arrivedBytes) + at(this.flowCounters, row + FLOW_COUNTER.operations)
    );
  }

  #pause<Outcome>(outcome: Outcome): Outcome {
    this._cpu.settleBusyTime();
    return outcome;
  }

  /** Takes over what the flows say; ends the run when all that somebody waits for are over. */
  #look(): void {
    if (this._refusal !== undefined || this._report !== undefined) return;
    const { transfer, runners } = this._flows;
    const progress = transfer?.ok === true ? transfer.value.prepared.job.progress : undefined;
    const begun = runners.map((runner) => runner.progress.begun_ps).filter((at_ps) => at_ps > 0);
    const counters = this.machineCounters;
    counters[MACHINE_COUNTER.jobState] = JOB_STATE[progress?.state ?? 'running'];
    counters[MACHINE_COUNTER.activeLegs] = progress?.activeLegs ?? 0;
    counters[MACHINE_COUNTER.begun_ps] =
      progress?.begun_ps ?? Math.min(Infinity, ...begun, ...(begun.length > 0 ? [] : [0]));
    this.#showFlows();
    if (runners.every((runner) => runner.isBackground || isOver(runner))) this.#drain();
  }

  /** State and times of each flow, for whoever watches. */
  #showFlows(): void {
    const { flowCounters, links } = this._booted.hardware;
    for (const { number, progress } of this._flows.runners) {
      const row = flowRow(number, links.length * 2);
      flowCounters[row + FLOW_COUNTER.state] = JOB_STATE[progress.state];
      flowCounters[row + FLOW_COUNTER.begun_ps] = progress.begun_ps;
      flowCounters[row + FLOW_COUNTER.finished_ps] = progress.finished_ps;
    }
  }

  #drain(): void {
    const { hardware } = this._booted;
    const { runners } = this._flows;
    const over_ps = Math.max(...runners.map((runner) => (runner.isBackground ? 0 : runner.over_ps)));
    for (const runner of runners) if (runner.isBackground) runner.stop();
    const stop_ps = hardware.now_ps + LONGEST_STOP_PS;
    while (!runners.every(isOver) && hardware.nextEvent_ps() <= stop_ps)
      hardware.runUntil(hardware.nextEvent_ps(), Infinity);
    for (const runner of runners) runner.halt?.();
    const isCut = (): boolean => !runners.every(isOver);
    hardware.runUntil(Math.max(hardware.now_ps, over_ps + DRAIN_PS), Infinity);
    const isQuiet = (): boolean => hardware.checkConservation().every((check) => check.ok);
    const limit_ps = over_ps + LONGEST_DRAIN_PS;
    while (!isCut() && !isQuiet() && hardware.nextEvent_ps() <= limit_ps) {
      hardware.runUntil(Math.max(hardware.now_ps + SLICE_PS, hardware.nextEvent_ps()), Infinity);
    }
    this.#end(undefined);
  }

  /** @param stuck why the run can never end; undefined if it has. */
  #end(stuck: string | undefined): void {
    if (this._refusal !== undefined) return;
    this._cpu.settleBusyTime();
    this.#showFlows();
    const report = endedReport(this._input, stuck);
    this._report = report;
    const state = report.outcome === 'finished' ? JOB_STATE.finished : JOB_STATE.failed;
    this.machineCounters[MACHINE_COUNTER.jobState] = state;
    this.machineCounters[MACHINE_COUNTER.activeLegs] = 0;
    const ends = this._flows.runners.map((runner) => (runner.isBackground ? 0 : runner.progress.finished_ps));
    this.machineCounters[MACHINE_COUNTER.finished_ps] =
      this._flows.transfer?.ok === true ? this._flows.transfer.value.progress.finished_ps : Math.max(0, ...ends);
  }

  #refuse(refusal: Refusal): void {
    this._report = refusedReport(this._input, refusal);
    this.machineCounters[MACHINE_COUNTER.jobState] = JOB_STATE.refused;
  }
}

/** The flow has ended, well or not. */
function isOver({ progress, over_ps }: FlowRunner): boolean {
  return progress.state === 'finished' || (progress.state === 'failed' && over_ps > 0);
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
