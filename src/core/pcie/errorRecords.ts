/*
 * Keeping a list of error records short without losing what explains it: one cause can report thousands of times.
 */
import type { ErrorRecord } from './faults.ts';

/** What makes two records two reports of one trouble. */
export function troubleOf(record: ErrorRecord): string {
  const { node, name, severity, advisory, message, recovery } = record;
  return `${node ?? ''}|${name}|${severity}|${advisory}|${message ?? ''}|${recovery}`;
}

/**
 * About half of a full list, in order: the notes (the newest quarter of the bound at most), the first report of every
 * trouble, and the newest records.
 * @param most bound of the list, even, at least 4.
 */
export function condensedRecords(records: readonly ErrorRecord[], most: number): readonly ErrorRecord[] {
  const newest = records.length - most / 2;
  const notes = records.filter(({ severity }) => severity === 'note').slice(-most / 4);
  const kept = new Set(notes);
  const seen = new Set<string>();
  return records.filter((record, index) => {
    const trouble = troubleOf(record);
    const isFirst = record.severity !== 'note' && !seen.has(trouble);
    seen.add(trouble);
    return index >= newest || isFirst || kept.has(record);
  });
}
