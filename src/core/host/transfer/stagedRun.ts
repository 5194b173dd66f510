/*
 * A job of several legs with staging buffers between them. Each leg is a process of its own (two if an engine
 * works on it: one gives work, one waits for it), so that with two buffers both legs run at once.
 *
 *   leg 0 ──full[0]──▶ leg 1 ──full[1]──▶ leg 2
 *         ◀─free[0]──       ◀─free[1]──
 */
import { at } from '../../../base/invariant.ts';
import type { HostProcess } from '../../pcie/requests.ts';
import type { EngineDriver } from '../drivers/engineDriver.ts';
import type { Kernel } from '../drivers/kernel.ts';
import { awaitSignal, signal, spawn } from '../processRequests.ts';
import { type Chunk, type JobParts, accept, cpuWork, driverOf, engineWork } from './legRun.ts';

/** Buffers between two legs. */
interface Stage {
  /** Bus address of each buffer. */
  readonly buffers: readonly number[];
  readonly free: number;
  readonly full: number;
}

export class StagedRun {
  private readonly _parts: JobParts;
  private readonly _kernel: Kernel;
  private readonly _stages: readonly Stage[];
  /** Signalled at the end of the last leg, and by a leg that fails. */
  private readonly _over: number;
  private _isPrimed = false;
  /** Chunks that will be moved; less than all once the job was stopped. */
  private _limit = Infinity;

  constructor(parts: JobParts, kernel: Kernel) {
    this._parts = parts;
    this._kernel = kernel;
    const { plan } = parts;
    this._stages = plan.stages.map((stage) => ({
      buffers: Array.from({ length: plan.order.buffers }, (_, index) =>
        stage.kind === 'host' ? kernel.allocate(plan.chunkBytes) : stage.range.address + index * plan.chunkBytes,
      ),
      free: kernel.allocateSemaphore(),
      full: kernel.allocateSemaphore(),
    }));
    this._over = kernel.allocateSemaphore();
  }

  /** Bus addresses of the staging buffers, by stage. */
  get buffers(): readonly (readonly number[])[] {
    return this._stages.map(({ buffers }) => buffers);
  }

  /** Runs all legs to the end or the first failure. After a good end it can be run again: all buffers are free then. */
  *run(): HostProcess<void> {
    for (const stage of this._isPrimed ? [] : this._stages) {
      for (let buffer = 0; buffer < stage.buffers.length; buffer++) yield* signal(stage.free);
    }
    this._isPrimed = true;
    for (let leg = 0; leg < this._parts.plan.legs.length; leg++) {
      const driver = driverOf(this._parts, leg);
      if (driver === undefined) yield* spawn(this.#runByCpu(leg));
      else yield* this.#startEngineLeg(leg, driver);
    }
    yield* awaitSignal(this._over);
  }

  #chunkCount(): number {
    return Math.ceil(this._parts.plan.order.bytes / this._parts.plan.chunkBytes);
  }

  #chunk(leg: number, number: number): Chunk {
    const { order, chunkBytes } = this._parts.plan;
    const offset = number * chunkBytes;
    const lengthBytes = Math.min(chunkBytes, order.bytes - offset);
    return {
      offset,
      lengthBytes,
      fromStage: bufferOf(this._stages[leg - 1], number),
      toStage: bufferOf(this._stages[leg], number),
      isLast: offset + lengthBytes === order.bytes,
    };
  }

  /** Waits until a leg has something to move and somewhere to put it. @returns false if there will be nothing more. */
  *#acquire(leg: number, number: number): HostProcess<boolean> {
    const before = this._stages[leg - 1];
    const after = this._stages[leg];
    if (before !== undefined) yield* awaitSignal(before.full);
    // The first leg stops; each tells the next one when it has moved all there was.
    if (leg === 0 && this._parts.control.isStopped) this._limit = Math.min(this._limit, number);
    if (number >= this._limit) return false;
    if (after !== undefined) yield* awaitSignal(after.free);
    this._parts.record.count(leg, 1);
    return true;
  }

  /** A leg has ended before the job's last chunk: whoever waits for more is woken. */
  *#endEarly(leg: number): HostProcess<void> {
    yield* signal(this._stages[leg]?.full ?? this._over);
  }

  /** A chunk of a leg is done: its source buffer is free, its target buffer is full. */
  *#release(leg: number, chunk: Chunk): HostProcess<void> {
    const before = this._stages[leg - 1];
    const after = this._stages[leg];
    this._parts.record.count(leg, -1);
    if (before !== undefined) yield* signal(before.free);
    if (after !== undefined) yield* signal(after.full);
    else this._parts.record.doneBytes += chunk.lengthBytes;
    if (after === undefined && chunk.isLast) yield* signal(this._over);
  }

  *#runByCpu(leg: number): HostProcess<void> {
    for (let number = 0; number < this.#chunkCount(); number++) {
      if (!(yield* this.#acquire(leg, number))) {
        yield* this.#endEarly(leg);
        return;
      }
      const chunk = this.#chunk(leg, number);
      yield* cpuWork(this._parts, leg, chunk);
      yield* this.#release(leg, chunk);
    }
  }

  *#startEngineLeg(leg: number, driver: EngineDriver): HostProcess<void> {
    const sequences: number[] = [];
    const submitted = this._kernel.allocateSemaphore();
    yield* spawn(this.#submitChunks(leg, driver, sequences, submitted));
    yield* spawn(this.#awaitChunks(leg, driver, sequences, submitted));
  }

  *#submitChunks(leg: number, driver: EngineDriver, sequences: number[], submitted: number): HostProcess<void> {
    for (let number = 0; number < this.#chunkCount(); number++) {
      if (!(yield* this.#acquire(leg, number))) {
        // No sequence number: nothing more to wait for.
        yield* signal(submitted);
        return;
      }
      sequences[number] = yield* driver.submit(
        [engineWork(this._parts, leg, this.#chunk(leg, number), true)],
        this._parts.completion,
      );
      yield* signal(submitted);
    }
  }

  *#awaitChunks(leg: number, driver: EngineDriver, sequences: readonly number[], submitted: number): HostProcess<void> {
    for (let number = 0; number < this.#chunkCount(); number++) {
      yield* awaitSignal(submitted);
      const sequence = sequences[number];
      if (sequence === undefined) {
        yield* this.#endEarly(leg);
        return;
      }
      if (!accept(this._parts, leg, yield* driver.wait(sequence, this._parts.completion))) {
        yield* signal(this._over);
        return;
      }
      yield* this.#release(leg, this.#chunk(leg, number));
    }
  }
}

function bufferOf(stage: Stage | undefined, chunk: number): number | undefined {
  return stage === undefined ? undefined : at(stage.buffers, chunk % stage.buffers.length);
}
