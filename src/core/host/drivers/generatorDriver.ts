/*
 * The driver of an access generator (core/config/devices/engineRegisters.ts): programs one channel, and looks now and then
 * whether it is done. Done means for writes: sent.
 */
import { highDword, lowDword } from '../../../base/bits.ts';
import { PS_PER_US } from '../../../base/units.ts';
import {
  ENGINE_IDENTITY,
  GENERATOR_BASE_HIGH,
  GENERATOR_BASE_LOW,
  GENERATOR_CONTROL,
  GENERATOR_COUNT,
  GENERATOR_DONE,
  GENERATOR_OPERATION_BYTES,
  GENERATOR_OUTSTANDING,
  GENERATOR_SEED,
  GENERATOR_STATUS,
  GENERATOR_WINDOW_HIGH,
  GENERATOR_WINDOW_LOW,
  generatorBase,
} from '../../config/devices/engineRegisters.ts';
import { type Register, extractField, insertFields } from '../../config/register.ts';
import type { HostProcess } from '../../pcie/requests.ts';
import { type FlowByte, readOutcomeText } from '../../pcie/tlp.ts';
import type { HostFunction, HostView } from '../hostView.ts';
import { mmioRead32, mmioWrite32, now, sleep } from '../processRequests.ts';
import { enableDevice } from './functionSetup.ts';

/** Between two looks, at first and at most. */
const FIRST_LOOK_PS = 2 * PS_PER_US;
const LAST_LOOK_PS = 50 * PS_PER_US;
const ALL_ONES = 2 ** 32 - 1;

export interface GeneratorProgram {
  readonly address: number;
  readonly windowBytes: number;
  readonly operationBytes: number;
  readonly outstanding: number;
  /** Below 2^32. */
  readonly operations: number;
  readonly isWrite: boolean;
  readonly isRandom: boolean;
  /** Goes on until it is stopped. */
  readonly isEndless: boolean;
  readonly seed: number;
  readonly flow: FlowByte;
}

export interface GeneratorDriverParts {
  readonly view: HostView;
  readonly fn: HostFunction;
  /** Bus address of the engine's register block. */
  readonly registers: number;
  readonly channel: number;
  readonly program: GeneratorProgram;
  /** Function whose memory is accessed; undefined = the host's. */
  readonly target: number | undefined;
  readonly name: string;
}

/** What the driver knows. */
export interface GeneratorRecord {
  state: 'ready' | 'running' | 'finished' | 'failed';
  begun_ps: number;
  finished_ps: number;
  failure: string | undefined;
}

export class GeneratorDriver {
  readonly record: GeneratorRecord = { state: 'ready', begun_ps: 0, finished_ps: 0, failure: undefined };
  private readonly _parts: GeneratorDriverParts;
  private _isStopped = false;

  constructor(parts: GeneratorDriverParts) {
    this._parts = parts;
  }

  /** Before time starts: enables the device and the one it will access. */
  *probe(): HostProcess<void> {
    const { view, fn, target } = this._parts;
    yield* enableDevice(view, fn.index);
    if (target !== undefined) yield* enableDevice(view, target);
  }

  /** Ends it at the driver's next look. */
  stop(): void {
    this._isStopped = true;
  }

  *run(): HostProcess<void> {
    const { record } = this;
    record.state = 'running';
    if ((yield* mmioRead32(this._parts.registers + ENGINE_IDENTITY.offsetBytes)) !== ENGINE_IDENTITY.reset) {
      yield* this.#end('its registers do not answer');
      return;
    }
    yield* this.#program();
    record.begun_ps = yield* now();
    const failure = yield* this.#await();
    // It may well be at work still, only out of reach for a read.
    if (failure !== undefined) yield* this.#store(GENERATOR_CONTROL, this.#control(0));
    yield* this.#end(failure);
  }

  *#end(failure: string | undefined): HostProcess<void> {
    this.record.finished_ps = yield* now();
    if (failure !== undefined) this.record.failure = `${this._parts.name}: ${failure}`;
    this.record.state = failure === undefined ? 'finished' : 'failed';
  }

  *#program(): HostProcess<void> {
    const { program } = this._parts;
    yield* this.#store(GENERATOR_BASE_LOW, lowDword(program.address));
    yield* this.#store(GENERATOR_BASE_HIGH, highDword(program.address));
    yield* this.#store(GENERATOR_WINDOW_LOW, lowDword(program.windowBytes));
    yield* this.#store(GENERATOR_WINDOW_HIGH, highDword(program.windowBytes));
    yield* this.#store(GENERATOR_OPERATION_BYTES, program.operationBytes);
    yield* this.#store(GENERATOR_OUTSTANDING, program.outstanding);
    yield* this.#store(GENERATOR_COUNT, program.operations);
    yield* this.#store(GENERATOR_SEED, program.seed);
    yield* this.#store(GENERATOR_CONTROL, this.#control(1));
  }

  #control(run: 0 | 1): number {
    const { isWrite, isRandom, isEndless, flow } = this._parts.program;
    const fields = { run, write: isWrite ? 1 : 0, random: isRandom ? 1 : 0, endless: isEndless ? 1 : 0, flow };
    return insertFields(GENERATOR_CONTROL, 0, fields);
  }

  /** @returns what failed, if something did. */
  *#await(): HostProcess<string | undefined> {
    let pause_ps = FIRST_LOOK_PS;
    let hasStopped = false;
    for (;;) {
      if (this._isStopped && !hasStopped) {
        hasStopped = true;
        yield* this.#store(GENERATOR_CONTROL, this.#control(0));
        pause_ps = FIRST_LOOK_PS;
      }
      yield* sleep(pause_ps);
      const status = yield* this.#load(GENERATOR_STATUS);
      if (status === ALL_ONES) return 'its registers no longer answer';
      if (extractField(GENERATOR_STATUS, 'failed', status) === 1) {
        return `a read was ${readOutcomeText(extractField(GENERATOR_STATUS, 'completionStatus', status))}`;
      }
      if (extractField(GENERATOR_STATUS, 'busy', status) === 0) return yield* this.#count();
      pause_ps = Math.min(pause_ps * 1.5, LAST_LOOK_PS);
    }
  }

  /** A reset in between would have ended it early. */
  *#count(): HostProcess<string | undefined> {
    const { operations } = this._parts.program;
    const done = yield* this.#load(GENERATOR_DONE);
    return this._isStopped || done === operations ? undefined : `it ended after ${done} of ${operations} operations`;
  }

  *#load(register: Register): HostProcess<number> {
    return yield* mmioRead32(this._parts.registers + generatorBase(this._parts.channel) + register.offsetBytes);
  }

  *#store(register: Register, value: number): HostProcess<void> {
    yield* mmioWrite32(this._parts.registers + generatorBase(this._parts.channel) + register.offsetBytes, value);
  }
}
