/*
 * Tracks of payload over simulated time, one above the other on one axis, with a playhead. Idle tracks stay
 * flat and quiet: that they do is often the point. Shapes are brought up to date ten times a second, the
 * playhead every frame.
 */
import './charts.css';
import { select, type Selection } from 'd3-selection';
import { bytesText, fixedText, NO_VALUE, rateText } from '../../base/format.ts';
import { JOB_STATE, MACHINE_COUNTER } from '../../core/pcie/counters.ts';
import type { MachineView } from '../../engine/clientInterface.ts';
import { frameLoop } from '../frameLoop.ts';
import type {
  CreateThroughputChart,
  ThroughputChartHandle,
  ThroughputChartOptions,
  ThroughputTrack,
} from './chartHandles.ts';
import { FigureTable } from './figureTable.ts';
import { cumulativeAt, lastRate, meanRate } from './seriesRate.ts';
import { endSpan, pageSpan, ticksOf, unitFor, wholeSpan, type TimeSpan } from './timeScale.ts';

type Group = Selection<SVGGElement, unknown, null, undefined>;
type TextElement = Selection<SVGTextElement, unknown, null, undefined>;

interface Frame {
  readonly left: number;
  readonly right: number;
  readonly numberX: number;
  readonly arrowX: number;
  readonly labelX: number;
  readonly top: number;
  readonly pitch: number;
  readonly trackHeight: number;
  readonly axisY: number;
}

interface TrackShape {
  readonly track: ThroughputTrack;
  readonly area: Selection<SVGPathElement, unknown, null, undefined>;
  readonly line: Selection<SVGPathElement, unknown, null, undefined>;
  readonly number: TextElement;
}

const UPDATE_MS = 100;
const REDUCED_UPDATE_MS = 500;
const TABLE_MS = 1000;
const COLUMN_PX = 3;
/** Each value is a mean over at least this: some dozens of packets of a fast link. */
const LEAST_MEAN_PS = 0.5e6;
const MOST_PITCH = 28;
const AXIS_ROOM = { dock: 40, strip: 26 } as const;
const LABEL_ROOM = { dock: 144, strip: 92 } as const;
const CHIP_WIDTH = 58;
const TICK_HALF = 14;
const SECOND_ARROW = 10;
const ARROWS = { up: '↑', down: '↓', both: '↑↓' } as const;
/** A track without a limit is scaled to its own peak, and to at least this. */
const LEAST_SCALE = 1e9;
const SVG_NAMESPACE = 'http://www.w3.org/2000/svg';

class Chart implements ThroughputChartHandle {
  readonly #container: HTMLElement;
  readonly #options: ThroughputChartOptions;
  readonly svg: SVGSVGElement;
  readonly #table: FigureTable;
  readonly #stop: () => void;
  readonly #resize: ResizeObserver;
  #tracks: readonly ThroughputTrack[] = [];
  #view: MachineView | undefined;
  #now_ps: () => number = () => 0;
  #mark: { readonly at_ps: number; readonly label: string } | undefined;
  #reduced = false;
  #span: TimeSpan = { from_ps: 0, to_ps: 1e6 };
  #shapes: readonly TrackShape[] = [];
  #frame: Frame | undefined;
  #head: Group | undefined;
  #headText: TextElement | undefined;
  #ticks: readonly { readonly x: number; readonly text: TextElement }[] = [];
  #past: Selection<SVGPathElement, unknown, null, undefined> | undefined;
  #last_ms = -Infinity;
  #lastTable_ms = -Infinity;
  #shown_ps = -1;
  #needsDrawing = true;

  constructor(container: HTMLElement, options: ThroughputChartOptions) {
    this.#container = container;
    this.#options = options;
    this.svg = document.createElementNS(SVG_NAMESPACE, 'svg');
    this.svg.setAttribute('class', 'pl-chart');
    this.svg.setAttribute('aria-hidden', 'true');
    this.#table = new FigureTable(options.label, ['Track', 'GB/s', 'Since start']);
    container.append(this.svg, this.#table.element);
    this.#resize = new ResizeObserver(() => {
      this.#needsDrawing = true;
    });
    this.#resize.observe(container);
    this.#stop = frameLoop().subscribe('draw', (now_ms) => this.#onFrame(now_ms));
  }

  setTracks(tracks: readonly ThroughputTrack[]): void {
    this.#tracks = tracks;
    this.#needsDrawing = true;
  }

  setView(view: MachineView | undefined): void {
    this.#view = view;
    this.#needsDrawing = true;
  }

  setClock(now_ps: () => number): void {
    this.#now_ps = now_ps;
  }

  setMark(mark: { readonly at_ps: number; readonly label: string } | undefined): void {
    this.#mark = mark;
    this.#needsDrawing = true;
  }

  setReducedMotion(reduced: boolean): void {
    this.#reduced = reduced;
  }

  dispose(): void {
    this.#stop();
    this.#resize.disconnect();
    this.svg.remove();
    this.#table.element.remove();
  }

  #onFrame(now_ms: number): void {
    const now_ps = this.#now_ps();
    const span = this.#nextSpan(now_ps);
    if (span !== this.#span) {
      this.#span = span;
      this.#needsDrawing = true;
    }
    const isDue = now_ms - this.#last_ms >= (this.#reduced ? REDUCED_UPDATE_MS : UPDATE_MS);
    if (this.#needsDrawing) this.#draw();
    else if (!isDue && (this.#reduced || now_ps === this.#shown_ps)) return;
    if (isDue || this.#needsDrawing) {
      this.#last_ms = now_ms;
      this.#showTracks(now_ps);
    }
    this.#needsDrawing = false;
    this.#movePlayhead(now_ps);
    this.#shown_ps = now_ps;
    if (now_ms - this.#lastTable_ms < TABLE_MS) return;
    this.#lastTable_ms = now_ms;
    this.#showTable(now_ps);
  }

  get #ended(): boolean {
    const state = this.#view?.machineCounters[MACHINE_COUNTER.jobState] ?? 0;
    return state === JOB_STATE.finished || state === JOB_STATE.failed;
  }

  #nextSpan(now_ps: number): TimeSpan {
    if (this.#options.variant === 'strip' && !this.#ended) return pageSpan(now_ps, this.#span);
    return this.#ended ? endSpan(now_ps, this.#span) : wholeSpan(now_ps, this.#mark?.at_ps, this.#span);
  }

  #draw(): void {
    const { variant } = this.#options;
    const style = getComputedStyle(this.#container);
    const padding = Number.parseFloat(style.paddingLeft) + Number.parseFloat(style.paddingRight);
    const width = this.#container.clientWidth - (Number.isFinite(padding) ? padding : 0);
    const height = this.#container.clientHeight;
    const root: Group = select(this.svg).attr('width', width).attr('height', height).html('').append('g');
    const room = height - AXIS_ROOM[variant];
    const pitch = Math.min(MOST_PITCH, Math.max(12, room / Math.max(1, this.#tracks.length)));
    const left = this.#options.labelRoomPx ?? LABEL_ROOM[variant];
    const frame: Frame = {
      left,
      right: Math.max(left + 10, width),
      numberX: left - 16,
      arrowX: 76,
      labelX: 0,
      top: variant === 'dock' ? 2 : 0,
      pitch,
      trackHeight: Math.max(8, pitch - 8),
      axisY:
        Math.round((variant === 'dock' ? 2 : 0) + pitch * this.#tracks.length + (variant === 'dock' ? 4 : 0)) + 0.5,
    };
    this.#frame = frame;
    this.#shapes = this.#tracks.map((track, index) => this.#drawTrack(root, frame, track, index));
    this.#drawAxis(root, frame);
    this.#drawMark(root, frame);
    this.#past = root.append('path').attr('class', 'pl-chart-past');
    this.#drawHead(root, frame);
  }

  #drawTrack(root: Group, frame: Frame, track: ThroughputTrack, index: number): TrackShape {
    const base = Math.round(frame.top + (index + 1) * frame.pitch) - 0.5;
    const group = root.append('g').attr('transform', `translate(0 ${base})`);
    const dock = this.#options.variant === 'dock';
    const textY = -frame.trackHeight / 2 + 4;
    group
      .append('text')
      .attr('x', frame.labelX)
      .attr('y', textY)
      .attr('class', dock ? 'pl-chart-name' : 'pl-chart-note')
      .text(track.label);
    if (dock && track.direction !== undefined) {
      group
        .append('text')
        // Two arrows need the room of one more, and a number of five digits stands beside them.
        .attr('x', track.direction === 'both' ? frame.arrowX - SECOND_ARROW : frame.arrowX)
        .attr('y', textY)
        .attr('class', 'pl-chart-note')
        .text(ARROWS[track.direction]);
    }
    const number = group.append('text').attr('x', frame.numberX).attr('y', textY).attr('class', 'pl-chart-number');
    if (!dock) number.attr('display', 'none');
    const area = group.append('path').attr('class', `pl-chart-area pl-wash-${track.flow}`);
    if (track.limitBytesPerSecond !== undefined) {
      group
        .append('path')
        .attr('class', 'pl-chart-limit')
        .attr('d', `M${frame.left} ${-frame.trackHeight}H${frame.right}`);
    }
    const line = group.append('path').attr('class', `pl-chart-line pl-line-${track.flow}`);
    group.append('path').attr('class', 'pl-chart-base').attr('d', `M${frame.left} 0H${frame.right}`);
    return { track, area, line, number };
  }

  #drawAxis(root: Group, frame: Frame): void {
    const group = root.append('g');
    const { ticks, unit } = ticksOf(this.#span, this.#options.variant === 'dock' ? 5 : 6);
    const marks: string[] = [];
    const texts: { readonly x: number; readonly text: TextElement }[] = [];
    for (const tick of ticks) {
      const x = Math.round(this.#x(tick.at_ps, frame)) + 0.5;
      marks.push(`M${x} ${frame.axisY}v${tick.label === undefined ? 4 : 7}`);
      if (tick.label === undefined) continue;
      const first = tick === ticks[0];
      const anchor = x < frame.left + 12 ? 'start' : x > frame.right - 12 ? 'end' : 'middle';
      const text = group
        .append('text')
        .attr('class', 'pl-chart-tick')
        .attr('x', x)
        .attr('y', frame.axisY + 21)
        .attr('text-anchor', anchor)
        .text(first ? `${tick.label} ${unit.name}` : tick.label);
      texts.push({ x, text });
    }
    this.#ticks = this.#options.variant === 'dock' ? texts : [];
    group
      .append('path')
      .attr('class', 'pl-chart-axis')
      .attr('d', `M${frame.left} ${frame.axisY}H${frame.right}${marks.join('')}`);
  }

  #drawMark(root: Group, frame: Frame): void {
    const mark = this.#mark;
    if (mark === undefined || mark.at_ps < this.#span.from_ps || mark.at_ps > this.#span.to_ps) return;
    const x = Math.round(this.#x(mark.at_ps, frame)) + 0.5;
    root.append('path').attr('class', 'pl-chart-mark').attr('d', `M${x} ${frame.top}V${frame.axisY}`);
    if (this.#options.variant === 'strip') return;
    root
      .append('text')
      .attr('class', 'pl-chart-tick')
      .attr('x', x - 6)
      .attr('y', frame.top + 18)
      .attr('text-anchor', 'end')
      .text(mark.label);
  }

  #drawHead(root: Group, frame: Frame): void {
    const dock = this.#options.variant === 'dock';
    const head = root.append('g');
    head
      .append('path')
      .attr('class', 'pl-chart-head')
      .attr('d', `M0.5 ${frame.top - 2}V${frame.axisY + (dock ? 9 : 4)}`);
    this.#headText = undefined;
    if (dock) {
      const chipY = frame.axisY + 9;
      head
        .append('rect')
        .attr('class', 'pl-chart-chip')
        .attr('x', -CHIP_WIDTH / 2)
        .attr('y', chipY)
        .attr('width', CHIP_WIDTH)
        .attr('height', 18)
        .attr('rx', 3);
      this.#headText = head
        .append('text')
        .attr('class', 'pl-chart-chip-text')
        .attr('y', chipY + 13);
    }
    this.#head = head;
  }

  #x(at_ps: number, frame: Frame): number {
    const { from_ps, to_ps } = this.#span;
    return frame.left + ((at_ps - from_ps) / (to_ps - from_ps)) * (frame.right - frame.left);
  }

  #movePlayhead(now_ps: number): void {
    const frame = this.#frame;
    if (frame === undefined) return;
    const x = Math.min(frame.right, Math.max(frame.left, Math.round(this.#x(now_ps, frame))));
    this.#head?.attr('transform', `translate(${x} 0)`);
    for (const tick of this.#ticks) {
      // The chip of the playhead stands on the same line.
      const isCovered = Math.abs(tick.x - x) < CHIP_WIDTH / 2 + TICK_HALF;
      if ((tick.text.attr('display') === 'none') !== isCovered) tick.text.attr('display', isCovered ? 'none' : null);
    }
    this.#past?.attr('d', `M${frame.left} ${frame.axisY}H${x}`);
    const unit = unitFor(this.#span.to_ps);
    const text = this.#headText?.node();
    const shown = (now_ps / unit.ps).toFixed(3);
    if (text !== undefined && text !== null && text.textContent !== shown) text.textContent = shown;
  }

  #showTracks(now_ps: number): void {
    const frame = this.#frame;
    const view = this.#view;
    if (frame === undefined) return;
    for (const shape of this.#shapes) {
      const rate = view === undefined ? undefined : this.#rate(view, shape.track, now_ps);
      const text = rate === undefined ? NO_VALUE : fixedText(rate / 1e9, 2);
      shape.number.text(text).classed('pl-chart-quiet', rate === undefined || rate === 0);
      const points = view === undefined ? [] : this.#points(view, shape.track, frame, now_ps);
      shape.line.attr('d', points.length === 0 ? null : `M${points.join('L')}`);
      const first = points[0]?.split(' ')[0];
      const last = points.at(-1)?.split(' ')[0];
      shape.area.attr('d', points.length === 0 ? null : `M${first} 0L${points.join('L')}L${last} 0Z`);
    }
  }

  /** The rate now; once the run is over its mean. */
  #rate(view: MachineView, track: ThroughputTrack, now_ps: number): number {
    return this.#ended ? meanRate(view.series, track.read, 0, now_ps) : lastRate(view.series, track.read, now_ps);
  }

  /** One mean value for every column of pixels that has data; empty for a track that was always idle. */
  #points(view: MachineView, track: ThroughputTrack, frame: Frame, now_ps: number): readonly string[] {
    const { series } = view;
    const end_ps = Math.min(now_ps, series.length * series.bin_ps, this.#span.to_ps);
    if (end_ps <= this.#span.from_ps || cumulativeAt(series, track.read, end_ps) === 0) return [];
    const perPx = (this.#span.to_ps - this.#span.from_ps) / (frame.right - frame.left);
    // Columns are no narrower than a bin: between bins nothing is known.
    const column_ps = Math.max(perPx * COLUMN_PX, series.bin_ps);
    const scale = track.limitBytesPerSecond ?? Math.max(LEAST_SCALE, this.#rate(view, track, now_ps));
    const points: string[] = [];
    for (let from = Math.floor(this.#span.from_ps / column_ps) * column_ps; from < end_ps; from += column_ps) {
      const to = Math.min(from + column_ps, end_ps);
      const rate = meanRate(series, track.read, Math.max(0, Math.min(from, to - LEAST_MEAN_PS)), to);
      const y = -Math.round(Math.min(1, rate / scale) * frame.trackHeight * 10) / 10;
      const x = Math.max(frame.left, this.#x(from, frame));
      points.push(`${round(x)} ${y}`, `${round(this.#x(to, frame))} ${y}`);
    }
    return points;
  }

  #showTable(now_ps: number): void {
    const view = this.#view;
    this.#table.show(
      this.#tracks.map((track) => {
        if (view === undefined) return [track.label, NO_VALUE, NO_VALUE];
        const name = track.direction === undefined ? track.label : `${track.label}, ${track.direction}`;
        return [
          name,
          rateText(this.#rate(view, track, now_ps)),
          bytesText(cumulativeAt(view.series, track.read, now_ps)),
        ];
      }),
    );
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Throughput tracks in a container that has a size. */
export const createThroughputChart: CreateThroughputChart = (container, options) => new Chart(container, options);
