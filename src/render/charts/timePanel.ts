/*
 * One panel of charts over simulated time: tracks under each other, each with its name, its figures and its lines. Where
 * the time is on the pixels is the timeline's.
 */
import { select, type Selection } from 'd3-selection';
import { fixedText, NO_VALUE } from '../../base/format.ts';
import {
  type ChartLine,
  type ChartPanel,
  type ChartTrack,
  drawnMost,
  drawnValue,
  meanOver,
  mostOver,
  type TimeRange,
  valueAt,
} from './panelData.ts';
import { ticksOf, type TimeSpan } from './timeScale.ts';

type Group = Selection<SVGGElement, unknown, null, undefined>;
type Path = Selection<SVGPathElement, unknown, null, undefined>;
type Words = Selection<SVGTextElement, unknown, null, undefined>;

/** Where a panel has what, in pixels; the same for all panels of a timeline. */
export const PANEL_PLACES = { labelX: 0, nameX: 136, valueX: 224, mostX: 286, left: 304, rightRoom: 56 } as const;

/** What all panels of a timeline have in common at one moment. */
export interface PanelTime {
  readonly span: TimeSpan;
  readonly width: number;
  /** The instant whose figures are shown. */
  readonly at_ps: number;
  readonly range: TimeRange | undefined;
  readonly now_ps: number;
}

interface LineShape {
  readonly line: ChartLine;
  readonly area: Path;
  readonly path: Path;
  readonly peaks: Path | undefined;
  readonly value: Words;
  readonly most: Words;
}

interface TrackShape {
  readonly track: ChartTrack;
  readonly height: number;
  readonly scaleText: Words;
  readonly limit: Path | undefined;
  readonly lines: readonly LineShape[];
  scale: number;
}

const SVG_NAMESPACE = 'http://www.w3.org/2000/svg';
const GAP = 10;
const SINGLE_TRACK = 48;
const LOW_TRACK = 24;
const VALUE_ROW = 15;
const QUIET_ROOM = 24;
const AXIS_ROOM = 26;
const TITLE_ROOM = 30;
const LONGEST_LABEL = 20;

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** A round number not below `value`. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 1.5, 2, 3, 4, 5, 6, 8].find((step) => step * power >= value * 0.9999) ?? 10) * power;
}

const round = (value: number): number => Math.round(value * 10) / 10;

export class TimePanel {
  readonly svg: SVGSVGElement;
  #panel: ChartPanel | undefined;
  #shapes: readonly TrackShape[] = [];
  #height = 0;
  #drawn = '';
  #mostOf = '';

  constructor(container: HTMLElement) {
    this.svg = document.createElementNS(SVG_NAMESPACE, 'svg');
    this.svg.setAttribute('class', 'pl-chart pl-panel');
    this.svg.setAttribute('aria-hidden', 'true');
    container.append(this.svg);
  }

  get panel(): ChartPanel | undefined {
    return this.#panel;
  }

  setPanel(panel: ChartPanel): void {
    this.#panel = panel;
    this.#drawn = '';
    this.#mostOf = '';
  }

  dispose(): void {
    this.svg.remove();
  }

  /** Brings shapes and figures up to date. */
  show(time: PanelTime): void {
    const panel = this.#panel;
    if (panel === undefined) return;
    const key = `${time.width} ${time.span.from_ps} ${time.span.to_ps}`;
    const isNew = this.#drawn === '';
    if (isNew || !this.#drawn.startsWith(`${key}|`)) this.#lay(panel, time);
    const filled = panel.tracks
      .flatMap(({ lines }) => lines.map(({ view }) => `${view?.series.length}.${view?.series.bin_ps}`))
      .join();
    if (this.#drawn !== `${key}|${filled}`) for (const shape of this.#shapes) this.#trace(panel, shape, time);
    this.#drawn = `${key}|${filled}`;
    this.showFigures(time);
  }

  /** Figures at the instant, or of the range. The highest ones are looked for only where they may have changed. */
  showFigures({ at_ps, range, span }: PanelTime): void {
    const panel = this.#panel;
    if (panel === undefined) return;
    const mostOf = `${this.#drawn} ${range?.from_ps} ${range?.to_ps}`;
    const isNewRange = mostOf !== this.#mostOf;
    this.#mostOf = mostOf;
    const text = (value: number | undefined): string =>
      value === undefined ? NO_VALUE : fixedText(value, panel.decimals);
    for (const { lines } of this.#shapes) {
      for (const { line, value, most } of lines) {
        const series = line.view?.series;
        const { read } = line;
        const shown =
          series === undefined
            ? undefined
            : range === undefined
              ? valueAt(read, series, at_ps)
              : meanOver(read, series, range);
        setText(value, text(shown));
        value.classed('pl-chart-quiet', shown === undefined || shown === 0);
        if (isNewRange) setText(most, text(series === undefined ? undefined : mostOver(read, series, range ?? span)));
      }
    }
  }

  /**
   * The panel as it is drawn for a file: with its title, its own axis and the present instant. Call what is returned to
   * have it back as it was.
   */
  forFile(time: PanelTime): () => void {
    const panel = this.#panel;
    if (panel === undefined) return () => undefined;
    this.#lay(panel, time);
    for (const shape of this.#shapes) this.#trace(panel, shape, time);
    this.#mostOf = '';
    this.showFigures(time);
    const root = select(this.svg);
    const height = this.#height + AXIS_ROOM + TITLE_ROOM;
    root.attr('height', height).select<SVGGElement>('g').attr('transform', `translate(0 ${TITLE_ROOM})`);
    const group: Group = root.append('g').attr('transform', `translate(0 ${TITLE_ROOM})`);
    group.append('text').attr('class', 'pl-chart-name').attr('y', -12).text(`${panel.title}, ${panel.unit}`);
    drawAxis(group, this.#height + 0.5, time);
    const x = Math.round(timeX(time.now_ps, time)) + 0.5;
    group.append('path').attr('class', 'pl-chart-head').attr('d', `M${x} 0V${this.#height}`);
    return () => {
      this.#drawn = '';
      this.#mostOf = '';
      this.show(time);
    };
  }

  #lay(panel: ChartPanel, time: PanelTime): void {
    const root: Group = select(this.svg).html('').append('g');
    const right = time.width - PANEL_PLACES.rightRoom;
    let y = 0;
    if (panel.tracks.length === 0) {
      root.append('text').attr('class', 'pl-chart-note').attr('y', 15).text(panel.quiet);
      y = QUIET_ROOM;
    }
    this.#shapes = panel.tracks.map((track) => {
      const least = panel.tracks.length === 1 ? SINGLE_TRACK : LOW_TRACK;
      const height = Math.max(least, track.lines.length * VALUE_ROW);
      y += height + GAP;
      return layTrack(root, { track, y: y - GAP / 2 + 0.5, height, right });
    });
    this.#height = y;
    select(this.svg).attr('width', time.width).attr('height', y);
  }

  #trace(panel: ChartPanel, shape: TrackShape, time: PanelTime): void {
    const { track } = shape;
    shape.scale = track.limit ?? scaleOf(panel, track);
    setText(shape.scaleText, `${Number(shape.scale.toPrecision(4))}`);
    for (const one of shape.lines) traceLine(one, shape, time);
  }
}

/** A round end of the scale that holds everything recorded. */
function scaleOf(panel: ChartPanel, { lines }: ChartTrack): number {
  const whole = { from_ps: 0, to_ps: Infinity };
  const most = lines.map(({ view, read }) => (view === undefined ? 0 : (mostOver(read, view.series, whole) ?? 0)));
  return roundUp(Math.max(panel.leastScale, ...most));
}

function setText(words: Words, text: string): void {
  const node = words.node();
  if (node !== null && node.textContent !== text) node.textContent = text;
}

/** Pixels of an instant. */
export function timeX(at_ps: number, { span, width }: Pick<PanelTime, 'span' | 'width'>): number {
  const room = width - PANEL_PLACES.rightRoom - PANEL_PLACES.left;
  return PANEL_PLACES.left + ((at_ps - span.from_ps) / (span.to_ps - span.from_ps)) * room;
}

/** The axis of time with its labels. */
export function drawAxis(group: Group, y: number, time: Pick<PanelTime, 'span' | 'width'>): void {
  const { ticks, unit } = ticksOf(time.span, 6);
  const right = time.width - PANEL_PLACES.rightRoom;
  const marks: string[] = [];
  let isFirst = true;
  for (const tick of ticks) {
    const x = Math.round(timeX(tick.at_ps, time)) + 0.5;
    marks.push(`M${x} ${y}v${tick.label === undefined ? 4 : 7}`);
    if (tick.label === undefined) continue;
    group
      .append('text')
      .attr('class', 'pl-chart-tick')
      .attr('x', x)
      .attr('y', y + 20)
      .attr('text-anchor', isFirst ? 'start' : 'middle')
      .text(isFirst ? `${tick.label} ${unit.name}` : tick.label);
    isFirst = false;
  }
  group
    .append('path')
    .attr('class', 'pl-chart-axis')
    .attr('d', `M${PANEL_PLACES.left} ${y}H${right}${marks.join('')}`);
}

function layTrack(
  root: Group,
  place: { readonly track: ChartTrack; readonly y: number; readonly height: number; readonly right: number },
): TrackShape {
  const { track, y, height, right } = place;
  const { left, labelX, nameX, valueX, mostX } = PANEL_PLACES;
  const group = root.append('g').attr('transform', `translate(0 ${y})`);
  const several = track.lines.length > 1;
  const middle = -height / 2 + 4;
  const label = group.append('text').attr('class', 'pl-chart-name').attr('x', labelX).attr('y', middle);
  const shown = shortened(track.label, several ? LONGEST_LABEL - 1 : LONGEST_LABEL);
  label.text(shown);
  if (shown !== track.label) label.append('title').text(track.label);
  if (track.limit !== undefined) {
    group.append('path').attr('class', 'pl-chart-limit').attr('d', `M${left} ${-height}H${right}`);
  }
  const scaleText = group
    .append('text')
    .attr('class', 'pl-chart-tick')
    .attr('x', right + 8)
    .attr('y', -height + 8);
  // The first line lies over the others: it is thin where they are blocks.
  const shapes = track.lines.map((line, index) => ({ line, index })).toReversed();
  const lines = shapes.map(({ line, index }) => {
    const area = group
      .append('path')
      .attr('class', `pl-chart-area pl-wash-${line.flow}${several && index === 0 ? ' pl-chart-open' : ''}`);
    const peaks =
      line.read.kind === 'sample' && !several
        ? group.append('path').attr('class', `pl-chart-line pl-chart-peaks pl-line-${line.flow}`)
        : undefined;
    const path = group
      .append('path')
      .attr('class', `pl-chart-line pl-line-${line.flow}${several && index === 0 ? ' pl-chart-first' : ''}`);
    const rowY = several ? middle + (index - (track.lines.length - 1) / 2) * VALUE_ROW : middle;
    if (several) {
      group
        .append('text')
        .attr('class', `pl-chart-tick pl-words-${line.flow}`)
        .attr('x', nameX)
        .attr('y', rowY)
        .text(shortened(line.name, 7));
    }
    const value = group.append('text').attr('class', 'pl-chart-number').attr('x', valueX).attr('y', rowY);
    const most = group.append('text').attr('class', 'pl-chart-number pl-chart-most').attr('x', mostX).attr('y', rowY);
    return { line, area, path, peaks, value, most };
  });
  group.append('path').attr('class', 'pl-chart-base').attr('d', `M${left} 0H${right}`);
  return { track, height, scaleText, limit: undefined, lines, scale: 1 };
}

/** A step for every bin that lies in the span. */
function traceLine(shape: LineShape, { scale, height }: TrackShape, time: PanelTime): void {
  const { line, area, path, peaks } = shape;
  const series = line.view?.series;
  const length = series?.length ?? 0;
  if (series === undefined || length === 0) {
    for (const one of [area, path, peaks]) one?.attr('d', null);
    return;
  }
  const { bin_ps } = series;
  const { from_ps, to_ps } = time.span;
  const first = Math.max(0, Math.floor(from_ps / bin_ps));
  const end = Math.min(length, Math.ceil(to_ps / bin_ps));
  const right = time.width - PANEL_PLACES.rightRoom;
  const y = (value: number): number => -round(Math.min(1, value / scale) * height);
  const x = (at_ps: number): number => round(Math.min(right, Math.max(PANEL_PLACES.left, timeX(at_ps, time))));
  let steps = '';
  let high = '';
  let isIdle = true;
  for (let bin = first; bin < end; bin += 1) {
    const value = drawnValue(line.read, series, bin);
    if (value > 0) isIdle = false;
    const until = x((bin + 1) * bin_ps);
    steps += `V${y(value)}H${until}`;
    if (peaks !== undefined) high += `V${y(drawnMost(line.read, series, bin))}H${until}`;
  }
  const start = x(first * bin_ps);
  // What was always idle stays flat and quiet.
  path.attr('d', isIdle ? null : `M${start} ${y(drawnValue(line.read, series, first))}${steps}`);
  area.attr('d', isIdle ? null : `M${start} 0${steps}V0Z`);
  peaks?.attr('d', isIdle && high === '' ? null : `M${start} 0${high}`);
}
