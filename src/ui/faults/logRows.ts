/* The error records of both machines as one list in order of time. Pure, so that it can be tested without a page. */
import { troubleOf } from '../../core/pcie/errorRecords.ts';
import type { ErrorRecord } from '../../core/pcie/faults.ts';
import type { FaultLabState } from '../../store/faultLab.ts';
import { RACE_LANES, type LaneId } from '../../store/session.ts';

/** Reports of one trouble that follow each other in one machine. */
export interface LogRow {
  readonly key: string;
  readonly lane: LaneId;
  /** The first of them. */
  readonly record: ErrorRecord;
  readonly last_ps: number;
  readonly count: number;
}

export type SeverityFilter = 'all' | 'uncorrectable' | 'correctable' | 'note';

const PASSES: Readonly<Record<SeverityFilter, (record: ErrorRecord) => boolean>> = {
  all: () => true,
  uncorrectable: ({ severity }) => severity === 'fatal' || severity === 'nonFatal',
  correctable: ({ severity }) => severity === 'correctable',
  note: ({ severity }) => severity === 'note',
};

/** The records of one lane with repetitions folded. */
function folded(lane: LaneId, records: readonly ErrorRecord[]): readonly LogRow[] {
  const rows: LogRow[] = [];
  let trouble = '';
  for (const record of records) {
    const before = rows.at(-1);
    const now = troubleOf(record);
    if (before !== undefined && now === trouble && record.severity !== 'note')
      rows[rows.length - 1] = { ...before, last_ps: record.at_ps, count: before.count + 1 };
    else rows.push({ key: `${lane} ${record.serial}`, lane, record, last_ps: record.at_ps, count: 1 });
    trouble = now;
  }
  return rows;
}

/** Newest first; of equal times the later record first. */
export function logRows(lanes: FaultLabState['lanes'], filter: SeverityFilter): readonly LogRow[] {
  return RACE_LANES.flatMap((lane) => folded(lane, lanes[lane].records.filter(PASSES[filter]))).toSorted(
    (a, b) => b.last_ps - a.last_ps || b.record.serial - a.record.serial,
  );
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
