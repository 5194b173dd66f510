/*
 * One axis of simulated time for many panels, like the screen of an oscilloscope: the present instant and the instant in
 * hand are lines through all of them, a range is chosen by dragging, and the clock is moved by a click or Enter.
 * Panels are brought up to date in turn, one a frame; lines and figures follow the hand every frame.
 */
import './charts.css';
import './timeline.css';
import { select } from 'd3-selection';
import { durationText } from '../../base/format.ts';
import { frameLoop } from '../frameLoop.ts';
import type { TimeRange } from './panelData.ts';
import { drawAxis, PANEL_PLACES, type PanelTime, TimePanel, timeX } from './timePanel.ts';
import { unitFor, wholeSpan, type TimeSpan } from './timeScale.ts';

export interface TimelineOptions {
  /** Accessible name of the time cursor. */
  readonly label: string;
  /** The person wants the clock there. */
  readonly onSeek: (at_ps: number) => void;
  /** A range was chosen, changed or given up; not while it is being dragged. */
  readonly onRange: (range: TimeRange | undefined) => void;
}

const SVG_NAMESPACE = 'http://www.w3.org/2000/svg';
const AXIS_HEIGHT = 44;
/** Less than this is a click. */
const DRAG_PX = 4;
const LARGE_STEP = 10;
/** Middle of a chip to the middle of a tick's text beside it. */
const CHIP_REACH_PX = 44;
const BINS_OF_SPAN = 512;

interface Drag {
  readonly from_ps: number;
  readonly startX: number;
  isRange: boolean;
}

function part(className: string, parent: HTMLElement): HTMLElement {
  const element = document.createElement('div');
  element.className = className;
  parent.append(element);
  return element;
}

export class Timeline {
  readonly #stack: HTMLElement;
  readonly #options: TimelineOptions;
  readonly #plot: HTMLElement;
  readonly #later: HTMLElement;
  readonly #band: HTMLElement;
  readonly #head: HTMLElement;
  readonly #hand: HTMLElement;
  readonly #axis: SVGSVGElement;
  readonly #headChip: HTMLElement;
  readonly #handChip: HTMLElement;
  readonly #columns: HTMLElement;
  readonly #panels = new Set<TimePanel>();
  readonly #stop: () => void;
  readonly #resize: ResizeObserver;
  #turn = 0;
  #width = 0;
  #now_ps: () => number = () => 0;
  #recorded_ps: () => number = () => 0;
  #isOver: () => boolean = () => false;
  #span: TimeSpan = { from_ps: 0, to_ps: 1e6 };
  #zoom: TimeRange | undefined;
  #range: TimeRange | undefined;
  /** The instant in hand; undefined = the present one. */
  #cursor_ps: number | undefined;
  #isHover = false;
  #drag: Drag | undefined;
  #shown = '';
  #axisShown = '';
  #ticks: readonly { readonly text: SVGTextElement; readonly x: number }[] = [];

  /** @param stack holds the panels; positioned, and as wide as they are. @param axis holds the axis below them. */
  constructor(stack: HTMLElement, axis: HTMLElement, options: TimelineOptions) {
    this.#stack = stack;
    this.#options = options;
    this.#later = part('timeline-later', stack);
    this.#band = part('timeline-band', stack);
    this.#head = part('timeline-head', stack);
    this.#hand = part('timeline-hand', stack);
    this.#plot = part('timeline-plot', stack);
    this.#axis = document.createElementNS(SVG_NAMESPACE, 'svg');
    this.#axis.setAttribute('class', 'pl-chart');
    this.#axis.setAttribute('aria-hidden', 'true');
    axis.append(this.#axis);
    this.#columns = part('timeline-columns', stack);
    part('timeline-column-value', this.#columns);
    part('timeline-column-most', this.#columns).textContent = 'highest';
    this.#handChip = part('timeline-chip timeline-chip-hand', axis);
    this.#headChip = part('timeline-chip', axis);
    for (const quiet of [this.#headChip, this.#handChip, this.#columns]) quiet.setAttribute('aria-hidden', 'true');
    this.#preparePlot();
    this.#resize = new ResizeObserver(() => this.#measure());
    this.#resize.observe(stack);
    this.#measure();
    this.#stop = frameLoop().subscribe('draw', () => this.#onFrame());
  }

  addPanel(container: HTMLElement): TimePanel {
    const panel = new TimePanel(container);
    this.#panels.add(panel);
    return panel;
  }

  removePanel(panel: TimePanel): void {
    this.#panels.delete(panel);
    panel.dispose();
  }

  /**
   * @param now_ps the present instant.
   * @param recorded_ps how far anything is recorded: later than now after going back.
   * @param isOver nothing will be recorded beyond that.
   */
  setClock(now_ps: () => number, recorded_ps: () => number, isOver: () => boolean): void {
    this.#now_ps = now_ps;
    this.#recorded_ps = recorded_ps;
    this.#isOver = isOver;
  }

  get range(): TimeRange | undefined {
    return this.#range;
  }

  clearRange(): void {
    this.#setRange(undefined);
    this.#options.onRange(undefined);
  }

  /** Shows only this part of the run; undefined = all of it. */
  zoom(range: TimeRange | undefined): void {
    this.#zoom = range;
  }

  /** What panels are drawn with now. */
  get time(): PanelTime {
    return {
      span: this.#span,
      width: this.#width,
      at_ps: this.#at_ps,
      range: this.#range,
      now_ps: this.#now_ps(),
    };
  }

  dispose(): void {
    this.#stop();
    this.#resize.disconnect();
    for (const panel of this.#panels) panel.dispose();
    for (const element of [this.#later, this.#band, this.#head, this.#hand, this.#plot]) element.remove();
    for (const element of [this.#axis, this.#columns, this.#handChip, this.#headChip]) element.remove();
  }

  get #at_ps(): number {
    return this.#cursor_ps ?? this.#now_ps();
  }

  #measure(): void {
    const style = getComputedStyle(this.#stack);
    const padding = Number.parseFloat(style.paddingLeft) + Number.parseFloat(style.paddingRight);
    this.#width = Math.max(PANEL_PLACES.left + PANEL_PLACES.rightRoom + 100, this.#stack.clientWidth - padding);
    this.#columns.style.left = style.paddingLeft;
    this.#plot.style.left = `${Number.parseFloat(style.paddingLeft) + PANEL_PLACES.left}px`;
    this.#plot.style.width = `${this.#width - PANEL_PLACES.left - PANEL_PLACES.rightRoom}px`;
  }

  #preparePlot(): void {
    const plot = this.#plot;
    plot.tabIndex = 0;
    plot.setAttribute('role', 'slider');
    plot.setAttribute('aria-label', this.#options.label);
    plot.setAttribute('aria-valuemin', '0');
    plot.addEventListener('pointermove', (event) => this.#onMove(event));
    plot.addEventListener('pointerleave', () => this.#onLeave());
    plot.addEventListener('pointerdown', (event) => this.#onDown(event));
    plot.addEventListener('pointerup', (event) => this.#onUp(event));
    plot.addEventListener('pointercancel', () => {
      this.#drag = undefined;
    });
    plot.addEventListener('keydown', (event) => this.#onKey(event));
    plot.addEventListener('blur', () => {
      if (!this.#isHover) this.#cursor_ps = undefined;
    });
  }

  /** The instant below the pointer. */
  #timeAt(event: PointerEvent): number {
    const box = this.#plot.getBoundingClientRect();
    const fraction = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return Math.round(this.#span.from_ps + fraction * (this.#span.to_ps - this.#span.from_ps));
  }

  #onMove(event: PointerEvent): void {
    const at_ps = this.#timeAt(event);
    this.#isHover = true;
    this.#cursor_ps = at_ps;
    const drag = this.#drag;
    if (drag === undefined) return;
    drag.isRange ||= Math.abs(event.clientX - drag.startX) >= DRAG_PX;
    if (drag.isRange) this.#setRange(ordered(drag.from_ps, at_ps));
  }

  #onLeave(): void {
    this.#isHover = false;
    if (this.#drag === undefined) this.#cursor_ps = undefined;
  }

  #onDown(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#plot.setPointerCapture(event.pointerId);
    this.#drag = { from_ps: this.#timeAt(event), startX: event.clientX, isRange: false };
  }

  #onUp(event: PointerEvent): void {
    const drag = this.#drag;
    this.#drag = undefined;
    if (drag === undefined) return;
    if (drag.isRange) {
      this.#options.onRange(this.#range);
      return;
    }
    if (this.#range !== undefined) this.clearRange();
    this.#seek(this.#timeAt(event));
  }

  #seek(at_ps: number): void {
    this.#options.onSeek(Math.max(0, Math.min(at_ps, Math.max(this.#recorded_ps(), this.#now_ps()))));
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const before_ps = this.#at_ps;
    const next_ps = this.#keyTarget(event.key, before_ps);
    if (next_ps !== undefined) {
      this.#cursor_ps = next_ps;
      if (event.shiftKey) this.#extend(before_ps, next_ps);
    } else if (event.key === 'Enter') this.#seek(before_ps);
    else if (event.key === 'Escape' && (this.#range !== undefined || this.#cursor_ps !== undefined)) {
      this.#cursor_ps = undefined;
      this.clearRange();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Where a key takes the cursor; undefined for other keys. */
  #keyTarget(key: string, at_ps: number): number | undefined {
    const { from_ps, to_ps } = this.#span;
    const end_ps = Math.min(to_ps, Math.max(this.#recorded_ps(), this.#now_ps()));
    const step_ps = Math.max(1, Math.round(this.#bin_ps()));
    const edge = (steps: number): number =>
      Math.max(from_ps, Math.min(end_ps, (Math.round(at_ps / step_ps) + steps) * step_ps));
    switch (key) {
      case 'ArrowRight':
        return edge(1);
      case 'ArrowLeft':
        return edge(-1);
      case 'PageUp':
        return edge(LARGE_STEP);
      case 'PageDown':
        return edge(-LARGE_STEP);
      case 'Home':
        return from_ps;
      case 'End':
        return end_ps;
      default:
        return undefined;
    }
  }

  /** Width of the narrowest bins shown. */
  #bin_ps(): number {
    const widths = [...this.#panels].flatMap(({ panel }) =>
      (panel?.tracks ?? []).flatMap(({ lines }) =>
        lines.flatMap(({ view }) => (view === undefined || view.series.length === 0 ? [] : [view.series.bin_ps])),
      ),
    );
    return widths.length === 0 ? (this.#span.to_ps - this.#span.from_ps) / BINS_OF_SPAN : Math.min(...widths);
  }

  /** The end of the range nearer to where the cursor was goes with it. */
  #extend(before_ps: number, next_ps: number): void {
    const range = this.#range;
    const far_ps =
      range === undefined
        ? before_ps
        : Math.abs(range.from_ps - before_ps) < Math.abs(range.to_ps - before_ps)
          ? range.to_ps
          : range.from_ps;
    this.#setRange(ordered(far_ps, next_ps));
    this.#options.onRange(this.#range);
  }

  #setRange(range: TimeRange | undefined): void {
    this.#range = range !== undefined && range.to_ps > range.from_ps ? range : undefined;
  }

  #onFrame(): void {
    const now_ps = this.#now_ps();
    this.#span = this.#zoom ?? this.#wholeSpan(now_ps);
    const { time } = this;
    const panels = [...this.#panels];
    const next = panels[this.#turn % Math.max(1, panels.length)];
    this.#turn += 1;
    const key = `${time.at_ps} ${time.range?.from_ps} ${time.range?.to_ps} ${time.span.to_ps} ${time.span.from_ps} ${time.width} ${now_ps}`;
    const isChanged = key !== this.#shown;
    this.#shown = key;
    const isInHand = this.#cursor_ps !== undefined || time.range !== undefined;
    next?.show(time);
    // Figures in hand must not lag behind it; those of a running clock may, by a few frames.
    if (isChanged && isInHand) for (const panel of panels) if (panel !== next) panel.showFigures(time);
    if (isChanged) this.#moveLines(time);
  }

  /** All of the run: its own length once it is over, round ends that change seldom before. */
  #wholeSpan(now_ps: number): TimeSpan {
    const end_ps = Math.max(now_ps, this.#recorded_ps());
    if (end_ps === 0 || !this.#isOver()) return wholeSpan(end_ps, undefined, this.#span);
    return this.#span.from_ps === 0 && this.#span.to_ps === end_ps ? this.#span : { from_ps: 0, to_ps: end_ps };
  }

  #moveLines(time: PanelTime): void {
    const offset = Number.parseFloat(this.#plot.style.left) - PANEL_PLACES.left;
    const inside = (at_ps: number): number => {
      const x = timeX(at_ps, time);
      return offset + Math.min(time.width - PANEL_PLACES.rightRoom, Math.max(PANEL_PLACES.left, x));
    };
    const headX = Math.round(inside(time.now_ps));
    const right = offset + time.width - PANEL_PLACES.rightRoom;
    this.#head.style.transform = `translateX(${headX}px)`;
    this.#later.style.transform = `translateX(${headX}px)`;
    this.#later.style.width = `${Math.max(0, right - headX)}px`;
    this.#later.hidden = this.#recorded_ps() <= time.now_ps;
    this.#hand.hidden = this.#cursor_ps === undefined;
    const handX = Math.round(inside(time.at_ps));
    this.#hand.style.transform = `translateX(${handX}px)`;
    this.#showBand(time.range, inside);
    this.#showAxis(time);
    this.#showChips(time, headX, handX);
    this.#clearBelow([headX - offset, ...(this.#cursor_ps === undefined ? [] : [handX - offset])]);
  }

  #showBand(range: TimeRange | undefined, inside: (at_ps: number) => number): void {
    this.#band.hidden = range === undefined;
    if (range === undefined) return;
    const from = Math.round(inside(range.from_ps));
    this.#band.style.transform = `translateX(${from}px)`;
    this.#band.style.width = `${Math.max(1, Math.round(inside(range.to_ps)) - from)}px`;
  }

  #showAxis(time: PanelTime): void {
    const key = `${time.span.from_ps} ${time.span.to_ps} ${time.width}`;
    if (key === this.#axisShown) return;
    this.#axisShown = key;
    const root = select(this.#axis).attr('width', time.width).attr('height', AXIS_HEIGHT).html('');
    drawAxis(root.append('g'), 0.5, time);
    this.#ticks = [...this.#axis.querySelectorAll('text')].map((text) => ({ text, x: Number(text.getAttribute('x')) }));
  }

  /** Ticks that a chip stands on are not shown. @param chips their middles, in pixels of the axis. */
  #clearBelow(chips: readonly number[]): void {
    for (const { text, x } of this.#ticks) {
      const isCovered = chips.some((middle) => Math.abs(x - middle) < CHIP_REACH_PX);
      const shown = isCovered ? 'hidden' : 'visible';
      if (text.style.visibility !== shown) text.style.visibility = shown;
    }
  }

  #showChips(time: PanelTime, headX: number, handX: number): void {
    const unit = unitFor(time.span.to_ps);
    const text = (at_ps: number): string => (at_ps / unit.ps).toFixed(3);
    setText(this.#headChip, text(time.now_ps));
    this.#headChip.style.transform = `translateX(calc(${headX}px - 50%))`;
    this.#handChip.hidden = this.#cursor_ps === undefined;
    setText(this.#handChip, text(time.at_ps));
    this.#handChip.style.transform = `translateX(calc(${handX}px - 50%))`;
    const { range } = time;
    const [value] = this.#columns.children;
    if (value instanceof HTMLElement) setText(value, range === undefined ? 'at the line' : 'average');
    const plot = this.#plot;
    plot.setAttribute('aria-valuemax', String(Math.round(Math.max(time.now_ps, this.#recorded_ps()))));
    plot.setAttribute('aria-valuenow', String(Math.round(time.at_ps)));
    const chosen = range === undefined ? '' : `, range ${durationText(range.from_ps)} to ${durationText(range.to_ps)}`;
    plot.setAttribute('aria-valuetext', `${durationText(time.at_ps)}${chosen}`);
  }
}

function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function ordered(a_ps: number, b_ps: number): TimeRange {
  return { from_ps: Math.min(a_ps, b_ps), to_ps: Math.max(a_ps, b_ps) };
}
