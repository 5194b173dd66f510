/*
 * Where did my GB/s go: how a direction of a link spent its time, as stacked bars, and the same as figures in a
 * table. Headers are always hatched.
 */
import './charts.css';
import { fixedText } from '../../base/format.ts';
import type { LinkTimeShare } from '../../engine/protocol.ts';
import type { CreateTimeShareBars, TimeShareHandle, TimeShareRow } from './chartHandles.ts';

interface Part {
  readonly name: string;
  readonly className: (row: TimeShareRow | undefined) => string;
  readonly share: (share: LinkTimeShare) => number;
  /** Its row is there only where it is more than nothing. */
  readonly optional?: boolean;
}

const PARTS: readonly Part[] = [
  {
    name: 'Payload',
    className: (row) => (row === undefined ? 'pl-part-both' : row.way === 'p2p' ? 'pl-part-p2p' : 'pl-part-bounce'),
    share: (share) => share.payload,
  },
  {
    name: 'Headers and framing',
    className: () => 'pl-part-headers',
    share: (share) => share.headers + (share.framing ?? 0),
  },
  { name: 'DLLPs and skip sets', className: () => 'pl-part-dllps', share: (share) => share.dllps + share.skip },
  { name: 'Sent again', className: () => 'pl-part-replay', share: (share) => share.replay ?? 0, optional: true },
  { name: 'Credit stall', className: () => 'pl-part-stall', share: (share) => share.creditStall },
  { name: 'Idle', className: () => 'pl-part-idle', share: (share) => share.idle },
];

/** Of an optional part: less would read 0.00. */
const LEAST_SHOWN = 5e-4;

interface RowView {
  readonly label: string;
  readonly way: string;
  readonly parts: readonly HTMLElement[];
  readonly cells: readonly HTMLElement[];
}

class Bars implements TimeShareHandle {
  readonly #element: HTMLDivElement;
  readonly #label: string;
  readonly #showsFigures: boolean;
  #views: readonly RowView[] = [];
  #lines: readonly HTMLTableRowElement[] = [];

  constructor(container: HTMLElement, options: { readonly label: string; readonly variant: 'figures' | 'bars' }) {
    this.#element = document.createElement('div');
    this.#element.className = 'pl-shares';
    this.#label = options.label;
    this.#showsFigures = options.variant === 'figures';
    container.append(this.#element);
    this.#build([]);
  }

  setRows(rows: readonly TimeShareRow[]): void {
    const isSame =
      rows.length === this.#views.length &&
      rows.every((row, index) => row.label === this.#views[index]?.label && row.way === this.#views[index]?.way);
    if (!isSame) this.#build(rows);
    PARTS.forEach((part, at) => {
      const line = this.#lines[at];
      if (line !== undefined && part.optional === true)
        line.hidden = rows.every((row) => part.share(row.share) < LEAST_SHOWN);
    });
    rows.forEach((row, index) => {
      PARTS.forEach((part, at) => {
        const share = part.share(row.share);
        const view = this.#views[index];
        const bar = view?.parts[at];
        if (bar !== undefined) {
          bar.style.flexGrow = String(share);
          bar.hidden = share === 0;
        }
        const cell = view?.cells[at];
        const text = fixedText((share * row.bytesPerSecond) / 1e9, 2);
        if (cell !== undefined && cell.textContent !== text) cell.textContent = text;
      });
    });
  }

  dispose(): void {
    this.#element.remove();
  }

  #build(rows: readonly TimeShareRow[]): void {
    this.#element.replaceChildren();
    const bars = rows.map((row) => this.#bar(row));
    const { table, cells } = this.#table(rows);
    this.#element.append(table);
    this.#views = rows.map((row, index) => ({
      label: row.label,
      way: row.way,
      parts: bars[index] ?? [],
      cells: cells[index] ?? [],
    }));
  }

  #bar(row: TimeShareRow): readonly HTMLElement[] {
    const line = document.createElement('div');
    line.className = 'pl-share-row';
    line.setAttribute('aria-hidden', 'true');
    const name = document.createElement('span');
    name.className = 'pl-share-name';
    name.textContent = row.label;
    const bar = document.createElement('div');
    bar.className = 'pl-share-bar';
    const parts = PARTS.map((part) => {
      const element = document.createElement('div');
      element.className = `pl-share-part ${part.className(row)}`;
      // Growth from nothing: the width is exactly the share.
      element.style.flexBasis = '0';
      bar.append(element);
      return element;
    });
    line.append(name, bar);
    this.#element.append(line);
    return parts;
  }

  #table(rows: readonly TimeShareRow[]): { table: HTMLTableElement; cells: readonly (readonly HTMLElement[])[] } {
    const table = document.createElement('table');
    table.className = this.#showsFigures ? 'pl-share-table' : 'pl-figures';
    const caption = table.createCaption();
    caption.className = 'pl-figures';
    caption.textContent = `${this.#label} GB/s`;
    const head = table.createTHead().insertRow();
    for (const text of ['', ...rows.map((row) => row.label)]) {
      const cell = document.createElement(text === '' ? 'td' : 'th');
      if (text !== '') cell.setAttribute('scope', 'col');
      cell.textContent = text;
      head.append(cell);
    }
    const body = table.createTBody();
    const cells: HTMLElement[][] = rows.map(() => []);
    const lines: HTMLTableRowElement[] = [];
    for (const part of PARTS) {
      const line = body.insertRow();
      lines.push(line);
      const name = document.createElement('th');
      name.scope = 'row';
      const swatch = document.createElement('span');
      swatch.className = `pl-share-swatch ${part.className(rows.length === 1 ? rows[0] : undefined)}`;
      name.append(swatch, part.name);
      line.append(name);
      rows.forEach((_, index) => {
        const cell = line.insertCell();
        cells[index]?.push(cell);
      });
    }
    this.#lines = lines;
    return { table, cells };
  }
}

/** Stacked bars in a container. */
export const createTimeShareBars: CreateTimeShareBars = (container, options) => new Bars(container, options);
