/*
 * Every TLP of a lane as it crossed links, kept flat: what the packet list, the detail view and "who wrote this byte"
 * read. Nothing is allocated for a record; when the log is full the oldest records are overwritten and counted.
 *
 *   records are numbered from 0 in the order of their arrival; number n lives in cell n mod LOG_RECORDS
 *
 *     first ──▶ [ n ][ n+1 ] … [ end−1 ] ◀── end        first = end − LOG_RECORDS at least
 *
 * Two hash chains run through the cells: records of one serial number (the hops of one TLP; accesses of a CPU, which have
 * none, by time and address), and non-posted requests with their completions of one requester and tag. Links are numbers
 * plus one, 0 = none; those below `first` are dead.
 *
 * The log keeps all it knows of a run, also what is later than the machine's present instant after that has gone back.
 */
import { HOP } from '../core/pcie/counters.ts';
import { CLASS_OF_KIND, TLP_CLASS } from '../core/pcie/tlp.ts';
import { TimeIndex, timeIndexBytes } from './timeIndex.ts';

/** Records kept of each lane. */
export const LOG_RECORDS = 2 ** 20;
const CELL_MASK = LOG_RECORDS - 1;
const TRANSACTION_BUCKETS = 2 ** 16;
/** A transaction is requester ID · 2^16 + tag: below 2^32. */
const TAG_BITS = 16;
const TAG_MASK = 0xffff;
/** Longest walk along a chain; longer ones do not occur unless software reuses a tag without pause. */
const WALK_LIMIT = 4096;

/** Bytes the arrays of one full log take: cells of 54 bytes, the two tables of chain heads, the index of times. */
export const LOG_BYTES =
  LOG_RECORDS * (3 * 8 + 6 * 4 + 3 * 2) + (LOG_RECORDS + TRANSACTION_BUCKETS) * 4 + timeIndexBytes(LOG_RECORDS);

export class PacketLog {
  readonly start_ps: Float64Array;
  readonly end_ps: Float64Array;
  readonly address: Float64Array;
  readonly serial: Uint32Array;
  /** kind + class·2^8 + flow·2^16 + completion status·2^24 */
  readonly what: Uint32Array;
  readonly lengthBytes: Uint32Array;
  readonly segment: Uint16Array;
  readonly requester: Uint16Array;
  readonly tag: Uint16Array;
  readonly #sameSerial: Uint32Array;
  readonly #transactionBefore: Uint32Array;
  readonly #transactionAfter: Uint32Array;
  readonly #serialHeads: Uint32Array;
  readonly #transactionHeads: Uint32Array;
  readonly #times: TimeIndex;
  /** What was overwritten does not come back when newer records are taken back. */
  #oldest = 0;
  #end = 0;
  #epoch = 0;

  readonly #hostSegment: number;

  /**
   * The arrays are only committed by the system as they are filled.
   * @param hostSegment first segment inside the host: links · 2.
   */
  constructor(hostSegment = Infinity) {
    this.#hostSegment = hostSegment;
    const reals = (): Float64Array => new Float64Array(LOG_RECORDS);
    const words = (): Uint32Array => new Uint32Array(LOG_RECORDS);
    const halves = (): Uint16Array => new Uint16Array(LOG_RECORDS);
    this.start_ps = reals();
    this.end_ps = reals();
    this.address = reals();
    this.serial = words();
    this.what = words();
    this.lengthBytes = words();
    this.segment = halves();
    this.requester = halves();
    this.tag = halves();
    this.#sameSerial = words();
    this.#transactionBefore = words();
    this.#transactionAfter = words();
    this.#serialHeads = words();
    this.#transactionHeads = new Uint32Array(TRANSACTION_BUCKETS);
    this.#times = new TimeIndex(this.start_ps);
  }

  /** Number of the oldest record that is kept: so many were overwritten. */
  get first(): number {
    return Math.max(this.#oldest, this.#end - LOG_RECORDS);
  }

  /** One past the number of the newest record. */
  get end(): number {
    return this.#end;
  }

  /** Increases when records were taken back or given other numbers: what was derived from them is void. */
  get epoch(): number {
    return this.#epoch;
  }

  holds(record: number): boolean {
    return record >= this.first && record < this.#end;
  }

  /** Cell of a record that is held: the index into the arrays. */
  cell(record: number): number {
    return record & CELL_MASK;
  }

  kind(record: number): number {
    return (this.what[record & CELL_MASK] ?? 0) & 0xff;
  }

  /** The flow byte (core/pcie/tlp.ts). */
  flow(record: number): number {
    return ((this.what[record & CELL_MASK] ?? 0) >>> 16) & 0xff;
  }

  /** Completion status; 0 for requests. */
  status(record: number): number {
    return (this.what[record & CELL_MASK] ?? 0) >>> 24;
  }

  isCompletion(record: number): boolean {
    return CLASS_OF_KIND[this.kind(record)] === TLP_CLASS.completion;
  }

  isPosted(record: number): boolean {
    return CLASS_OF_KIND[this.kind(record)] === TLP_CLASS.posted;
  }

  /** A load or store of a CPU at host memory: no TLP, it has no serial number. */
  isCpuAccess(record: number): boolean {
    return this.serial[record & CELL_MASK] === 0;
  }

  /** An access of host memory: no link is crossed. */
  isInsideHost(record: number): boolean {
    return (this.segment[record & CELL_MASK] ?? 0) >= this.#hostSegment;
  }

  /** Copies one hop record; the form of a HopVisitor. */
  readonly add = (words: Float64Array, offset: number): void => {
    const record = this.#end;
    const cell = record & CELL_MASK;
    const transaction = (words[offset + HOP.transaction] ?? 0) >>> 0;
    const serial = (words[offset + HOP.serial] ?? 0) >>> 0;
    this.start_ps[cell] = words[offset + HOP.start_ps] ?? 0;
    this.end_ps[cell] = words[offset + HOP.end_ps] ?? 0;
    this.address[cell] = words[offset + HOP.address] ?? 0;
    this.serial[cell] = serial;
    this.what[cell] = words[offset + HOP.what] ?? 0;
    this.lengthBytes[cell] = words[offset + HOP.lengthBytes] ?? 0;
    this.segment[cell] = words[offset + HOP.segment] ?? 0;
    this.requester[cell] = transaction >>> TAG_BITS;
    this.tag[cell] = transaction & TAG_MASK;
    this.#end = record + 1;
    this.#chainSerial(record, cell);
    this.#chainTransaction(record, cell);
    this.#times.note(record, this.first);
  };

  /** Writes a record that is held as the hop record it was made from. */
  copyTo(record: number, words: Float64Array, offset: number): void {
    const cell = record & CELL_MASK;
    words[offset + HOP.start_ps] = this.start_ps[cell] ?? 0;
    words[offset + HOP.end_ps] = this.end_ps[cell] ?? 0;
    words[offset + HOP.segment] = this.segment[cell] ?? 0;
    words[offset + HOP.what] = this.what[cell] ?? 0;
    words[offset + HOP.address] = this.address[cell] ?? 0;
    words[offset + HOP.lengthBytes] = this.lengthBytes[cell] ?? 0;
    words[offset + HOP.transaction] = (this.requester[cell] ?? 0) * 2 ** TAG_BITS + (this.tag[cell] ?? 0);
    words[offset + HOP.serial] = this.serial[cell] ?? 0;
  }

  /** The number of a hop record that was added before, or −1: a run that is repeated sends the same ones again. */
  find(words: Float64Array, offset: number): number {
    const start_ps = words[offset + HOP.start_ps] ?? 0;
    const address = words[offset + HOP.address] ?? 0;
    const serial = (words[offset + HOP.serial] ?? 0) >>> 0;
    const segment = words[offset + HOP.segment] ?? 0;
    const { first } = this;
    let link = this.#serialHeads[chainKey(serial, start_ps, address) & CELL_MASK] ?? 0;
    for (let steps = 0; steps < WALK_LIMIT && link > first; steps += 1) {
      const cell = (link - 1) & CELL_MASK;
      const isSame =
        this.start_ps[cell] === start_ps &&
        this.serial[cell] === serial &&
        this.segment[cell] === segment &&
        this.address[cell] === address;
      if (isSame) return link - 1;
      link = this.#sameSerial[cell] ?? 0;
    }
    return -1;
  }

  /** Number of the first of the newest records that all begin after an instant: what is later than that. */
  firstAfter(at_ps: number): number {
    return this.#times.firstAfter(at_ps, this.first, this.#end);
  }

  /** Takes back what began after an instant: from there on the run was another one. */
  forgetAfter(at_ps: number): void {
    this.truncate(this.firstAfter(at_ps));
  }

  /** Takes back every record from a number on. */
  truncate(end: number): void {
    if (end >= this.#end) return;
    this.#oldest = this.first;
    const keep = Math.max(end, this.#oldest);
    for (let record = this.#end - 1; record >= keep; record -= 1) this.#unchain(record, record & CELL_MASK);
    this.#end = keep;
    this.#times.rebuild(this.#oldest, keep);
    this.#epoch += 1;
  }

  /** The crossing before this one of the same TLP, or −1. */
  hopBefore(record: number): number {
    const serial = this.serial[record & CELL_MASK];
    if (serial === 0) return -1;
    return this.#olderWith(this.#sameSerial[record & CELL_MASK] ?? 0, serial ?? 0);
  }

  /** The newest crossing of a TLP, or −1. */
  lastHop(serial: number): number {
    return serial === 0 ? -1 : this.#olderWith(this.#serialHeads[serial & CELL_MASK] ?? 0, serial);
  }

  /** The oldest crossing kept of a TLP, or −1. */
  firstHop(serial: number): number {
    let found = this.lastHop(serial);
    for (let before = found; before >= 0; before = this.hopBefore(before)) found = before;
    return found;
  }

  /** Every crossing kept of a TLP, oldest first. */
  hopsOf(serial: number): readonly number[] {
    const hops: number[] = [];
    for (let hop = this.lastHop(serial); hop >= 0; hop = this.hopBefore(hop)) hops.push(hop);
    return hops.toReversed();
  }

  /** The first crossing of the request that a completion answers, or −1 if it is not kept. */
  requestOf(completion: number): number {
    let link = this.#transactionBefore[completion & CELL_MASK] ?? 0;
    for (let steps = 0; steps < WALK_LIMIT && link > this.first; steps += 1) {
      const record = link - 1;
      if (this.#sameTransaction(record, completion) && !this.isCompletion(record)) {
        return this.firstHop(this.serial[record & CELL_MASK] ?? 0);
      }
      link = this.#transactionBefore[record & CELL_MASK] ?? 0;
    }
    return -1;
  }

  /**
   * Visits each crossing of each completion that answers a request, oldest first, until its requester uses the tag again.
   * @param visit @returns true to go on.
   */
  eachAnswer(request: number, visit: (record: number) => boolean): void {
    const serial = this.serial[request & CELL_MASK];
    let link = this.#transactionAfter[request & CELL_MASK] ?? 0;
    for (let steps = 0; steps < WALK_LIMIT && link > this.first && link <= this.#end; steps += 1) {
      const record = link - 1;
      if (this.#sameTransaction(record, request)) {
        if (this.isCompletion(record)) {
          if (!visit(record)) return;
        } else if (this.serial[record & CELL_MASK] !== serial) return;
      }
      link = this.#transactionAfter[record & CELL_MASK] ?? 0;
    }
  }

  #sameTransaction(a: number, b: number): boolean {
    return (
      this.tag[a & CELL_MASK] === this.tag[b & CELL_MASK] &&
      this.requester[a & CELL_MASK] === this.requester[b & CELL_MASK]
    );
  }

  #olderWith(link: number, serial: number): number {
    const { first } = this;
    for (let steps = 0; steps < WALK_LIMIT && link > first; steps += 1) {
      if (this.serial[(link - 1) & CELL_MASK] === serial) return link - 1;
      link = this.#sameSerial[(link - 1) & CELL_MASK] ?? 0;
    }
    return -1;
  }

  /** Where the chain of a record's serial number begins. */
  #serialBucket(cell: number): number {
    return chainKey(this.serial[cell] ?? 0, this.start_ps[cell] ?? 0, this.address[cell] ?? 0) & CELL_MASK;
  }

  #chainSerial(record: number, cell: number): void {
    const bucket = this.#serialBucket(cell);
    this.#sameSerial[cell] = this.#serialHeads[bucket] ?? 0;
    this.#serialHeads[bucket] = record + 1;
  }

  #bucket(cell: number): number {
    const mixed = Math.imul(this.requester[cell] ?? 0, 0x9e3779b1) >>> 16;
    return (mixed ^ (this.tag[cell] ?? 0)) & (TRANSACTION_BUCKETS - 1);
  }

  #isTransaction(record: number, cell: number): boolean {
    return this.serial[cell] !== 0 && !this.isPosted(record);
  }

  #chainTransaction(record: number, cell: number): void {
    this.#transactionAfter[cell] = 0;
    if (!this.#isTransaction(record, cell)) return;
    const bucket = this.#bucket(cell);
    const before = this.#transactionHeads[bucket] ?? 0;
    this.#transactionBefore[cell] = before;
    if (before > this.first) this.#transactionAfter[(before - 1) & CELL_MASK] = record + 1;
    this.#transactionHeads[bucket] = record + 1;
  }

  #unchain(record: number, cell: number): void {
    this.#serialHeads[this.#serialBucket(cell)] = this.#sameSerial[cell] ?? 0;
    if (!this.#isTransaction(record, cell)) return;
    const before = this.#transactionBefore[cell] ?? 0;
    this.#transactionHeads[this.#bucket(cell)] = before;
    if (before > this.first) this.#transactionAfter[(before - 1) & CELL_MASK] = 0;
  }
}

/** What a record's chain is found by: its serial number, or time and address where it has none. */
function chainKey(serial: number, start_ps: number, address: number): number {
  return serial !== 0 ? serial : Math.imul(start_ps | 0, 0x9e3779b1) ^ (address | 0);
}
