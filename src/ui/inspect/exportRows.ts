/* Rows of the packet list as files: plain figures with units in the names, nothing grouped or rounded. */
import { bdfText } from '../../core/pcie/bdf.ts';
import type { Bdf } from '../../base/units.ts';
import { statusOf } from '../../store/inspectJoin.ts';
import { segmentName } from '../names.ts';
import { flowWord, kindName, type RowSource, statusWord } from './rowCells.ts';

/** Most rows one file takes; a page cannot hand over a whole log at once. */
export const EXPORT_MOST = 200_000;

export interface ExportedRow {
  readonly serial: number;
  readonly start_ps: number;
  readonly end_ps: number;
  readonly type: string;
  readonly link: string;
  readonly requester: string;
  readonly tag: number;
  readonly address: string;
  readonly lengthBytes: number;
  readonly status: string;
  readonly flow: string;
}

export function exportedRow({ log, document, machine }: RowSource, record: number): ExportedRow {
  const cell = log.cell(record);
  return {
    serial: log.serial[cell] ?? 0,
    start_ps: log.start_ps[cell] ?? 0,
    end_ps: log.end_ps[cell] ?? 0,
    type: kindName(log, record),
    link: segmentName(document, machine, log.segment[cell] ?? 0),
    requester: log.isCpuAccess(record) ? 'CPU' : bdfText((log.requester[cell] ?? 0) as Bdf),
    tag: log.tag[cell] ?? 0,
    address: `0x${(log.address[cell] ?? 0).toString(16)}`,
    lengthBytes: log.lengthBytes[cell] ?? 0,
    status: statusWord(statusOf(log, record)),
    flow: flowWord(machine, log.flow(record)),
  };
}

function quoted(value: string | number): string {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180, with a line of names. */
export function rowsAsCsv(rows: readonly ExportedRow[]): string {
  const [first] = rows;
  if (first === undefined) return '';
  const lines = rows.map((row) => Object.values(row).map(quoted).join(','));
  return `${[Object.keys(first).join(','), ...lines].join('\r\n')}\r\n`;
}

export function rowsAsJson(rows: readonly ExportedRow[]): string {
  return `${JSON.stringify(rows, undefined, 1)}\n`;
}

/** Hands a file to the person. */
export function saveText(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
