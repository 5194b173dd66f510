import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOP, HOP_WORDS } from '../core/pcie/counters.ts';
import { CLASS_OF_KIND, FLOW, TLP_KIND, type TlpKind } from '../core/pcie/tlp.ts';
import { asksForStatus, compileFilter, completeFilter, type FilterNames } from './inspectFilter.ts';
import { parseFilter } from './inspectFilterText.ts';
import { NO_STATUS, statusOf, transactionOf } from './inspectJoin.ts';
import { PacketLog } from './inspectLog.ts';
import { PacketRows, type RowLevel } from './inspectRows.ts';

/** Text to test in one step. */
function filterTest(text: string, log: PacketLog, names: FilterNames): ReturnType<typeof compileFilter> {
  const tree = parseFilter(text);
  return tree.ok ? compileFilter(tree.value, log, names) : tree;
}

const NAMES: FilterNames = {
  segments: [
    ['02:01.0', 'nic0', '02:01.0 to nic0'],
    ['02:01.0', 'nic0', 'nic0 to 02:01.0'],
    ['02:00.0', 'iopmem0', '02:00.0 to iopmem0'],
  ],
  requesters: [
    { names: ['nic0', '04:00.0'], id: 0x400 },
    { names: ['nvme0', '07:00.0'], id: 0x700 },
  ],
  flows: ['Transfer', 'background'],
};

function logOf(
  ...hops: readonly {
    readonly kind: TlpKind;
    readonly serial: number;
    readonly start_ps?: number;
    readonly segment?: number;
    readonly address?: number;
    readonly lengthBytes?: number;
    readonly requester?: number;
    readonly tag?: number;
    readonly status?: number;
    readonly flow?: number;
  }[]
): PacketLog {
  const log = new PacketLog();
  const words = new Float64Array(HOP_WORDS);
  for (const hop of hops) {
    words[HOP.start_ps] = hop.start_ps ?? 0;
    words[HOP.end_ps] = (hop.start_ps ?? 0) + 10;
    words[HOP.segment] = hop.segment ?? 0;
    words[HOP.what] =
      hop.kind + (CLASS_OF_KIND[hop.kind] ?? 0) * 2 ** 8 + (hop.flow ?? 0) * 2 ** 16 + (hop.status ?? 0) * 2 ** 24;
    words[HOP.address] = hop.address ?? 0;
    words[HOP.lengthBytes] = hop.lengthBytes ?? 64;
    words[HOP.transaction] = (hop.requester ?? 0x400) * 2 ** 16 + (hop.tag ?? 0);
    words[HOP.serial] = hop.serial;
    log.add(words, 0);
  }
  return log;
}

const { MRd, MWr, CplD, Cpl } = TLP_KIND;
const LOG = logOf(
  { kind: MWr, serial: 1, segment: 1, start_ps: 3.2e9, address: 0x40_0000_ff80, lengthBytes: 256, flow: FLOW.p2p },
  { kind: MWr, serial: 1, segment: 2, start_ps: 3.21e9, address: 0x40_0000_ff80, lengthBytes: 256, flow: FLOW.p2p },
  { kind: MRd, serial: 2, segment: 1, start_ps: 3.25e9, address: 0x1000, lengthBytes: 64, tag: 0x1a },
  { kind: CplD, serial: 3, segment: 0, start_ps: 3.3e9, address: 0x1000, lengthBytes: 64, tag: 0x1a },
  { kind: MRd, serial: 4, segment: 1, start_ps: 3.4e9, address: 0x2000, requester: 0x700, tag: 2 },
  {
    kind: Cpl,
    serial: 5,
    segment: 0,
    start_ps: 3.5e9,
    address: 0x2000,
    lengthBytes: 0,
    requester: 0x700,
    tag: 2,
    status: 1,
  },
  { kind: MWr, serial: 6, segment: 1, start_ps: 3.6e9, address: 0x9000, lengthBytes: 128, flow: FLOW.p2p + 4 },
  { kind: MRd, serial: 7, segment: 1, start_ps: 3.7e9, address: 0x3000, tag: 3 },
);

function serials(text: string, level: RowLevel = 'packets', log = LOG): readonly number[] {
  const test = filterTest(text, log, NAMES);
  if (!test.ok) throw new Error(`${test.error.at}: ${test.error.message}`);
  const rows = new PacketRows(log, level, test.value);
  rows.advance(1e6);
  return Array.from({ length: rows.end - rows.first }, (_, row) => log.serial[log.cell(rows.record(row))] ?? 0);
}

describe('the filter of the packet list', () => {
  it.each([
    ['', [1, 2, 3, 4, 5, 6, 7]],
    ['type = MWr and length >= 256', [1]],
    ['type mwr', [1, 6]],
    ['type completion', [3, 5]],
    ['time 3.2ms to 3.3ms', [1, 2, 3]],
    ['time 3.24 to 3250us', [2]],
    ['link iopmem0', [1]],
    ['link "nic0 to 02:01.0"', [1, 2, 4, 6, 7]],
    ['requester 07:00.0', [4, 5]],
    ['requester != nic0', [4, 5]],
    ['address 0x40_0001_0000 + 64K', [1]],
    ['address = 0x1000', [2, 3]],
    ['flow p2p', [1, 6]],
    ['flow background', [6]],
    ['status != SC', [4, 5]],
    ['status pending', [7]],
    ['status posted', [1, 6]],
    ['tag 1A', [2, 3]],
    ['not (type MRd or type CplD) and not flow p2p', [5]],
    ['no >= 6', [6, 7]],
  ] as const)('%s', (text, expected) => {
    expect(serials(text)).toEqual(expected);
  });

  it('shows every crossing where hops are asked for, and requests alone as transactions', () => {
    expect(serials('', 'hops')).toEqual([1, 1, 2, 3, 4, 5, 6, 7]);
    expect(serials('', 'transactions')).toEqual([1, 2, 4, 6, 7]);
    expect(serials('type Cpl', 'transactions')).toEqual([4]);
  });

  it.each([
    ['speed = 3', 0, /not a field/],
    ['type = ', 7, /value is missing/],
    ['type < MWr', 5, /no order/],
    ['type = MWrr', 7, /not a type/],
    ['length >= big', 10, /not a size/],
    ['(type MWr', 9, /parenthesis/],
    ['type MWr type MRd', 9, /join comparisons/],
    ['link "nic0', 5, /not closed/],
    ['address 0x10 + ', 15, /size such as/],
    ['link nic9', 5, /has no link/],
    ['type MWr and', 12, /comparison is missing/],
  ] as const)('says where %j is wrong', (text, at, message) => {
    const test = filterTest(text, LOG, NAMES);
    expect(test.ok).toBe(false);
    expect(test.ok ? undefined : test.error).toMatchObject({ at, message: expect.stringMatching(message) });
  });

  it('never throws and never points outside the text', () => {
    const piece = fc.constantFrom('type', '=', 'MWr', '(', ')', 'and', 'not', '"', '+', 'to', '64K', 'link', '!', 'ü');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
        const text = pieces.join(' ');
        const result = parseFilter(text);
        if (!result.ok) expect(result.error.at + result.error.length).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  it('knows which filters need a second look', () => {
    const asks = (text: string): boolean => {
      const tree = parseFilter(text);
      return tree.ok && asksForStatus(tree.value);
    };
    expect(asks('not (type MRd or status UR)')).toBe(true);
    expect(asks('type MRd')).toBe(false);
  });
});

describe('completion of the filter', () => {
  const texts = (text: string): readonly string[] =>
    completeFilter(text, text.length, NAMES).suggestions.map((suggestion) => suggestion.text);

  it('offers fields, then values, then joining words', () => {
    expect(texts('')).toContain('requester');
    expect(texts('ty')).toEqual(['type']);
    expect(texts('type = C')).toEqual(['CfgRd0', 'CfgWr0', 'CfgRd1', 'CfgWr1', 'Cpl', 'CplD', 'CAS', 'completion']);
    expect(texts('link ni')).toEqual(['nic0', '"nic0 to 02:01.0"']);
    expect(texts('type MWr ')).toEqual(['and', 'or']);
    expect(texts('type MWr a')).toEqual(['and']);
  });

  it('replaces the word under the caret', () => {
    expect(completeFilter('type = MW and no 3', 9, NAMES)).toMatchObject({ from: 7, to: 9 });
    expect(completeFilter('link "nic0 t', 12, NAMES).suggestions).toEqual([{ text: '"nic0 to 02:01.0"', detail: '' }]);
  });
});

describe('transactions', () => {
  it('have completions, a latency and a status', () => {
    expect(transactionOf(LOG, 2)).toEqual({
      request: 2,
      completions: [3],
      answeredBytes: 64,
      latency_ps: 50_000_010,
      status: 0,
    });
    expect(transactionOf(LOG, 4)).toMatchObject({ status: 1, completions: [5] });
    expect(transactionOf(LOG, 7)).toMatchObject({ status: NO_STATUS.pending, latency_ps: undefined });
    expect(statusOf(LOG, 0)).toBe(NO_STATUS.posted);
  });
});
