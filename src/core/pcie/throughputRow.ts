/*
 * One row of a throughput reference file: a link setting, an operation, and what is expected of it.
 */
import { err, ok, type Result } from '../../base/result.ts';
import type { Diagnostic } from '../../base/diagnostic.ts';
import { LINK_GENS, LINK_WIDTHS } from './link.ts';
import type { LinkOperation, LinkSetting } from './throughput.ts';

export interface ThroughputRow {
  readonly id: string;
  readonly setting: LinkSetting;
  readonly operation: LinkOperation;
  readonly sizeBytes: number;
  readonly expected: {
    readonly txTlps: number;
    readonly rxTlps: number;
    readonly txWireBytes: number;
    readonly rxWireBytes: number;
    readonly ceilingBytesPerSecond: number;
    readonly nominalBytesPerSecond: number;
    /** Undefined in flit mode. */
    readonly denseDllpBytesPerSecond: number | undefined;
    readonly pcieBenchBytesPerSecond: number | undefined;
  };
}

const OPERATIONS: readonly LinkOperation[] = ['write', 'read', 'readwrite'];
const PAYLOAD_SIZES: readonly number[] = [128, 256, 512, 1024, 2048, 4096];

/** Reads fields of one JSON object and remembers what was wrong with them. */
class RowReader {
  readonly problems: Diagnostic[] = [];
  private readonly _row: Readonly<Record<string, unknown>>;
  private readonly _path: string;

  constructor(row: Readonly<Record<string, unknown>>, path: string) {
    this._row = row;
    this._path = path;
  }

  oneOf<T extends string | number>(field: string, allowed: readonly T[]): T | undefined {
    const value = this._row[field];
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) this.#complain(field, `must be one of ${allowed.join(', ')}`);
    return found;
  }

  number(field: string, least: number): number {
    const value = this._row[field];
    if (typeof value === 'number' && Number.isFinite(value) && value >= least) return value;
    this.#complain(field, `must be a number of at least ${least}`);
    return 0;
  }

  numberOrNull(field: string): number | undefined {
    return this._row[field] === null || this._row[field] === undefined ? undefined : this.number(field, 0);
  }

  text(field: string): string {
    const value = this._row[field];
    if (typeof value === 'string') return value;
    this.#complain(field, 'must be text');
    return '';
  }

  #complain(field: string, rule: string): void {
    this.problems.push({
      code: 'THROUGHPUT_ROW_INVALID',
      severity: 'error',
      path: `${this._path}/${field}`,
      message: `${field} is ${JSON.stringify(this._row[field])}; it ${rule}.`,
    });
  }
}

/**
 * Checks one row of the reference's format (`pcie-throughput.json`, schema version 1).
 * @param path where the row is, for diagnostics, e.g. `rows/17`.
 */
export function parseThroughputRow(value: unknown, path: string): Result<ThroughputRow, readonly Diagnostic[]> {
  if (!isRecord(value)) {
    return err([{ code: 'THROUGHPUT_ROW_INVALID', severity: 'error', path, message: 'The row is not an object.' }]);
  }
  const row = new RowReader(value, path);
  const operation = row.oneOf('op', OPERATIONS);
  const gen = row.oneOf('gen', LINK_GENS);
  const lanes = row.oneOf('lanes', LINK_WIDTHS);
  const mpsBytes = row.oneOf('mps', PAYLOAD_SIZES);
  const mrrsBytes = row.oneOf('mrrs', PAYLOAD_SIZES);
  const rcbBytes = row.oneOf('rcb', [64, 128]);
  const completionChunk = row.oneOf('completionChunk', ['mps', 'rcb'] as const);
  const addressBits = row.oneOf('addrBits', [32, 64] as const);
  const ecrc = row.oneOf('ecrc', [0, 1]);
  const rest = {
    id: row.text('id'),
    sizeBytes: row.number('sizeBytes', 1),
    expected: {
      txTlps: row.number('txTlpsPerOp', 0),
      rxTlps: row.number('rxTlpsPerOp', 0),
      txWireBytes: row.number('txWireBytesPerOp', 0),
      rxWireBytes: row.number('rxWireBytesPerOp', 0),
      ceilingBytesPerSecond: row.number('ceilingBps', 1),
      nominalBytesPerSecond: row.number('nominalBps', 1),
      denseDllpBytesPerSecond: row.numberOrNull('denseDllpBps'),
      pcieBenchBytesPerSecond: row.numberOrNull('pcieBenchBps'),
    },
  };
  if (
    operation === undefined ||
    gen === undefined ||
    lanes === undefined ||
    mpsBytes === undefined ||
    mrrsBytes === undefined ||
    rcbBytes === undefined ||
    completionChunk === undefined ||
    addressBits === undefined ||
    ecrc === undefined ||
    row.problems.length > 0
  ) {
    return err(row.problems);
  }
  const setting = { gen, lanes, mpsBytes, mrrsBytes, rcbBytes, completionChunk, addressBits, ecrc: ecrc === 1 };
  return ok({ ...rest, operation, setting });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** All rows of a reference file, already parsed from JSON; every problem of every row at once. */
export function parseThroughputFile(value: unknown): Result<readonly ThroughputRow[], readonly Diagnostic[]> {
  const rows = isRecord(value) ? value['rows'] : value;
  if (!Array.isArray(rows)) {
    return err([
      {
        code: 'THROUGHPUT_FILE_INVALID',
        severity: 'error',
        path: '',
        message: 'There is no list of rows.',
        fix: 'Give a file with a "rows" array in the format of pcie-throughput.json.',
      },
    ]);
  }
  const good: ThroughputRow[] = [];
  const problems: Diagnostic[] = [];
  rows.forEach((row: unknown, index) => {
    const parsed = parseThroughputRow(row, `rows/${index}`);
    if (parsed.ok) good.push(parsed.value);
    else problems.push(...parsed.error);
  });
  return problems.length > 0 ? err(problems) : ok(good);
}
