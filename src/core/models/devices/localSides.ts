/*
 * The three inner sides of this model's devices.
 */
import type { ByteSink, ByteSource } from '../ports.ts';
import type { LocalSide } from './localSide.ts';
import { DrainedBuffer, FilledBuffer } from './rateBuffers.ts';

/** Told about bytes that cross the wire of a NIC or the media of a drive, into the machine or out of it. */
export interface ExternalTraffic {
  bytesIn(lengthBytes: number): void;
  bytesOut(lengthBytes: number): void;
}

/** Memory as fast as the engine asks: the video memory of an accelerator. */
export class MemorySide implements LocalSide {
  readonly source: ByteSource;
  readonly sink: ByteSink;
  readonly access_ps: number;
  heldBytes = 0;

  /** @simplifies An accelerator's own memory never limits a transfer: it is an order of magnitude faster than any link. */
  constructor(memory: ByteSource & ByteSink, access_ps: number) {
    this.source = memory;
    this.sink = memory;
    this.access_ps = access_ps;
  }

  begin(): void {}

  takeDelay(): number {
    return 0;
  }

  take(_now_ps: number, inner: number): number {
    return inner;
  }

  reserveDelay(): number {
    return 0;
  }

  reserve(_now_ps: number, inner: number, lengthBytes: number): number {
    this.heldBytes += lengthBytes;
    return inner;
  }

  settle(_now_ps: number, lengthBytes: number): void {
    this.heldBytes -= lengthBytes;
  }

  drainDelay(): number {
    return 0;
  }

  reset(): void {
    this.heldBytes = 0;
  }
}

export interface MediaOptions {
  readonly readBytesPerSecond: number;
  readonly writeBytesPerSecond: number;
  /** From a command to its first byte. */
  readonly readLatency_ps: number;
  /** The drive's own buffer, each way. */
  readonly bufferBytes: number;
}

/**
 * The media of a drive.
 * @simplifies Media reads and writes at constant rates; a write is complete when it is on the media, there is no
 * volatile write cache; a read command that follows another without a pause finds its bytes read ahead.
 */
export class MediaSide implements LocalSide {
  readonly source: ByteSource;
  readonly sink: ByteSink;
  readonly access_ps: number;
  private readonly _read: FilledBuffer;
  private readonly _write: DrainedBuffer;
  private readonly _traffic: ExternalTraffic;

  constructor(memory: ByteSource & ByteSink, options: MediaOptions, traffic: ExternalTraffic) {
    this.source = memory;
    this.sink = memory;
    this.access_ps = options.readLatency_ps;
    this._read = new FilledBuffer(options.readBytesPerSecond, options.bufferBytes);
    this._write = new DrainedBuffer(options.writeBytesPerSecond, options.bufferBytes);
    this._traffic = traffic;
  }

  get heldBytes(): number {
    return this._write.reservedBytes;
  }

  begin(now_ps: number): void {
    this._read.restart(now_ps);
  }

  takeDelay(now_ps: number, lengthBytes: number): number {
    return this._read.delay(now_ps, lengthBytes);
  }

  take(now_ps: number, inner: number, lengthBytes: number): number {
    this._read.take(now_ps, lengthBytes);
    this._traffic.bytesIn(lengthBytes);
    return inner;
  }

  reserveDelay(now_ps: number, lengthBytes: number): number {
    return this._write.delay(now_ps, lengthBytes);
  }

  reserve(_now_ps: number, inner: number, lengthBytes: number): number {
    this._write.reserve(lengthBytes);
    return inner;
  }

  settle(now_ps: number, lengthBytes: number): void {
    this._write.put(now_ps, lengthBytes);
    this._traffic.bytesOut(lengthBytes);
  }

  drainDelay(now_ps: number): number {
    return this._write.drainDelay(now_ps);
  }

  reset(): void {
    this._write.reset();
  }
}

export interface WireOptions {
  readonly bytesPerSecond: number;
  /** Packet buffer of the adapter, each way. */
  readonly fifoBytes: number;
}

/**
 * Both directions of a NIC's wire. The far end sends, in the order of the receive descriptors, the bytes that each of
 * them names by its inner offset: several streams can share the wire. It starts when the first descriptor is there and
 * pauses while the FIFO is full. Outgoing bytes are kept by the far end, at the inner offsets of their descriptors.
 * @simplifies The wire carries a lossless byte stream at its line rate: frames, their headers and gaps are not modelled.
 */
export class WireSide implements LocalSide {
  readonly source: ByteSource;
  readonly sink: ByteSink;
  readonly access_ps = 0;
  private readonly _receive: FilledBuffer;
  private readonly _transmit: DrainedBuffer;
  private readonly _traffic: ExternalTraffic;
  private _offeredBytes = 0;
  private _receivedBytes = 0;
  private _started = false;

  /** @param incoming what the far end sends, from offset 0. @param outgoing where it keeps what it gets. */
  constructor(incoming: ByteSource, outgoing: ByteSink, options: WireOptions, traffic: ExternalTraffic) {
    this.source = incoming;
    this.sink = outgoing;
    this._receive = new FilledBuffer(options.bytesPerSecond, options.fifoBytes);
    this._transmit = new DrainedBuffer(options.bytesPerSecond, options.fifoBytes);
    this._traffic = traffic;
  }

  /** The far end has this many bytes more to send. */
  offer(lengthBytes: number): void {
    this._offeredBytes += lengthBytes;
  }

  get heldBytes(): number {
    return this._transmit.reservedBytes;
  }

  begin(now_ps: number): void {
    if (this._started) return;
    this._started = true;
    this._receive.restart(now_ps);
  }

  takeDelay(now_ps: number, lengthBytes: number): number {
    if (this._receivedBytes + lengthBytes > this._offeredBytes) return Infinity;
    return this._receive.delay(now_ps, lengthBytes);
  }

  take(now_ps: number, inner: number, lengthBytes: number): number {
    this._receive.take(now_ps, lengthBytes);
    this._traffic.bytesIn(lengthBytes);
    this._receivedBytes += lengthBytes;
    return inner;
  }

  reserveDelay(now_ps: number, lengthBytes: number): number {
    return this._transmit.delay(now_ps, lengthBytes);
  }

  reserve(_now_ps: number, inner: number, lengthBytes: number): number {
    this._transmit.reserve(lengthBytes);
    return inner;
  }

  settle(now_ps: number, lengthBytes: number): void {
    this._transmit.put(now_ps, lengthBytes);
    this._traffic.bytesOut(lengthBytes);
  }

  drainDelay(now_ps: number): number {
    return this._transmit.drainDelay(now_ps);
  }

  reset(): void {
    this._transmit.reset();
    this._started = false;
  }
}
