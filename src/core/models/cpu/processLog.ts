/*
 * Everything software was told. Host processes are generators, which nobody can copy; but what they do depends on the
 * answers to their requests alone, so fresh generators that are given the same answers in the same order get to the same
 * place, and bring the drivers' objects there, too.
 */
import { at, invariant } from '../../../base/invariant.ts';
import type { HostProcess, HostResponse } from '../../pcie/requests.ts';
import { grownInt32s } from '../../sim/cells.ts';

/** How far a log is. */
export interface LogPlace {
  /** Answers given. */
  readonly answers: number;
  /** Processes begun. */
  readonly processes: number;
}

const INITIAL_CAPACITY = 1024;
/** Number of the process, a reference, and now and then a few bytes. */
const BYTES_PER_ANSWER = 24;

export class ProcessLog {
  private _serials = new Int32Array(INITIAL_CAPACITY);
  private readonly _answers: HostResponse[] = [];
  /** Processes that nobody spawned: how to make them anew. */
  private readonly _makers = new Map<number, () => HostProcess<void>>();
  private _count = 0;
  private _begun = 0;

  /** Bytes it keeps, about. */
  get keptBytes(): number {
    return this._answers.length * BYTES_PER_ANSWER;
  }

  get place(): LogPlace {
    return { answers: this._count, processes: this._begun };
  }

  /**
   * A process begins. @param make for one that is not spawned by another process.
   * @returns its number in this run.
   */
  begin(make: (() => HostProcess<void>) | undefined): number {
    const serial = this._begun++;
    if (make !== undefined) this._makers.set(serial, make);
    return serial;
  }

  /** A process goes on with this answer. */
  note(serial: number, answer: HostResponse): void {
    if (this._count === this._serials.length) this._serials = grownInt32s(this._serials, INITIAL_CAPACITY);
    this._serials[this._count] = serial;
    this._answers[this._count] = answer;
    this._count += 1;
  }

  /** From here on the log is written anew. What it had there stays, for a run that does the same again. */
  rewind(place: LogPlace): void {
    this._count = place.answers;
    this._begun = place.processes;
  }

  /** Nothing after the present place will happen as it did. */
  forgetLater(): void {
    this._answers.length = this._count;
    for (const serial of this._makers.keys()) if (serial >= this._begun) this._makers.delete(serial);
  }

  /**
   * Makes the processes that live at a place, each where it was there. The objects of software must be as they were before
   * the first process began.
   */
  replay(place: LogPlace): ReadonlyMap<number, HostProcess<void>> {
    const live = new Map<number, HostProcess<void>>();
    let nextSpawned = 0;
    for (let index = 0; index < place.answers; index++) {
      const serial = at(this._serials, index);
      let process = live.get(serial);
      if (process === undefined) {
        process = this._makers.get(serial)?.();
        invariant(process !== undefined, () => `nobody began process ${serial}`);
        live.set(serial, process);
      }
      const step = process.next(this._answers[index]);
      if (step.done === true) {
        live.delete(serial);
      } else if (step.value.kind === 'spawn') {
        while (this._makers.has(nextSpawned)) nextSpawned += 1;
        live.set(nextSpawned, step.value.process);
        nextSpawned += 1;
      }
    }
    return live;
  }
}
