import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sharedFile, skipWithoutShared } from '../../../tests/support/shared.ts';
import { viewOfSpec } from '../../core/host/p2pdma/specView.testing.ts';
import { viewOfMachine } from '../boot.ts';
import { checkP2pdmaLine } from './p2pdmaCheck.ts';

/** The JSON lines of Appendix A. */
function appendixLines(): readonly string[] {
  const reference = sharedFile('reference/p2pdma-semantics.md') ?? '';
  return reference.split('\n').filter((line) => line.startsWith('{"id"'));
}

/** Cases of this project's own. */
const sampleLines: readonly string[] = readFileSync(new URL('sampleCases.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '');

/** Two views of the same machine: what enumeration finds, and what the description says. */
const VIEWS = [
  ['enumerated', viewOfMachine],
  ['described', viewOfSpec],
] as const;

describe.each(VIEWS)('cases of our own, %s', (_, makeView) => {
  it.each(sampleLines.map((line) => [String(JSON.parse(line).id), line]))('%s', (id, line) => {
    const row = checkP2pdmaLine(line, id, makeView);
    expect(row.got).toEqual(row.expected);
    expect(row.paths?.got).toMatchObject(row.paths?.expected ?? {});
    expect(row.paths?.taken ?? row.paths?.got).toMatchObject(row.paths?.expected ?? {});
    expect(row).toMatchObject({ id, ok: true });
  });
});

describe.skipIf(skipWithoutShared('the worked peer-to-peer cases'))('worked cases of the semantics reference', () => {
  const lines = appendixLines();

  it('finds all of them', () => {
    expect(lines.length).toBeGreaterThanOrEqual(25);
  });

  describe.each(VIEWS)('%s', (_, makeView) => {
    it.each(lines.map((line) => [String(JSON.parse(line).id), line]))('%s', (id, line) => {
      const row = checkP2pdmaLine(line, id, makeView);
      expect(row.got).toEqual(row.expected);
      expect(row.paths?.got).toEqual(row.paths?.expected);
      expect(row.paths?.taken).toEqual(row.paths?.expected);
      expect(row.got?.groups?.length).toBeGreaterThan(0);
      expect(row.ok).toBe(true);
    });
  });
});

describe('rows that cannot be judged', () => {
  const [good = ''] = sampleLines;
  const changed = (change: (row: Record<string, unknown>) => void): string => {
    const row: Record<string, unknown> = JSON.parse(good);
    change(row);
    return JSON.stringify(row);
  };

  it.each([
    ['not JSON', '{"id":', 'not JSON'],
    ['another kind of value', '7', 'case: an object expected'],
    ['no hosts', changed((row) => delete row['hosts']), 'hosts: a list expected'],
    ['an empty list of hosts', changed((row) => (row['hosts'] = [])), 'at least one host'],
    [
      'a provider that is not in the tree',
      changed((row) => (row['provider'] = 'nobody')),
      'no function is called nobody',
    ],
    ['an unknown type', good.replace('"RP"', '"TURTLE"'), 'one of HB RP'],
    ['a place that is none', good.replace('"01.0"', '"99.9"'), 'a device and function'],
    ['an ACS value that is none', good.replace('["5f","00"]', '["5f","xx"]'), 'a hexadecimal number'],
    ['two functions of one name', good.replace('"c","EP"', '"p","EP"'), 'two functions are called p'],
  ])('%s counts as failed, with a reason', (_, line, reason) => {
    const row = checkP2pdmaLine(line, 'line 1', viewOfSpec);
    expect(row.ok).toBe(false);
    expect(row.reason).toContain(reason);
    expect(row.got).toBeUndefined();
  });

  it('keeps the id where it can be read', () => {
    expect(checkP2pdmaLine('{"id":"W99"}', 'line 1', viewOfSpec).id).toBe('W99');
    expect(checkP2pdmaLine('{}', 'line 1', viewOfSpec).id).toBe('line 1');
  });

  it('the way of the read request is compared where a case gives it', () => {
    const withRequest = (readReq: readonly string[]): string =>
      changed((row) => (row['expect'] = { ...(row['expect'] as object), readReq }));
    const write: readonly string[] = JSON.parse(good).expect.write;
    const right = checkP2pdmaLine(withRequest(write), '', viewOfMachine);
    const wrong = checkP2pdmaLine(withRequest(['nowhere']), '', viewOfMachine);
    expect([right.ok, right.paths?.taken?.readReq]).toEqual([true, write]);
    expect(wrong.reason).toBe('differs in readReq as predicted, readReq as taken');
  });

  it('a wrong expectation fails and names what differs', () => {
    const line = changed((row) => (row['expect'] = { chain: 4, ret: 5, map: 'BUS_ADDR' }));
    expect(checkP2pdmaLine(line, '', viewOfSpec)).toMatchObject({
      ok: false,
      reason: 'differs in ret',
      expected: { chain: 4, ret: 5, map: 'BUS_ADDR' },
    });
  });

  it('several clients are summed up; without a PCI function there is none', () => {
    const many = changed((row) => {
      row['clients'] = ['c', 'p'];
      row['expect'] = { ret: 4 };
    });
    expect(checkP2pdmaLine(many, '', viewOfSpec)).toMatchObject({ ok: true, got: { ret: 4 } });
    const none = changed((row) => {
      row['client'] = null;
      row['expect'] = { ret: -1 };
    });
    expect(checkP2pdmaLine(none, '', viewOfSpec)).toMatchObject({ ok: true, got: { ret: -1 } });
  });
});
