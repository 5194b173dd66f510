/* Rows of the race's table: each reads the counters while the machines run and the report once they are done. */
import {
  bytesText,
  bytesTextLike,
  countText,
  durationText,
  integerText,
  NO_VALUE,
  rateText,
  ratioText,
} from '../../base/format.ts';
import { PS_PER_SECOND } from '../../base/units.ts';
import { DOWNSTREAM, UPSTREAM } from '../../core/pcie/counters.ts';
import {
  errorCount,
  firstByteAfter,
  jobPayloadOf,
  linkTotal,
  machineCounter,
  meanRate,
  memoryBytes,
  uplinkOf,
} from '../../store/metrics.ts';
import type { LaneState } from '../../store/session.ts';
import type { TopologyDocument } from '../../topology/document.ts';

export interface FigureContext {
  readonly document: TopologyDocument;
  readonly direct: LaneState;
  readonly bounced: LaneState;
}

export interface FigureRow {
  readonly label: string;
  /** What exactly is counted, where the label leaves room for doubt. */
  readonly hint?: string;
  /** One machine's figure now; `–` where it has none yet. */
  readonly read: (lane: LaneState, document: TopologyDocument) => string;
  /** What the two differ by, once both are known. */
  readonly difference: (context: FigureContext) => string;
}

const nothing = (): string => '';

/** How many times as much the bounce took, if both finished. */
function ratioOf(context: FigureContext, field: 'duration_ps' | 'firstByte_ps' | 'throughputBytesPerSecond'): string {
  const direct = context.direct.report;
  const bounced = context.bounced.report;
  if (direct?.outcome !== 'finished' || bounced?.outcome !== 'finished' || direct[field] === 0) return '';
  return ratioText(bounced[field] / direct[field]);
}

function uplinkBytes(
  lane: LaneState,
  document: TopologyDocument,
): { readonly up: number; readonly down: number } | undefined {
  if (lane.report?.uplink !== undefined) return { up: lane.report.uplink.upBytes, down: lane.report.uplink.downBytes };
  const link = lane.machine === undefined ? undefined : uplinkOf(document, lane.machine);
  if (link === undefined || lane.view === undefined) return undefined;
  return { up: jobPayloadOf(lane.view, link.index, UPSTREAM), down: jobPayloadOf(lane.view, link.index, DOWNSTREAM) };
}

function dramBytes(lane: LaneState): { readonly written: number; readonly read: number } | undefined {
  if (lane.report !== undefined) return { written: lane.report.memoryWrittenBytes, read: lane.report.memoryReadBytes };
  if (lane.view === undefined) return undefined;
  return { written: memoryBytes(lane.view, 'writtenBytes'), read: memoryBytes(lane.view, 'readBytes') };
}

/** Bytes in the unit of the job, so that the figure does not change its form while it grows. */
function counted(bytes: number, document: TopologyDocument): string {
  return bytes === 0 ? bytesText(0) : bytesTextLike(bytes, document.transfer.bytes);
}

export const FIGURE_ROWS: readonly FigureRow[] = [
  {
    label: 'Arrived',
    read: ({ view }, document) =>
      view === undefined ? NO_VALUE : counted(machineCounter(view, 'arrivedBytes'), document),
    difference: nothing,
  },
  {
    label: 'Time to finish',
    hint: 'From the job’s first request, once the drivers have started their devices, to its completion in software.',
    read: ({ report }) => (report?.outcome === 'finished' ? durationText(report.duration_ps) : NO_VALUE),
    difference: (context) => ratioOf(context, 'duration_ps'),
  },
  {
    label: 'Throughput',
    read: ({ report, view }) => {
      if (report !== undefined)
        return report.outcome === 'finished' ? rateText(report.throughputBytesPerSecond) : NO_VALUE;
      if (view === undefined) return NO_VALUE;
      return machineCounter(view, 'now_ps') === 0 ? NO_VALUE : rateText(meanRate(view));
    },
    difference: (context) => ratioOf(context, 'throughputBytesPerSecond'),
  },
  {
    label: 'First byte',
    hint: 'At its destination, from the job’s first request.',
    read: ({ report, view }) => {
      if (report?.outcome === 'finished') return durationText(report.firstByte_ps);
      const first_ps = view === undefined ? 0 : firstByteAfter(view);
      return first_ps === 0 ? NO_VALUE : durationText(first_ps);
    },
    difference: (context) => ratioOf(context, 'firstByte_ps'),
  },
  {
    label: 'Uplink payload',
    hint: 'Bytes of the job on the link above the switch; descriptors, doorbells and interrupts are not counted.',
    read: (lane, document) => {
      const bytes = uplinkBytes(lane, document);
      return bytes === undefined ? NO_VALUE : counted(bytes.up + bytes.down, document);
    },
    difference: ({ document, bounced }) => {
      const bytes = uplinkBytes(bounced, document);
      return bytes === undefined ? '' : `${counted(bytes.up, document)} up, ${counted(bytes.down, document)} down`;
    },
  },
  {
    label: 'DRAM touched',
    read: (lane, document) => {
      const bytes = dramBytes(lane);
      return bytes === undefined ? NO_VALUE : counted(bytes.written + bytes.read, document);
    },
    difference: ({ document, bounced }) => {
      const bytes = dramBytes(bounced);
      return bytes === undefined
        ? ''
        : `${counted(bytes.written, document)} written, ${counted(bytes.read, document)} read`;
    },
  },
  {
    label: 'CPU time',
    read: ({ report, view }) => {
      const busy_ps = report?.cpuBusy_ps ?? (view === undefined ? undefined : machineCounter(view, 'cpuBusy_ps'));
      return busy_ps === undefined ? NO_VALUE : durationText(busy_ps);
    },
    difference: nothing,
  },
  {
    label: 'Interrupts',
    read: ({ report, view }) => {
      const count = report?.interrupts ?? (view === undefined ? undefined : machineCounter(view, 'interrupts'));
      return count === undefined ? NO_VALUE : integerText(count);
    },
    difference: nothing,
  },
];

/** Rate of the CPU's own load on memory, during the job once that is over. */
function backgroundRate({ report, view }: LaneState): number | undefined {
  if (report !== undefined) return report.background?.achievedBytesPerSecond;
  const now_ps = view === undefined ? 0 : machineCounter(view, 'now_ps');
  return view === undefined || now_ps === 0
    ? undefined
    : (machineCounter(view, 'backgroundBytes') * PS_PER_SECOND) / now_ps;
}

/** Shown where the document has the CPU load memory beside the job. */
export const BACKGROUND_ROWS: readonly FigureRow[] = [
  {
    label: 'CPU memory load',
    hint: 'What the CPU’s own load on memory got beside the job; it is set among the machine’s parameters.',
    read: (lane) => {
      const rate = backgroundRate(lane);
      return rate === undefined ? NO_VALUE : rateText(rate);
    },
    difference: ({ document }) => `${rateText(document.host.memory.backgroundBytesPerSecond ?? 0)} asked for`,
  },
];

/** Shown where the IOMMU translates; known when a run is over. */
export const IOMMU_ROWS: readonly FigureRow[] = [
  {
    label: 'IOTLB misses',
    hint: 'Requests whose page had to be walked for, of all that the IOMMU translated. A miss waits for a walk; few run at once.',
    read: ({ report }) =>
      report?.iommu === undefined
        ? NO_VALUE
        : `${integerText(report.iommu.misses)} of ${integerText(report.iommu.misses + report.iommu.hits)}`,
    difference: ({ direct, bounced }) => {
      const faults = [direct, bounced].map(({ report }) => report?.iommu?.faults ?? 0);
      return faults.some((count) => count > 0) ? `${faults.map(integerText).join(' and ')} requests refused` : '';
    },
  },
];

/** Shown once a machine has reported an error or sent a TLP again. */
export const ERROR_ROWS: readonly FigureRow[] = [
  {
    label: 'Errors',
    hint: 'Error records of the run; the fault lab lists them.',
    read: ({ view }) => (view === undefined ? NO_VALUE : integerText(errorCount(view))),
    difference: ({ direct, bounced }) => {
      const severe = [direct, bounced].map(({ view }) =>
        view === undefined ? 0 : machineCounter(view, 'uncorrectableErrors'),
      );
      return severe.some((count) => count > 0) ? `${severe.map(integerText).join(' and ')} of them uncorrectable` : '';
    },
  },
  {
    label: 'Sent again',
    hint: 'TLPs replayed after a NAK or a replay timeout, over all links.',
    read: ({ view }) => (view === undefined ? NO_VALUE : countText(linkTotal(view, 'replayedTlps'), 'TLP')),
    difference: ({ direct, bounced }) => {
      const busy = [direct, bounced].map(({ view }) => (view === undefined ? 0 : linkTotal(view, 'replayBusy_ps')));
      return busy.some((time) => time > 0) ? `${busy.map(durationText).join(' and ')} of link time` : '';
    },
  },
];

/** Whether a lane has anything for these rows. */
export function hasErrors({ view }: LaneState): boolean {
  return view !== undefined && (errorCount(view) > 0 || linkTotal(view, 'replayedTlps') > 0);
}
