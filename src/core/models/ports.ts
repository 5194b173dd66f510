/*
 * Between a device and the fabric. A device model (NIC, DMA engine, drive, CPU…) never sees links, switches
 * or other devices: it sends requests through its FunctionPort and is called back through DeviceHandler.
 * The fabric implements FunctionPort; memory behind BARs and host memory are served by the fabric itself.
 *
 * Hot path: all methods take and pass numbers; nothing is allocated for a TLP.
 */
import type { Bdf } from '../../base/units.ts';
import type { AccessBytes } from '../pcie/requests.ts';
import type { FlowByte, ReadOutcome } from '../pcie/tlp.ts';

/** Bytes that can be sent: device memory, host memory, or a generated pattern (a wire). */
export interface ByteSource {
  /** Copies `lengthBytes` bytes from `offset` of this source to `target[targetOffset…]`. */
  readInto(offset: number, lengthBytes: number, target: Uint8Array, targetOffset: number): void;
}

/** Bytes that can be received. */
export interface ByteSink {
  /** Copies `lengthBytes` bytes from `source[sourceOffset…]` to `offset` of this sink. */
  writeFrom(offset: number, lengthBytes: number, source: Uint8Array, sourceOffset: number): void;
}

/** One function's way onto the fabric, as requester. */
export interface FunctionPort {
  /** As captured by configuration writes. */
  readonly requesterId: Bdf;
  /** From Device Control, bytes. */
  readonly mpsBytes: number;
  readonly mrrsBytes: number;
  /** Bus Master Enable is set and the link is up. Requests sent otherwise are an invariant error. */
  readonly mayRequest: boolean;

  /** Tags no read uses. */
  readonly freeTags: number;

  /** How many posted TLPs the transmit queue still takes now. */
  postedRoom(): number;
  /** How many reads can be sent now: queue places and free tags, whichever is less. */
  readRoom(): number;

  /**
   * Sends one MWr; the bytes are taken from `source` now.
   * @param lengthBytes 1…mpsBytes, not crossing a 4 KiB boundary. Requires postedRoom() > 0.
   */
  write(address: number, lengthBytes: number, source: ByteSource, sourceOffset: number, flow: FlowByte): void;
  /** Sends one MWr of 4 bytes (doorbell, interrupt, status). Requires postedRoom() > 0. */
  writeDword(address: number, value: number, flow: FlowByte): void;
  /**
   * Sends one MRd and takes a tag; the data comes to {@link DeviceHandler.onReadData} in address order.
   * @param lengthBytes 1…mrrsBytes, not crossing a 4 KiB boundary. Requires readRoom() > 0.
   * @param context any integer; handed back with the completions.
   */
  read(address: number, lengthBytes: number, context: number, flow: FlowByte): void;

  /** Simulated now, picoseconds. */
  now(): number;
  /** Calls `handler.onTimer(id)` after `delay_ps` (≥ 0). `id` 0…65535. Several may be pending. */
  setTimer(delay_ps: number, id: number): void;
}

/** A function that sends atomic operations; AtomicOp Requester Enable (Device Control 2) must be set. */
export interface AtomicPort extends FunctionPort {
  /**
   * Sends FetchAdd, Swap or CAS (TLP_KIND); the value that was there before comes to {@link DeviceHandler.onReadData}.
   * @param address a multiple of `operandBytes`. @param operandBytes 4 or 8; CAS also 16.
   * @param operands little-endian: one operand, or for CAS the value to compare with and the new one.
   * Requires readRoom() > 0.
   */
  atomic(kind: 12 | 13 | 14, address: number, operandBytes: number, operands: Uint8Array, context: number): void;
}

/** A processor's way onto the fabric: configuration requests, too. They end in onReadData (reads) and onReadDone. */
export interface ProcessorPort extends FunctionPort {
  /** Sends one CfgRd; `id` is on the segment of the port's host bridge. Requires readRoom() > 0. */
  configRead(id: Bdf, offset: number, bytes: AccessBytes, context: number): void;
  /** Sends one CfgWr. Requires readRoom() > 0. */
  configWrite(id: Bdf, offset: number, bytes: AccessBytes, value: number, context: number): void;
}

/** What the fabric calls on a device. All calls happen at the simulated instant of the event. */
export interface DeviceHandler {
  /** Room appeared in the transmit queue, or a tag was freed, after a send had found none. */
  onRoom(): void;
  /** Data of a read: `lengthBytes` bytes at `payload[payloadOffset…]`, for `requestOffset` bytes into the request. */
  onReadData(
    context: number,
    requestOffset: number,
    lengthBytes: number,
    payload: Uint8Array,
    payloadOffset: number,
  ): void;
  /**
   * All completions of a read have come (`SC`), or it failed; its tag is free again. Of a read that failed some data
   * may have come before; of one with poisoned data, what was good has.
   */
  onReadDone(context: number, status: ReadOutcome): void;
  /** A CPU or peer wrote or read registers in a BAR that is not plain memory. Values are little-endian, 1 to 4 bytes. */
  onRegisterWrite(bar: number, offset: number, lengthBytes: number, value: number): void;
  onRegisterRead(bar: number, offset: number, lengthBytes: number): number;
  onTimer(id: number): void;
  /** Function-level or hot reset: forget everything, return to power-on state. */
  onReset(): void;
}

/** How a BAR behaves when requests arrive. */
export type BarBehaviour =
  /** Registers: handed to the device, answered after `latency_ps`. */
  | { readonly type: 'registers'; readonly latency_ps: number }
  /** Memory: served by the fabric. Reads are answered after `readLatency_ps`; accesses take `bytesPerSecond` if given. */
  | {
      readonly type: 'memory';
      readonly memory: ByteSource & ByteSink;
      readonly memoryOffset: number;
      readonly readLatency_ps: number;
      readonly bytesPerSecond?: number;
      /** iopmem: a write whose address is not a multiple of 4 is ignored (enumeration reference 9.1). */
      readonly dropUnalignedWrites?: boolean;
    };
