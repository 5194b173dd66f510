/*
 * Which socket owns which memory, and the links between sockets.
 */
import { PS_PER_SECOND } from '../../../base/units.ts';
import type { HostSpec } from '../../pcie/machineSpec.ts';

/** Performance reference, 6 and 7.3: 100 … 110 ns more for a device's read. */
export const DEFAULT_REMOTE_LATENCY_PS = 105_000;
/** Between two sockets, each way: two links of 10.4 GT/s, 16 bits of data each. */
export const DEFAULT_INTERCONNECT_BYTES_PER_SECOND = 41.6e9;

/** Links between all pairs of sockets, each way with a rate of its own; first come, first served. */
export class Interconnect {
  readonly remoteLatency_ps: number;
  private readonly _psPerByte: number;
  /** By from · 2^16 + to: busy until then. */
  private readonly _freeAt = new Map<number, number>();

  constructor(remoteLatency_ps: number, bytesPerSecond: number) {
    this.remoteLatency_ps = remoteLatency_ps;
    this._psPerByte = PS_PER_SECOND / bytesPerSecond;
  }

  static of(spec: HostSpec['memory']): Interconnect {
    return new Interconnect(
      spec.remoteLatency_ps ?? DEFAULT_REMOTE_LATENCY_PS,
      spec.interconnectBytesPerSecond ?? DEFAULT_INTERCONNECT_BYTES_PER_SECOND,
    );
  }

  /**
   * Books bytes from one socket to another.
   * @param at_ps when they are ready. @returns when they begin to cross, not rounded; the latency is the caller's.
   */
  cross(from: number, to: number, lengthBytes: number, at_ps: number): number {
    const way = from * 0x1_0000 + to;
    const start_ps = Math.max(at_ps, this._freeAt.get(way) ?? 0);
    this._freeAt.set(way, start_ps + lengthBytes * this._psPerByte);
    return start_ps;
  }
}

/** A range of bus addresses that is memory of one socket. */
export interface NodeRange {
  readonly node: number;
  readonly base: number;
  readonly sizeBytes: number;
  /** Of its first byte in host memory. */
  readonly offset: number;
}

/** The parts of ascending ranges that belong to each socket, memory being split evenly and in order. */
export function nodeRanges(
  ranges: readonly { readonly base: number; readonly sizeBytes: number; readonly offset: number }[],
  sockets: number,
  sizeBytes: number,
): readonly NodeRange[] {
  const share = socketBytes(sizeBytes, sockets);
  return ranges.flatMap((range) =>
    Array.from({ length: sockets }, (_, node) => {
      const first = Math.max(range.offset, node * share);
      const last = node === sockets - 1 ? sizeBytes : (node + 1) * share;
      const end = Math.min(range.offset + range.sizeBytes, last);
      return { node, base: range.base + first - range.offset, sizeBytes: end - first, offset: first };
    }).filter((part) => part.sizeBytes > 0),
  );
}

/** Memory of one socket, whole pages. */
export function socketBytes(sizeBytes: number, sockets: number): number {
  return Math.floor(sizeBytes / sockets / 4096) * 4096;
}
