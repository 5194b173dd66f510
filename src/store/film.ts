/*
 * Enumeration as a film: the recorded requests of a boot in steps of what software did, and the configuration spaces
 * at any place of it. Nothing is computed that was not recorded: a place is reached by doing or undoing the recorded
 * changes of dwords, one by one.
 */
import type { BootRecording } from '../core/pcie/bootRecording.ts';
import { HOST_ROUTINES, type HostRoutineName } from '../core/pcie/hostRoutine.ts';
import type { NodeId } from '../core/pcie/machineSpec.ts';

export type FilmPhase = 'find' | 'assign' | 'start' | 'read' | 'drivers';

/** The part of a boot that a routine belongs to. */
export const PHASE_OF: Readonly<Record<HostRoutineName, FilmPhase>> = {
  probe: 'find',
  readHeader: 'find',
  walkCapabilities: 'find',
  probeWindows: 'find',
  readVirtual: 'find',
  pauseDecoding: 'find',
  sizeBar: 'find',
  sizeRom: 'find',
  sizeVirtualBar: 'find',
  enableAri: 'find',
  followAri: 'find',
  enableRetry: 'find',
  clearBuses: 'find',
  openBuses: 'find',
  closeBuses: 'find',
  claimFirmware: 'assign',
  readWindows: 'assign',
  writeWindow: 'assign',
  writeBar: 'assign',
  initialise: 'start',
  setPayload: 'start',
  setAcs: 'start',
  enable: 'start',
  setSizes: 'start',
  readVirtualFunction: 'read',
  readBack: 'read',
  driver: 'drivers',
};

/** Requests in a row that software makes for one purpose. */
export interface FilmStep {
  readonly routine: HostRoutineName;
  readonly segment: number;
  readonly bdf: number;
  /** Last number looked at, where a step tries several that do not answer; else `bdf`. */
  readonly lastBdf: number;
  readonly detail: number;
  /** Position in `recording.functions` of the function it is about; −1 = nobody answered. */
  readonly fn: number;
  readonly first: number;
  readonly end: number;
  readonly writes: number;
}

const NOBODY = -1;
/** Identity dwords that mean "nothing here", as enumeration reads them (C-5). */
const ABSENT: ReadonlySet<number> = new Set([0x00000000, 0xffffffff, 0x0000ffff, 0xffff0000, 0xffff0001]);

/** First position whose value is at least `value`. */
function lowerBound(values: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sameUse(a: FilmStep, b: FilmStep): boolean {
  if (a.routine !== b.routine || a.segment !== b.segment) return false;
  if (a.routine === 'readBack' || a.routine === 'driver') return a.bdf === b.bdf;
  // Empty numbers of one bus in a row are one look around.
  const isEmpty = a.routine === 'probe' && a.fn === NOBODY && b.fn === NOBODY;
  return isEmpty && a.bdf >> 8 === b.bdf >> 8 && b.bdf > a.lastBdf;
}

function stepFrom(recording: BootRecording, first: number, end: number): FilmStep {
  const { requests, routines } = recording;
  const routine = requests.routine[first] ?? 0;
  const fn = requests.fn[first] ?? NOBODY;
  let writes = 0;
  for (let request = first; request < end; request += 1) writes += requests.isWrite[request] ?? 0;
  const name = HOST_ROUTINES[routines.name[routine] ?? 0] ?? 'driver';
  const isAbsent = name === 'probe' && ABSENT.has(requests.value[end - 1] ?? 0);
  const bdf = routines.bdf[routine] ?? 0;
  return {
    routine: name,
    segment: routines.segment[routine] ?? 0,
    bdf,
    lastBdf: bdf,
    detail: routines.detail[routine] ?? 0,
    fn: isAbsent ? NOBODY : fn,
    first,
    end,
    writes,
  };
}

/** The steps of a recording, in order; together they are all of its requests. */
export function filmSteps(recording: BootRecording): readonly FilmStep[] {
  const { routine } = recording.requests;
  const steps: FilmStep[] = [];
  let first = 0;
  while (first < routine.length) {
    let end = first + 1;
    while (end < routine.length && routine[end] === routine[first]) end += 1;
    const step = stepFrom(recording, first, end);
    const last = steps.at(-1);
    if (last !== undefined && sameUse(last, step)) {
      steps[steps.length - 1] = { ...last, end, lastBdf: step.bdf, writes: last.writes + step.writes };
    } else steps.push(step);
    first = end;
  }
  return steps;
}

/** What became known of one function, and when. */
interface Sighting {
  /** Requests done when it had answered; Infinity = it never did. */
  readonly found: number;
  /** Its numbers in the order in which it answered to them. */
  readonly numbers: readonly { readonly from: number; readonly bdf: number }[];
}

function sightings(recording: BootRecording): readonly Sighting[] {
  const { fn, bdf, isWrite, offset, value } = recording.requests;
  const all = recording.functions.map(() => ({ found: Infinity, numbers: new Array<{ from: number; bdf: number }>() }));
  for (let request = 0; request < fn.length; request += 1) {
    const own = all[fn[request] ?? NOBODY];
    if (own === undefined) continue;
    const absent = isWrite[request] === 0 && offset[request] === 0 && ABSENT.has(value[request] ?? 0);
    if (own.found === Infinity && !absent) own.found = request + 1;
    const number = bdf[request] ?? 0;
    if (own.numbers.at(-1)?.bdf !== number) own.numbers.push({ from: request, bdf: number });
  }
  return all;
}

/** A recorded boot at one place of it. */
export class Film {
  readonly recording: BootRecording;
  readonly steps: readonly FilmStep[];
  /** Requests in all. */
  readonly length: number;
  readonly #sightings: readonly Sighting[];
  readonly #bytes: readonly Uint8Array[];
  readonly #views: readonly DataView[];
  readonly #firsts: Uint32Array;
  /** By function: counts the changes done and undone. */
  readonly #stamps: Uint32Array;
  readonly #places: ReadonlyMap<NodeId, number>;
  #done = 0;
  #applied = 0;

  constructor(recording: BootRecording) {
    this.recording = recording;
    this.steps = filmSteps(recording);
    this.length = recording.requests.routine.length;
    this.#sightings = sightings(recording);
    this.#bytes = recording.functions.map(({ bytes }) => Uint8Array.from(bytes));
    this.#views = this.#bytes.map((bytes) => new DataView(bytes.buffer));
    this.#firsts = Uint32Array.from(this.steps, (step) => step.first);
    this.#stamps = new Uint32Array(recording.functions.length);
    this.#places = new Map(recording.functions.map(({ node }, place) => [node, place]));
  }

  /** Requests that are done at the present place. */
  get done(): number {
    return this.#done;
  }

  /** Goes to right after so many requests. */
  seek(done: number): void {
    const { request } = this.recording.changes;
    this.#done = Math.max(0, Math.min(this.length, Math.round(done)));
    const wanted = lowerBound(request, this.#done);
    while (this.#applied < wanted) {
      this.#put(this.#applied, 'after');
      this.#applied += 1;
    }
    while (this.#applied > wanted) {
      this.#applied -= 1;
      this.#put(this.#applied, 'before');
    }
  }

  /** Configuration space of a function at the present place: live, not a copy. */
  bytes(fn: number): Uint8Array | undefined {
    return this.#bytes[fn];
  }

  /** Another number whenever the bytes of a function have changed. */
  stamp(fn: number): number {
    return this.#stamps[fn] ?? 0;
  }

  /** Position of a node in the recording; −1 = it has none. */
  placeOf(node: NodeId): number {
    return this.#places.get(node) ?? NOBODY;
  }

  /** Whether software has seen a function. */
  isFound(fn: number): boolean {
    return (this.#sightings[fn]?.found ?? Infinity) <= this.#done;
  }

  /** Functions seen so far. */
  get foundCount(): number {
    return this.#sightings.reduce((count, { found }) => count + (found <= this.#done ? 1 : 0), 0);
  }

  /** Routing ID by which a function was last addressed; undefined before. */
  bdfOf(fn: number): number | undefined {
    let number: number | undefined;
    for (const { from, bdf } of this.#sightings[fn]?.numbers ?? []) if (from < this.#done) number = bdf;
    return number;
  }

  /** The step that a request belongs to. */
  stepOf(request: number): number {
    return Math.max(0, lowerBound(this.#firsts, request + 1) - 1);
  }

  /** The step that the last request done belongs to; −1 at the start. */
  get step(): number {
    return this.#done === 0 ? NOBODY : this.stepOf(this.#done - 1);
  }

  /** Dwords changed by the requests from `first` on, before `end`. */
  changes(first: number, end: number): { readonly from: number; readonly to: number } {
    const { request } = this.recording.changes;
    return { from: lowerBound(request, first), to: lowerBound(request, end) };
  }

  /** A function's configuration space as it was after so many requests; a copy. */
  bytesAt(fn: number, done: number): Uint8Array {
    const copy = Uint8Array.from(this.#bytes[fn] ?? []);
    const view = new DataView(copy.buffer);
    const { fn: owners, offset, before, after } = this.recording.changes;
    const wanted = lowerBound(this.recording.changes.request, done);
    for (let change = this.#applied; change < wanted; change += 1) {
      if (owners[change] === fn) view.setUint32(offset[change] ?? 0, after[change] ?? 0, true);
    }
    for (let change = this.#applied - 1; change >= wanted; change -= 1) {
      if (owners[change] === fn) view.setUint32(offset[change] ?? 0, before[change] ?? 0, true);
    }
    return copy;
  }

  #put(change: number, which: 'before' | 'after'): void {
    const { fn, offset, [which]: value } = this.recording.changes;
    const owner = fn[change] ?? NOBODY;
    this.#views[owner]?.setUint32(offset[change] ?? 0, value[change] ?? 0, true);
    this.#stamps[owner] = (this.#stamps[owner] ?? 0) + 1;
  }
}
