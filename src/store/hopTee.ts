/*
 * The engine's ring of hop records has one reader. The page has several: the scene, the packet list, the
 * latency of the first TLP. This copies each record once into a second ring that any number can read.
 *
 * A machine can be taken back, and sends its records again when it runs on. The log keeps each of them once, with those
 * that are later than the machine is now; readers of the stream are told by `jumps`, and begin with what is in flight.
 */
import { PS_PER_US } from '../base/units.ts';
import { HOP, HOP_WORDS, MACHINE_COUNTER } from '../core/pcie/counters.ts';
import type { MachineView } from '../engine/clientInterface.ts';
import { FirstTlp } from './firstTlp.ts';
import { PacketLog } from './inspectLog.ts';
import { LateRecords } from './timeMerge.ts';

/** Records kept for readers that come later in the same frame: as many as the engine's ring holds. */
const TEE_RECORDS = 2 ** 14;
/** What readers are given again after a jump: packets that may still be on their way in a drawing. */
const RECENT_RECORDS = 2048;
const RECENT_PS = 5 * PS_PER_US;
/** Of a reader that has seen nothing yet. */
const NO_JUMP = -1;
/** Among the newest records of a log the latest instant is found: no TLP is given to a link further ahead. */
const NEWEST_RECORDS = 4096;

export type HopVisitor = (words: Float64Array, offset: number) => void;

export interface HopReader {
  /** Visits the records since the last call. @returns records lost to this reader so far. */
  drain(visit: HopVisitor): number;
  /** Begins again with those that may be under way, as if the machine had just been taken to now. */
  again(): void;
}

/** A window on a machine that may be taken to another instant. */
export interface TravelView extends MachineView {
  /** Increases when the machine was taken elsewhere: records from before do not lead to those that follow. */
  readonly jumps: number;
  /** Hands over what may be under way once more: for a drawing that was made anew. */
  again(): void;
}

export class HopTee {
  readonly first = new FirstTlp();
  /** Told when records of the log get other numbers; −1 = forgotten. */
  onRenumber: ((log: PacketLog, renumbered: (record: number) => number) => void) | undefined;
  readonly #view: MachineView;
  readonly #hostSegment: number;
  readonly #words = new Float64Array(TEE_RECORDS * HOP_WORDS);
  readonly #recent = new Float64Array(HOP_WORDS);
  readonly #late = new LateRecords();
  #log: PacketLog | undefined;
  #head = 0;
  #lostInEngine = 0;
  /** Of these, repetitions that were sent on the way to an instant: what they say is known, or was lost before. */
  #lostOnTheWay = 0;
  #lostAtLeave = 0;
  #jumps = 0;
  #jumpHead = 0;
  #jump_ps = 0;
  /** The machine may be before the furthest instant on record, which began then. */
  #repeating = false;
  #newest_ps = 0;
  /** The record that was sent last since then, and whether one was. */
  readonly #last = new Float64Array(HOP_WORDS);
  #streams = false;
  /** Hops of the machine's run so far, where every one of them is accounted for; −1 = not known. */
  #hops = -1;
  readonly #copy: HopVisitor = (words, offset) => {
    const place = (this.#head % TEE_RECORDS) * HOP_WORDS;
    for (let word = 0; word < HOP_WORDS; word += 1) this.#words[place + word] = words[offset + word] ?? 0;
    this.#head += 1;
    this.#log ??= new PacketLog(this.#hostSegment);
    if (this.#repeating) this.#repeat(this.#log, words, offset);
    else {
      this.first.look(words, offset);
      this.#log.add(words, offset);
    }
  };

  /** @param hostSegment first segment inside the host: links · 2. */
  constructor(view: MachineView, hostSegment = Infinity) {
    this.#view = view;
    this.#hostSegment = hostSegment;
  }

  /** Takes what the engine has published. Called by every reader, and once a frame so that nothing is dropped. */
  pump(): void {
    this.#lostInEngine = this.#view.drainHops(this.#copy);
    if (this.#late.count > 0) this.#merge();
  }

  /** Everything that was handed over, for those who look back; undefined before the first record. */
  get log(): PacketLog | undefined {
    return this.#log;
  }

  /** Records the engine could not hand over. */
  get lost(): number {
    return this.#lostInEngine - this.#lostOnTheWay;
  }

  /** Increases when the machine was taken to another instant. */
  get jumps(): number {
    return this.#jumps;
  }

  /** One past the record that was sent last up to an instant at which the machine stands. */
  present(now_ps: number): number {
    const counted = this.#countedHops();
    if (counted >= 0) return counted;
    const log = this.#log;
    if (log === undefined || !this.#repeating) return log?.end ?? 0;
    const last = this.#streams ? log.find(this.#last, 0) : -1;
    return last >= 0 ? last + 1 : log.firstAfter(now_ps);
  }

  /** The machine is about to be taken to another instant: from now on it may send what is known. */
  leave(): void {
    this.pump();
    const log = this.#log;
    this.#repeating = true;
    this.#streams = false;
    this.#hops = -1;
    this.#lostAtLeave = this.#lostInEngine;
    if (log === undefined) return;
    for (let record = Math.max(log.first, log.end - NEWEST_RECORDS); record < log.end; record += 1) {
      this.#newest_ps = Math.max(this.#newest_ps, log.start_ps[log.cell(record)] ?? 0);
    }
  }

  /** The machine stands at an instant where it was taken. */
  arrive(now_ps: number): void {
    this.pump();
    if (now_ps <= this.#newest_ps) this.#lostOnTheWay += this.#lostInEngine - this.#lostAtLeave;
    this.#jumps += 1;
    this.#jumpHead = this.#head;
    this.#jump_ps = now_ps;
    this.#hops = this.#countedHops();
  }

  /** The machine was changed by hand at an instant: what is on record after it is another run's. */
  branch(at_ps: number): void {
    this.pump();
    this.first.forgetAfter(at_ps);
    const log = this.#log;
    if (log === undefined) return;
    // A TLP given to a busy link begins later than the change, but was sent before it and is not sent again.
    const counted = this.#countedHops();
    log.truncate(Math.max(log.firstAfter(at_ps), counted === this.#hops ? counted : 0));
    this.#repeating = false;
    this.#newest_ps = 0;
  }

  /** A reader that starts with the next record, or {@link HopReader.again}. */
  reader(from: 'next' | 'here' = 'next'): HopReader {
    let tail = this.#head;
    let skipped = 0;
    let jumps = this.#jumps;
    const again = (): void => {
      tail = Math.max(this.#jumpHead, this.#head - RECENT_RECORDS);
      // Soon after a jump that needs what was under way there, too.
      jumps = tail === this.#jumpHead ? NO_JUMP : this.#jumps;
    };
    if (from === 'here') again();
    return {
      again,
      drain: (visit) => {
        this.pump();
        if (jumps !== this.#jumps) {
          jumps = this.#jumps;
          tail = this.#jumpHead;
          if (jumps > 0) this.#visitRecent(visit);
        }
        if (this.#head - tail > TEE_RECORDS) {
          skipped += this.#head - tail - TEE_RECORDS;
          tail = this.#head - TEE_RECORDS;
        }
        for (; tail < this.#head; tail += 1) visit(this.#words, (tail % TEE_RECORDS) * HOP_WORDS);
        return this.lost + skipped;
      },
    };
  }

  /** The same window on the machine, with its own place in the stream of hops. */
  view(): TravelView {
    const source = this.#view;
    // A drawing made in the middle of a run shows what is under way.
    const reader = this.reader('here');
    const jumps = (): number => this.#jumps;
    return {
      get jumps() {
        return jumps();
      },
      get machineCounters() {
        return source.machineCounters;
      },
      get linkCounters() {
        return source.linkCounters;
      },
      get functionCounters() {
        return source.functionCounters;
      },
      get memoryCounters() {
        return source.memoryCounters;
      },
      get flowCounters() {
        return source.flowCounters;
      },
      get series() {
        return source.series;
      },
      again: () => reader.again(),
      drainHops: (visit) => reader.drain(visit),
      readMemory: (memory, offset, target) => source.readMemory(memory, offset, target),
    };
  }

  /** A record of a run that was, in part, recorded before. */
  #repeat(log: PacketLog, words: Float64Array, offset: number): void {
    const start_ps = words[offset + HOP.start_ps] ?? 0;
    for (let word = 0; word < HOP_WORDS; word += 1) this.#last[word] = words[offset + word] ?? 0;
    this.#streams = true;
    const known = log.find(words, offset);
    if (known >= 0) {
      this.#hops = this.#hops === known ? known + 1 : this.#hops;
      return;
    }
    this.#hops = -1;
    if (start_ps <= this.#newest_ps) {
      this.#late.take(words, offset);
      return;
    }
    this.first.look(words, offset);
    log.add(words, offset);
    // Well past everything that was known: nothing of it can come again.
    if (start_ps > this.#newest_ps + RECENT_PS) this.#repeating = false;
  }

  /** The number of hops the machine counts, where the log has every one of them under its own number. */
  #countedHops(): number {
    const counted = this.#view.machineCounters[MACHINE_COUNTER.hops] ?? 0;
    return this.lost === 0 && counted <= (this.#log?.end ?? 0) ? counted : -1;
  }

  #merge(): void {
    const log = this.#log;
    if (log === undefined) return;
    this.#late.mergeInto(log);
    this.onRenumber?.(log, (record) => this.#late.renumbered(record));
  }

  /** What was under way at the instant the machine was taken to, as far as it is on record; nothing later. */
  #visitRecent(visit: HopVisitor): void {
    const log = this.#log;
    if (log === undefined) return;
    const end = log.firstAfter(this.#jump_ps);
    for (let record = Math.max(log.first, end - RECENT_RECORDS); record < end; record += 1) {
      const start_ps = log.start_ps[log.cell(record)] ?? 0;
      if (start_ps > this.#jump_ps || start_ps < this.#jump_ps - RECENT_PS) continue;
      log.copyTo(record, this.#recent, 0);
      visit(this.#recent, 0);
    }
  }
}
