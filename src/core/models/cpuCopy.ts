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
  private readonly _order: CopyOrder;
  private readonly _host: CopyHost;
  private readonly _bytesPerPs: number;
  private readonly _fromOffset: number;
  private readonly _toOffset: number;
  private readonly _piece: Uint8Array;
  // Line-fill buffers, for loads from a BAR.
  private readonly _lineState = new Uint8Array(LINE_FILL_BUFFERS);
  private readonly _lineBegin = new Float64Array(LINE_FILL_BUFFERS);
  private readonly _lineLength = new Int32Array(LINE_FILL_BUFFERS);
  /** Bytes begun: booked, stored or asked for. */
  private _begun = 0;
  /** Bytes at their target, or on their way as posted stores. */
  private _done = 0;
  private _pieceBytes = 0;
  /** When the core can begin the next line; a fraction, so that rates are exact. */
  private _due_ps: number;
  /** The next call of the timer, if it is in the future. */
  private _wake_ps = -1;

  /** @param copyBytesPerSecond of one core. */
  constructor(order: CopyOrder, host: CopyHost, copyBytesPerSecond: number) {
    this._order = order;
    this._host = host;
    this._fromOffset = host.addresses.ramOffsetOf(order.from);
    this._toOffset = host.addresses.ramOffsetOf(order.to);
    const rate = this._fromOffset < 0 ? Math.min(BAR_LOAD_BYTES_PER_SECOND, copyBytesPerSecond) : copyBytesPerSecond;
    this._bytesPerPs = rate / PS_PER_SECOND;
    this._piece = new Uint8Array(this._fromOffset < 0 ? LINE_FILL_BUFFERS * LINE_BYTES : COPY_PIECE_BYTES);
    this._due_ps = host.port.now() + (this._toOffset < 0 ? CPU_COSTS.writeCombiningStart_ps : 0);
  }

  get isDone(): boolean {
    return this._done === this._order.lengthBytes;
  }

  /** Goes on as far as possible. Called at the start, when the timer fires, when there is room. */
  proceed(): void {
    if (this._fromOffset < 0) this.#load();
    else if (this._toOffset < 0) this.#store();
    else this.#stream();
  }

  onLoadData(line: number, requestOffset: number, lengthBytes: number, payload: Uint8Array, offset: number): void {
    const place = line * LINE_BYTES + requestOffset;
    for (let i = 0; i < lengthBytes; i++) this._piece[place + i] = at(payload, offset + i);
  }

  /** @param ok false: the load failed and gives all ones, as a core sees it. */
  onLoadDone(line: number, ok: boolean): void {
    if (!ok) this._piece.fill(0xff, line * LINE_BYTES, (line + 1) * LINE_BYTES);
    this._lineState[line] = LINE_LOADED;
    this.proceed();
  }

  /** DRAM → DRAM: one piece is under way at a time; loads are prefetched, so only bandwidth counts. */
  #stream(): void {
    const { memory, port } = this._host;
    const { from, to, flow, lengthBytes } = this._order;
    const now_ps = port.now();
    if (this._pieceBytes > 0) {
      if (now_ps < this._due_ps) return;
      memory.memory.readInto(this._fromOffset + this._done, this._pieceBytes, this._piece, 0);
      memory.memory.writeFrom(this._toOffset + this._done, this._pieceBytes, this._piece, 0);
      this.#finish(this._pieceBytes);
      this._pieceBytes = 0;
      if (this.isDone) return;
    }
    const piece = Math.min(COPY_PIECE_BYTES, lengthBytes - this._done);
    const read_ps = memory.occupy(from + this._done, piece, 'read', flow);
    const core_ps = this._due_ps + (piece * this.#slower()) / this._bytesPerPs;
    const written_ps = memory.occupy(to + this._done, piece, 'write', flow);
    this._pieceBytes = piece;
    this._due_ps = Math.max(core_ps, read_ps, written_ps);
    this.#wakeIn(this._due_ps - now_ps);
  }

  /**
   * DRAM → BAR: full lines leave as one TLP each.
   * @simplifies A write-combining buffer that fills is evicted at once and as one TLP; bubbles between evictions,
   * which keep real cores at 0.83 … 0.95 of the link's 64 B rate, appear only through the core's copy rate.
   */
  #store(): void {
    const { memory, port } = this._host;
    const { from, to, flow, lengthBytes } = this._order;
    while (this._begun < lengthBytes) {
      const wait_ps = this._due_ps - port.now();
      if (wait_ps > 0) {
        this.#wakeIn(wait_ps);
        return;
      }
      if (port.postedRoom() === 0) return;
      const address = to + this._begun;
      const line = Math.min(lengthBytes - this._begun, LINE_BYTES - (address % LINE_BYTES));
      memory.occupy(from + this._begun, line, 'read', flow);
      const slower = this.#slower();
      this._host.countRequest();
      port.write(address, line, memory.memory, this._fromOffset + this._begun, flow);
      this._begun += line;
      this.#pace(line * slower);
      this.#finish(line);
    }
  }

  /** BAR → DRAM or BAR. */
  #load(): void {
    this.#storeLoaded();
    const { port } = this._host;
    const { from, lengthBytes, flow } = this._order;
    while (this._begun < lengthBytes) {
      const line = this._lineState.indexOf(LINE_FREE);
      if (line < 0) return;
      const wait_ps = this._due_ps - port.now();
      if (wait_ps > 0) {
        this.#wakeIn(wait_ps);
        return;
      }
      if (port.readRoom() === 0) return;
      const address = from + this._begun;
      const length = Math.min(lengthBytes - this._begun, LINE_BYTES - (address % LINE_BYTES));
      this._lineState[line] = LINE_LOADING;
      this._lineBegin[line] = this._begun;
      this._lineLength[line] = length;
      this._begun += length;
      this.#pace(length);
      this._host.countRequest();
      port.read(address, length, this._host.context(line), flow);
    }
  }

  #storeLoaded(): void {
    const { memory } = this._host;
    const { to, flow } = this._order;
    for (let line = 0; line < LINE_FILL_BUFFERS; line++) {
      if (this._lineState[line] !== LINE_LOADED) continue;
      const begin = at(this._lineBegin, line);
      const length = at(this._lineLength, line);
      if (this._toOffset >= 0) {
        memory.occupy(to + begin, length, 'write', flow);
        memory.memory.writeFrom(this._toOffset + begin, length, this._piece, line * LINE_BYTES);
      } else if (!this.#storePieces(to + begin, length, line)) return;
      this._lineState[line] = LINE_FREE;
      this.#finish(length);
    }
  }

  /** Stores a loaded line to a BAR; source and target may lie differently in their lines: up to two TLPs. */
  #storePieces(address: number, lengthBytes: number, line: number): boolean {
    const { port } = this._host;
    const first = Math.min(lengthBytes, LINE_BYTES - (address % LINE_BYTES));
    const needed = first < lengthBytes ? 2 : 1;
    if (port.postedRoom() < needed) return false;
    const source = {
      readInto: (offset: number, length: number, target: Uint8Array, targetOffset: number) => {
        for (let i = 0; i < length; i++) target[targetOffset + i] = at(this._piece, offset + i);
      },
    };
    this._host.countRequest();
    port.write(address, first, source, line * LINE_BYTES, this._order.flow);
    if (needed === 1) return true;
    this._host.countRequest();
    port.write(address + first, lengthBytes - first, source, line * LINE_BYTES + first, this._order.flow);
    return true;
  }

  #wakeIn(wait_ps: number): void {
    const now_ps = this._host.port.now();
    const wake_ps = now_ps + Math.max(0, Math.ceil(wait_ps));
    if (this._wake_ps > now_ps && this._wake_ps <= wake_ps) return;
    this._wake_ps = wake_ps;
    this._host.wakeIn(wake_ps - now_ps);
  }

  /**
   * A core has so many lines under way that idle memory keeps it at its rate; loads that come later than from idle memory
   * slow it in proportion.
   */
  #slower(): number {
    return 1 + this._host.memory.delay_ps / CPU_COSTS.memoryLoad_ps;
  }

  #pace(lengthBytes: number): void {
    const now_ps = this._host.port.now();
    // A core that had to wait does not catch up.
    const start = this._due_ps > now_ps - 1 ? this._due_ps : now_ps;
    this._due_ps = start + lengthBytes / this._bytesPerPs;
  }

  #finish(lengthBytes: number): void {
    this._done += lengthBytes;
    this._host.countCopied(lengthBytes);
    invariant(this._done <= this._order.lengthBytes, () => `copied ${this._done} of ${this._order.lengthBytes} B`);
  }
}
