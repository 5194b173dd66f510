/* What the faults of a run cost, read from counters and records as they stand. */
import { durationText, integerText, NO_VALUE, percentText, rateText } from '../../base/format.ts';
import { PS_PER_SECOND } from '../../base/units.ts';
import { MACHINE_COUNTER } from '../../core/pcie/counters.ts';
import type { Injection } from '../../store/faultLab.ts';
import { linkTotal } from '../../store/metrics.ts';
import type { LaneId, LaneState } from '../../store/session.ts';

function replayed(lane: LaneState, field: 'replayedTlps' | 'naks' | 'replayBusy_ps'): number {
  return lane.view === undefined ? 0 : linkTotal(lane.view, field);
}

function machineCounter(lane: LaneState, field: keyof typeof MACHINE_COUNTER): number {
  return lane.view?.machineCounters[MACHINE_COUNTER[field]] ?? 0;
}

/** The instant a lane's rate is split at: its first injection, or the first fault the document plans. */
export interface Split {
  readonly at_ps: number;
  readonly arrivedBytes: number;
  readonly begun_ps: number;
}

/** Where the run was hit first. Of planned faults the bytes are read from the series. */
export function splitOf(
  lane: LaneId,
  state: LaneState,
  injections: readonly Injection[],
  planned_ps: number | undefined,
): Split | undefined {
  const now_ps = machineCounter(state, 'now_ps');
  const first = injections
    .flatMap((injection) => injection.lanes)
    .filter((injected) => injected.lane === lane && injected.refused === undefined && injected.at_ps <= now_ps)
    .toSorted((a, b) => a.at_ps - b.at_ps)
    .at(0);
  const plan =
    planned_ps === undefined || planned_ps > now_ps
      ? undefined
      : { at_ps: planned_ps, arrivedBytes: arrivedAt(state, planned_ps), begun_ps: machineCounter(state, 'begun_ps') };
  if (first === undefined) return plan;
  return plan === undefined || first.at_ps <= plan.at_ps ? first : plan;
}

/** Job bytes at an instant, between two bins of the series in proportion. */
function arrivedAt({ view }: LaneState, at_ps: number): number {
  if (view === undefined) return 0;
  const { series } = view;
  const { length, bin_ps } = series;
  if (length === 0 || bin_ps === 0) return 0;
  const bin = Math.floor(at_ps / bin_ps);
  if (bin >= length) return series.arrived(length - 1);
  const before = series.arrived(bin - 1);
  return before + (series.arrived(bin) - before) * (at_ps / bin_ps - bin);
}

function rate(bytes: number, duration_ps: number): string {
  return duration_ps <= 0 ? NO_VALUE : rateText((bytes / duration_ps) * PS_PER_SECOND);
}

export interface CostRow {
  readonly label: string;
  readonly hint?: string;
  readonly read: (lane: LaneState, split: Split | undefined) => string;
}

/** Time that counts: to the end of the job, if it has ended. */
function until(lane: LaneState): number {
  const finished_ps = machineCounter(lane, 'finished_ps');
  return finished_ps > 0 ? finished_ps : machineCounter(lane, 'now_ps');
}

export const COST_ROWS: readonly CostRow[] = [
  {
    label: 'Throughput before the first fault',
    read: (_lane, split) => (split === undefined ? NO_VALUE : rate(split.arrivedBytes, split.at_ps - split.begun_ps)),
  },
  {
    label: 'Throughput since',
    read: (lane, split) =>
      split === undefined
        ? NO_VALUE
        : rate(
            machineCounter(lane, 'arrivedBytes') - split.arrivedBytes,
            until(lane) - Math.max(split.at_ps, split.begun_ps),
          ),
  },
  { label: 'TLPs sent again', read: (lane) => integerText(replayed(lane, 'replayedTlps')) },
  { label: 'NAKs', read: (lane) => integerText(replayed(lane, 'naks')) },
  {
    label: 'Time spent replaying',
    hint: 'Over all links and directions; the share is of the run.',
    read: (lane) => {
      const busy_ps = replayed(lane, 'replayBusy_ps');
      const whole_ps = until(lane);
      return busy_ps === 0 ? durationText(0) : `${durationText(busy_ps)}, ${percentText(busy_ps / whole_ps, 2)}`;
    },
  },
  { label: 'Correctable errors', read: (lane) => integerText(machineCounter(lane, 'correctableErrors')) },
  { label: 'Uncorrectable errors', read: (lane) => integerText(machineCounter(lane, 'uncorrectableErrors')) },
];

/** How it ended, or stands, in one sentence. */
export function outcomeSentence(lane: LaneState): string {
  const { report, machine } = lane;
  if (machine?.plan.refused !== undefined) return 'This way was refused before anything moved.';
  if (report === undefined) return 'Still under way.';
  if (report.outcome !== 'finished')
    return `It failed: ${report.reason ?? 'no reason was given'}.`.replace(/\.\.$/, '.');
  if (report.sourceCrc32 === report.destinationCrc32)
    return 'It finished, and every byte arrived: the CRC-32 of both ends agrees.';
  return 'It finished with wrong bytes: the CRC-32 of the ends differs.';
}
