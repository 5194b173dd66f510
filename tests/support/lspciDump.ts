/*
 * A minimal reader of `lspci -x…` text for tests, independent of the importer.
 */
import type { Bdf } from '../../src/base/units.ts';
import { bdf } from '../../src/core/pcie/bdf.ts';

export interface DumpBlock {
  readonly segment: number;
  readonly bdf: Bdf;
  /** Text after the address. */
  readonly description: string;
  /** 64, 256 or 4096 bytes. */
  readonly bytes: Uint8Array;
}

/** Blocks in the order of the text. */
export function parseDump(text: string): readonly DumpBlock[] {
  return text.split(/\n\s*\n/).flatMap((block) => {
    const lines = block.split('\n').filter((line) => line !== '');
    const head = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([0-9a-f]{2})\.([0-7]) ?(.*)$/i.exec(lines[0] ?? '');
    if (head === null) return [];
    const bytes: number[] = [];
    for (const line of lines.slice(1)) {
      const data = /^([0-9a-f]{2,8}): ((?:[0-9a-f]{2} ?)+)$/i.exec(line);
      if (data === null) continue;
      const offset = Number.parseInt(data[1] ?? '', 16);
      (data[2] ?? '')
        .trim()
        .split(' ')
        .forEach((pair, i) => {
          bytes[offset + i] = Number.parseInt(pair, 16);
        });
    }
    const part = (index: number): number => Number.parseInt(head[index] ?? '0', 16);
    return [
      {
        segment: head[1] === undefined ? 0 : part(1),
        bdf: bdf(part(2), part(3), part(4)),
        description: head[5] ?? '',
        bytes: Uint8Array.from(bytes),
      },
    ];
  });
}
