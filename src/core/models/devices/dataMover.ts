/*
 * The data side of a DMA engine: sends, asks, and lets the oldest reads go on. What to move is in the
 * descriptor queue; when to call is the engine's business (dmaEngine.ts).
 */
import { at, invariant } from '../../../base/invariant.ts';
import { ENGINE_OPERATION } from '../../config/devices/engineRegisters.ts';
import type { FlowByte } from '../../pcie/tlp.ts';
import type { ByteSink, ByteSource, FunctionPort } from '../ports.ts';
import type { DescriptorQueue } from './descriptorQueue.ts';
import type { LocalSide } from './localSide.ts';
import type { FilledBuffer } from './rateBuffers.ts';
import { ReadQueue } from './readQueue.ts';
import { WAIT, type Wait } from './waitClock.ts';

/** Bytes moved at once between the inner side and the device's own memory BAR. */
const INNER_CHUNK_BYTES = 4096;
/** Buffer bytes of a memory-to-memory engine for each outstanding read: the largest Max_Read_Request_Size. */
export const BUFFER_PLACE_BYTES = 4096;

/** The device's own memory BAR, reached inside the device. */
export interface OwnMemory {
  readonly memory: ByteSource & ByteSink;
  /** Offset of a bus address in that memory, or −1 if the range is not all in its BAR. */
  offsetOf(address: number, lengthBytes: number): number;
}

export interface MoverParts {
  readonly port: FunctionPort;
  /** Absent: a memory-to-memory engine. */
  readonly local: LocalSide | undefined;
  readonly ownMemory: OwnMemory | undefined;
  /** Buffer of a memory-to-memory engine: BUFFER_PLACE_BYTES for each outstanding read. */
  readonly buffer: (ByteSource & ByteSink) | undefined;
  /** Outstanding data reads at most, 1…32767. */
  readonly maximumReads: number;
  /** Internal speed limit of a memory-to-memory engine. */
  readonly rate: FilledBuffer | undefined;
  /** Told about bytes that have come to the inner side. */
  readonly onArrived?: (lengthBytes: number, flow: FlowByte) => void;
}

/** What the mover needs from the engine around it. */
export interface MoverHost {
  /** Calls the engine again after a time. */
  wakeIn(delay_ps: number): void;
  /** Makes the context of a read whose entry number is `code`. */
  context(code: number): number;
}

export class DataMover {
  private readonly _parts: MoverParts;
  private readonly _port: FunctionPort;
  private readonly _queue: DescriptorQueue;
  private readonly _host: MoverHost;
  private readonly _reads: ReadQueue;
  /** Why the last `send` or `ask` stopped. */
  blockedBy: Wait = WAIT.idle;
  /** Answers wait in the buffer for a place in the transmit queue. */
  isSendingBlocked = false;
  private readonly _innerBytes = new Uint8Array(INNER_CHUNK_BYTES);

  constructor(parts: MoverParts, queue: DescriptorQueue, host: MoverHost) {
    this._parts = parts;
    this._port = parts.port;
    this._queue = queue;
    this._host = host;
    this._reads = new ReadQueue(parts.maximumReads);
  }

  /** No read is out and no inner buffer is held. */
  get isIdle(): boolean {
    return this._reads.count === 0 && (this._parts.local?.heldBytes ?? 0) === 0;
  }

  /** Time from a descriptor to the first byte the inner side can give. */
  get access_ps(): number {
    return this._parts.local?.access_ps ?? 0;
  }

  /** Whether this engine can do an ENGINE_OPERATION. */
  can(operation: number): boolean {
    if (operation === ENGINE_OPERATION.busToBus) return this._parts.buffer !== undefined;
    const inner = operation === ENGINE_OPERATION.localToBus || operation === ENGINE_OPERATION.busToLocal;
    return inner && this._parts.local !== undefined;
  }

  /** Work begins after a pause. */
  begin(): void {
    this._parts.local?.begin(this._port.now());
    this._parts.rate?.restart(this._port.now());
  }

  reset(): void {
    this._reads.clear();
    this._parts.local?.reset();
  }

  /** @returns true if something may now go on. */
  onReadData(entry: number, requestOffset: number, lengthBytes: number, payload: Uint8Array, offset: number): boolean {
    const reads = this._reads;
    reads.arrived[entry] = at(reads.arrived, entry) + lengthBytes;
    if (this._queue.operation[at(reads.slot, entry)] === ENGINE_OPERATION.busToBus) {
      this.#buffer().writeFrom(entry * BUFFER_PLACE_BYTES + requestOffset, lengthBytes, payload, offset);
      return true;
    }
    this.#local().sink.writeFrom(at(reads.target, entry) + requestOffset, lengthBytes, payload, offset);
    return false;
  }

  /** @returns the bus address the read asked for. */
  onReadDone(entry: number): number {
    this._reads.finished[entry] = 1;
    return at(this._reads.source, entry);
  }

  /** Inner side → bus. @returns true when all of the descriptor has been sent. */
  send(slot: number): boolean {
    const queue = this._queue;
    const port = this._port;
    const local = this.#local();
    const base = at(queue.busAddress, slot);
    const length = at(queue.lengthBytes, slot);
    const inner = at(queue.other, slot);
    const flow = queue.flow(slot);
    const mps = port.mpsBytes;
    const own = this._parts.ownMemory?.offsetOf(base, length) ?? -1;
    let begun = at(queue.begun, slot);
    while (begun < length) {
      const address = base + begun;
      const place = own >= 0 ? INNER_CHUNK_BYTES : mps - (address % mps);
      const chunk = length - begun < place ? length - begun : place;
      if (own < 0 && port.postedRoom() === 0) {
        this.blockedBy = WAIT.room;
        return false;
      }
      const wait_ps = local.takeDelay(port.now(), chunk);
      if (wait_ps > 0) {
        this.blockedBy = WAIT.local;
        if (wait_ps !== Infinity) this._host.wakeIn(wait_ps);
        return false;
      }
      const offset = local.take(port.now(), inner + begun, chunk);
      if (own >= 0) this.#moveInside(local.source, offset, this.#own().memory, own + begun, chunk);
      else port.write(address, chunk, local.source, offset, flow);
      begun += chunk;
      queue.begun[slot] = begun;
      queue.moved[slot] = begun;
    }
    return true;
  }

  /** Bus → inner side or buffer. @returns true when all of the descriptor has been asked for. */
  ask(slot: number): boolean {
    const queue = this._queue;
    const port = this._port;
    const base = at(queue.busAddress, slot);
    const length = at(queue.lengthBytes, slot);
    const other = at(queue.other, slot);
    const flow = queue.flow(slot);
    const limit = port.mrrsBytes;
    const toBus = queue.operation[slot] === ENGINE_OPERATION.busToBus;
    const own = toBus ? -1 : (this._parts.ownMemory?.offsetOf(base, length) ?? -1);
    if (own >= 0) return this.#askInside(slot, own);
    let begun = at(queue.begun, slot);
    while (begun < length) {
      const address = base + begun;
      const place = limit - (address % limit);
      const chunk = length - begun < place ? length - begun : place;
      if (this._reads.isFull || port.readRoom() === 0) {
        this.blockedBy = this._reads.isFull || port.freeTags === 0 ? WAIT.tags : WAIT.room;
        return false;
      }
      const wait_ps = toBus ? this.#rateDelay(chunk) : this.#local().reserveDelay(port.now(), chunk);
      if (wait_ps > 0) {
        this.blockedBy = wait_ps === Infinity ? WAIT.buffer : WAIT.local;
        if (wait_ps !== Infinity) this._host.wakeIn(wait_ps);
        return false;
      }
      const target = toBus ? other + begun : this.#local().reserve(port.now(), other + begun, chunk);
      if (toBus) this._parts.rate?.take(port.now(), chunk);
      const entry = this._reads.push(slot, address, target, chunk);
      begun += chunk;
      queue.begun[slot] = begun;
      port.read(address, chunk, this._host.context(entry), flow);
    }
    return true;
  }

  /** The device's own memory BAR → inner side: no TLP. */
  #askInside(slot: number, own: number): boolean {
    const queue = this._queue;
    const local = this.#local();
    const length = at(queue.lengthBytes, slot);
    let begun = at(queue.begun, slot);
    while (begun < length) {
      const chunk = Math.min(length - begun, INNER_CHUNK_BYTES);
      const now_ps = this._port.now();
      const wait_ps = local.reserveDelay(now_ps, chunk);
      if (wait_ps > 0) {
        this.blockedBy = WAIT.local;
        if (wait_ps !== Infinity) this._host.wakeIn(wait_ps);
        return false;
      }
      const target = local.reserve(now_ps, at(queue.other, slot) + begun, chunk);
      this.#moveInside(this.#own().memory, own + begun, local.sink, target, chunk);
      local.settle(now_ps, chunk);
      this._parts.onArrived?.(chunk, queue.flow(slot));
      begun += chunk;
      queue.begun[slot] = begun;
      queue.moved[slot] = begun;
      queue.drained_ps[slot] = now_ps + local.drainDelay(now_ps);
    }
    return true;
  }

  #moveInside(from: ByteSource, fromOffset: number, to: ByteSink, toOffset: number, lengthBytes: number): void {
    from.readInto(fromOffset, lengthBytes, this._innerBytes, 0);
    to.writeFrom(toOffset, lengthBytes, this._innerBytes, 0);
  }

  /** Lets the oldest reads go on: to the inner side when complete, to the bus as far as they have come. */
  settleReads(): void {
    const reads = this._reads;
    const queue = this._queue;
    this.isSendingBlocked = false;
    while (reads.count > 0) {
      const entry = reads.first;
      const slot = at(reads.slot, entry);
      const length = at(reads.lengthBytes, entry);
      const toBus = queue.operation[slot] === ENGINE_OPERATION.busToBus;
      if (toBus && !this.#sendOn(entry, slot)) return;
      if (reads.finished[entry] === 0 || at(reads.arrived, entry) < length) return;
      if (!toBus) {
        const now_ps = this._port.now();
        this.#local().settle(now_ps, length);
        this._parts.onArrived?.(length, queue.flow(slot));
        queue.drained_ps[slot] = now_ps + this.#local().drainDelay(now_ps);
      }
      queue.moved[slot] = at(queue.moved, slot) + length;
      reads.shift();
    }
  }

  /** Writes what has arrived of a read to its target. @returns true when all of it has been sent. */
  #sendOn(entry: number, slot: number): boolean {
    const reads = this._reads;
    const port = this._port;
    const mps = port.mpsBytes;
    const length = at(reads.lengthBytes, entry);
    let written = at(reads.written, entry);
    while (written < length) {
      const address = at(reads.target, entry) + written;
      const place = mps - (address % mps);
      const chunk = length - written < place ? length - written : place;
      if (at(reads.arrived, entry) - written < chunk) return false;
      if (port.postedRoom() === 0) {
        this.isSendingBlocked = true;
        return false;
      }
      port.write(address, chunk, this.#buffer(), entry * BUFFER_PLACE_BYTES + written, this._queue.flow(slot));
      written += chunk;
      reads.written[entry] = written;
    }
    return true;
  }

  #rateDelay(lengthBytes: number): number {
    return this._parts.rate?.delay(this._port.now(), lengthBytes) ?? 0;
  }

  #local(): LocalSide {
    const { local } = this._parts;
    invariant(local !== undefined, () => 'a descriptor names an inner side this engine does not have');
    return local;
  }

  #own(): OwnMemory {
    const { ownMemory } = this._parts;
    invariant(ownMemory !== undefined, () => 'this engine has no memory of its own');
    return ownMemory;
  }

  #buffer(): ByteSource & ByteSink {
    const { buffer } = this._parts;
    invariant(buffer !== undefined, () => 'a descriptor names two bus addresses, but this engine has no buffer');
    return buffer;
  }
}
