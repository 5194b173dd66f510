/*
 * One core copying bytes: loads from DRAM or a BAR, streaming stores to DRAM, write-combined stores to a BAR.
 *
 *   DRAM → DRAM   pieces of 4 KiB, as fast as core and channels allow
 *   DRAM → BAR    one 64 B TLP after the other at the core's rate, slower where the fabric pushes back
 *   BAR  → any    64 B loads, ten outstanding, at the streaming-load rate; stored as they come
 */
import { at, invariant } from '../../base/invariant.ts';
import { PS_PER_SECOND } from '../../base/units.ts';
import type { FlowByte } from '../pcie/tlp.ts';
import type { HardwareHostMemory } from './hardware.ts';
import type { FunctionPort } from './ports.ts';
import type { SystemAddressMap } from './systemAddressMap.ts';
import { BAR_LOAD_BYTES_PER_SECOND, COPY_PIECE_BYTES, CPU_COSTS, LINE_BYTES, LINE_FILL_BUFFERS } from './cpuCosts.ts';

export interface CopyOrder {
  readonly from: number;
  readonly to: number;
  readonly lengthBytes: number;
  readonly flow: FlowByte;
}

/** What a copy needs from its core. */
export interface CopyHost {
  readonly port: FunctionPort;
  readonly memory: HardwareHostMemory;
  readonly addresses: SystemAddressMap;
  /** Calls `onTimer` of this copy after a time. */
  wakeIn(delay_ps: number): void;
  /** Context of a load whose buffer is `line`. */
  context(line: number): number;
  countCopied(lengthBytes: number): void;
  /** A load or store has been sent. */
  countRequest(): void;
}

const LINE_FREE = 0;
const LINE_LOADING = 1;
const LINE_LOADED = 2;

export class CpuCopy {
  readonly #order: CopyOrder;
  readonly #host: CopyHost;
  readonly #bytesPerPs: number;
  readonly #fromOffset: number;
  readonly #toOffset: number;
  readonly #piece: Uint8Array;
  // Line-fill buffers, for loads from a BAR.
  readonly #lineState = new Uint8Array(LINE_FILL_BUFFERS);
  readonly #lineBegin = new Float64Array(LINE_FILL_BUFFERS);
  readonly #lineLength = new Int32Array(LINE_FILL_BUFFERS);
  /** Bytes begun: booked, stored or asked for. */
  #begun = 0;
  /** Bytes at their target, or on their way as posted stores. */
  #done = 0;
  #pieceBytes = 0;
  /** When the core can begin the next line; a fraction, so that rates are exact. */
  #due_ps: number;
  /** The next call of the timer, if it is in the future. */
  #wake_ps = -1;

  /** @param copyBytesPerSecond of one core. */
  constructor(order: CopyOrder, host: CopyHost, copyBytesPerSecond: number) {
    this.#order = order;
    this.#host = host;
    this.#fromOffset = host.addresses.ramOffsetOf(order.from);
    this.#toOffset = host.addresses.ramOffsetOf(order.to);
    const rate = this.#fromOffset < 0 ? Math.min(BAR_LOAD_BYTES_PER_SECOND, copyBytesPerSecond) : copyBytesPerSecond;
    this.#bytesPerPs = rate / PS_PER_SECOND;
    this.#piece = new Uint8Array(this.#fromOffset < 0 ? LINE_FILL_BUFFERS * LINE_BYTES : COPY_PIECE_BYTES);
    this.#due_ps = host.port.now() + (this.#toOffset < 0 ? CPU_COSTS.writeCombiningStart_ps : 0);
  }

  get isDone(): boolean {
    return this.#done === this.#order.lengthBytes;
  }

  /** Goes on as far as possible. Called at the start, when the timer fires, when there is room. */
  proceed(): void {
    if (this.#fromOffset < 0) this.#load();
    else if (this.#toOffset < 0) this.#store();
    else this.#stream();
  }

  onLoadData(line: number, requestOffset: number, lengthBytes: number, payload: Uint8Array, offset: number): void {
    const place = line * LINE_BYTES + requestOffset;
    for (let i = 0; i < lengthBytes; i++) this.#piece[place + i] = at(payload, offset + i);
  }

  /** @param ok false: the load failed and gives all ones, as a core sees it. */
  onLoadDone(line: number, ok: boolean): void {
    if (!ok) this.#piece.fill(0xff, line * LINE_BYTES, (line + 1) * LINE_BYTES);
    this.#lineState[line] = LINE_LOADED;
    this.proceed();
  }

  /** DRAM → DRAM: one piece is under way at a time; loads are prefetched, so only bandwidth counts. */
  #stream(): void {
    const { memory, port } = this.#host;
    const { from, to, flow, lengthBytes } = this.#order;
    const now_ps = port.now();
    if (this.#pieceBytes > 0) {
      if (now_ps < this.#due_ps) return;
      memory.memory.readInto(this.#fromOffset + this.#done, this.#pieceBytes, this.#piece, 0);
      memory.memory.writeFrom(this.#toOffset + this.#done, this.#pieceBytes, this.#piece, 0);
      this.#finish(this.#pieceBytes);
      this.#pieceBytes = 0;
      if (this.isDone) return;
    }
    const piece = Math.min(COPY_PIECE_BYTES, lengthBytes - this.#done);
    const read_ps = memory.occupy(from + this.#done, piece, 'read', flow);
    const core_ps = this.#due_ps + (piece * this.#slower()) / this.#bytesPerPs;
    const written_ps = memory.occupy(to + this.#done, piece, 'write', flow);
    this.#pieceBytes = piece;
    this.#due_ps = Math.max(core_ps, read_ps, written_ps);
    this.#wakeIn(this.#due_ps - now_ps);
  }

  /**
   * DRAM → BAR: full lines leave as one TLP each.
   * @simplifies A write-combining buffer that fills is evicted at once and as one TLP; bubbles between evictions,
   * which keep real cores at 0.83 … 0.95 of the link's 64 B rate, appear only through the core's copy rate.
   */
  #store(): void {
    const { memory, port } = this.#host;
    const { from, to, flow, lengthBytes } = this.#order;
    while (this.#begun < lengthBytes) {
      const wait_ps = this.#due_ps - port.now();
      if (wait_ps > 0) {
        this.#wakeIn(wait_ps);
        return;
      }
      if (port.postedRoom() === 0) return;
      const address = to + this.#begun;
      const line = Math.min(lengthBytes - this.#begun, LINE_BYTES - (address % LINE_BYTES));
      memory.occupy(from + this.#begun, line, 'read', flow);
      const slower = this.#slower();
      this.#host.countRequest();
      port.write(address, line, memory.memory, this.#fromOffset + this.#begun, flow);
      this.#begun += line;
      this.#pace(line * slower);
      this.#finish(line);
    }
  }

  /** BAR → DRAM or BAR. */
  #load(): void {
    this.#storeLoaded();
    const { port } = this.#host;
    const { from, lengthBytes, flow } = this.#order;
    while (this.#begun < lengthBytes) {
      const line = this.#lineState.indexOf(LINE_FREE);
      if (line < 0) return;
      const wait_ps = this.#due_ps - port.now();
      if (wait_ps > 0) {
        this.#wakeIn(wait_ps);
        return;
      }
      if (port.readRoom() === 0) return;
      const address = from + this.#begun;
      const length = Math.min(lengthBytes - this.#begun, LINE_BYTES - (address % LINE_BYTES));
      this.#lineState[line] = LINE_LOADING;
      this.#lineBegin[line] = this.#begun;
      this.#lineLength[line] = length;
      this.#begun += length;
      this.#pace(length);
      this.#host.countRequest();
      port.read(address, length, this.#host.context(line), flow);
    }
  }

  #storeLoaded(): void {
    const { memory } = this.#host;
    const { to, flow } = this.#order;
    for (let line = 0; line < LINE_FILL_BUFFERS; line++) {
      if (this.#lineState[line] !== LINE_LOADED) continue;
      const begin = at(this.#lineBegin, line);
      const length = at(this.#lineLength, line);
      if (this.#toOffset >= 0) {
        memory.occupy(to + begin, length, 'write', flow);
        memory.memory.writeFrom(this.#toOffset + begin, length, this.#piece, line * LINE_BYTES);
      } else if (!this.#storePieces(to + begin, length, line)) return;
      this.#lineState[line] = LINE_FREE;
      this.#finish(length);
    }
  }

  /** Stores a loaded line to a BAR; source and target may lie differently in their lines: up to two TLPs. */
  #storePieces(address: number, lengthBytes: number, line: number): boolean {
    const { port } = this.#host;
    const first = Math.min(lengthBytes, LINE_BYTES - (address % LINE_BYTES));
    const needed = first < lengthBytes ? 2 : 1;
    if (port.postedRoom() < needed) return false;
    const source = {
      readInto: (offset: number, length: number, target: Uint8Array, targetOffset: number) => {
        for (let i = 0; i < length; i++) target[targetOffset + i] = at(this.#piece, offset + i);
      },
    };
    this.#host.countRequest();
    port.write(address, first, source, line * LINE_BYTES, this.#order.flow);
    if (needed === 1) return true;
    this.#host.countRequest();
    port.write(address + first, lengthBytes - first, source, line * LINE_BYTES + first, this.#order.flow);
    return true;
  }

  #wakeIn(wait_ps: number): void {
    const now_ps = this.#host.port.now();
    const wake_ps = now_ps + Math.max(0, Math.ceil(wait_ps));
    if (this.#wake_ps > now_ps && this.#wake_ps <= wake_ps) return;
    this.#wake_ps = wake_ps;
    this.#host.wakeIn(wake_ps - now_ps);
  }

  /**
   * A core has so many lines under way that idle memory keeps it at its rate; loads that come later than from idle memory
   * slow it in proportion.
   */
  #slower(): number {
    return 1 + this.#host.memory.delay_ps / CPU_COSTS.memoryLoad_ps;
  }

  #pace(lengthBytes: number): void {
    const now_ps = this.#host.port.now();
    // A core that had to wait does not catch up.
    const start = this.#due_ps > now_ps - 1 ? this.#due_ps : now_ps;
    this.#due_ps = start + lengthBytes / this.#bytesPerPs;
  }

  #finish(lengthBytes: number): void {
    this.#done += lengthBytes;
    this.#host.countCopied(lengthBytes);
    invariant(this.#done <= this.#order.lengthBytes, () => `copied ${this.#done} of ${this.#order.lengthBytes} B`);
  }
}
