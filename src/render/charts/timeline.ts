/*
 * One axis of simulated time for many panels, like the screen of an oscilloscope: the present instant and the instant in
 * hand are lines through all of them, a range is chosen by dragging, and the clock is moved by a click or Enter.
 * Panels are brought up to date in turn, one a frame; lines and figures follow the hand every frame.
 */
import './charts.css';
import './timeline.css';
import { durationText } from '../../base/format.ts';
import { frameLoop } from '../frameLoop.ts';
import type { TimeRange } from './panelData.ts';
import { PANEL_PLACES, type PanelTime, TimePanel, timeX } from './timePanel.ts';
import { part, setText, TimelineAxis } from './timelineAxis.ts';
import { wholeSpan, type TimeSpan } from './timeScale.ts';

export interface TimelineOptions {
  /** Accessible name of the time cursor. */
  readonly label: string;
  /** The person wants the clock there. */
  readonly onSeek: (at_ps: number) => void;
  /** A range was chosen, changed or given up; not while it is being dragged. */
  readonly onRange: (range: TimeRange | undefined) => void;
}

/** Less than this is a click. */
const DRAG_PX = 4;
const LARGE_STEP = 10;
const REDUCED_MS = 500;
const BINS_OF_SPAN = 512;

interface Drag {
  readonly from_ps: number;
  readonly startX: number;
  isRange: boolean;
}

export class Timeline {
  readonly #stack: HTMLElement;
  readonly #options: TimelineOptions;
  readonly #plot: HTMLElement;
  readonly #later: HTMLElement;
  readonly #band: HTMLElement;
  readonly #head: HTMLElement;
  readonly #hand: HTMLElement;
  readonly #axis: TimelineAxis;
  readonly #columns: HTMLElement;
  readonly #panels = new Set<TimePanel>();
  readonly #stop: () => void;
  readonly #resize: ResizeObserver;
  #turn = 0;
  #isReduced = false;
  #last_ms = -Infinity;
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

  /** @param stack holds the panels; positioned, and as wide as they are. @param axis holds the axis below them. */
  constructor(stack: HTMLElement, axis: HTMLElement, options: TimelineOptions) {
    this.#stack = stack;
    this.#options = options;
    this.#later = part('timeline-later', stack);
    this.#band = part('timeline-band', stack);
    this.#head = part('timeline-head', stack);
    this.#hand = part('timeline-hand', stack);
    this.#plot = part('timeline-plot', stack);
    this.#axis = new TimelineAxis(axis);
    this.#columns = part('timeline-columns', stack);
    part('timeline-column-value', this.#columns);
    part('timeline-column-most', this.#columns).textContent = 'highest';
    this.#columns.setAttribute('aria-hidden', 'true');
    this.#preparePlot();
    this.#resize = new ResizeObserver(() => this.#measure());
    this.#resize.observe(stack);
    this.#measure();
    this.#stop = frameLoop().subscribe('draw', (now_ms) => this.#onFrame(now_ms));
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

  setReducedMotion(reduced: boolean): void {
    this.#isReduced = reduced;
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
    this.#axis.dispose();
    for (const element of [this.#later, this.#band, this.#head, this.#hand, this.#plot, this.#columns])
      element.remove();
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
    // The axis may not have been drawn since the run has ended.
    this.#span = this.#nextSpan(this.#now_ps());
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

  #onFrame(now_ms: number): void {
    const isInHand = this.#cursor_ps !== undefined || this.#range !== undefined;
    // What nobody has in hand moves twice a second for those who want nothing to move.
    if (this.#isReduced && !isInHand && now_ms - this.#last_ms < REDUCED_MS) return;
    this.#last_ms = now_ms;
    const now_ps = this.#now_ps();
    this.#span = this.#nextSpan(now_ps);
    const { time } = this;
    const panels = [...this.#panels];
    const next = panels[this.#turn % Math.max(1, panels.length)];
    this.#turn += 1;
    const key = `${time.at_ps} ${time.range?.from_ps} ${time.range?.to_ps} ${time.span.to_ps} ${time.span.from_ps} ${time.width} ${now_ps}`;
    const isChanged = key !== this.#shown;
    this.#shown = key;
    for (const panel of panels) {
      if (panel === next || this.#isReduced) panel.show(time);
      // Figures in hand must not lag behind it; those of a running clock may, by a few frames.
      else if (isChanged && isInHand) panel.showFigures(time);
    }
    if (isChanged) this.#moveLines(time);
  }

  /** All of the run: its own length once it is over, round ends that change seldom before. */
  #nextSpan(now_ps: number): TimeSpan {
    if (this.#zoom !== undefined) return this.#zoom;
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
    this.#axis.show(time, { offset, headX, handX: this.#cursor_ps === undefined ? undefined : handX });
    this.#say(time);
  }

  #showBand(range: TimeRange | undefined, inside: (at_ps: number) => number): void {
    this.#band.hidden = range === undefined;
    if (range === undefined) return;
    const from = Math.round(inside(range.from_ps));
    this.#band.style.transform = `translateX(${from}px)`;
    this.#band.style.width = `${Math.max(1, Math.round(inside(range.to_ps)) - from)}px`;
  }

  /** What the figures are of, and where the cursor is for those who do not see it. */
  #say({ range, at_ps, now_ps }: PanelTime): void {
    const [value] = this.#columns.children;
    if (value instanceof HTMLElement) setText(value, range === undefined ? 'at the line' : 'average');
    const plot = this.#plot;
    plot.setAttribute('aria-valuemax', String(Math.round(Math.max(now_ps, this.#recorded_ps()))));
    plot.setAttribute('aria-valuenow', String(Math.round(at_ps)));
    const chosen = range === undefined ? '' : `, range ${durationText(range.from_ps)} to ${durationText(range.to_ps)}`;
    plot.setAttribute('aria-valuetext', `${durationText(at_ps)}${chosen}`);
  }
}

function ordered(a_ps: number, b_ps: number): TimeRange {
  return { from_ps: Math.min(a_ps, b_ps), to_ps: Math.max(a_ps, b_ps) };
}
