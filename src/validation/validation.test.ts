/*
 * The validation's tables against the reference they were copied from, and its stored results against new runs.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sharedFile, skipWithoutShared } from '../../tests/support/shared.ts';
import { checkSemanticsCase } from '../cli/checks/semanticsCheck.ts';
import { parseThroughputFile } from '../core/pcie/throughputRow.ts';
import { machineDocument, transfer } from '../topology/build.ts';
import { findPreset, presets } from '../topology/presets/presets.ts';
import { validateDocument } from '../topology/validate.ts';
import { LATENCY_CASES } from './latencyCases.ts';
import { resultsText, validationMarkdown } from './markdown.ts';
import { MachineRuns } from './machineRuns.ts';
import { presetOf } from './measurement.ts';
import { LISTED_MEASUREMENTS } from './measurementListed.ts';
import { MEASUREMENTS } from './measurementTable.ts';
import { pointMachine } from './pointMachine.ts';
import { type NumberPoint, summarise, type ValidationResults, verdictFor } from './points.ts';
import { pointIds, runValidation } from './runValidation.ts';
import { SEMANTICS_CASES } from './semanticsCases.ts';
import { semanticsMachine } from './semanticsMachine.ts';
import { semanticsLines } from './semanticsPoints.ts';
import { throughputRows } from './throughputRows.ts';

/** For what should not be missing. */
const EMPTY = machineDocument({
  name: '',
  description: '',
  hostBridges: [],
  functions: [],
  transfer: transfer('none', 'none'),
});

const REFERENCE = 'reference/pcie-throughput.json';

interface ReferenceMeasurement {
  readonly id: string;
  readonly low: number | string;
  readonly high: number | string;
  readonly unit: string;
  readonly url: string;
  readonly use: string;
}

function referenceMeasurements(): readonly ReferenceMeasurement[] {
  return JSON.parse(sharedFile(REFERENCE) ?? '{"measurements":[]}').measurements;
}

describe.skipIf(skipWithoutShared('the reference’s rows and measurements'))('the tables are the reference’s', () => {
  it('every row of the reference is in the grid, and the closed forms give what it states', () => {
    const parsed = parseThroughputFile(JSON.parse(sharedFile(REFERENCE) ?? ''));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    const own = new Map(throughputRows().map((row) => [row.id, row]));
    expect([...own.keys()].toSorted()).toEqual(parsed.value.map(({ id }) => id).toSorted());
    for (const row of parsed.value) {
      const expected = own.get(row.id)?.expected;
      expect(expected?.txWireBytes).toBe(row.expected.txWireBytes);
      expect(expected?.rxWireBytes).toBe(row.expected.rxWireBytes);
      const nominal = expected?.nominalBytesPerSecond ?? 0;
      expect(Math.abs(nominal / row.expected.nominalBytesPerSecond - 1)).toBeLessThan(1e-6);
    }
  });

  it('every measurement of the reference is compared or listed, with its range, source and use', () => {
    const compared = new Map(MEASUREMENTS.map((entry) => [entry.id, entry]));
    const listed = new Map(LISTED_MEASUREMENTS.map((entry) => [entry.id, entry]));
    for (const { id, low, high, unit, url, use } of referenceMeasurements()) {
      const entry = compared.get(id);
      if (entry === undefined) {
        expect({ id, low, high, url, use }).toEqual({ ...pick(listed.get(id)), id });
        continue;
      }
      expect({ id, url: entry.url, use: entry.use }).toEqual({ id, url, use });
      if (typeof low !== 'number' || typeof high !== 'number') continue;
      const scale = unit === 's' ? 1e9 : 1;
      const printed = entry.printed ?? entry.published;
      expect(printed.low).toBeCloseTo(low * scale, 6);
      expect(printed.high).toBeCloseTo(high * scale, 6);
    }
  });

  it('the worked cases are those of the semantics reference', () => {
    const text = sharedFile('reference/p2pdma-semantics.md') ?? '';
    const lines = text.split('\n').filter((line) => line.startsWith('{"id":"W'));
    expect(SEMANTICS_CASES).toEqual(lines);
  });
});

function pick(entry: (typeof LISTED_MEASUREMENTS)[number] | undefined): object {
  if (entry === undefined) return {};
  const { low, high, url, use } = entry;
  return { low, high, url, use };
}

describe('measurements', () => {
  it('each names a preset whose document names a measurement made on it, with every flow its figure needs', () => {
    for (const { id, run } of MEASUREMENTS) {
      const document = findPreset(presetOf(run))?.document;
      const owner = MEASUREMENTS.find((entry) => entry.id === document?.measurement);
      expect(JSON.stringify(owner?.run), `${id}: ${document?.measurement}`).toContain(`"${presetOf(run)}"`);
      const text = JSON.stringify(run);
      for (const [, flow] of text.matchAll(/"(?:flow|minus|to|of)":"([^"]+)"/g)) {
        expect(
          document?.flows?.map((entry) => entry.id),
          `${id} ${flow}`,
        ).toContain(flow);
      }
    }
  });

  it('every preset with a measurement is used by one', () => {
    const used = JSON.stringify(MEASUREMENTS);
    for (const { id, document } of presets) {
      if (document.measurement !== undefined) expect(used, id).toContain(`"${id}"`);
    }
  });

  it('says of every calibrated figure what was calibrated on it, and of no validated one', () => {
    for (const { id, role, calibrates } of MEASUREMENTS) {
      expect([id, calibrates === undefined]).toEqual([id, role === 'validated']);
    }
  });

  it('accepts what was published, unless it is a bound or an order', () => {
    for (const { id, use, published, accepted } of MEASUREMENTS) {
      if (use !== 'reproduce') continue;
      expect(accepted.low, id).toBeLessThanOrEqual(published.high);
      expect(accepted.high, id).toBeGreaterThanOrEqual(published.low);
    }
  });

  it('a figure outside its span, or with a condition not met, is missed', () => {
    const span = { low: 1, high: 2 };
    expect(verdictFor(1.5, span)).toBe('inside');
    expect(verdictFor(2.1, span)).toBe('missed');
    expect(verdictFor(undefined, span)).toBe('notRun');
    expect(verdictFor(1.5, span, [{ ok: false }])).toBe('missed');
  });
});

it('the machines of the latency table are valid documents', () => {
  for (const { id, document } of LATENCY_CASES) {
    const problems = validateDocument(document).filter(({ severity }) => severity !== 'note');
    expect([id, problems]).toEqual([id, []]);
  }
});

it('every row and every worked case opens as a document without errors', () => {
  for (const id of [...pointIds().throughput, ...pointIds().measurements]) {
    const section = id.includes('-m') && /^(W|R|RW)-g/.test(id) ? 'throughput' : 'measurements';
    const machine = pointMachine({ id, section });
    expect(machine, id).toBeDefined();
    const problems = validateDocument(machine?.document ?? EMPTY).filter(({ severity }) => severity !== 'note');
    expect([id, problems]).toEqual([id, []]);
  }
  for (const id of semanticsLines().keys()) {
    const document = semanticsMachine(id)?.document;
    const errors = validateDocument(document ?? EMPTY).filter(({ severity }) => severity === 'error');
    expect([id, document === undefined, errors]).toEqual([id, false, []]);
  }
});

it('a run that the model refuses gives no figure, and says why', () => {
  const runs = new MachineRuns();
  const refused = runs.figure({ preset: 'default', way: 'flows', figure: { kind: 'sumOfRates' } });
  expect(refused).toMatchObject({ ok: false, error: { kind: 'notRun' } });
  const missing = runs.figure({ preset: 'm-uc-load', way: 'flows', figure: { kind: 'flowRate', flow: 'nothing' } });
  expect(missing).toMatchObject({ ok: false, error: { reason: 'The run reports no flow nothing.' } });
  const failed = runs.figure({ preset: 'm-intel-client', way: 'flows', figure: { kind: 'flowRate', flow: 'read' } });
  expect(failed).toMatchObject({ ok: false, error: { kind: 'failed' } });
});

describe('stored results', () => {
  const text = readFileSync(new URL('results.json', import.meta.url), 'utf8');
  const stored: ValidationResults = JSON.parse(text);
  /** Quick ones of every kind: each kind of link, each layer, transfers and flows. */
  const rows = stored.throughput.filter((_, index) => index % 50 === 0).map(({ id }) => id);
  const cases = ['semantics:W04', 'semantics:W09', 'semantics:W17'];
  const machines = ['iopmem-rd', 'rc-client-p2p', 'pb-lat-llc', 'mmio-rd'];
  const sample = new Set([...rows, ...stored.latency.map(({ id }) => id), ...cases, ...machines]);

  it('are what runs give now, for a sample of every kind', () => {
    const wants = (id: string): boolean => sample.has(id);
    const fresh = runValidation({ model: stored.model, checkSemantics: checkSemanticsCase, wants });
    const before = [...stored.throughput, ...stored.latency, ...stored.semantics, ...stored.measurements];
    const after = [...fresh.throughput, ...fresh.latency, ...fresh.semantics, ...fresh.measurements];
    expect(after).toHaveLength(sample.size);
    // As JSON: members that are undefined are not stored.
    expect(JSON.parse(JSON.stringify(after))).toEqual(before.filter(({ id }) => sample.has(id)));
  });

  it('have every point, with counts that are those of the points, and the document says the same', () => {
    const ids = pointIds();
    for (const section of ['throughput', 'latency', 'semantics', 'measurements'] as const) {
      expect(stored[section].map(({ id }: { readonly id: string }) => id)).toEqual(ids[section]);
      expect(stored.summary).toContainEqual(summarise(section, stored[section]));
    }
    expect(resultsText(stored)).toBe(text);
    const document = readFileSync(new URL('../../docs/validation.md', import.meta.url), 'utf8');
    expect(validationMarkdown(stored)).toBe(document);
  });

  it('list every miss of a measurement with a reason', () => {
    const missed = stored.measurements.filter((point: NumberPoint) => point.verdict !== 'inside');
    for (const { id, reason } of missed) expect(reason, id).toMatch(/\w{3}/);
  });
});
