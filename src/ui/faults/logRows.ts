/* The error records of both machines as one list in order of time. Pure, so that it can be tested without a page. */
import type { ErrorRecord } from '../../core/pcie/faults.ts';
import type { FaultLabState } from '../../store/faultLab.ts';
import { RACE_LANES, type LaneId } from '../../store/session.ts';

export interface LogRow {
  readonly key: string;
  readonly lane: LaneId;
  readonly record: ErrorRecord;
}

export type SeverityFilter = 'all' | 'uncorrectable' | 'correctable' | 'note';

const PASSES: Readonly<Record<SeverityFilter, (record: ErrorRecord) => boolean>> = {
  all: () => true,
  uncorrectable: ({ severity }) => severity === 'fatal' || severity === 'nonFatal',
  correctable: ({ severity }) => severity === 'correctable',
  note: ({ severity }) => severity === 'note',
};

/** Newest first; of equal times the first lane first. */
export function logRows(lanes: FaultLabState['lanes'], filter: SeverityFilter): readonly LogRow[] {
  return RACE_LANES.flatMap((lane) =>
    lanes[lane].records
      .filter(PASSES[filter])
      .map((record): LogRow => ({ key: `${lane} ${record.serial}`, lane, record })),
  ).toSorted((a, b) => b.record.at_ps - a.record.at_ps || b.record.serial - a.record.serial);
}

export interface Recovery {
  readonly text: string;
  readonly count: number;
}

/** What the machine did about its errors, most frequent first; notes tell what was done to it and are left out. */
export function recoveries(records: readonly ErrorRecord[]): readonly Recovery[] {
  const counts = new Map<string, number>();
  for (const { severity, recovery } of records) {
    if (severity === 'note' || recovery === '') continue;
    counts.set(recovery, (counts.get(recovery) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => ({ text, count })).toSorted((a, b) => b.count - a.count);
}
