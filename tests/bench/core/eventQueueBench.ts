/*
 * The event queue against a bare heap: the same four-way heap on the same arrays, without sequence numbers (so without
 * an order among equal times), without growth and without checks. Hold model: take one, schedule one a little later.
 */
import { EventQueue } from '../../../src/core/sim/eventQueue.ts';
import type { BenchRow } from '../benchRow.ts';
import { compareRates, unprepared } from './timing.ts';

const HOLDS = 1_000_000;
const ROUNDS = 7;
const DELAYS = 4096;

/** Short, clustered increments as PCIe traffic has them, the same for both. */
function delays(): Float64Array {
  const values = new Float64Array(DELAYS);
  const common = [8_900, 17_800, 35_000, 36_500, 85_000, 105_000, 250_000];
  let state = 2463534242;
  for (let index = 0; index < DELAYS; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    values[index] = (common[(state >>> 8) % common.length] ?? 0) + ((state >>> 0) % 64);
  }
  return values;
}

/** Four-way heap with a hole at the root; nothing else. */
class BareHeap {
  readonly #key: Float64Array;
  readonly #word: Int32Array;
  #size = 0;
  now = 0.5;

  constructor(capacity: number) {
    this.#key = new Float64Array(capacity);
    this.#word = new Int32Array(capacity);
    this.now = 0;
  }

  push(time: number, word: number): void {
    const key = this.#key;
    let index = this.#size++;
    while (index > 0) {
      const parent = (index - 1) >> 2;
      const parentKey = key[parent] ?? 0;
      if (parentKey <= time) break;
      key[index] = parentKey;
      this.#word[index] = this.#word[parent] ?? 0;
      index = parent;
    }
    key[index] = time;
    this.#word[index] = word;
  }

  /** Takes the first and puts another in its place. */
  replace(delay: number): number {
    const key = this.#key;
    const words = this.#word;
    const word = words[0] ?? 0;
    const time = (key[0] ?? 0) + delay;
    this.now = key[0] ?? 0;
    const size = this.#size;
    let index = 0;
    let child = 1;
    while (child < size) {
      let least = child;
      let leastKey = key[child] ?? 0;
      const end = child + 4 < size ? child + 4 : size;
      for (let other = child + 1; other < end; other++) {
        const otherKey = key[other] ?? 0;
        if (otherKey < leastKey) {
          least = other;
          leastKey = otherKey;
        }
      }
      if (leastKey >= time) break;
      key[index] = leastKey;
      words[index] = words[least] ?? 0;
      index = least;
      child = 4 * index + 1;
    }
    key[index] = time;
    words[index] = word;
    return word;
  }
}

function ours(pending: number, delay: Float64Array): () => number {
  return () => {
    const queue = new EventQueue();
    for (let index = 0; index < pending; index++) queue.schedule(index * 37, index);
    for (let hold = 0; hold < HOLDS; hold++) {
      const word = queue.take();
      queue.schedule(queue.now_ps + (delay[hold & (DELAYS - 1)] ?? 0), word);
    }
    return HOLDS;
  };
}

function bare(pending: number, delay: Float64Array): () => number {
  return () => {
    const heap = new BareHeap(pending + 1);
    for (let index = 0; index < pending; index++) heap.push(index * 37, index);
    for (let hold = 0; hold < HOLDS; hold++) heap.replace(delay[hold & (DELAYS - 1)] ?? 0);
    return HOLDS;
  };
}

export function run(): BenchRow[] {
  const delay = delays();
  return [100, 10_000].map((pending) => {
    const [value, baseline] = compareRates(
      [unprepared(ours(pending, delay)), unprepared(bare(pending, delay))],
      ROUNDS,
    );
    return {
      name: `event queue, ${pending} pending`,
      value: (value ?? 0) / 1e6,
      unit: 'million holds/s',
      baselineName: 'bare typed-array heap (no total order, fixed size)',
      baselineValue: (baseline ?? 0) / 1e6,
    };
  });
}
