/*
 * Are the bytes at the destination those of the source?
 */
import { at } from '../../base/invariant.ts';
import { hex } from '../../base/bits.ts';
import { crc32 } from '../../core/sim/crc32.ts';
import type { RunCheck } from '../protocol.ts';
import type { JobSource, JobTarget } from './jobSetup.ts';

const PIECE_BYTES = 64 * 1024;

export interface DataComparison {
  readonly sourceCrc32: number;
  readonly destinationCrc32: number;
  readonly check: RunCheck;
}

/** Reads both ends, piece by piece. */
export function compareData(source: JobSource, target: JobTarget, lengthBytes: number): DataComparison {
  const ours = new Uint8Array(PIECE_BYTES);
  const theirs = new Uint8Array(PIECE_BYTES);
  let sourceCrc32 = 0;
  let destinationCrc32 = 0;
  let wrong = 0;
  let firstWrong = -1;
  for (let done = 0; done < lengthBytes; done += PIECE_BYTES) {
    const count = Math.min(PIECE_BYTES, lengthBytes - done);
    source.bytes.readInto(source.offset + done, count, ours, 0);
    target.memory.readInto(target.offset + done, count, theirs, 0);
    const same = count === PIECE_BYTES && equalWords(ours, theirs);
    const before = sourceCrc32;
    sourceCrc32 = crc32(ours.subarray(0, count), before);
    // Equal bytes after equal bytes have equal sums.
    destinationCrc32 =
      same && before === destinationCrc32 ? sourceCrc32 : crc32(theirs.subarray(0, count), destinationCrc32);
    if (same) continue;
    for (let i = 0; i < count; i++) {
      if (at(ours, i) === at(theirs, i)) continue;
      if (wrong === 0) firstWrong = done + i;
      wrong += 1;
    }
  }
  const good = `${lengthBytes} bytes, CRC-32 ${hex(sourceCrc32, 8)} at both ends`;
  const bad = `${wrong} of ${lengthBytes} bytes differ, the first at offset ${firstWrong}`;
  const check = {
    name: 'Destination holds the bytes of the source',
    ok: wrong === 0,
    detail: wrong === 0 ? good : bad,
  };
  return { sourceCrc32, destinationCrc32, check };
}

/** True if two arrays of the same length, a multiple of 4, hold the same bytes. */
function equalWords(a: Uint8Array, b: Uint8Array): boolean {
  const left = new Int32Array(a.buffer);
  const right = new Int32Array(b.buffer);
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}
