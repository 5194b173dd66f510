/*
 * A ring of fixed-size records of doubles between one producer and one consumer, usually in two threads.
 *
 *   words:  | record | record | record | record | …        capacity records, a power of two
 *                ▲ tail: next to read     ▲ head: next to write
 *
 * Head and tail count records since the start (modulo 2^32), so that full and empty differ. The producer never
 * waits: where there is no room it drops the record and counts it. Records become visible with `publish`; only
 * that and reading the other side's counter need an atomic access. Works the same on plain `ArrayBuffer`s.
 */
import { isPowerOfTwo } from './bits.ts';
import { at, invariant } from './invariant.ts';

/** Where one ring lives; each cell has one writer. */
export interface RingStorage {
  /** capacity · recordWords doubles, written by the producer. */
  readonly words: Float64Array;
  /** One cell, written by the producer. */
  readonly head: Int32Array;
  /** One cell, written by the consumer. */
  readonly tail: Int32Array;
  /** One cell, written by the producer: records that found no room. */
  readonly dropped: Float64Array;
}

/** Records the producer writes between two looks at the consumer's counter, and before it publishes by itself. */
const BATCH_RECORDS = 64;

function capacityOf(storage: RingStorage, recordWords: number): number {
  const capacity = storage.words.length / recordWords;
  invariant(
    isPowerOfTwo(capacity) && capacity <= 2 ** 30,
    () => `a ring of ${storage.words.length} words cannot hold a power of two of ${recordWords}-word records`,
  );
  return capacity;
}

/** The producing end. */
export class RingWriter {
  readonly words: Float64Array;
  private readonly _storage: RingStorage;
  private readonly _recordWords: number;
  private readonly _capacity: number;
  private _head: number;
  /** What the consumer's counter was when it was last looked at. */
  private _tail: number;
  private _dropped: number;
  private _claimsUntilPublish = 0;

  /** @param recordWords doubles in one record; `storage.words` holds a power of two of them. */
  constructor(storage: RingStorage, recordWords: number) {
    this._storage = storage;
    this._recordWords = recordWords;
    this._capacity = capacityOf(storage, recordWords);
    this.words = storage.words;
    this._head = Atomics.load(storage.head, 0);
    this._tail = Atomics.load(storage.tail, 0);
    this._dropped = at(storage.dropped, 0);
  }

  /** Records that found no room since the start. */
  get dropped(): number {
    return this._dropped;
  }

  /**
   * Takes the place of the next record; the caller then fills {@link words} there. It is seen by the consumer
   * after {@link publish}, or once a few more records follow.
   * @returns index of the record's first word, or −1 if it is dropped (and counted).
   */
  claim(): number {
    if (this._claimsUntilPublish === 0) this.publish();
    this._claimsUntilPublish -= 1;
    if (((this._head - this._tail) | 0) >= this._capacity) {
      this._dropped += 1;
      return -1;
    }
    const offset = (this._head & (this._capacity - 1)) * this._recordWords;
    this._head = (this._head + 1) | 0;
    return offset;
  }

  /** Makes every claimed record, and the number dropped, visible to the consumer; looks at what it has read. */
  publish(): void {
    this._storage.dropped[0] = this._dropped;
    Atomics.store(this._storage.head, 0, this._head);
    this._tail = Atomics.load(this._storage.tail, 0);
    this._claimsUntilPublish = BATCH_RECORDS;
  }
}

/** The consuming end. */
export class RingReader {
  private readonly _storage: RingStorage;
  private readonly _recordWords: number;
  private readonly _capacity: number;

  constructor(storage: RingStorage, recordWords: number) {
    this._storage = storage;
    this._recordWords = recordWords;
    this._capacity = capacityOf(storage, recordWords);
  }

  /** Records that found no room since the start. */
  get dropped(): number {
    return at(this._storage.dropped, 0);
  }

  /** Records waiting to be read. */
  get length(): number {
    return (Atomics.load(this._storage.head, 0) - Atomics.load(this._storage.tail, 0)) | 0;
  }

  /**
   * Hands over every record published so far, oldest first, then frees their places.
   * @param visit gets the words and the index of the record's first word, both valid only during the call.
   * @returns records visited.
   */
  drain(visit: (words: Float64Array, offset: number) => void): number {
    const head = Atomics.load(this._storage.head, 0);
    const tail = Atomics.load(this._storage.tail, 0);
    for (let position = tail; position !== head; position = (position + 1) | 0) {
      visit(this._storage.words, (position & (this._capacity - 1)) * this._recordWords);
    }
    Atomics.store(this._storage.tail, 0, head);
    return (head - tail) | 0;
  }
}
