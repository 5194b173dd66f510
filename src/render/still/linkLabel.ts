/*
 * The figures of a link: generation and width, then for each direction an arrow, GB/s on the wire, a meter and
 * per cent. An idle link collapses to one line. Drawn once, then only texts and widths change.
 */
import { fixedText, NO_VALUE, percentText, rateText } from '../../base/format.ts';
import type { LinkShape } from '../layout/sceneModel.ts';
import type { DirectionLoad, FlowClass, LinkLoad } from '../live/linkLoad.ts';
import type { Brush, Group, TextElement } from './brush.ts';

const ROW_PITCH = 16;
const FIRST_ROW = 18;
const METER_WIDTH = 36;
const METER_HEIGHT = 4;
/** Columns of a row: arrow, right edge of the number, meter, right edge of the per cent. */
const FULL_COLUMNS = { number: 47, meter: 53, percent: 139 } as const;
const SHORT_COLUMNS = { number: 46, meter: undefined, percent: 92 } as const;
const TITLE_ROOM = 40;
const CHIP_WIDTH = 36;
/** Less prints as 0.00 GB/s. */
const LEAST_PRINTED = 5e6;
const CHIP_HEIGHT = 16;
const ARROWS = ['M4 -7.5V1.5M0.8 -1.7L4 1.5L7.2 -1.7', 'M4 1.5V-7.5M0.8 -4.3L4 -7.5L7.2 -4.3'] as const;
const FLOWS: readonly FlowClass[] = ['p2p', 'bounce', 'neutral'];

interface RowView {
  readonly group: Group;
  readonly arrow: Group;
  readonly number: TextElement;
  readonly fill: SVGRectElement | undefined;
  readonly percent: TextElement;
}

export class LinkLabel {
  readonly link: number;
  readonly #group: Group;
  readonly #title: TextElement;
  readonly #note: TextElement;
  readonly #chip: Group | undefined;
  readonly #rows: readonly (RowView | undefined)[];
  readonly #compact: TextElement | undefined;
  readonly #alwaysFigures: boolean;
  readonly #name: string;
  readonly #titleWidth: number;
  #isIdle: boolean | undefined;
  #isLimit = false;

  /** Draws the label. @param link index in the machine's links; −1 before there is a machine. */
  constructor(brush: Brush, parent: Group, shape: LinkShape, link: number) {
    this.link = link;
    const { label } = shape;
    const roomPx = label.width * brush.perWorld();
    const columns = roomPx >= FULL_COLUMNS.percent ? FULL_COLUMNS : SHORT_COLUMNS;
    const hasRows = brush.geometry.density === 'full' && roomPx >= SHORT_COLUMNS.percent;
    const isCompact = brush.geometry.density === 'compact' && roomPx >= 70;
    const shownWidth = hasRows ? columns.percent : roomPx;
    const scale = brush.detail.textScale;
    const x = label.side === 'right' ? label.x : label.x - (hasRows ? shownWidth * scale : 0);
    this.#group = brush.group(parent).attr('transform', `translate(${x} ${label.y}) scale(${scale})`);
    const anchor = label.side === 'left' && !hasRows ? ({ anchor: 'end' } as const) : {};
    const inPixels = new PixelBrush(brush);
    this.#name = `Gen${shape.gen} x${shape.lanes}`;
    this.#titleWidth = brush.measure(this.#name, { sizePx: 12.5, weight: 600, family: 'sans' });
    const isShown = roomPx >= TITLE_ROOM;
    this.#title = inPixels.text(this.#group, { x: 0, y: 0, style: 'linkTitle', ...anchor });
    this.#note = inPixels.text(this.#group, { x: this.#titleWidth + 5, y: 0, style: 'linkFigure', tone: 'pl-t3' });
    this.#alwaysFigures = shape.isUplink;
    this.#rows = hasRows ? [0, 1].map((direction) => this.#row(inPixels, direction, columns)) : [];
    this.#chip = isShown && !isCompact ? this.#limitChip(inPixels) : undefined;
    this.#compact = isCompact
      ? inPixels.text(this.#group, { x: 0, y: 15, style: 'small', tone: 'pl-t3', ...anchor })
      : undefined;
    if (!isShown) this.#group.attr('display', 'none');
    this.#setIdle(true, link < 0 ? NO_VALUE : 'idle');
  }

  /** Shows a load. @param isLimit it is the link that limits the machine. */
  update(load: LinkLoad, isLimit: boolean): void {
    const busy = load.directions.some((direction) => direction.wireBytesPerSecond > 0);
    this.#setIdle(!busy, 'idle');
    if (busy || this.#alwaysFigures) this.#showFigures(load);
    if (isLimit !== this.#isLimit) {
      this.#isLimit = isLimit;
      this.#chip?.attr('display', isLimit ? 'inline' : 'none');
    }
  }

  #showFigures(load: LinkLoad): void {
    // Up above down, as in the drawing.
    this.#showRow(this.#rows[0], load.directions[1]);
    this.#showRow(this.#rows[1], load.directions[0]);
    if (this.#compact === undefined) return;
    const [down, up] = load.directions;
    const main = up.wireBytesPerSecond > down.wireBytesPerSecond ? up : down;
    const words = main === up ? 'up' : 'down';
    setText(this.#title, rateText(main.wireBytesPerSecond));
    const isIdle = main.wireBytesPerSecond < LEAST_PRINTED;
    setText(this.#compact, isIdle ? 'idle' : `${words}, ${percentText(main.fraction, 0)}`);
  }

  #showRow(row: RowView | undefined, load: DirectionLoad): void {
    if (row === undefined) return;
    setText(row.number, fixedText(load.wireBytesPerSecond / 1e9, 2));
    setText(row.percent, percentText(load.fraction));
    const strong = load.flow !== 'neutral';
    row.number.classed('pl-t3', !strong).attr('font-weight', strong ? 500 : 400);
    for (const flow of FLOWS) {
      row.arrow.classed(`pl-arrow-${flow}`, load.flow === flow);
      row.fill?.classList.toggle(`pl-fill-${flow}`, load.flow === flow);
    }
    row.fill?.setAttribute('width', String(Math.round(load.fraction * METER_WIDTH * 10) / 10));
  }

  /** One line when idle; without room for rows always one line. */
  #setIdle(idle: boolean, note: string): void {
    if (idle === this.#isIdle) return;
    this.#isIdle = idle;
    const figures = this.#rows.length > 0 && (!idle || (this.#alwaysFigures && this.link >= 0));
    for (const row of this.#rows) row?.group.attr('display', figures ? 'inline' : 'none');
    if (this.#compact !== undefined) {
      const isShown = !idle || (this.#alwaysFigures && this.link >= 0);
      this.#group.attr('display', isShown ? 'inline' : 'none');
      return;
    }
    setText(this.#title, this.#name);
    setText(this.#note, idle && !figures ? note : '');
  }

  #row(brush: PixelBrush, direction: number, columns: typeof FULL_COLUMNS | typeof SHORT_COLUMNS): RowView {
    const group = brush.group(this.#group).attr('transform', `translate(0 ${FIRST_ROW + direction * ROW_PITCH})`);
    const arrow = brush.group(group, 'pl-arrow');
    arrow.append('path').attr('d', ARROWS[direction === 0 ? 1 : 0]);
    const number = brush.text(group, { x: columns.number, y: 1, style: 'linkFigure', anchor: 'end' });
    const percent = brush.text(group, { x: columns.percent, y: 1, style: 'small', tone: 'pl-t3', anchor: 'end' });
    let fill: SVGRectElement | undefined;
    if (columns.meter !== undefined) {
      const meter = { x: columns.meter, y: -METER_HEIGHT / 2 - 3, width: METER_WIDTH, height: METER_HEIGHT };
      brush.fill(group, meter, 'pl-meter');
      fill = brush.fill(group, { ...meter, width: 0 }, 'pl-fill-neutral');
    }
    return { group, arrow, number, percent, fill };
  }

  #limitChip(brush: PixelBrush): Group {
    const chip = brush.group(this.#group).attr('display', 'none');
    const x = this.#titleWidth + 7;
    brush.fill(chip, { x, y: -12.5, width: CHIP_WIDTH, height: CHIP_HEIGHT }, 'pl-inverse', 4);
    brush.text(chip, { x: x + CHIP_WIDTH / 2, y: -0.5, style: 'chip', tone: 'pl-ink', anchor: 'middle' }).text('limit');
    return chip;
  }
}

/** Draws in CSS pixels inside a group that is scaled as a whole. */
class PixelBrush {
  readonly #brush: Brush;

  constructor(brush: Brush) {
    this.#brush = brush;
  }

  group(parent: Group, className = ''): Group {
    return this.#brush.group(parent, className);
  }

  fill(
    parent: Group,
    rect: { x: number; y: number; width: number; height: number },
    className: string,
    radius = 0,
  ): SVGRectElement | undefined {
    return this.#brush.fill(parent, rect, className, radius).node() ?? undefined;
  }

  text(parent: Group, parts: Omit<Parameters<Brush['text']>[1], 'text'>): TextElement {
    const text = this.#brush.text(parent, { ...parts, text: '' });
    return text.attr('font-size', Number(text.attr('font-size')) / this.#brush.detail.textScale);
  }
}

/** Touches the page only when the text is another. */
export function setText(element: TextElement | undefined, text: string): void {
  const node = element?.node();
  if (node !== undefined && node !== null && node.textContent !== text) node.textContent = text;
}
