import { describe, expect, it } from 'vitest';
import { invariant } from '../../base/invariant.ts';
import { sharedFile, skipWithoutShared } from '../../../tests/support/shared.ts';
import {
  ceilingBytesPerSecond,
  denseDllpBytesPerSecond,
  type LinkSetting,
  nominalBytesPerSecond,
  operationCost,
  pcieBenchBytesPerSecond,
} from './throughput.ts';
import { parseThroughputFile, parseThroughputRow, type ThroughputRow } from './throughputRow.ts';

/** Values of the reference are rounded to whole bytes a second. */
const ROUNDING = 0.500001;

const GEN4_X8: LinkSetting = {
  gen: 4,
  lanes: 8,
  mpsBytes: 256,
  mrrsBytes: 512,
  rcbBytes: 64,
  completionChunk: 'mps',
  addressBits: 64,
  ecrc: false,
};

function referenceRows(): readonly ThroughputRow[] {
  const text = sharedFile('reference/pcie-throughput.json');
  if (text === undefined) return [];
  const parsed = parseThroughputFile(JSON.parse(text));
  invariant(parsed.ok, () => JSON.stringify(parsed));
  return parsed.value;
}

describe('worked values', () => {
  it('256-byte writes with 64-bit addresses on Gen4 x8 carry 14.366 GB/s', () => {
    expect(nominalBytesPerSecond(GEN4_X8, 'write', 4096) / 1e9).toBeCloseTo(14.366, 3);
  });

  it('a read returns at least one completion for each request', () => {
    const small = { ...GEN4_X8, mrrsBytes: 128, mpsBytes: 512 };
    expect(operationCost(small, 'read', 512)).toMatchObject({ readRequests: 4, completions: 4 });
  });

  it('flit mode has neither a dense bound nor a published model, and its nominal value is its ceiling', () => {
    const flit: LinkSetting = { ...GEN4_X8, gen: 6, lanes: 16 };
    expect(denseDllpBytesPerSecond(flit, 'write', 4096)).toBeUndefined();
    expect(pcieBenchBytesPerSecond(flit, 'write', 4096)).toBeUndefined();
    expect(nominalBytesPerSecond(flit, 'read', 4096)).toBe(ceilingBytesPerSecond(flit, 'read', 4096));
    expect(ceilingBytesPerSecond(flit, 'read', 4096) / 1e9).toBeCloseTo(112.716, 3);
  });
});

describe('reading rows', () => {
  it('names every field that is wrong', () => {
    const parsed = parseThroughputRow({ op: 'fetch', gen: 9 }, 'rows/3');
    invariant(!parsed.ok, () => 'accepted');
    const paths = parsed.error.map((problem) => problem.path);
    expect(paths).toContain('rows/3/op');
    expect(paths).toContain('rows/3/gen');
    expect(paths).toContain('rows/3/nominalBps');
  });

  it('refuses a file without rows', () => {
    expect(parseThroughputFile({ title: 'x' }).ok).toBe(false);
  });
});

describe.skipIf(skipWithoutShared('the throughput reference'))('the closed forms against the reference', () => {
  const rows = referenceRows();

  it('there are rows of every generation', () => {
    expect(new Set(rows.map((row) => row.setting.gen)).size).toBe(6);
  });

  it.each(rows.map((row) => [row.id, row] as const))('%s', (_, { setting, operation, sizeBytes, expected }) => {
    const { txTlps, rxTlps, txWireBytes, rxWireBytes } = operationCost(setting, operation, sizeBytes);
    expect({ txTlps, rxTlps, txWireBytes, rxWireBytes }).toEqual({
      txTlps: expected.txTlps,
      rxTlps: expected.rxTlps,
      txWireBytes: expected.txWireBytes,
      rxWireBytes: expected.rxWireBytes,
    });
    expectNear(ceilingBytesPerSecond(setting, operation, sizeBytes), expected.ceilingBytesPerSecond);
    expectNear(nominalBytesPerSecond(setting, operation, sizeBytes), expected.nominalBytesPerSecond);
    expectNear(denseDllpBytesPerSecond(setting, operation, sizeBytes), expected.denseDllpBytesPerSecond);
    const bench = pcieBenchBytesPerSecond(setting, operation, sizeBytes);
    expectNear(bench, expected.pcieBenchBytesPerSecond);
    if (bench !== undefined && expected.pcieBenchBytesPerSecond !== undefined) {
      expect(Math.abs(bench / expected.pcieBenchBytesPerSecond - 1)).toBeLessThan(1e-6);
    }
  });
});

function expectNear(got: number | undefined, expected: number | undefined): void {
  if (expected === undefined) expect(got).toBeUndefined();
  else expect(Math.abs((got ?? NaN) - expected)).toBeLessThanOrEqual(ROUNDING);
}
