import { at, invariant } from '../../../base/invariant.ts';
import type { FlowByte } from '../../pcie/tlp.ts';
import { EVICTIONS_UNDER_WAY, LINE_BYTES, WRITE_COMBINING_BUFFERS, WRITE_COMBINING_EVICTION_PS } from '../cpuCosts.ts';
import type { ByteSource } from '../ports.ts';
import type { AccessHost } from './coreRun.ts';

const PLACES = WRITE_COMBINING_BUFFERS * (LINE_BYTES / 8) + EVICTIONS_UNDER_WAY;
/** A buffer that is not full leaves in pieces of this size. */
const PIECE_BYTES = 8;

/**
 * Lines on their way from a core's write-combining buffers (or its cache) to the root complex, in order:
 *
 *   buffers ──▶ up to 16 under way, each for its time ──▶ posted queue of the port
 *
 * A line keeps its place until the root complex has taken it, so a core cannot store faster than 16 lines in the time one
 * takes. That time is longer to another socket.
 * @spec performance reference 6 (100 ns issue cost); Intel SDM vol. 3, 11.3.1 (partial buffers leave in pieces of 8 bytes)
 */
export class LineEvictions {
  private readonly _host: AccessHost;
  private readonly _flow: FlowByte;
  // Ring: [first … first + underWay) are under way, the rest of `count` wait in their buffers.
  private readonly _address = new Float64Array(PLACES);
  private readonly _length = new Int32Array(PLACES);
  private readonly _source: ByteSource[] = [];
  private readonly _offset = new Float64Array(PLACES);
  private readonly _due_ps = new Float64Array(PLACES);
  private _first = 0;
  private _underWay = 0;
  private _count = 0;

  constructor(host: AccessHost, flow: FlowByte) {
    this._host = host;
    this._flow = flow;
  }

  get isEmpty(): boolean {
    return this._count === 0;
  }

  /** False while all buffers wait to leave. */
  get hasRoom(): boolean {
    return this._count - this._underWay < WRITE_COMBINING_BUFFERS;
  }

  /** A buffer leaves: whole lines at once, parts of lines in aligned pieces of at most 8 bytes. Requires room. */
  evict(address: number, lengthBytes: number, source: ByteSource, offset: number): void {
    invariant(this.hasRoom, () => 'a write-combining buffer leaves where none has room');
    if (lengthBytes === LINE_BYTES) {
      this.#add(address, lengthBytes, source, offset);
    } else {
      for (let done = 0; done < lengthBytes;) {
        const piece = Math.min(lengthBytes - done, PIECE_BYTES - ((address + done) % PIECE_BYTES));
        this.#add(address + done, piece, source, offset + done);
        done += piece;
      }
    }
    this.#depart();
  }

  /** Hands what has arrived to the port, and lets what waits depart. */
  proceed(): void {
    const { port } = this._host;
    while (this._underWay > 0 && at(this._due_ps, this._first) <= port.now() && port.postedRoom() > 0) {
      const place = this._first;
      this._first = (place + 1) % PLACES;
      this._underWay--;
      this._count--;
      this._host.countRequest();
      port.write(
        at(this._address, place),
        at(this._length, place),
        at(this._source, place),
        at(this._offset, place),
        this._flow,
      );
      this.#depart();
    }
  }

  /** When the first of those under way arrives; Infinity if none is, or if it waits for room. */
  next_ps(): number {
    if (this._underWay === 0) return Infinity;
    const due_ps = at(this._due_ps, this._first);
    return due_ps > this._host.port.now() ? due_ps : Infinity;
  }

  #add(address: number, lengthBytes: number, source: ByteSource, offset: number): void {
    const place = (this._first + this._count) % PLACES;
    this._address[place] = address;
    this._length[place] = lengthBytes;
    this._source[place] = source;
    this._offset[place] = offset;
    this._count++;
  }

  #depart(): void {
    while (this._underWay < EVICTIONS_UNDER_WAY && this._underWay < this._count) {
      const place = (this._first + this._underWay) % PLACES;
      const crossing_ps = this._host.outward_ps(at(this._length, place));
      this._due_ps[place] = this._host.port.now() + WRITE_COMBINING_EVICTION_PS + crossing_ps;
      this._underWay++;
    }
  }
}
