/*
 * The inner side of a DMA engine: where bytes come from and go to without crossing the bus. A wire, the
 * media of a drive, the memory of an accelerator. The engine asks how long it has to wait, claims, moves.
 */
import type { ByteSink, ByteSource } from '../ports.ts';

export interface LocalSide {
  /** Bytes that leave the device, by the offset `take` gave. */
  readonly source: ByteSource;
  /** Bytes that enter it, by the offset `reserve` gave. */
  readonly sink: ByteSink;
  /** Time from a descriptor's arrival to its first byte, picoseconds. */
  readonly access_ps: number;

  /** A descriptor begins and the engine had nothing to do before: rates restart here. */
  begin(now_ps: number): void;
  /** Picoseconds until `lengthBytes` can be taken; Infinity = never (nothing more will come). */
  takeDelay(now_ps: number, lengthBytes: number): number;
  /** Claims the next bytes to send. @param inner the descriptor's inner offset. @returns their offset in `source`. */
  take(now_ps: number, inner: number, lengthBytes: number): number;
  /** Picoseconds until `lengthBytes` can be reserved; Infinity = only after more data has arrived. */
  reserveDelay(now_ps: number, lengthBytes: number): number;
  /** Reserves room for bytes that are about to be asked for. @returns their offset in `sink`. */
  reserve(now_ps: number, inner: number, lengthBytes: number): number;
  /** The oldest reserved bytes have all arrived in `sink`. */
  settle(now_ps: number, lengthBytes: number): void;
  /** Picoseconds until everything settled has really left (a wire) or is safe (media). */
  drainDelay(now_ps: number): number;
  /** Forgets what was claimed; the bytes already stored stay. */
  reset(): void;
  /** Bytes claimed and not settled: 0 when no transfer is under way. */
  readonly heldBytes: number;
}
