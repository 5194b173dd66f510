import type { KeyboardEvent, RefCallback } from 'react';
import { integerText } from '../../base/format.ts';
import { requestRecord, transactionOf } from '../../store/inspectJoin.ts';
import type { ListColumn } from '../../store/inspectStore.ts';
import { cellText, COLUMN_WORDS, markOf, type RowSource } from './rowCells.ts';
import { rowForKey, type ListScroll } from './useListScroll.ts';
import type { ListFound } from './usePacketRows.ts';

const WORD_COLUMNS: ReadonlySet<ListColumn> = new Set(['link', 'status', 'flow']);
const FIGURE_COLUMNS: ReadonlySet<ListColumn> = new Set(['no', 'time', 'length', 'latency']);

export interface RowRange {
  readonly from: number;
  readonly to: number;
}

interface PacketTableProps {
  readonly source: RowSource;
  readonly found: ListFound;
  readonly columns: readonly ListColumn[];
  /** The element that is measured and turned by the wheel. */
  readonly area: RefCallback<HTMLElement>;
  readonly scroll: ListScroll;
  /** The first record that is later than the clock; Infinity = none. */
  readonly later: number;
  readonly isTransactions: boolean;
  /** Record shown in detail; −1 = none. */
  readonly selected: number;
  /** Rows chosen for export, both ends inclusive. */
  readonly range: RowRange | undefined;
  readonly onSelect: (row: number, extend: boolean) => void;
  readonly onFollow: () => void;
  readonly onCopy: () => void;
}

function className(column: ListColumn): string {
  if (WORD_COLUMNS.has(column)) return `cell-${column} words`;
  return FIGURE_COLUMNS.has(column) ? `cell-${column} figure` : `cell-${column}`;
}

/** Rows later than the clock are quiet, and the first of them has a line above it. */
function classNames(isCurrent: boolean, isChosen: boolean, row: number, laterRow: number): string | undefined {
  const names = [
    isCurrent ? 'tlp-current' : isChosen ? 'tlp-chosen' : '',
    row >= laterRow ? 'tlp-later' : '',
    row === laterRow ? 'tlp-now' : '',
  ].filter((name) => name !== '');
  return names.length === 0 ? undefined : names.join(' ');
}

function Cell({
  source,
  record,
  column,
}: {
  readonly source: RowSource;
  readonly record: number;
  readonly column: ListColumn;
}) {
  const text = cellText(source, record, column);
  return (
    <td className={className(column)} title={WORD_COLUMNS.has(column) ? text : undefined}>
      {column === 'type' ? (
        <span className={`packet-mark mark-${markOf(source.log, record)}`} aria-hidden="true" />
      ) : undefined}
      {text}
    </td>
  );
}

/** Completions of a request in a row, where transactions are listed. */
function Answers({ source, record }: { readonly source: RowSource; readonly record: number }) {
  const { completions, answeredBytes } = transactionOf(source.log, record);
  return (
    <td className="cell-answers figure">
      {source.log.isPosted(record)
        ? 'none needed'
        : `${integerText(completions.length)}, ${integerText(answeredBytes)} B`}
    </td>
  );
}

/** Crossings of links or transactions; only the rows in sight exist. */
export function PacketTable(props: PacketTableProps) {
  const { area, source, found, columns, scroll, isTransactions, selected, range, onSelect, onFollow, onCopy } = props;
  const { rows } = found;
  const laterRow = props.later === Infinity ? Infinity : rows.rowFrom(props.later);
  const shown = Array.from(
    { length: Math.min(scroll.visible, rows.end - scroll.top) },
    (_, index) => scroll.top + index,
  );
  const selectedRow = selected < 0 ? -1 : rows.rowOf(selected);
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') {
      event.preventDefault();
      onFollow();
      return;
    }
    if (event.key === 'c' && !event.altKey && selectedRow >= 0) {
      // With or without Ctrl: the row, as no text is selected here.
      event.preventDefault();
      onCopy();
      return;
    }
    const current = selectedRow < 0 ? (event.key === 'ArrowUp' ? rows.end : rows.first - 1) : selectedRow;
    const next = rowForKey(event.key, current, Math.max(1, scroll.visible - 1), rows.first, rows.end);
    if (next === undefined) return;
    event.preventDefault();
    onSelect(next, event.shiftKey);
    scroll.reveal(next);
  };
  return (
    // A scrolling region has to be reachable with the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section
      ref={area}
      className="tlp-scroll"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      aria-label={isTransactions ? 'Transactions' : 'Packets'}
      onKeyDown={onKey}
    >
      <table className="tlps" aria-rowcount={rows.end - rows.first}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col" className={className(column)}>
                {COLUMN_WORDS[column]}
              </th>
            ))}
            {isTransactions ? (
              <th scope="col" className="cell-answers figure">
                Answers
              </th>
            ) : undefined}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => {
            const record = rows.record(row);
            const isCurrent = row === selectedRow;
            const isChosen = range !== undefined && row >= range.from && row <= range.to;
            return (
              // The region above takes the keys; a press is the pointer's way.
              // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
              <tr
                key={row}
                className={classNames(isCurrent, isChosen, row, laterRow)}
                aria-current={isCurrent ? 'true' : undefined}
                aria-rowindex={row - rows.first + 2}
                onClick={(event) => onSelect(row, event.shiftKey)}
                onDoubleClick={onFollow}
              >
                {columns.map((column) => (
                  <Cell key={column} source={source} record={record} column={column} />
                ))}
                {isTransactions ? <Answers source={source} record={record} /> : undefined}
                {row === laterRow ? (
                  <td className="now-mark">
                    <span>now</span>
                  </td>
                ) : undefined}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

/** The other end of a transaction: the first completion of a request, the request of a completion; −1 = none kept. */
export function otherEnd(source: RowSource, record: number): number {
  const { log } = source;
  if (log.isCpuAccess(record)) return -1;
  if (log.isCompletion(record)) return requestRecord(log, record);
  return transactionOf(log, record).completions[0] ?? -1;
}
