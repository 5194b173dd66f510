/*
 * Checkpoints of one machine's run, so that it can be at any instant of it: the nearest checkpoint before, and on from
 * there. What is done to the machine by hand belongs to the run: it is done again when the run passes that place again.
 */
import { at, invariant } from '../../base/invariant.ts';
import { MACHINE_COUNTER } from '../../core/pcie/counters.ts';
import type { LogPlace, ProcessLog } from '../../core/models/cpu/processLog.ts';
import type { Cpu } from '../../core/models/cpu.ts';
import type { MemoryArena } from '../../core/sim/memoryArena.ts';
import { type Capture, ObjectHistory } from '../../core/sim/objectHistory.ts';
import { PageHistory } from '../../core/sim/pageHistory.ts';
import type { RunPlace } from '../protocol.ts';

export interface HistoryParts {
  readonly cpu: Cpu;
  readonly arena: MemoryArena;
  /** Layout MACHINE_COUNTER. */
  readonly counters: Float64Array;
  /** From these everything can be reached that hardware knows and that is counted. */
  readonly hardware: readonly object[];
  /** From these everything can be reached that drivers and jobs know. */
  readonly software: readonly object[];
  /** What is the same all the time, or not the run's: the document, recorders of hops. */
  readonly stops: readonly object[];
  readonly limits: HistoryLimits;
}

export interface HistoryLimits {
  /**
   * Most that is kept, in bytes: beyond it every second checkpoint goes. A few are kept whatever they take, so that a run
   * which writes more than this between two of them goes over it.
   */
  readonly budgetBytes: number;
  /** Hops between two checkpoints at first: running them again takes a twentieth of a second. */
  readonly intervalHops: number;
}

/** Something done to the machine by hand. */
export interface ManualChange {
  readonly place: RunPlace;
  readonly what: string;
  readonly apply: () => void;
  /** What keeping it takes. */
  readonly bytes: number;
}

interface Checkpoint {
  readonly place: RunPlace;
  readonly capture: Capture;
  readonly log: LogPlace;
  /** Changes that had been made. */
  readonly changes: number;
}

/** Events between two looks whether a checkpoint is due. */
const STRIDE_EVENTS = 32_768;
/** So many are never thinned out. */
const FEWEST_CHECKPOINTS = 4;
/** Most runs take a few megabytes of it. */
export const HISTORY_LIMITS: HistoryLimits = { budgetBytes: 768 * 2 ** 20, intervalHops: 50_000 };

export class MachineHistory {
  private readonly _parts: HistoryParts;
  private readonly _pages: PageHistory;
  private readonly _objects: ObjectHistory;
  private readonly _log: ProcessLog;
  private readonly _software: ObjectHistory;
  /** Software before its first process began. */
  private readonly _softwareAtStart: Capture;
  private readonly _checkpoints: Checkpoint[] = [];
  private readonly _changes: ManualChange[] = [];
  /** The checkpoint the machine passed last. */
  private _passed = 0;
  /** Changes made before the present place. */
  private _made = 0;
  private _intervalHops: number;
  /** Of all checkpoints. */
  private _captureBytes = 0;
  private _furthest: RunPlace;
  /** Told when what had come after an instant is forgotten. */
  onBranch: ((at_ps: number) => void) | undefined;

  /** Takes the first checkpoint: nothing has run yet. */
  constructor(parts: HistoryParts) {
    this._parts = parts;
    const { arena } = parts;
    this._intervalHops = parts.limits.intervalHops;
    this._log = parts.cpu.keepLog();
    this._pages = new PageHistory(arena);
    const stops = [...parts.stops, arena, this, this._log, this._pages];
    const isForeign = (buffer: ArrayBufferLike): boolean => arena.segments.includes(buffer);
    this._objects = new ObjectHistory(parts.hardware, { stops: [...stops, ...parts.software], isForeign });
    this._software = new ObjectHistory(parts.software, { stops: [...stops, ...parts.hardware], isForeign });
    this._softwareAtStart = this._software.capture();
    this._furthest = this.place;
    this._checkpoints.push(this.#checkpoint(undefined));
  }

  /** Where the machine is. */
  get place(): RunPlace {
    const { counters } = this._parts;
    return {
      now_ps: at(counters, MACHINE_COUNTER.now_ps),
      events: at(counters, MACHINE_COUNTER.events),
      hops: at(counters, MACHINE_COUNTER.hops),
    };
  }

  /** The furthest this run has been. */
  get furthest(): RunPlace {
    const { place } = this;
    return isBefore(this._furthest, place) ? place : this._furthest;
  }

  /** The machine is where this run has been before. */
  get isBehind(): boolean {
    return isBefore(this.place, this._furthest);
  }

  get checkpoints(): number {
    return this._checkpoints.length;
  }

  get keptBytes(): number {
    const changes = this._changes.reduce((sum, { bytes }) => sum + bytes, 0);
    return this._captureBytes + changes + this._pages.keptBytes + this._log.keptBytes;
  }

  get budgetBytes(): number {
    return this._parts.limits.budgetBytes;
  }

  get changes(): readonly ManualChange[] {
    return this._changes;
  }

  /** The next change that the run will make again, if it has been behind. */
  get nextChange(): ManualChange | undefined {
    return this._changes[this._made];
  }

  /** Events the machine may run before {@link keep} must be called: places that are known are not run over. */
  get eventsLeft(): number {
    const { events } = this.place;
    const checkpoint = this._checkpoints[this._passed + 1]?.place.events ?? events + STRIDE_EVENTS;
    const change = this.nextChange?.place.events ?? Infinity;
    return Math.min(checkpoint, change) - events;
  }

  /** Between events: notes that a known checkpoint is passed, or takes a new one if it is due. */
  keep(): void {
    const next = this._checkpoints[this._passed + 1];
    const { place } = this;
    if (next !== undefined) {
      invariant(place.events <= next.place.events, () => `checkpoint ${this._passed + 1} was run over`);
      // A checkpoint that was taken after a change made at this very place is passed once the change is made again.
      if (place.events === next.place.events && this._made >= next.changes) this.#pass();
    } else if (place.hops - at(this._checkpoints, this._passed).place.hops >= this._intervalHops) {
      this.#take();
    }
  }

  /** Goes to the last checkpoint at which `isEarly` holds; the first one always is. */
  goBack(isEarly: (place: RunPlace) => boolean): void {
    this.#reach();
    let number = this._checkpoints.length - 1;
    while (number > 0 && !isEarly(at(this._checkpoints, number).place)) number -= 1;
    this.#goTo(number);
  }

  /** Goes forward to the last checkpoint at which `isEarly` holds, if that is after the present place. */
  leap(isEarly: (place: RunPlace) => boolean): void {
    let number = this._checkpoints.length - 1;
    while (number > this._passed && !isEarly(at(this._checkpoints, number).place)) number -= 1;
    if (number > this._passed) this.#goTo(number);
  }

  /** The next change of the run is made again. */
  redo(): void {
    const change = at(this._changes, this._made);
    this._made += 1;
    change.apply();
  }

  /**
   * The machine is changed by hand now: what came after is forgotten.
   * @param change is made by the caller.
   */
  branch(change: Omit<ManualChange, 'place'>): void {
    const place = this.place;
    if (this.isBehind) this.onBranch?.(place.now_ps);
    this._furthest = place;
    for (const { capture } of this._checkpoints.splice(this._passed + 1)) this._captureBytes -= capture.bytes;
    this._pages.forgetLater();
    this._log.forgetLater();
    this._changes.length = this._made;
    this._changes.push({ ...change, place });
    this._made += 1;
  }

  /** Before leaving it: what has been reached is reached again at once. */
  #reach(): void {
    const { place } = this;
    if (isBefore(place, this._furthest)) return;
    this._furthest = place;
    if (at(this._checkpoints, this._passed).place.events < place.events) this.#take();
  }

  #goTo(number: number): void {
    const { capture, log, changes } = at(this._checkpoints, number);
    this._pages.goTo(number);
    this._software.restore(this._softwareAtStart);
    // Fresh processes bring the objects of software along; what they do to hardware on their way is written over.
    const live = this._log.replay(log);
    this._log.rewind(log);
    this._objects.restore(capture);
    this._parts.cpu.adopt(live);
    this._passed = number;
    this._made = changes;
  }

  #pass(): void {
    this._pages.mark();
    this._passed += 1;
  }

  #take(): void {
    this._checkpoints.push(this.#checkpoint(at(this._checkpoints, this._passed).capture));
    this.#pass();
    if (this.keptBytes > this.budgetBytes) this.#thin();
  }

  #checkpoint(before: Capture | undefined): Checkpoint {
    const capture = this._objects.capture(before);
    this._captureBytes += capture.bytes;
    return { place: this.place, capture, log: this._log.place, changes: this._made };
  }

  /** Every second checkpoint goes, and new ones are taken half as often. */
  #thin(): void {
    for (let number = this._checkpoints.length - 2; number > 0; number -= 2) {
      if (this._checkpoints.length <= FEWEST_CHECKPOINTS) break;
      this._pages.drop(number);
      for (const { capture } of this._checkpoints.splice(number, 1)) this._captureBytes -= capture.bytes;
    }
    this._passed = this._checkpoints.length - 1;
    this._intervalHops *= 2;
  }
}

function isBefore(a: RunPlace, b: RunPlace): boolean {
  return a.events < b.events || (a.events === b.events && a.now_ps < b.now_ps);
}
