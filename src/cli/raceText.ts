/*
 * The result of a race as a table and one sentence, both computed from the reports.
 */
import { bytesText, crcText, durationText, integerText, rateText, ratioText, sizeText } from '../base/format.ts';
import type { ViewNames } from '../core/host/p2pdma/names.ts';
import type { RunReport, RunWay } from '../engine/protocol.ts';
import type { TopologyDocument, TransferSpec } from '../topology/document.ts';
import { plainSpaces, plainTable } from './table.ts';

/** One transfer and what came out in each way. */
export interface Race {
  readonly document: TopologyDocument;
  readonly transfer: TransferSpec;
  readonly seed: number;
  readonly reports: readonly RunReport[];
}

const WAY_TITLES: Readonly<Record<RunWay, string>> = {
  p2p: 'peer-to-peer',
  bounce: 'bounce buffer',
  copy: 'CPU copy',
  flows: 'flows',
};

const ROWS: readonly (readonly [title: string, cell: (report: RunReport) => string])[] = [
  ['outcome', (report) => report.outcome],
  ['time', (report) => (report.outcome === 'finished' ? durationText(report.duration_ps) : '–')],
  ['throughput', (report) => (report.outcome === 'finished' ? rateText(report.throughputBytesPerSecond) : '–')],
  ['first byte after', (report) => (report.firstByte_ps === 0 ? '–' : durationText(report.firstByte_ps))],
  ['uplink, up', (report) => (report.uplink === undefined ? '–' : bytesText(report.uplink.upBytes))],
  ['uplink, down', (report) => (report.uplink === undefined ? '–' : bytesText(report.uplink.downBytes))],
  ['DRAM written', (report) => bytesText(report.memoryWrittenBytes)],
  ['DRAM read', (report) => bytesText(report.memoryReadBytes)],
  ['CPU busy', (report) => durationText(report.cpuBusy_ps)],
  ['interrupts', (report) => integerText(report.interrupts)],
  ['TLPs', (report) => integerText(report.tlps)],
  ['events', (report) => integerText(report.events)],
  [
    'bytes equal',
    (report) => (report.sourceCrc32 === report.destinationCrc32 ? `yes, ${crcText(report.sourceCrc32)}` : 'NO'),
  ],
  ['checks', (report) => `${report.checks.filter((check) => check.ok).length} of ${report.checks.length}`],
  ['trace hash', (report) => report.traceHash],
];

/** Shown where the document asks for a load of the CPU. */
const BACKGROUND_ROW: (typeof ROWS)[number] = [
  'CPU memory load',
  ({ background }) => (background === undefined ? '–' : rateText(background.achievedBytesPerSecond)),
];

/** Shown where addresses were translated. */
const IOMMU_ROW: (typeof ROWS)[number] = [
  'IOTLB misses',
  ({ iommu }) =>
    iommu === undefined ? '–' : `${integerText(iommu.misses)} of ${integerText(iommu.hits + iommu.misses)}`,
];

/** The whole result for a terminal. */
export function raceText(race: Race, names: ViewNames): string {
  const { document, transfer, reports } = race;
  const nameOf = (id: string): string => names.functions.find((row) => row.id === id)?.name ?? id;
  const columns = reports.map((report) => WAY_TITLES[report.way]);
  const hasBackground = reports.some((report) => report.background !== undefined);
  const isTranslated = reports.some((report) => report.iommu !== undefined);
  const shown = [...ROWS, ...(hasBackground ? [BACKGROUND_ROW] : []), ...(isTranslated ? [IOMMU_ROW] : [])];
  const rows = shown.map(([title, cell]) => [
    title,
    ...reports.map((report) => (report.outcome === 'refused' && title !== 'outcome' ? '–' : cell(report))),
  ]);
  const reasons = reports.flatMap((report) =>
    report.reason === undefined ? [] : [`${WAY_TITLES[report.way]}: ${report.reason}`],
  );
  const broken = reports.flatMap((report) =>
    report.checks
      .filter((check) => !check.ok)
      .map((check) => `${WAY_TITLES[report.way]}: check "${check.name}" failed: ${check.detail}`),
  );
  const title = `${document.name}: ${sizeText(transfer.bytes)} from ${nameOf(transfer.from)} to ${nameOf(transfer.to)}`;
  const right = columns.map((_, index) => index + 1);
  return plainSpaces(
    [title, '', plainTable([['', ...columns], ...rows], right), ...reasons, ...broken, raceSentence(race), ''].join(
      '\n',
    ),
  );
}

/** What the numbers say, in a sentence or two. */
export function raceSentence({ reports }: Race): string {
  const finished = reports.filter((report) => report.outcome === 'finished');
  const p2p = finished.find((report) => report.way === 'p2p');
  const others = finished.filter((report) => report.way !== 'p2p');
  const [first] = finished;
  if (first === undefined) return 'No bytes were moved.';
  if (finished.length === 1) {
    return plainSpaces(
      `The ${WAY_TITLES[first.way]} took ${durationText(first.duration_ps)}, ${rateText(first.throughputBytesPerSecond)}.`,
    );
  }
  const compared = p2p === undefined ? first : p2p;
  const rest = p2p === undefined ? others.slice(1) : others;
  const clauses = rest.map((report) => comparison(compared, report));
  return plainSpaces(`${sentenceStart(compared)} ${clauses.join('; ')}.${trafficClause(compared, rest)}`);
}

function sentenceStart(report: RunReport): string {
  return `${report.way === 'p2p' ? 'Peer-to-peer' : `The ${WAY_TITLES[report.way]}`} took ${durationText(report.duration_ps)}:`;
}

/** Ratios this close to one are called equal. */
const EQUAL_WITHIN = 0.005;

function comparison(base: RunReport, other: RunReport): string {
  const ratio = other.duration_ps / base.duration_ps;
  const title = `the ${WAY_TITLES[other.way]} ${durationText(other.duration_ps)}`;
  if (Math.abs(ratio - 1) < EQUAL_WITHIN) return `${title}, as long`;
  return ratio > 1 ? `${title}, ${ratioText(ratio)} as long` : `${title}, ${ratioText(1 / ratio)} as fast`;
}

function trafficClause(base: RunReport, others: readonly RunReport[]): string {
  const [other] = others;
  if (other === undefined) return '';
  const memory = (report: RunReport): number => report.memoryWrittenBytes + report.memoryReadBytes;
  return ` ${bytesText(memory(base))} of payload went through DRAM, against ${bytesText(memory(other))}.`;
}
