/*
 * The machine behind a point, to be opened in the page. Nothing here runs anything: the page imports this file.
 */
import { GIB, MIB } from '../base/units.ts';
import type { LinkOperation } from '../core/pcie/throughput.ts';
import type { ThroughputRow } from '../core/pcie/throughputRow.ts';
import { host, hostBridge, hostBridgeFunction, machineDocument, rootPort, transfer } from '../topology/build.ts';
import type { FlowSpec, TopologyDocument } from '../topology/document.ts';
import { accesses, card, flow } from '../topology/presets/measurementParts.ts';
import { findPreset } from '../topology/presets/presets.ts';
import { throughputTitle } from './figures.ts';
import { LATENCY_CASES } from './latencyCases.ts';
import { presetOf } from './measurement.ts';
import { MEASUREMENTS } from './measurementTable.ts';
import type { NumberPoint } from './points.ts';
import { throughputRows } from './throughputRows.ts';

export interface PointMachine {
  readonly document: TopologyDocument;
  /** Id of the preset it is, if it is one. */
  readonly preset: string | undefined;
  /** Where its run is looked at. */
  readonly view: 'flows' | 'race';
  /** How a run of it differs from the run that gave the point. */
  readonly note: string | undefined;
}

/** How a run of a row's machine differs from the row itself: stated, because it cannot be built away. */
function rowNote({ setting, operation }: ThroughputRow): string {
  return [
    'The row was measured between two bare ports with credits and tags without end. This machine has a root port, real buffers and host memory.',
    ...(operation === 'readwrite'
      ? ['Its reads and writes are two flows that take turns as they can, not one for one.']
      : []),
    ...(setting.ecrc && operation !== 'write'
      ? ['Its host memory answers without digests, so reads are faster here.']
      : []),
    ...(setting.completionChunk === 'rcb'
      ? ['Its host memory answers in pieces of the payload size, not of the boundary, so reads are faster here.']
      : []),
  ].join(' ');
}

const LATENCY_NOTE =
  'The point was measured with test equipment in the place of the cards; here their engines do the same.';

/** The machine of a point; undefined if there is no such point. */
export function pointMachine(point: Pick<NumberPoint, 'id' | 'section'>): PointMachine | undefined {
  switch (point.section) {
    case 'measurements':
      return measurementMachine(point.id);
    case 'latency': {
      const entry = LATENCY_CASES.find(({ id }) => id === point.id);
      return entry && { document: entry.document, preset: undefined, view: 'flows', note: LATENCY_NOTE };
    }
    case 'throughput': {
      const row = throughputRows().find(({ id }) => id === point.id);
      return row && { document: rowDocument(row), preset: undefined, view: 'flows', note: rowNote(row) };
    }
  }
}

function measurementMachine(id: string): PointMachine | undefined {
  const run = MEASUREMENTS.find((entry) => entry.id === id)?.run;
  if (run === undefined) return undefined;
  const preset = presetOf(run);
  const document = findPreset(preset)?.document;
  const first = 'preset' in run ? run : run.of;
  if (document === undefined) return undefined;
  // Several figures are read from one machine: it is opened for this one.
  const opened = { ...document, measurement: id };
  return { document: opened, preset, view: first.way === 'flows' ? 'flows' : 'race', note: undefined };
}

/** Enough operations for a rate, few enough for a page. */
const ROW_BYTES = 8 * MIB;
const LEAST_OPERATIONS = 2000;
const ROW_OUTSTANDING = 1024;

/** A card on a root port that does to host memory what the row does to its far port. */
function rowDocument(row: ThroughputRow): TopologyDocument {
  const { setting, operation, sizeBytes } = row;
  const { gen, lanes, mpsBytes, mrrsBytes, ecrc } = setting;
  const link = { gen, width: lanes } as const;
  const options = { ...link, mpsBytes, mrrsBytes, ecrc } as const;
  const base = host();
  // Memory below 4 GiB has 32-bit addresses.
  const sizeOfMemory = setting.addressBits === 32 ? 2 * GIB : base.memory.sizeBytes;
  const port = rootPort('rp0', { parent: 'pcie0', device: 1 }, { ...link, slot: 1 });
  return machineDocument({
    name: throughputTitle(row).slice(0, 80),
    description: `${throughputTitle(row)}. The second card is idle.`,
    host: { ...base, memory: { ...base.memory, ioCache: 'hit', sizeBytes: sizeOfMemory } },
    hostBridges: [hostBridge('pcie0')],
    functions: [
      hostBridgeFunction('hb0', 'pcie0'),
      { ...port, mpsSupportedBytes: mpsBytes, mpsBytes },
      card('card0', 'rp0', options),
      rootPort('rp1', { parent: 'pcie0', device: 2 }, { gen: 3, width: 8, slot: 2 }),
      card('card1', 'rp1', { gen: 3, width: 8 }),
    ],
    transfer: transfer('card0', 'card1', { bytes: MIB }),
    flows: rowFlows(operation, sizeBytes),
  });
}

function rowFlows(operation: LinkOperation, sizeBytes: number): readonly FlowSpec[] {
  const kinds = operation === 'readwrite' ? (['write', 'read'] as const) : [operation];
  return kinds.map((kind) =>
    flow(
      kind,
      `${kind === 'write' ? 'Writes' : 'Reads'} of ${sizeBytes} B`,
      accesses({
        engine: 'card0',
        target: 'host',
        operation: kind,
        operationBytes: sizeBytes,
        windowBytes: MIB,
        operations: Math.max(LEAST_OPERATIONS, Math.ceil(ROW_BYTES / sizeBytes)),
        outstanding: ROW_OUTSTANDING,
      }),
    ),
  );
}
