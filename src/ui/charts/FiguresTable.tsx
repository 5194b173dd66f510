/*
 * The figures behind a drawing as a table to be read. While the machine runs it is written once a second, straight into
 * its cells.
 */
import { useRef } from 'react';
import { fixedText, NO_VALUE } from '../../base/format.ts';
import { useLive } from '../widgets/Live.tsx';
import type { ChartTable } from './export.ts';
import '../styles/charts.css';

interface FiguresTableProps {
  readonly title: string;
  readonly table: () => ChartTable;
  /** Digits after the point, by column. */
  readonly decimals: (column: number) => number;
}

const TABLE_HZ = 1;

function cellText(value: string | number | undefined, decimals: number): string {
  if (value === undefined) return NO_VALUE;
  return typeof value === 'number' ? fixedText(value, decimals) : value;
}

/** Makes a row of cells say these texts. */
function fillRow(row: HTMLTableRowElement, texts: readonly string[], kind: 'th' | 'td'): void {
  while (row.cells.length > texts.length) row.deleteCell(-1);
  texts.forEach((text, index) => {
    const isHeading = kind === 'th' || index === 0;
    const cell = row.cells[index] ?? row.appendChild(document.createElement(isHeading ? 'th' : 'td'));
    if (isHeading) cell.setAttribute('scope', kind === 'th' ? 'col' : 'row');
    if (cell.textContent !== text) cell.textContent = text;
  });
}

export function FiguresTable({ title, table, decimals }: FiguresTableProps) {
  const head = useRef<HTMLTableSectionElement>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  useLive(() => {
    if (head.current === null || body.current === null) return;
    const { columns, rows } = table();
    fillRow(head.current.rows[0] ?? head.current.insertRow(), columns, 'th');
    const { rows: shown } = body.current;
    while (shown.length > rows.length) body.current.deleteRow(-1);
    for (const [index, row] of rows.entries()) {
      const texts = row.map((value, column) => cellText(value, decimals(column)));
      fillRow(shown[index] ?? body.current.insertRow(), texts, 'td');
    }
  }, TABLE_HZ);
  return (
    // Long tables scroll, and a region that scrolls must be reachable.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="figures-scroll" tabIndex={0} aria-label={`${title}, figures`}>
      <table className="figures-table">
        <caption className="visually-hidden">{title}</caption>
        <thead ref={head} />
        <tbody ref={body} />
      </table>
    </section>
  );
}
