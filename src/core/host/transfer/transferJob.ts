/*
 * A planned transfer as a process: sets the engines up, runs the legs, keeps a record.
 */
import { invariant } from '../../../base/invariant.ts';
import type { HostProcess } from '../../pcie/requests.ts';
import { type CompletionStyle, EngineDriver } from '../drivers/engineDriver.ts';
import { enableDevice } from '../drivers/functionSetup.ts';
import type { Kernel } from '../drivers/kernel.ts';
import type { HostView } from '../hostView.ts';
import { now } from '../processRequests.ts';
import type { DeviceCapability } from './capabilities.ts';
import { runDirect } from './directRun.ts';
import type { JobPlan } from './jobPlan.ts';
import { type JobProgress, JobRecord } from './jobProgress.ts';
import type { JobParts } from './legRun.ts';
import { StagedRun } from './stagedRun.ts';

export interface TransferJobParts {
  readonly kernel: Kernel;
  readonly view: HostView;
  readonly capabilities: ReadonlyMap<number, DeviceCapability>;
  readonly nameOf: (fn: number) => string;
  readonly completion: CompletionStyle;
}

export class TransferJob {
  readonly #parts: JobParts;
  readonly #kernel: Kernel;
  readonly #view: HostView;
  readonly #record = new JobRecord();

  constructor(plan: JobPlan, parts: TransferJobParts) {
    this.#kernel = parts.kernel;
    this.#view = parts.view;
    const whole = plan.legs.some(({ source, target }) => source.kind === 'hostMemory' || target.kind === 'hostMemory');
    const engines = new Set(plan.legs.flatMap(({ engine }) => (engine === 'cpu' ? [] : [engine])));
    const drivers = [...engines].map((fn): [number, EngineDriver] => [fn, driverFor(fn, parts)]);
    this.#parts = {
      plan,
      record: this.#record,
      drivers: new Map(drivers),
      nameOf: parts.nameOf,
      hostAddress: whole ? parts.kernel.allocate(plan.order.bytes) : undefined,
    };
  }

  get progress(): JobProgress {
    return this.#record;
  }

  /** Bus address of the job's bytes in host memory, where an end of it is the host. */
  get hostAddress(): number | undefined {
    return this.#parts.hostAddress;
  }

  /** Before time starts: enables source, destination and engines, and routes the engines' interrupts. */
  *probe(): HostProcess<void> {
    const { from, to } = this.#parts.plan.order;
    for (const fn of new Set([from, to, ...this.#parts.drivers.keys()])) {
      if (typeof fn === 'number') yield* enableDevice(this.#view, fn);
    }
    for (const driver of this.#parts.drivers.values()) yield* driver.probe();
  }

  /** The whole job. Ends in state finished or failed. */
  *run(): HostProcess<void> {
    const record = this.#record;
    record.state = 'running';
    for (const [fn, driver] of this.#parts.drivers) {
      if (!(yield* driver.start())) record.fail(`${this.#parts.nameOf(fn)}: its registers do not answer`);
    }
    record.begun_ps = yield* now();
    if (record.failure === undefined) {
      if (this.#parts.plan.legs.length === 1) yield* runDirect(this.#parts);
      else yield* new StagedRun(this.#parts, this.#kernel).run();
    }
    record.finished_ps = yield* now();
    if (record.failure === undefined) record.state = 'finished';
  }
}

function driverFor(fn: number, parts: TransferJobParts): EngineDriver {
  const known = parts.view.functions[fn];
  const registers = parts.capabilities.get(fn)?.engine?.registers;
  invariant(known !== undefined && registers !== undefined, () => `the plan names function ${fn}, which has no engine`);
  return new EngineDriver(parts.kernel, known, registers, parts.completion);
}
