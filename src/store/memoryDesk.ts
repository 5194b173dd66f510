/*
 * Changing and searching memories of the machines on the page, as a debugger does: piece by piece, so that nothing blocks,
 * with what was there before kept for a while. These changes are the machine's, not the document's: their undo is apart.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { countText, sizeText } from '../base/format.ts';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { MemoryAccess } from '../engine/clientInterface.ts';
import {
  type AddressNames,
  type AddressQuestion,
  type ByteRange,
  MAX_PIECE_BYTES,
  MAX_RANGES,
  type MachineDescription,
  type MemoryPlace,
} from '../engine/protocol.ts';
import type { Announcer } from './announcer.ts';
import { addUndo, type HandMark, type MemoryChange, NO_CHANGES, type UndoStacks } from './memoryUndo.ts';
import { failureOf, type LaneId, type Session } from './session.ts';
import { MACHINE_COUNTER } from '../core/pcie/counters.ts';

/** Work that is under way: `done` of `total` bytes. */
export interface MemoryWork {
  readonly name: string;
  readonly done: number;
  readonly total: number;
}

export type MemoryTab = 'facts' | 'addresses' | 'compare';

export interface MemoryDeskState {
  readonly work: MemoryWork | undefined;
  /** Of the machine named; those of another one are gone with it. */
  readonly stacks: Readonly<Partial<Record<LaneId, UndoStacks>>>;
  /** How the last work ended, in words. */
  readonly said: { readonly words: string; readonly isBad: boolean } | undefined;
  readonly tab: MemoryTab;
  /** What the calculator shows; undefined = nothing was asked yet. */
  readonly question: { readonly node: NodeId | undefined; readonly question: AddressQuestion } | undefined;
}

/** How work ended. */
export type Done<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly message: string };

export interface Comparison {
  readonly comparedBytes: number;
  readonly differentBytes: number;
  /** The first {@link MAX_RANGES} runs of different bytes, from the start of both ranges. */
  readonly ranges: readonly ByteRange[];
}

/** Something that can be read piece by piece: a file. */
export interface PieceSource {
  readonly sizeBytes: number;
  read(offset: number, lengthBytes: number): Promise<Uint8Array>;
}

/** Zeros that part two blocks of data. */
const GAP_BYTES = 64;

interface Job {
  readonly memory: MemoryAccess;
  readonly isCurrent: () => boolean;
  /** Says how far it is. @returns false = stop. */
  readonly go: (done: number) => boolean;
}

export class MemoryDesk {
  readonly store: StoreApi<MemoryDeskState>;
  readonly #session: Session;
  readonly #announcer: Announcer;
  /** Number of the work under way: an older one stops. */
  #work = 0;

  constructor(session: Session, announcer: Announcer) {
    this.#session = session;
    this.#announcer = announcer;
    this.store = createStore<MemoryDeskState>()(() => ({
      work: undefined,
      said: undefined,
      stacks: {},
      tab: 'facts',
      question: undefined,
    }));
  }

  /** What can be undone and redone in a lane's machine, and what was changed by hand in it. */
  stacksOf(lane: LaneId, machine: MachineDescription | undefined): UndoStacks {
    const found = this.store.getState().stacks[lane];
    return found === undefined || found.machine !== machine ? { ...NO_CHANGES, machine } : found;
  }

  /** Ends what is under way: what was done so far stays, and can be undone. */
  cancel(): void {
    this.#work += 1;
    this.store.setState({ work: undefined });
  }

  /** Opens the address calculator. */
  ask(node: NodeId | undefined, question: AddressQuestion): void {
    this.store.setState({ tab: 'addresses', question: { node, question } });
  }

  /** Says how something ended, on the page and to screen readers. */
  say(words: string, isBad: boolean): void {
    this.store.setState({ said: { words, isBad } });
    this.#announcer.say(words);
  }

  setTab(tab: MemoryTab): void {
    this.store.setState({ tab });
  }

  nameAddress(lane: LaneId, node: NodeId, question: AddressQuestion): Promise<AddressNames> {
    const client = this.#session.client(lane);
    if (client === undefined) return Promise.reject(new Error('No machine is loaded.'));
    return client.memory.nameAddress(node, question);
  }

  /** Writes runs of bytes as one change. */
  write(
    lane: LaneId,
    memory: number,
    runs: readonly { readonly offset: number; readonly bytes: Uint8Array }[],
  ): Promise<Done<number>> {
    const total = runs.reduce((sum, run) => sum + run.bytes.length, 0);
    return this.#change(lane, memory, `Edit of ${countText(total, 'byte')}`, total, async (job, note) => {
      let done = 0;
      for (const { offset, bytes } of runs) {
        for (let at = 0; at < bytes.length; at += MAX_PIECE_BYTES) {
          const piece = bytes.subarray(at, at + MAX_PIECE_BYTES);
          const { before } = await job.memory.write(memory, offset + at, piece.slice());
          note(offset + at, piece.length, before);
          done += piece.length;
          if (!job.go(done)) return;
        }
      }
    });
  }

  /** Repeats a pattern over a range. */
  fill(lane: LaneId, memory: number, range: ByteRange, pattern: Uint8Array): Promise<Done<number>> {
    const name = `Fill of ${sizeText(range.lengthBytes)}`;
    return this.#change(lane, memory, name, range.lengthBytes, async (job, note) => {
      for (let done = 0; done < range.lengthBytes;) {
        const offset = range.offset + done;
        const rest = { offset, lengthBytes: range.lengthBytes - done };
        const piece = await job.memory.fill(memory, rest, pattern, done % pattern.length);
        note(offset, piece.lengthBytes, piece.before);
        done += piece.lengthBytes;
        if (!job.go(done)) return;
      }
    });
  }

  /** Writes all of a source: a file, or bytes that are made as they are needed. */
  load(lane: LaneId, place: MemoryPlace, source: PieceSource, name: string): Promise<Done<number>> {
    return this.#change(lane, place.memory, name, source.sizeBytes, async (job, note) => {
      for (let done = 0; done < source.sizeBytes;) {
        const bytes = await source.read(done, Math.min(MAX_PIECE_BYTES, source.sizeBytes - done));
        const { before } = await job.memory.write(place.memory, place.offset + done, bytes);
        note(place.offset + done, bytes.length, before);
        done += bytes.length;
        if (!job.go(done)) return;
      }
    });
  }

  /** The bytes of a range, in pieces. */
  read(lane: LaneId, memory: number, range: ByteRange): Promise<Done<readonly Uint8Array<ArrayBuffer>[]>> {
    return this.#perform(lane, `Reading ${sizeText(range.lengthBytes)}`, range.lengthBytes, async (job) => {
      const pieces: Uint8Array<ArrayBuffer>[] = [];
      for (let done = 0; done < range.lengthBytes;) {
        const count = Math.min(MAX_PIECE_BYTES, range.lengthBytes - done);
        pieces.push(Uint8Array.from(await job.memory.read(memory, range.offset + done, count)));
        done += count;
        if (!job.go(done)) break;
      }
      return pieces;
    });
  }

  /**
   * The next place of a pattern after a place, or the one before it; once round the memory.
   * @returns undefined if it is nowhere; `wrapped` = the search went past an end of the memory.
   */
  search(
    lane: LaneId,
    from: MemoryPlace & { readonly sizeBytes: number },
    needle: Uint8Array,
    backwards: boolean,
  ): Promise<Done<{ readonly offset: number; readonly wrapped: boolean } | undefined>> {
    const { memory, offset, sizeBytes } = from;
    // Matches that begin after the place, then those that begin up to it; backwards before it, then from it on.
    const firstPart = backwards
      ? { offset: 0, end: offset + needle.length - 1 }
      : { offset: offset + 1, end: sizeBytes };
    const secondPart = backwards ? { offset, end: sizeBytes } : { offset: 0, end: offset + needle.length };
    return this.#perform(lane, 'Searching', sizeBytes, async (job) => {
      for (const [index, part] of [firstPart, secondPart].entries()) {
        const end = Math.min(part.end, sizeBytes);
        const range = { offset: part.offset, lengthBytes: end - part.offset };
        const found = await searchThrough(job, memory, range, needle, backwards);
        if (found !== undefined) return { offset: found, wrapped: index === 1 };
        if (!job.isCurrent()) return undefined;
      }
      return undefined;
    });
  }

  /**
   * The next block of bytes that are not zero after the one a place is in, or the one before; a block ends where
   * {@link GAP_BYTES} zeros are. @returns undefined if there is none up to the end of the memory.
   */
  findData(
    lane: LaneId,
    { memory, offset, sizeBytes }: MemoryPlace & { readonly sizeBytes: number },
    backwards: boolean,
  ): Promise<Done<number | undefined>> {
    return this.#perform(lane, 'Searching', sizeBytes, async (job) => {
      const rest = backwards
        ? { offset: 0, lengthBytes: offset }
        : { offset: offset + 1, lengthBytes: sizeBytes - offset - 1 };
      const gap = await searchThrough(job, memory, rest, new Uint8Array(GAP_BYTES), backwards);
      if (gap === undefined) return undefined;
      const beyond = backwards ? { offset: 0, lengthBytes: gap } : { offset: gap, lengthBytes: sizeBytes - gap };
      return searchThrough(job, memory, beyond, new Uint8Array(0), backwards);
    });
  }

  compare(lane: LaneId, a: MemoryPlace, b: MemoryPlace, lengthBytes: number): Promise<Done<Comparison>> {
    return this.#perform(lane, `Comparing ${sizeText(lengthBytes)}`, lengthBytes, async (job) => {
      const ranges: { offset: number; lengthBytes: number }[] = [];
      let differentBytes = 0;
      let done = 0;
      while (done < lengthBytes) {
        const rest = lengthBytes - done;
        const piece = await job.memory.compare(
          { memory: a.memory, offset: a.offset + done },
          { memory: b.memory, offset: b.offset + done },
          rest,
        );
        differentBytes += piece.differentBytes;
        for (const run of piece.ranges) joinRun(ranges, run.offset + done, run.lengthBytes);
        done += piece.comparedBytes;
        if (!job.go(done)) break;
      }
      return { comparedBytes: done, differentBytes, ranges };
    });
  }

  /** Puts back what the last change replaced. */
  undo(lane: LaneId): Promise<Done<number> | undefined> {
    return this.#turnBack(lane, 'past', 'future');
  }

  redo(lane: LaneId): Promise<Done<number> | undefined> {
    return this.#turnBack(lane, 'future', 'past');
  }

  async #turnBack(lane: LaneId, from: 'past' | 'future', onto: 'past' | 'future'): Promise<Done<number> | undefined> {
    const { machine } = this.#session.lane(lane);
    const stacks = this.stacksOf(lane, machine);
    const change = stacks[from].at(-1);
    if (change === undefined || machine === undefined) return undefined;
    const reverse: { offset: number; bytes: Uint8Array }[] = [];
    const verb = from === 'past' ? 'Undoing' : 'Redoing';
    const ended = await this.#perform(lane, `${verb}: ${change.name}`, change.totalBytes, async (job) => {
      let done = 0;
      for (const piece of change.pieces.toReversed()) {
        const { before } = await job.memory.write(change.memory, piece.offset, piece.bytes.slice());
        if (before !== undefined) reverse.push({ offset: piece.offset, bytes: before });
        done += piece.bytes.length;
        // Half of a change cannot be left: it goes on to the end.
        job.go(done);
      }
      return done;
    });
    if (ended.kind === 'failed' || this.#session.lane(lane).machine !== machine) return ended;
    const now = this.stacksOf(lane, machine);
    const back: MemoryChange = { ...change, pieces: reverse };
    this.#keep(lane, {
      ...now,
      [from]: now[from].filter((candidate) => candidate !== change),
      [onto]: [...now[onto], back],
      marks: [
        ...now.marks,
        ...change.pieces.map((piece) => this.#mark(lane, change.memory, piece.offset, piece.bytes.length)),
      ],
    });
    this.say(`${from === 'past' ? 'Undone' : 'Done again'} in memory: ${change.name}.`, false);
    return ended;
  }

  /** Work that changes bytes: what was there is kept, as one step of undo. */
  #change(
    lane: LaneId,
    memory: number,
    name: string,
    total: number,
    work: (
      job: Job,
      note: (offset: number, lengthBytes: number, before: Uint8Array | undefined) => void,
    ) => Promise<void>,
  ): Promise<Done<number>> {
    const { machine } = this.#session.lane(lane);
    const pieces: { offset: number; bytes: Uint8Array }[] = [];
    const marks: HandMark[] = [];
    let written = 0;
    const note = (offset: number, lengthBytes: number, before: Uint8Array | undefined): void => {
      written += lengthBytes;
      if (before === undefined) return;
      pieces.push({ offset, bytes: before });
      marks.push(this.#mark(lane, memory, offset, lengthBytes));
    };
    const settle = (): void => {
      if (written === 0 || machine === undefined || this.#session.lane(lane).machine !== machine) return;
      this.#keep(lane, addUndo(this.stacksOf(lane, machine), { name, memory, pieces, totalBytes: written }, marks));
    };
    return this.#perform(lane, name, total, async (job) => {
      try {
        await work(job, note);
      } finally {
        settle();
      }
      return written;
    });
  }

  #mark(lane: LaneId, memory: number, offset: number, lengthBytes: number): HandMark {
    const { view, hops } = this.#session.lane(lane);
    // What happened before the change has to be on record before it.
    hops?.pump();
    const at_ps = view?.machineCounters[MACHINE_COUNTER.now_ps] ?? 0;
    return { memory, offset, lengthBytes, at_ps, records: hops?.log?.end ?? 0 };
  }

  #keep(lane: LaneId, stacks: UndoStacks): void {
    this.store.setState((state) => ({ stacks: { ...state.stacks, [lane]: stacks } }));
  }

  /** One piece of work at a time: new work ends what was under way. */
  async #perform<T>(lane: LaneId, name: string, total: number, work: (job: Job) => Promise<T>): Promise<Done<T>> {
    const { machine } = this.#session.lane(lane);
    const client = this.#session.client(lane);
    if (client === undefined || machine === undefined) return { kind: 'failed', message: 'No machine is loaded.' };
    this.#work += 1;
    const number = this.#work;
    const isCurrent = (): boolean => number === this.#work && this.#session.lane(lane).machine === machine;
    this.store.setState({ work: { name, done: 0, total }, said: undefined });
    const go = (done: number): boolean => {
      if (isCurrent()) this.store.setState({ work: { name, done, total } });
      return isCurrent();
    };
    try {
      const value = await work({ memory: client.memory, isCurrent, go });
      return isCurrent() ? { kind: 'done', value } : { kind: 'cancelled' };
    } catch (thrown) {
      return isCurrent() ? { kind: 'failed', message: failureOf(thrown).message } : { kind: 'cancelled' };
    } finally {
      if (number === this.#work) this.store.setState({ work: undefined });
    }
  }
}

/** Searches a range to its end, piece by piece. */
async function searchThrough(
  job: Job,
  memory: number,
  range: ByteRange,
  needle: Uint8Array,
  backwards: boolean,
): Promise<number | undefined> {
  let { offset, lengthBytes } = range;
  while (lengthBytes > 0 && lengthBytes >= needle.length) {
    const piece = await job.memory.search(memory, { offset, lengthBytes }, needle, backwards);
    if (piece.offset !== undefined) return piece.offset;
    if (!backwards) offset += piece.searchedBytes;
    lengthBytes -= piece.searchedBytes;
    if (!job.go(range.lengthBytes - lengthBytes)) return undefined;
  }
  return undefined;
}

/** Adds a run; one that continues the last is part of it. */
function joinRun(ranges: { offset: number; lengthBytes: number }[], offset: number, lengthBytes: number): void {
  const last = ranges.at(-1);
  if (last !== undefined && last.offset + last.lengthBytes === offset) last.lengthBytes += lengthBytes;
  else if (ranges.length < MAX_RANGES) ranges.push({ offset, lengthBytes });
}
