/*
 * Whole runs as text a person can review: every hop of a small job, one a line, then the report. The files beside
 * this one are what these functions print; `npm run golden:update` rewrites them, and the difference is read.
 */
import { rateText } from '../../src/base/format.ts';
import { hex } from '../../src/base/bits.ts';
import { at } from '../../src/base/invariant.ts';
import { privateStorage } from '../../src/base/storage.ts';
import { bdfText } from '../../src/core/pcie/bdf.ts';
import { COMPLETION_STATUS, FLOW, TLP_KIND_NAMES } from '../../src/core/pcie/tlp.ts';
import type { Bdf } from '../../src/base/units.ts';
import { SimulatedMachine } from '../../src/engine/machine/simulatedMachine.ts';
import type { LinkDescription, RunReport } from '../../src/engine/protocol.ts';
import type { TransferWay } from '../../src/topology/document.ts';
import { findPreset } from '../../src/topology/presets/presets.ts';

export interface GoldenRun {
  /** File name without `.txt`. */
  readonly name: string;
  readonly preset: string;
  readonly way: TransferWay;
  readonly bytes: number;
}

export const GOLDEN_RUNS: readonly GoldenRun[] = [
  { name: 'default-p2p', preset: 'default', way: 'p2p', bytes: 4096 },
  { name: 'default-bounce', preset: 'default', way: 'bounce', bytes: 4096 },
  { name: 'default-copy', preset: 'default', way: 'copy', bytes: 1024 },
  { name: 'peer-read-p2p', preset: 'peer-read', way: 'p2p', bytes: 2048 },
  { name: 'two-root-ports-p2p', preset: 'two-root-ports', way: 'p2p', bytes: 2048 },
  { name: 'acs-redirect-p2p', preset: 'acs-redirect', way: 'p2p', bytes: 4096 },
];

const nameOf = (table: Readonly<Record<string, number>>, value: number): string =>
  Object.entries(table).find(([, number]) => number === value)?.[0] ?? String(value);

function segmentText(links: readonly LinkDescription[], segment: number): string {
  const link = links[Math.floor(segment / 2)];
  if (link === undefined) return segment % 2 === 0 ? 'host memory, write' : 'host memory, read';
  const lower = link.lower ?? 'empty';
  return segment % 2 === 0 ? `${link.upper} > ${lower}` : `${lower} > ${link.upper}`;
}

function reportLines(report: RunReport): readonly string[] {
  return [
    `outcome      ${report.outcome}${report.reason === undefined ? '' : `: ${report.reason}`}`,
    `duration     ${report.duration_ps} ps, first byte ${report.firstByte_ps} ps, ${rateText(report.throughputBytesPerSecond)}`,
    `uplink       ${report.uplink === undefined ? 'none' : `${report.uplink.upBytes} B up, ${report.uplink.downBytes} B down`}`,
    `host memory  ${report.memoryWrittenBytes} B written, ${report.memoryReadBytes} B read`,
    `cpu          ${report.cpuBusy_ps} ps busy, ${report.interrupts} interrupts`,
    `crc          source ${hex(report.sourceCrc32, 8)}, destination ${hex(report.destinationCrc32, 8)}`,
    ...report.checks.map((check) => `check        ${check.ok ? 'ok  ' : 'FAIL'} ${check.name}`),
    `trace        ${report.traceHash}`,
  ];
}

/** Runs one of {@link GOLDEN_RUNS} and prints it. */
export function goldenText({ preset, way, bytes }: GoldenRun): string {
  const found = findPreset(preset);
  if (found === undefined) throw new Error(`no preset ${preset}`);
  const hops: number[][] = [];
  const created = SimulatedMachine.create({
    document: found.document,
    transfer: { ...found.document.transfer, bytes },
    way,
    seed: 1,
    storage: privateStorage,
    hops: { record: (...fields) => void hops.push(fields) },
  });
  if (!created.ok) throw new Error(created.error.map((problem) => problem.message).join('\n'));
  const machine = created.value;
  while (machine.report === undefined) machine.runUntil(1e12, 1_000_000);
  const { links } = machine.description;
  const lines = hops.map((fields) => {
    const [start, end, segment, what, address, lengthBytes, transaction, serial] = Array.from(
      { length: 8 },
      (_, index) => at(fields, index),
    );
    const kind = TLP_KIND_NAMES[(what ?? 0) & 0xff] ?? '?';
    const flow = nameOf(FLOW, ((what ?? 0) >> 16) & 0xff);
    const status = nameOf(COMPLETION_STATUS, ((what ?? 0) >> 24) & 0xff);
    const requester = bdfText(Math.floor((transaction ?? 0) / 65536) as Bdf);
    const id = `${requester} tag ${String((transaction ?? 0) % 65536).padStart(3)}`;
    return [
      String(start).padStart(11),
      String(end).padStart(11),
      `#${serial}`.padStart(5),
      kind.padEnd(5),
      String(lengthBytes).padStart(5),
      hex(address ?? 0, 12),
      id,
      flow.padEnd(9),
      kind.startsWith('Cpl') ? status : '  ',
      segmentText(links, segment ?? 0),
    ].join(' ');
  });
  const title = `${found.title}: ${bytes} B, ${way}, seed 1`;
  return [
    title,
    '',
    'first bit ps last bit ps  TLP kind  bytes address      requester       flow      st where',
    ...lines,
    '',
    ...reportLines(machine.report),
    '',
  ].join('\n');
}
