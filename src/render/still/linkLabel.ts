/*
 * The figures of a link: generation and width, then for each direction an arrow, GB/s on the wire, a meter and
 * per cent. An idle link collapses to one line. Drawn once, then only texts and widths change.
 */
import { fixedText, NO_VALUE, percentText, rateText } from '../../base/format.ts';
import type { LinkShape } from '../layout/sceneModel.ts';
import type { DirectionLoad, FlowClass, LinkLoad } from '../live/linkLoad.ts';
import type { Brush, Group, TextElement } from './brush.ts';
import { TEXT } from './textFit.ts';

const ROW_PITCH = 16;
const FIRST_ROW = 18;
const METER_WIDTH = 36;
const METER_HEIGHT = 4;
/** Rounds to 100.0 %. */
const FULL_FRACTION = 0.9995;
/** Columns of a row: arrow, right edge of the number, meter, right edge of the per cent. */
const FULL_COLUMNS = { number: 47, meter: 53, percent: 139 } as const;
const SHORT_COLUMNS = { number: 46, meter: undefined, percent: 92 } as const;
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

/**
 * What fits: `rows` for both directions, `lines` (the busier direction in two lines), one `line` that names the
 * link or says what it carries, or nothing.
 */
type Form = 'rows' | 'lines' | 'line' | 'none';

const LINES_ROOM = 66;
const LINE_ROOM = 30;
const TITLE_STYLE = TEXT.linkTitle;
const NOTE_STYLE = TEXT.linkFigure;
const NOTE_GAP = 5;

function formFor(brush: Brush, roomPx: number): Form {
  if (brush.geometry.density === 'full' && roomPx >= SHORT_COLUMNS.percent) return 'rows';
  if (brush.geometry.density === 'compact' && roomPx >= LINES_ROOM) return 'lines';
  return roomPx >= LINE_ROOM ? 'line' : 'none';
}

export class LinkLabel {
  readonly link: number;
  readonly #brush: Brush;
  readonly #form: Form;
  readonly #isLeft: boolean;
  readonly #widthPx: number;
  readonly #group: Group;
  readonly #title: TextElement;
  readonly #note: TextElement;
  readonly #chip: Group | undefined;
  readonly #rows: readonly RowView[];
  readonly #second: TextElement | undefined;
  readonly #isUplink: boolean;
  readonly #name: string;
  #shown = '';
  #isLimit = false;

  /** Draws the label, where there is room for one. @param link index in the machine's links; −1 before there is a machine. */
  static make(brush: Brush, parent: Group, shape: LinkShape, link: number): LinkLabel | undefined {
    const hasRoom = formFor(brush, shape.label.width * brush.perWorld()) !== 'none';
    return hasRoom ? new LinkLabel(brush, parent, shape, link) : undefined;
  }

  private constructor(brush: Brush, parent: Group, shape: LinkShape, link: number) {
    this.link = link;
    this.#brush = brush;
    const { label } = shape;
    const roomPx = label.width * brush.perWorld();
    const columns = roomPx >= FULL_COLUMNS.percent ? FULL_COLUMNS : SHORT_COLUMNS;
    this.#form = formFor(brush, roomPx);
    this.#isLeft = label.side === 'left';
    this.#widthPx = this.#form === 'rows' ? columns.percent : roomPx;
    this.#isUplink = shape.isUplink;
    this.#name = `Gen${shape.gen} x${shape.lanes}`;
    const scale = brush.detail.textScale;
    const x = this.#isLeft ? label.x - this.#widthPx * scale : label.x;
    this.#group = brush.group(parent).attr('transform', `translate(${x} ${label.y}) scale(${scale})`);
    const inPixels = new PixelBrush(brush);
    const anchor = this.#isLeft ? ({ anchor: 'end' } as const) : {};
    this.#title = inPixels.text(this.#group, { x: 0, y: 0, style: 'linkTitle', ...anchor });
    this.#note = inPixels.text(this.#group, { x: 0, y: 0, style: 'linkFigure', tone: 'pl-t3', ...anchor });
    this.#rows = this.#form === 'rows' ? [0, 1].map((row) => this.#row(inPixels, row, columns)) : [];
    this.#chip = this.#form === 'rows' ? this.#limitChip(inPixels) : undefined;
    const secondX = this.#isLeft ? this.#widthPx : 0;
    this.#second =
      this.#form === 'lines'
        ? inPixels.text(this.#group, { x: secondX, y: 15, style: 'small', tone: 'pl-t3', ...anchor })
        : undefined;
    this.#showRows(false);
    this.#showTitle(this.#name, link < 0 ? NO_VALUE : 'idle');
    if (this.#form !== 'rows' && !brush.namesIdleLinks) this.#setVisible(false);
  }

  /** Shows a load. @param isLimit it is the link that limits the machine. */
  update(load: LinkLoad, isLimit: boolean): void {
    const [down, up] = load.directions;
    const isBusy = down.wireBytesPerSecond > 0 || up.wireBytesPerSecond > 0;
    const showsFigures = isBusy || this.#isUplink;
    if (isLimit !== this.#isLimit) {
      this.#isLimit = isLimit;
      this.#chip?.attr('display', isLimit ? 'inline' : 'none');
    }
    if (this.#form === 'rows') {
      this.#showTitle(this.#name, showsFigures ? '' : 'idle');
      this.#showRows(showsFigures);
      this.#showRow(this.#rows[0], up);
      this.#showRow(this.#rows[1], down);
    } else this.#showLines(down, up, showsFigures);
  }

  /** The busier direction, or the name of an idle link. */
  #showLines(down: DirectionLoad, up: DirectionLoad, showsFigures: boolean): void {
    const main = up.wireBytesPerSecond > down.wireBytesPerSecond ? up : down;
    const isIdle = main.wireBytesPerSecond < LEAST_PRINTED;
    const hasRoom = this.#form === 'lines';
    this.#setVisible((showsFigures && (hasRoom || !isIdle)) || this.#brush.namesIdleLinks);
    const words = isIdle ? 'idle' : `${main === up ? 'up' : 'down'}, ${percentText(main.fraction, 0)}`;
    if (!showsFigures || (isIdle && (!hasRoom || this.#brush.namesIdleLinks))) {
      this.#showTitle(this.#name, hasRoom ? '' : 'idle');
      setText(this.#second, hasRoom ? 'idle' : '');
      return;
    }
    const rate = rateText(main.wireBytesPerSecond);
    const fits = this.#brush.measure(rate, TITLE_STYLE) <= this.#widthPx;
    this.#showTitle(fits ? rate : fixedText(main.wireBytesPerSecond / 1e9, 1), '');
    setText(this.#second, words);
  }

  /** A title, and a quiet word after it where there is room; both end at the link if they stand at its left. */
  #showTitle(title: string, note: string): void {
    const key = `${title}|${note}|${this.#isLimit ? 'limit' : ''}`;
    if (key === this.#shown) return;
    this.#shown = key;
    const titlePx = this.#brush.measure(title, TITLE_STYLE);
    const notePx = note === '' ? 0 : this.#brush.measure(note, NOTE_STYLE) + NOTE_GAP;
    const showsNote = note !== '' && titlePx + notePx <= this.#widthPx;
    const chipPx = this.#isLimit ? CHIP_WIDTH + 2 * NOTE_GAP : 0;
    const afterPx = showsNote ? notePx : chipPx;
    this.#title.attr('x', this.#isLeft ? this.#widthPx - afterPx : 0);
    this.#note.attr('x', this.#isLeft ? this.#widthPx : titlePx + NOTE_GAP);
    const chipX = this.#isLeft ? this.#widthPx - CHIP_WIDTH : titlePx + NOTE_GAP + 2;
    this.#chip?.attr('transform', `translate(${chipX} 0)`);
    setText(this.#title, titlePx <= this.#widthPx ? title : '');
    setText(this.#note, showsNote ? note : '');
  }

  #setVisible(visible: boolean): void {
    this.#group.attr('display', visible ? null : 'none');
  }

  #showRows(visible: boolean): void {
    for (const row of this.#rows) row.group.attr('display', visible ? null : 'none');
  }

  #showRow(row: RowView | undefined, load: DirectionLoad): void {
    if (row === undefined) return;
    setText(row.number, fixedText(load.wireBytesPerSecond / 1e9, 2));
    // Four digits and a unit would touch the rate beside them.
    setText(row.percent, percentText(load.fraction, load.fraction >= FULL_FRACTION ? 0 : 1));
    const strong = load.flow !== 'neutral';
    row.number.classed('pl-t3', !strong).attr('font-weight', strong ? 500 : 400);
    for (const flow of FLOWS) {
      row.arrow.classed(`pl-arrow-${flow}`, load.flow === flow);
      row.fill?.classList.toggle(`pl-fill-${flow}`, load.flow === flow);
    }
    row.fill?.setAttribute('width', String(Math.round(load.fraction * METER_WIDTH * 10) / 10));
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
    brush.fill(chip, { x: 0, y: -12.5, width: CHIP_WIDTH, height: CHIP_HEIGHT }, 'pl-inverse', 4);
    brush.text(chip, { x: CHIP_WIDTH / 2, y: -0.5, style: 'chip', tone: 'pl-ink', anchor: 'middle' }).text('limit');
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
