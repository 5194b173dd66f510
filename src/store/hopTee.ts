/*
 * The engine's ring of hop records has one reader. The page has several: the scene, the packet list, the
 * latency of the first TLP. This copies each record once into a second ring that any number can read.
 */
import { HOP_WORDS } from '../core/pcie/counters.ts';
import type { MachineView } from '../engine/clientInterface.ts';
import { FirstTlp } from './firstTlp.ts';
import { PacketLog } from './inspectLog.ts';

/** Records kept for readers that come later in the same frame: as many as the engine's ring holds. */
const TEE_RECORDS = 2 ** 14;

export type HopVisitor = (words: Float64Array, offset: number) => void;

export interface HopReader {
  /** Visits the records since the last call. @returns records lost to this reader so far. */
  drain(visit: HopVisitor): number;
}

export class HopTee {
  readonly first = new FirstTlp();
  readonly #view: MachineView;
  readonly #hostSegment: number;
  readonly #words = new Float64Array(TEE_RECORDS * HOP_WORDS);
  #log: PacketLog | undefined;
  #head = 0;
  #lostInEngine = 0;
  readonly #copy: HopVisitor = (words, offset) => {
    const place = (this.#head % TEE_RECORDS) * HOP_WORDS;
    for (let word = 0; word < HOP_WORDS; word += 1) this.#words[place + word] = words[offset + word] ?? 0;
    this.#head += 1;
    this.first.look(words, offset);
    this.#log ??= new PacketLog(this.#hostSegment);
    this.#log.add(words, offset);
  };

  /** @param hostSegment first segment inside the host: links · 2. */
  constructor(view: MachineView, hostSegment = Infinity) {
    this.#view = view;
    this.#hostSegment = hostSegment;
  }

  /** Takes what the engine has published. Called by every reader, and once a frame so that nothing is dropped. */
  pump(): void {
    this.#lostInEngine = this.#view.drainHops(this.#copy);
  }

  /** Everything that was handed over, for those who look back; undefined before the first record. */
  get log(): PacketLog | undefined {
    return this.#log;
  }

  /** Records the engine could not hand over. */
  get lost(): number {
    return this.#lostInEngine;
  }

  /** A reader that starts with the next record. */
  reader(): HopReader {
    let tail = this.#head;
    let skipped = 0;
    return {
      drain: (visit) => {
        this.pump();
        if (this.#head - tail > TEE_RECORDS) {
          skipped += this.#head - tail - TEE_RECORDS;
          tail = this.#head - TEE_RECORDS;
        }
        for (; tail < this.#head; tail += 1) visit(this.#words, (tail % TEE_RECORDS) * HOP_WORDS);
        return this.#lostInEngine + skipped;
      },
    };
  }

  /** The same window on the machine, with its own place in the stream of hops. */
  view(): MachineView {
    const source = this.#view;
    const reader = this.reader();
    return {
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
      drainHops: (visit) => reader.drain(visit),
      readMemory: (memory, offset, target) => source.readMemory(memory, offset, target),
    };
  }
}
