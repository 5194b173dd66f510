/*
 * A planned transfer as a process: sets the engines up, runs the legs, keeps a record.
 */
import { invariant } from '../../../base/invariant.ts';
import type { HostProcess } from '../../pcie/requests.ts';
import type { CompletionStyle, EngineDriver } from '../drivers/engineDriver.ts';
import type { EngineDrivers } from '../drivers/engineDrivers.ts';
import { enableDevice } from '../drivers/functionSetup.ts';
import type { Kernel } from '../drivers/kernel.ts';
import type { HostView } from '../hostView.ts';
import { now } from '../processRequests.ts';
import type { DeviceCapability } from './capabilities.ts';
import { runDirect } from './directRun.ts';
import type { JobPlan } from './jobPlan.ts';
import { type JobProgress, JobRecord } from './jobProgress.ts';
import { mapLegs } from './legMapping.ts';
import type { JobParts } from './legRun.ts';
import { StagedRun } from './stagedRun.ts';

export interface TransferJobParts {
  readonly kernel: Kernel;
  readonly view: HostView;
  readonly capabilities: ReadonlyMap<number, DeviceCapability>;
  readonly drivers: EngineDrivers;
  readonly nameOf: (fn: number) => string;
  readonly completion: CompletionStyle;
  /** Number of the flow in the TLPs' flow bytes; 0 = the transfer. */
  readonly flow: number;
  /** Called at the instants it begins and ends. */
  readonly onPhase?: (phase: 'begun' | 'ended') => void;
}

export class TransferJob {
  private readonly _parts: JobParts;
  private readonly _view: HostView;
  private readonly _record = new JobRecord();
  private readonly _staged: StagedRun | undefined;
  private readonly _control = { isStopped: false };
  private readonly _onPhase: (phase: 'begun' | 'ended') => void;

  constructor(plan: JobPlan, parts: TransferJobParts) {
    this._view = parts.view;
    this._onPhase = parts.onPhase ?? (() => undefined);
    const whole = plan.legs.some(({ source, target }) => source.kind === 'hostMemory' || target.kind === 'hostMemory');
    const engines = [...new Set(plan.legs.flatMap(({ engine }) => (engine === 'cpu' ? [] : [engine])))];
    const drivers = engines.map((fn): [number, EngineDriver] => [fn, driverFor(fn, parts)]);
    this._parts = {
      plan,
      record: this._record,
      drivers: new Map(drivers),
      nameOf: parts.nameOf,
      hostAddress: whole ? parts.kernel.allocate(plan.order.bytes) : undefined,
      deviceAddress: (fn, address, direction) => parts.kernel.deviceAddress(fn, address, direction),
      completion: parts.completion,
      flow: parts.flow,
      get isShared() {
        return engines.some((fn) => parts.drivers.isShared(fn));
      },
      control: this._control,
    };
    this._staged = plan.legs.length === 1 ? undefined : new StagedRun(this._parts, parts.kernel);
    const { kernel, view } = parts;
    const { hostAddress } = this._parts;
    mapLegs({ kernel, view, plan, hostAddress, stages: this._staged?.buffers ?? [] });
  }

  get plan(): JobPlan {
    return this._parts.plan;
  }

  get progress(): JobProgress {
    return this._record;
  }

  /** Bus address of the job's bytes in host memory, where an end of it is the host. */
  get hostAddress(): number | undefined {
    return this._parts.hostAddress;
  }

  /** Begins nothing more; what is under way ends. */
  stop(): void {
    this._control.isStopped = true;
  }

  /** Before time starts: enables source, destination and engines, and routes the engines' interrupts. */
  *probe(): HostProcess<void> {
    const { from, to } = this._parts.plan.order;
    for (const fn of new Set([from, to, ...this._parts.drivers.keys()])) {
      if (typeof fn === 'number') yield* enableDevice(this._view, fn);
    }
    for (const driver of this._parts.drivers.values()) yield* driver.probe();
  }

  /**
   * The whole job. Ends in state finished or failed.
   * @param repeats begins anew after each end, until it is stopped or fails.
   */
  *run(repeats = false): HostProcess<void> {
    const record = this._record;
    record.state = 'running';
    for (const [fn, driver] of this._parts.drivers) {
      if (!(yield* driver.start())) record.fail(`${this._parts.nameOf(fn)}: its registers do not answer`);
    }
    record.begun_ps = yield* now();
    this._onPhase('begun');
    const goesOn = (): boolean => record.failure === undefined && !this._control.isStopped;
    if (goesOn()) yield* this.#pass();
    if (repeats) while (goesOn()) yield* this.#pass();
    record.finished_ps = yield* now();
    this._onPhase('ended');
    if (record.failure === undefined) record.state = 'finished';
  }

  *#pass(): HostProcess<void> {
    yield* this._staged?.run() ?? runDirect(this._parts);
  }
}

function driverFor(fn: number, parts: TransferJobParts): EngineDriver {
  const known = parts.view.functions[fn];
  const registers = parts.capabilities.get(fn)?.engine?.registers;
  invariant(known !== undefined && registers !== undefined, () => `the plan names function ${fn}, which has no engine`);
  return parts.drivers.bind(known, registers, parts.completion);
}
