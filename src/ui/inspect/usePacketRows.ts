import { useMemo, useRef, useState } from 'react';
import { asksForStatus, compileFilter, type FilterNames } from '../../store/inspectFilter.ts';
import { parseFilter, type FilterError } from '../../store/inspectFilterText.ts';
import type { PacketLog } from '../../store/inspectLog.ts';
import { PacketRows, type RowLevel } from '../../store/inspectRows.ts';
import { TransferRows } from '../../store/inspectTransfers.ts';
import { usePlayer } from '../model.ts';
import { useEvery } from '../widgets/Live.tsx';

const LOOK_HZ = 10;
/** Records looked at between two looks at the clock, and how long one turn may take. */
const SLICE_RECORDS = 8192;
const TURN_MS = 6;

export interface ListFound {
  readonly rows: PacketRows;
  readonly transfers: TransferRows | undefined;
  /** Changes with the rows: what was drawn from them is old. */
  readonly version: number;
}

export interface FilterState {
  readonly error: FilterError | undefined;
  /** The answers of requests decide what is listed. */
  readonly asksForStatus: boolean;
}

interface Made extends FilterState {
  readonly rows: PacketRows | undefined;
  readonly transfers: TransferRows | undefined;
}

function make(log: PacketLog | undefined, level: RowLevel | 'transfers', filter: string, names: FilterNames): Made {
  const tree = parseFilter(filter);
  const nothing = { rows: undefined, transfers: undefined, asksForStatus: false };
  if (!tree.ok) return { ...nothing, error: tree.error };
  if (log === undefined) return { ...nothing, error: undefined };
  const test = compileFilter(tree.value, log, names);
  if (!test.ok) return { ...nothing, error: test.error };
  const rows = new PacketRows(log, level === 'transfers' ? 'packets' : level, test.value);
  const asks = asksForStatus(tree.value) || (level === 'transactions' && tree.value.kind !== 'all');
  return {
    rows,
    transfers: level === 'transfers' ? new TransferRows(rows) : undefined,
    error: undefined,
    asksForStatus: asks,
  };
}

/** Looks for so long and no longer. @returns whether rows came or went, or there is nothing left to look at. */
function lookOnce({ rows, transfers }: Made): boolean {
  if (rows === undefined) return false;
  const until_ms = performance.now() + TURN_MS;
  const hadWork = rows.waiting > 0;
  let changed = false;
  do {
    changed = rows.advance(SLICE_RECORDS) || changed;
    transfers?.advance();
  } while (rows.waiting > 0 && performance.now() < until_ms);
  return changed || (hadWork && rows.waiting === 0);
}

/** The rows that pass a filter, kept up with the machine, a few milliseconds at a time. */
export function usePacketRows(
  log: PacketLog | undefined,
  level: RowLevel | 'transfers',
  filter: string,
  names: FilterNames,
): { readonly found: ListFound | undefined; readonly filter: FilterState } {
  const made = useMemo(() => make(log, level, filter, names), [log, level, filter, names]);
  const [shown, setShown] = useState<{ readonly made: Made; readonly version: number }>();
  const playing = usePlayer((state) => state.phase === 'playing');
  /** End of the log when answers were last taken into account with the clock standing. */
  const settled = useRef(-1);
  useEvery(LOOK_HZ, () => {
    const { rows } = made;
    if (rows === undefined) return;
    if (!playing && made.asksForStatus && rows.waiting === 0 && settled.current !== rows.log.end) {
      settled.current = rows.log.end;
      rows.rescan();
    }
    if (lookOnce(made)) setShown((before) => ({ made, version: (before?.version ?? 0) + 1 }));
  });
  const version = shown?.made === made ? shown.version : 0;
  const found = useMemo(
    () => (made.rows === undefined ? undefined : { rows: made.rows, transfers: made.transfers, version }),
    [made, version],
  );
  return { found, filter: made };
}
