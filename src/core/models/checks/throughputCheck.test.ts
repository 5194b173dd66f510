/*
 * Every row of the throughput reference on the event-driven core (performance reference, section 8, rules 1 to 3).
 */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invariant } from '../../../base/invariant.ts';
import { sharedFile, skipWithoutShared } from '../../../../tests/support/shared.ts';
import { LINK_GENS, LINK_WIDTHS } from '../../pcie/link.ts';
import {
  ceilingBytesPerSecond,
  denseDllpBytesPerSecond,
  type LinkOperation,
  type LinkSetting,
  nominalBytesPerSecond,
  operationCost,
} from '../../pcie/throughput.ts';
import { parseThroughputFile, type ThroughputRow } from '../../pcie/throughputRow.ts';
import type * as ThroughputCheck from './throughputCheck.ts';

/**
 * The checked code as one bundle, as it is shipped. The test runner's own module system looks every imported function up
 * on each call, which makes these hundreds of millions of calls five times slower.
 */
async function bundled(): Promise<typeof ThroughputCheck> {
  const entry = fileURLToPath(new URL('throughputCheck.ts', import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    logLevel: 'error',
  });
  const [file] = outputFiles;
  invariant(file !== undefined, () => 'nothing was bundled');
  const url = `data:text/javascript;base64,${Buffer.from(file.contents).toString('base64')}`;
  return (await import(/* @vite-ignore */ url)) as typeof ThroughputCheck;
}

const { checkThroughputRow, measureThroughput } = await bundled();

function referenceRows(): readonly ThroughputRow[] {
  const text = sharedFile('reference/pcie-throughput.json');
  if (text === undefined) return [];
  const parsed = parseThroughputFile(JSON.parse(text));
  invariant(parsed.ok, () => JSON.stringify(parsed));
  return parsed.value;
}

/** A row whose expectations are the closed forms. */
function rowOf(setting: LinkSetting, operation: LinkOperation, sizeBytes: number): ThroughputRow {
  const cost = operationCost(setting, operation, sizeBytes);
  return {
    id: `${operation} of ${sizeBytes} bytes`,
    setting,
    operation,
    sizeBytes,
    expected: {
      txTlps: cost.txTlps,
      rxTlps: cost.rxTlps,
      txWireBytes: cost.txWireBytes,
      rxWireBytes: cost.rxWireBytes,
      ceilingBytesPerSecond: ceilingBytesPerSecond(setting, operation, sizeBytes),
      nominalBytesPerSecond: nominalBytesPerSecond(setting, operation, sizeBytes),
      denseDllpBytesPerSecond: denseDllpBytesPerSecond(setting, operation, sizeBytes),
      pcieBenchBytesPerSecond: undefined,
    },
  };
}

const payloadBytes = fc.constantFrom(128, 256, 512, 1024, 2048, 4096);
const setting: fc.Arbitrary<LinkSetting> = fc.record({
  gen: fc.constantFrom(...LINK_GENS),
  lanes: fc.constantFrom(...LINK_WIDTHS),
  mpsBytes: payloadBytes,
  mrrsBytes: payloadBytes,
  rcbBytes: fc.constantFrom(64, 128),
  completionChunk: fc.constantFrom('mps' as const, 'rcb' as const),
  addressBits: fc.constantFrom(32 as const, 64 as const),
  ecrc: fc.boolean(),
});

describe('a saturated link', () => {
  it('carries what the closed forms say, whatever its setting', () => {
    const operation = fc.constantFrom('write' as const, 'read' as const, 'readwrite' as const);
    const sizeBytes = fc.constantFrom(64, 128, 256, 384, 512, 768, 1024, 2048, 4096);
    fc.assert(
      fc.property(setting, operation, sizeBytes, (link, how, size) => {
        const verdict = checkThroughputRow(rowOf(link, how, size));
        expect(verdict.got).toMatchObject({ txTlps: verdict.expected.txTlps, rxTlps: verdict.expected.rxTlps });
        expect(verdict.ok, JSON.stringify(verdict)).toBe(true);
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  it('is measured over at least 100 µs', () => {
    const link: LinkSetting = {
      gen: 5,
      lanes: 16,
      mpsBytes: 256,
      mrrsBytes: 512,
      rcbBytes: 64,
      completionChunk: 'mps',
      addressBits: 64,
      ecrc: false,
    };
    const nominal = nominalBytesPerSecond(link, 'write', 4096);
    expect(measureThroughput(link, 'write', 4096, nominal).window_ps).toBeGreaterThanOrEqual(100_000_000);
  });

  it('fails a row that expects another rate or another count', () => {
    const link: LinkSetting = {
      gen: 3,
      lanes: 8,
      mpsBytes: 256,
      mrrsBytes: 512,
      rcbBytes: 64,
      completionChunk: 'mps',
      addressBits: 64,
      ecrc: false,
    };
    const row = rowOf(link, 'write', 4096);
    const scaled = (factor: number): ThroughputRow => ({
      ...row,
      expected: { ...row.expected, nominalBytesPerSecond: row.expected.nominalBytesPerSecond * factor },
    });
    expect(checkThroughputRow(row).ok).toBe(true);
    expect(checkThroughputRow(scaled(1.02)).ok).toBe(false);
    expect(checkThroughputRow(scaled(0.96)).ok).toBe(false);
    expect(checkThroughputRow({ ...row, expected: { ...row.expected, txTlps: 17 } }).ok).toBe(false);
  });
});

describe.skipIf(skipWithoutShared('the throughput rows on the core'))('the throughput reference', () => {
  it.each(referenceRows().map((row) => [row.id, row] as const))('%s', (_, row) => {
    const verdict = checkThroughputRow(row);
    const { txTlps, rxTlps, txWireBytes, rxWireBytes } = verdict.expected;
    expect(verdict.got).toMatchObject({ txTlps, rxTlps, txWireBytes, rxWireBytes });
    expect(verdict.ok, JSON.stringify(verdict)).toBe(true);
  });
});
