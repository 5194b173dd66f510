/*
 * Text that real decoders read: `lspci -xxxx`.
 * Source: enumeration reference, L-1…L-3.
 */
import { hex } from '../../base/bits.ts';
import type { Bdf } from '../../base/units.ts';
import { bdfText, segmentBdfText } from '../pcie/bdf.ts';
import type { ConfigSpace } from './configSpace.ts';

const BYTES_PER_LINE = 16;

/** One function of a dump. */
export interface DumpedFunction {
  readonly segment: number;
  readonly bdf: Bdf;
  readonly config: ConfigSpace;
  /** Any text after the address; no line breaks. */
  readonly description: string;
}

/** One line of 16 bytes: `10: 00 00 …`; offsets have at least two digits. */
function dataLine(bytes: Uint8Array, offset: number): string {
  const pairs = Array.from(bytes.subarray(offset, offset + BYTES_PER_LINE), (byte) => hex(byte, 2));
  return `${hex(offset, 2)}: ${pairs.join(' ')}`;
}

/**
 * One block: a header line, the bytes the function has (256, 4096, or as many as its dump had), a blank line.
 * @param withSegment whether the address carries the segment; a whole dump does so if any segment is not 0.
 */
function functionText(entry: DumpedFunction, withSegment: boolean): string {
  const address = withSegment ? segmentBdfText(entry.segment, entry.bdf) : bdfText(entry.bdf);
  const lines = [`${address} ${entry.description.replace(/[\r\n]+/g, ' ')}`];
  for (let offset = 0; offset < entry.config.knownBytes; offset += BYTES_PER_LINE) {
    lines.push(dataLine(entry.config.bytes.subarray(0, entry.config.knownBytes), offset));
  }
  return `${lines.join('\n')}\n\n`;
}

/**
 * A dump as `lspci -xxxx` writes it; `lspci -F` reads it back.
 * @param functions in any order; they are printed by segment and address.
 * @spec enumeration reference, L-1…L-3
 */
export function lspciDump(functions: readonly DumpedFunction[]): string {
  const ordered = [...functions].sort((a, b) => a.segment - b.segment || a.bdf - b.bdf);
  const withSegment = ordered.some((entry) => entry.segment !== 0);
  return ordered.map((entry) => functionText(entry, withSegment)).join('');
}
