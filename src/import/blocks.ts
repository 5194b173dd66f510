/*
 * The common shape of all lspci outputs: blocks that start with the address of a function.
 *
 *   0000:03:00.0 Ethernet controller: …     header line; with -P and -PP the way from the root: 00:01.0/03:00.0
 *   <tab>Subsystem: …                       detail lines (-v, -vv, -vvv, -k)
 *   00: 86 80 …                             rows of registers (-x, -xxx, -xxxx)
 */
import { hex } from '../base/bits.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { MAX_LINE_CHARACTERS } from './limits.ts';
import { LINE_CLASS, linePath, type InputLines } from './lines.ts';

export interface Place {
  readonly segment: number;
  readonly bus: number;
  readonly device: number;
  readonly fn: number;
}

export interface FunctionBlock {
  readonly input: InputLines;
  /** Index of the header line. */
  readonly line: number;
  /** Undefined while `path` has not been followed (`lspci -P`, which does not print bus numbers below the root). */
  place: Place | undefined;
  /** Segment and root-bus place, then device.function on each bus below: only for `lspci -P`. */
  readonly path: readonly { readonly device: number; readonly fn: number }[];
  readonly root: Place;
  /** What follows the address on the header line. */
  readonly title: string;
  /** Detail lines: index, and text without quotation marks and indentation. */
  readonly details: { readonly line: number; readonly text: string }[];
  /** Registers, from offset 0 on without holes; empty if there are no rows. */
  image: Uint8Array;
  /** Lines of the rows; row k holds bytes 16·k… */
  readonly rows: number[];
}

const HEADER =
  /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])((?:\/(?:[0-9a-f]{2}:)?[0-9a-f]{2}\.[0-7])*)(?=\s|$)[ \t]*(.*)$/i;
const ROW = /^([0-9a-f]{2,8}):((?: [0-9a-f]{2})+)\s*$/i;
const ROW_START = /^[0-9a-f]{2,8}:(?:\s|$)/i;
const ROW_BYTES = 16;
const MAX_IMAGE_BYTES = 4096;
/** What lspci writes: standard header, CardBus header, -xxx, -xxxx. */
const DUMP_LENGTHS: readonly number[] = [64, 128, 256, 4096];

/** A function whose device number is above 31 cannot exist. */
const MAX_DEVICE = 31;

class BlockReader {
  readonly blocks: FunctionBlock[] = [];
  readonly problems: Diagnostic[] = [];
  readonly #input: InputLines;
  readonly #several: boolean;
  #bytes: number[] = [];

  constructor(input: InputLines, several: boolean) {
    this.#input = input;
    this.#several = several;
  }

  report(line: number, code: string, message: string, fix: string): void {
    this.#input.mark(line, LINE_CLASS.problem);
    this.problems.push({ code, severity: 'error', path: linePath(this.#input, line, this.#several), message, fix });
  }

  header(line: number, match: RegExpExecArray): void {
    this.finishBlock();
    const [, segment = '0', bus = '', device = '', fn = '', path = '', title = ''] = match;
    const root = {
      segment: parseInt(segment, 16),
      bus: parseInt(bus, 16),
      device: parseInt(device, 16),
      fn: Number(fn),
    };
    const steps = path.split('/').filter((step) => step !== '');
    const below = steps.map((step) => {
      const [, stepBus, stepDevice = '', stepFn = ''] = /^(?:(..):)?(..)\.(.)$/.exec(step) ?? [];
      return {
        bus: stepBus === undefined ? undefined : parseInt(stepBus, 16),
        device: parseInt(stepDevice, 16),
        fn: Number(stepFn),
      };
    });
    const last = below.at(-1);
    if ([root, ...below].some((step) => step.device > MAX_DEVICE)) {
      const text = match[0].slice(0, match[0].length - title.length).trim();
      this.report(
        line,
        'ADDRESS_IMPOSSIBLE',
        `${text} has a device number above 1f.`,
        'Correct the address, or remove this function.',
      );
      return;
    }
    const place =
      last === undefined
        ? root
        : last.bus === undefined
          ? undefined
          : { segment: root.segment, bus: last.bus, device: last.device, fn: last.fn };
    const block: FunctionBlock = {
      input: this.#input,
      line,
      place,
      path: place === undefined ? below : [],
      root,
      title,
      details: [],
      image: new Uint8Array(0),
      rows: [],
    };
    this.blocks.push(block);
    this.#input.mark(line, LINE_CLASS.used);
  }

  row(line: number, match: RegExpExecArray): void {
    const block = this.blocks.at(-1);
    if (block === undefined) return;
    const offset = parseInt(match[1] ?? '', 16);
    const text = match[2] ?? '';
    const count = text.length / 3;
    if (offset !== this.#bytes.length || offset + count > MAX_IMAGE_BYTES || count > ROW_BYTES) {
      this.report(
        line,
        'DUMP_ROW_OUT_OF_ORDER',
        `This row holds ${count} bytes at ${hex(offset, 2)}; the next bytes of the function would be at ${hex(this.#bytes.length, 2)}.`,
        'Paste the dump as lspci printed it: 16 bytes a row, offsets 00, 10, 20 …',
      );
      return;
    }
    for (let index = 0; index < count; index++)
      this.#bytes.push(parseInt(text.slice(3 * index + 1, 3 * index + 3), 16));
    block.rows.push(line);
    this.#input.mark(line, LINE_CLASS.used);
  }

  finishBlock(): void {
    const block = this.blocks.at(-1);
    if (block !== undefined && this.#bytes.length > 0) {
      const length = this.#bytes.length;
      const lastRow = block.rows.at(-1) ?? block.line;
      if (!DUMP_LENGTHS.includes(length)) {
        this.report(
          lastRow,
          'DUMP_TRUNCATED',
          `The registers of this function end at ${hex(length, 2)}; lspci prints 64, 256 or 4096 bytes.`,
          'Copy the whole output again, to the last line.',
        );
      }
      block.image = Uint8Array.from(this.#bytes);
    }
    this.#bytes = [];
  }

  badRow(line: number, text: string): void {
    this.report(
      line,
      'DUMP_ROW_MALFORMED',
      `This row of registers cannot be read: "${text.slice(0, 60)}".`,
      'Expected an offset, a colon and bytes of two hexadecimal digits: "10: 04 00 60 fe …".',
    );
  }
}

/** Removes the indentation or quotation marks that all header lines share, as in a quoted mail or a code block. */
function commonPrefix(lines: readonly string[]): string {
  for (const line of lines) {
    const match = /^([ \t>|]*)(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7][ /]/i.exec(line);
    if (match !== null) return match[1] ?? '';
  }
  return '';
}

/**
 * Splits an input into blocks, and marks header lines and rows as used.
 * @returns the blocks and what is wrong with rows and addresses.
 */
export function splitBlocks(
  input: InputLines,
  several: boolean,
): { readonly blocks: readonly FunctionBlock[]; readonly problems: readonly Diagnostic[] } {
  const reader = new BlockReader(input, several);
  const prefix = commonPrefix(input.lines);
  input.lines.forEach((original, line) => {
    if (original.length > MAX_LINE_CHARACTERS) {
      input.mark(line, LINE_CLASS.ignored);
      return;
    }
    const text = prefix !== '' && original.startsWith(prefix) ? original.slice(prefix.length) : original;
    if (text === '') return;
    const first = text.charCodeAt(0);
    if (first === 0x09 || first === 0x20) {
      reader.blocks.at(-1)?.details.push({ line, text: text.trim() });
      return;
    }
    const header = HEADER.exec(text);
    if (header !== null) {
      reader.header(line, header);
      return;
    }
    if (reader.blocks.length === 0) return;
    const row = ROW.exec(text);
    if (row !== null) reader.row(line, row);
    else if (ROW_START.test(text)) reader.badRow(line, text);
    else reader.blocks.at(-1)?.details.push({ line, text: text.trim() });
  });
  reader.finishBlock();
  return { blocks: reader.blocks, problems: reader.problems };
}
