/*
 * Payload over simulated time: tracks on one clock, with a playhead. Flat tracks stay: emptiness is information.
 * The lines follow the series at most ten times a second; the playhead moves every frame.
 *
 *   nic0     ↑ 14.37 │▔▔▔▔▔▔▔▔▔▔▔▔▔▔│
 *   Uplink  ↑↓  0.00 │______________│____________
 *                    0 ms     1     ▲3.200    4
 */
import './charts.css';
import { NO_VALUE, rateFigure, rateText } from '../../base/format.ts';
import { frameLoop } from '../frameLoop.ts';
import type { MachineView } from '../../engine/clientInterface.ts';
import { addHtml, addSvg, FIGURE_INTERVAL_MS, REDUCED_INTERVAL_MS, setText, TABLE_INTERVAL_MS } from './chartDom.ts';
import type { CreateThroughputChart, ThroughputTrack } from './chartHandles.ts';
import { axisEnd_ps, axisTicks, instantText } from './timeAxis.ts';
import { areaPath, stepPath, trackRates } from './trackPath.ts';

const AXIS_PX = 24;
/** Clear space above the highest value of a track. */
const HEADROOM_PX = 4;
const TICK_SPACING_PX = 90;
const LABEL_HALF_PX = 27;
const ARROWS = { up: '↑', down: '↓', both: '↑↓' } as const;

interface DrawnTrack {
  readonly track: ThroughputTrack;
  readonly name: HTMLElement;
  readonly figure: HTMLElement;
  readonly area: SVGPathElement;
  readonly line: SVGPathElement;
  readonly limit: SVGLineElement;
  readonly base: SVGLineElement;
  readonly cell: HTMLElement;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function setLine(line: SVGLineElement, x1: number, y1: number, x2: number, y2: number): void {
  line.setAttribute('x1', x1.toFixed(1));
  line.setAttribute('y1', y1.toFixed(1));
  line.setAttribute('x2', x2.toFixed(1));
  line.setAttribute('y2', y2.toFixed(1));
}

/** Vertical line with a label, hidden until it is placed. */
function addInstant(svg: SVGSVGElement, className: string, boxed: boolean) {
  const group = addSvg(svg, 'g', className);
  group.setAttribute('visibility', 'hidden');
  const line = addSvg(group, 'line');
  if (boxed) {
    const box = addSvg(group, 'rect');
    box.setAttribute('width', String(LABEL_HALF_PX * 2));
    box.setAttribute('height', '18');
    box.setAttribute('rx', '3');
    box.setAttribute('x', String(-LABEL_HALF_PX));
  }
  return { group, line, text: addSvg(group, 'text') };
}

class ThroughputChart {
  readonly #root: HTMLElement;
  readonly #names: HTMLElement;
  readonly #svg: SVGSVGElement;
  readonly #tracksLayer: SVGGElement;
  readonly #axis: SVGGElement;
  readonly #playhead;
  readonly #markHead;
  readonly #table: HTMLElement;
  readonly #label: string;
  readonly #observer: ResizeObserver;
  readonly #stop: () => void;
  #drawn: readonly DrawnTrack[] = [];
  #view: MachineView | undefined;
  #clock: () => number = () => 0;
  #mark: { readonly at_ps: number; readonly label: string } | undefined;
  #reduced = false;
  #size: Size = { width: 0, height: 0 };
  #end_ps = 0;
  #stale = true;
  #linesAt_ms = -Infinity;
  #tableAt_ms = -Infinity;
  #seen = '';

  constructor(container: HTMLElement, label: string, variant: 'dock' | 'strip') {
    this.#label = label;
    this.#root = addHtml(container, 'div', 'pl-tracks');
    this.#root.dataset['variant'] = variant;
    this.#names = addHtml(this.#root, 'div', 'pl-tracks-names');
    this.#names.setAttribute('aria-hidden', 'true');
    this.#svg = addSvg(this.#root, 'svg');
    this.#svg.setAttribute('aria-hidden', 'true');
    this.#tracksLayer = addSvg(this.#svg, 'g');
    this.#axis = addSvg(this.#svg, 'g');
    this.#markHead = addInstant(this.#svg, 'pl-mark', false);
    this.#playhead = addInstant(this.#svg, 'pl-playhead', true);
    this.#table = addHtml(this.#root, 'table', 'pl-chart-table');
    this.#observer = new ResizeObserver(() => {
      this.#size = { width: this.#svg.clientWidth, height: this.#svg.clientHeight };
      this.#stale = true;
    });
    this.#observer.observe(this.#svg);
    this.#stop = frameLoop().subscribe('draw', (now_ms) => this.#draw(now_ms));
  }

  setTracks(tracks: readonly ThroughputTrack[]): void {
    this.#names.replaceChildren();
    this.#tracksLayer.replaceChildren();
    this.#table.replaceChildren();
    addHtml(this.#table, 'caption', '', `${this.#label}, average so far`);
    const body = addHtml(this.#table, 'tbody');
    this.#drawn = tracks.map((track) => {
      const name = addHtml(this.#names, 'div', 'pl-tracks-name');
      addHtml(name, 'span', '', track.label).title = track.label;
      addHtml(name, 'span', '', track.direction === undefined ? '' : ARROWS[track.direction]);
      const figure = addHtml(name, 'span', '', NO_VALUE);
      const group = addSvg(this.#tracksLayer, 'g');
      group.dataset['flow'] = track.flow;
      const row = addHtml(body, 'tr');
      addHtml(row, 'th', '', track.label).scope = 'row';
      return {
        track,
        name,
        figure,
        base: addSvg(group, 'line', 'pl-track-base'),
        limit: addSvg(group, 'line', 'pl-track-limit'),
        area: addSvg(group, 'path', 'pl-track-area'),
        line: addSvg(group, 'path', 'pl-track-line'),
        cell: addHtml(row, 'td', '', NO_VALUE),
      };
    });
    this.#stale = true;
  }

  setView(view: MachineView | undefined): void {
    this.#view = view;
    this.#stale = true;
  }

  setClock(now_ps: () => number): void {
    this.#clock = now_ps;
  }

  setMark(mark: { readonly at_ps: number; readonly label: string } | undefined): void {
    this.#mark = mark;
    this.#stale = true;
  }

  setReducedMotion(reduced: boolean): void {
    this.#reduced = reduced;
  }

  dispose(): void {
    this.#stop();
    this.#observer.disconnect();
    this.#root.remove();
  }

  #draw(now_ms: number): void {
    if (this.#size.width < 40 || this.#size.height < 30) return;
    const interval_ms = this.#reduced ? REDUCED_INTERVAL_MS : FIGURE_INTERVAL_MS;
    const due = this.#stale || now_ms - this.#linesAt_ms >= interval_ms;
    if (this.#reduced && !due) return;
    const clock_ps = this.#clock();
    const series = this.#view?.series;
    const reached_ps = Math.max(clock_ps, (series?.length ?? 0) * (series?.bin_ps ?? 0), this.#mark?.at_ps ?? 0);
    const end_ps = axisEnd_ps(reached_ps);
    if (end_ps !== this.#end_ps || this.#stale) {
      this.#end_ps = end_ps;
      this.#stale = false;
      this.#drawAxis();
      this.#seen = '';
    }
    if (due) {
      this.#linesAt_ms = now_ms;
      this.#drawTracks();
      this.#describe(now_ms);
    }
    this.#placePlayhead(clock_ps);
  }

  #x(at_ps: number): number {
    return (at_ps / this.#end_ps) * this.#size.width;
  }

  #drawAxis(): void {
    const { width, height } = this.#size;
    const y = height - AXIS_PX;
    this.#axis.replaceChildren();
    setLine(addSvg(this.#axis, 'line', 'pl-axis'), 0, y, width, y);
    for (const tick of axisTicks(this.#end_ps, Math.max(2, Math.floor(width / TICK_SPACING_PX)))) {
      const x = this.#x(tick.at_ps);
      setLine(addSvg(this.#axis, 'line', 'pl-axis'), x, y, x, y + 4);
      const text = addSvg(this.#axis, 'text');
      text.textContent = tick.text;
      text.setAttribute('x', x.toFixed(1));
      text.setAttribute('y', String(y + 17));
      text.setAttribute('text-anchor', x < 10 ? 'start' : x > width - 12 ? 'end' : 'middle');
    }
    this.#placeMark(y);
  }

  #placeMark(bottom: number): void {
    const mark = this.#mark;
    this.#markHead.group.setAttribute('visibility', mark === undefined ? 'hidden' : 'visible');
    if (mark === undefined) return;
    const x = this.#x(mark.at_ps);
    setLine(this.#markHead.line, x, 0, x, bottom);
    setText(this.#markHead.text, mark.label);
    this.#markHead.text.setAttribute('x', (x - 6).toFixed(1));
    this.#markHead.text.setAttribute('y', '12');
  }

  #drawTracks(): void {
    const series = this.#view?.series;
    const count = this.#drawn.length;
    if (count === 0) return;
    const rowHeight = (this.#size.height - AXIS_PX) / count;
    // A series that has not moved needs no new path.
    const length = series?.length ?? 0;
    const arrived = series === undefined || length === 0 ? 0 : series.arrived(length - 1);
    const seen = `${length}/${series?.bin_ps ?? 0}/${arrived}`;
    if (seen === this.#seen) return;
    this.#seen = seen;
    for (const [index, drawn] of this.#drawn.entries()) {
      const rates = series === undefined ? [] : trackRates(drawn.track, series);
      const top = index * rowHeight + HEADROOM_PX;
      const bottom = (index + 1) * rowHeight - 1;
      const limit = drawn.track.limitBytesPerSecond;
      const highest = Math.max(limit ?? 0, ...rates, 1);
      const y = (rate: number): number => bottom - (rate / highest) * (bottom - top);
      const scale = { x: (at_ps: number) => this.#x(at_ps), y, bin_ps: series?.bin_ps ?? 1 };
      drawn.area.setAttribute('d', areaPath(rates, scale));
      drawn.line.setAttribute('d', stepPath(rates, scale));
      setLine(drawn.base, 0, bottom, this.#size.width, bottom);
      drawn.limit.setAttribute('visibility', limit === undefined ? 'hidden' : 'visible');
      if (limit !== undefined) setLine(drawn.limit, 0, y(limit), this.#size.width, y(limit));
      const now = rates.at(-1);
      setText(drawn.figure, now === undefined ? NO_VALUE : rateFigure(now).value);
      drawn.name.toggleAttribute('data-idle', (now ?? 0) === 0);
    }
  }

  /** The table behind the picture: averages so far. */
  #describe(now_ms: number): void {
    if (now_ms - this.#tableAt_ms < TABLE_INTERVAL_MS) return;
    this.#tableAt_ms = now_ms;
    const series = this.#view?.series;
    if (series === undefined || series.length === 0) return;
    const elapsed_s = (series.length * series.bin_ps) / 1e12;
    for (const { track, cell } of this.#drawn)
      setText(cell, rateText(track.read(series, series.length - 1) / elapsed_s));
  }

  #placePlayhead(clock_ps: number): void {
    const bottom = this.#size.height - AXIS_PX;
    const x = this.#x(clock_ps);
    const { group, line, text } = this.#playhead;
    group.setAttribute('visibility', 'visible');
    group.setAttribute('transform', `translate(${x.toFixed(1)},0)`);
    setLine(line, 0, 0, 0, bottom);
    // The label stays inside; the line stays true.
    const shift = Math.min(Math.max(x, LABEL_HALF_PX), this.#size.width - LABEL_HALF_PX) - x;
    group.children[1]?.setAttribute('transform', `translate(${shift.toFixed(1)},${bottom + 3})`);
    text.setAttribute('transform', `translate(${shift.toFixed(1)},${bottom + 16})`);
    setText(text, instantText(clock_ps, this.#end_ps));
  }
}

export const createThroughputChart: CreateThroughputChart = (container, options) =>
  new ThroughputChart(container, options.label, options.variant);
