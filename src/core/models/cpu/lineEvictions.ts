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
  readonly #host: AccessHost;
  readonly #flow: FlowByte;
  // Ring: [first … first + underWay) are under way, the rest of `count` wait in their buffers.
  readonly #address = new Float64Array(PLACES);
  readonly #length = new Int32Array(PLACES);
  readonly #source: ByteSource[] = [];
  readonly #offset = new Float64Array(PLACES);
  readonly #due_ps = new Float64Array(PLACES);
  #first = 0;
  #underWay = 0;
  #count = 0;

  constructor(host: AccessHost, flow: FlowByte) {
    this.#host = host;
    this.#flow = flow;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** False while all buffers wait to leave. */
  get hasRoom(): boolean {
    return this.#count - this.#underWay < WRITE_COMBINING_BUFFERS;
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
    const { port } = this.#host;
    while (this.#underWay > 0 && at(this.#due_ps, this.#first) <= port.now() && port.postedRoom() > 0) {
      const place = this.#first;
      this.#first = (place + 1) % PLACES;
      this.#underWay--;
      this.#count--;
      this.#host.countRequest();
      port.write(
        at(this.#address, place),
        at(this.#length, place),
        at(this.#source, place),
        at(this.#offset, place),
        this.#flow,
      );
      this.#depart();
    }
  }

  /** When the first of those under way arrives; Infinity if none is, or if it waits for room. */
  next_ps(): number {
    if (this.#underWay === 0) return Infinity;
    const due_ps = at(this.#due_ps, this.#first);
    return due_ps > this.#host.port.now() ? due_ps : Infinity;
  }

  #add(address: number, lengthBytes: number, source: ByteSource, offset: number): void {
    const place = (this.#first + this.#count) % PLACES;
    this.#address[place] = address;
    this.#length[place] = lengthBytes;
    this.#source[place] = source;
    this.#offset[place] = offset;
    this.#count++;
  }

  #depart(): void {
    while (this.#underWay < EVICTIONS_UNDER_WAY && this.#underWay < this.#count) {
      const place = (this.#first + this.#underWay) % PLACES;
      const crossing_ps = this.#host.outward_ps(at(this.#length, place));
      this.#due_ps[place] = this.#host.port.now() + WRITE_COMBINING_EVICTION_PS + crossing_ps;
      this.#underWay++;
    }
  }
}
