/*
 * The lines of an input, and what became of each of them: the preview shows that beside the text.
 */

/** What became of a line. Larger numbers win when a line is several things at once. */
export const LINE_CLASS = {
  /** Says nothing this program uses. */
  ignored: 0,
  /** Read into the machine. */
  used: 1,
  /** Read, but something had to be assumed because of it. */
  assumption: 2,
  /** An identifier (serial number, MAC address) that was removed before anything else saw it. */
  removed: 3,
  /** Could not be understood. */
  problem: 4,
} as const;
export type LineClassName = keyof typeof LINE_CLASS;
export type LineClass = (typeof LINE_CLASS)[LineClassName];

/** Terminal colours and other escape sequences. */
// oxlint-disable-next-line no-control-regex
const ESCAPE_SEQUENCES = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;
/** Control characters and the marks that change the direction of text. */
// oxlint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * Text for a name: no control characters, single spaces, at most `maxLength` characters. Markup stays what it
 * is, plain text; nothing here or later interprets it.
 */
export function plainText(text: string, maxLength: number): string {
  const clean = text
    .replace(/[\t\n\r\u00a0]/g, ' ')
    .replace(UNPRINTABLE, '')
    .replace(/ {2,}/g, ' ')
    .trim();
  if (clean.length <= maxLength) return clean;
  return `${clean.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** One input, line by line. */
export class InputLines {
  readonly name: string;
  /** Without line ends and escape sequences; tabs are kept. */
  readonly lines: readonly string[];
  /** The text did not end with a line end. */
  readonly endsOpen: boolean;
  /** One {@link LINE_CLASS} value for each line. */
  readonly classes: Uint8Array;

  constructor(name: string, lines: readonly string[], endsOpen: boolean) {
    this.name = name;
    this.lines = lines;
    this.endsOpen = endsOpen;
    this.classes = new Uint8Array(lines.length);
  }

  /** Splits a text at its line ends, whatever system wrote them. */
  static split(name: string, text: string): InputLines {
    const plain = text.includes('\u001b') ? text.replace(ESCAPE_SEQUENCES, '') : text;
    const lines = plain.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
    const endsOpen = lines.at(-1) !== '';
    if (!endsOpen) lines.pop();
    return new InputLines(name, lines, endsOpen);
  }

  /** Raises the class of a line; it never falls. */
  mark(line: number, lineClass: LineClass): void {
    const old = this.classes[line];
    if (old !== undefined && old < lineClass) this.classes[line] = lineClass;
  }
}

/** Path of a diagnostic that is about a line: `line 41`, or `dump.txt line 41` where there are several inputs. */
export function linePath(input: InputLines, line: number, several: boolean): string {
  return several ? `${input.name} line ${line + 1}` : `line ${line + 1}`;
}
