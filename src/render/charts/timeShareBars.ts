/*
 * Stacked bars: how one direction of a link spent its time. The whole bar is the link's rate; headers are hatched.
 * The list of parts with GB/s is a table; where only the bars are shown, the table stays for assistive technology.
 */
import './charts.css';
import { NO_VALUE, rateFigure } from '../../base/format.ts';
import { at } from '../../base/invariant.ts';
import type { LinkTimeShare } from '../../engine/protocol.ts';
import { addHtml, flowOfWay, setText } from './chartDom.ts';
import type { CreateTimeShareBars, TimeShareRow } from './chartHandles.ts';

interface Part {
  readonly label: string;
  readonly className: string;
  readonly fraction: (share: LinkTimeShare) => number;
}

const PARTS: readonly Part[] = [
  { label: 'Payload', className: 'pl-part-payload', fraction: (share) => share.payload },
  { label: 'Headers and framing', className: 'pl-part-headers', fraction: (share) => share.headers },
  { label: 'DLLPs and skip sets', className: 'pl-part-link', fraction: (share) => share.dllps + share.skip },
  { label: 'Waiting for credits', className: 'pl-part-stall', fraction: (share) => share.creditStall },
  { label: 'Idle', className: 'pl-part-idle', fraction: (share) => share.idle },
];

interface Drawn {
  readonly labels: string;
  readonly bars: readonly (readonly HTMLElement[])[];
  /** By part, by row. */
  readonly figures: readonly (readonly HTMLElement[])[];
}

function drawBars(root: HTMLElement, rows: readonly TimeShareRow[]): readonly (readonly HTMLElement[])[] {
  return rows.map((row) => {
    const line = addHtml(root, 'div', 'pl-share-row');
    line.setAttribute('aria-hidden', 'true');
    addHtml(line, 'span', 'pl-share-name', row.label);
    const bar = addHtml(line, 'div', 'pl-share-bar');
    return PARTS.map((part) => {
      const element = addHtml(bar, 'div', `pl-share-part ${part.className}`);
      element.dataset['flow'] = flowOfWay(row.way);
      return element;
    });
  });
}

function drawTable(table: HTMLTableElement, rows: readonly TimeShareRow[]): readonly (readonly HTMLElement[])[] {
  const head = addHtml(addHtml(table, 'thead'), 'tr');
  addHtml(head, 'th', '', 'GB/s').scope = 'col';
  for (const row of rows) addHtml(head, 'th', 'pl-figure', row.label).scope = 'col';
  const body = addHtml(table, 'tbody');
  return PARTS.map((part) => {
    const line = addHtml(body, 'tr');
    const name = addHtml(line, 'th');
    name.scope = 'row';
    addHtml(name, 'span', `pl-swatch ${part.className}`).setAttribute('aria-hidden', 'true');
    name.append(part.label);
    return rows.map(() => addHtml(line, 'td', 'pl-figure', NO_VALUE));
  });
}

export const createTimeShareBars: CreateTimeShareBars = (container, { label, variant }) => {
  const root = addHtml(container, 'div', 'pl-shares');
  let drawn: Drawn | undefined;

  const rebuild = (rows: readonly TimeShareRow[], labels: string): Drawn => {
    root.replaceChildren();
    const bars = drawBars(root, rows);
    const table = addHtml(root, 'table', variant === 'figures' ? 'pl-share-table' : 'pl-chart-table');
    addHtml(table, 'caption', 'pl-chart-table', label);
    return { labels, bars, figures: drawTable(table, rows) };
  };

  return {
    setRows(rows) {
      const labels = rows.map((row) => `${row.label}/${row.way}`).join();
      if (drawn?.labels !== labels) drawn = rebuild(rows, labels);
      for (const [index, row] of rows.entries()) {
        for (const [place, part] of PARTS.entries()) {
          const fraction = part.fraction(row.share);
          at(at(drawn.bars, index), place).style.width = `${(fraction * 100).toFixed(2)}%`;
          setText(at(at(drawn.figures, place), index), rateFigure(fraction * row.bytesPerSecond).value);
        }
      }
    },
    dispose() {
      root.remove();
    },
  };
};
