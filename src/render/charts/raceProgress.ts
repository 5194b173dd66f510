/*
 * The race: bytes that have arrived, for each way, on one scale. P2P a solid bar, bounced bytes a boxcar
 * pattern. Bars move every frame, figures ten times a second.
 */
import './charts.css';
import { select, type Selection } from 'd3-selection';
import { bytesTextLike, NO_VALUE, sizeText } from '../../base/format.ts';
import { KIB, MIB, GIB } from '../../base/units.ts';
import { MACHINE_COUNTER } from '../../core/pcie/counters.ts';
import { frameLoop } from '../frameLoop.ts';
import type { CreateRaceProgress, RaceLane, RaceProgressHandle } from './chartHandles.ts';

type Shape<Element extends SVGElement> = Selection<Element, unknown, null, undefined>;

interface LaneShape {
  readonly lane: RaceLane;
  readonly group: Shape<SVGGElement>;
  readonly bar: Shape<SVGRectElement>;
  readonly cars: Shape<SVGPathElement> | undefined;
  readonly value: Shape<SVGTextElement>;
}

const UPDATE_MS = 100;
const REDUCED_UPDATE_MS = 500;
const LABEL_ROOM = 64;
const VALUE_ROOM = 88;
const LANE_PITCH = 32;
const FIRST_LANE = 16;
const BAR = 8;
const QUARTERS = 4;
const SVG_NAMESPACE = 'http://www.w3.org/2000/svg';

class Progress implements RaceProgressHandle {
  readonly #container: HTMLElement;
  readonly #svg: SVGSVGElement;
  readonly #stop: () => void;
  readonly #resize: ResizeObserver;
  #lanes: readonly RaceLane[] = [];
  #total = 1;
  #shapes: readonly LaneShape[] = [];
  #reduced = false;
  #left = 0;
  #width = 0;
  #last_ms = -Infinity;
  #needsDrawing = true;

  constructor(container: HTMLElement, label: string) {
    this.#container = container;
    this.#svg = document.createElementNS(SVG_NAMESPACE, 'svg');
    this.#svg.setAttribute('class', 'pl-chart');
    this.#svg.setAttribute('role', 'group');
    this.#svg.setAttribute('aria-label', label);
    container.append(this.#svg);
    this.#resize = new ResizeObserver(() => {
      this.#needsDrawing = true;
    });
    this.#resize.observe(container);
    this.#stop = frameLoop().subscribe('draw', (now_ms) => this.#onFrame(now_ms));
  }

  setLanes(lanes: readonly RaceLane[], totalBytes: number): void {
    this.#lanes = lanes;
    this.#total = Math.max(1, totalBytes);
    this.#needsDrawing = true;
  }

  setReducedMotion(reduced: boolean): void {
    this.#reduced = reduced;
  }

  dispose(): void {
    this.#stop();
    this.#resize.disconnect();
    this.#svg.remove();
  }

  #onFrame(now_ms: number): void {
    const isDue = now_ms - this.#last_ms >= (this.#reduced ? REDUCED_UPDATE_MS : UPDATE_MS);
    if (this.#needsDrawing) this.#draw();
    else if (this.#reduced && !isDue) return;
    const showsText = isDue || this.#needsDrawing;
    this.#needsDrawing = false;
    if (showsText) this.#last_ms = now_ms;
    for (const shape of this.#shapes) this.#show(shape, showsText);
  }

  #show(shape: LaneShape, showsText: boolean): void {
    const { view } = shape.lane;
    const arrived = view?.machineCounters[MACHINE_COUNTER.arrivedBytes] ?? 0;
    const width = Math.round(Math.min(1, arrived / this.#total) * this.#width * 10) / 10;
    shape.bar.attr('width', width);
    const y = Number(shape.bar.attr('y')) + BAR / 2;
    shape.cars?.attr('d', width > 6 ? `M${this.#left + 4} ${y}H${this.#left + width - 3}` : null);
    if (!showsText) return;
    const text = view === undefined ? NO_VALUE : bytesTextLike(arrived, this.#total);
    if (shape.value.text() === text) return;
    shape.value.text(text);
    shape.group.attr('aria-valuenow', Math.round((arrived / this.#total) * 100)).attr('aria-valuetext', text);
  }

  #draw(): void {
    const width = this.#container.clientWidth;
    const height = Math.max(this.#container.clientHeight, FIRST_LANE + this.#lanes.length * LANE_PITCH);
    const root = select(this.#svg).attr('width', width).attr('height', height).html('');
    this.#left = LABEL_ROOM;
    this.#width = Math.max(10, width - LABEL_ROOM - VALUE_ROOM);
    this.#shapes = this.#lanes.map((lane, index) =>
      this.#drawLane(root.append('g'), lane, FIRST_LANE + index * LANE_PITCH),
    );
    this.#drawScale(root.append('g'), FIRST_LANE + this.#lanes.length * LANE_PITCH);
  }

  #drawLane(group: Shape<SVGGElement>, lane: RaceLane, middle: number): LaneShape {
    group
      .attr('role', 'progressbar')
      .attr('aria-label', lane.label)
      .attr('aria-valuemin', 0)
      .attr('aria-valuemax', 100)
      .attr('aria-valuenow', 0);
    group
      .append('text')
      .attr('class', 'pl-chart-name')
      .attr('x', 0)
      .attr('y', middle + 4)
      .text(lane.label);
    const y = middle - BAR / 2;
    const end = this.#left + this.#width;
    group
      .append('rect')
      .attr('class', 'pl-race-bed')
      .attr('x', this.#left)
      .attr('y', y)
      .attr('width', this.#width)
      .attr('height', BAR);
    const bar = group
      .append('rect')
      .attr('class', lane.way === 'p2p' ? 'pl-race-p2p' : 'pl-race-bounce')
      .attr('x', this.#left)
      .attr('y', y)
      .attr('width', 0)
      .attr('height', BAR)
      .attr('rx', lane.way === 'p2p' ? BAR / 2 : 0);
    const cars = lane.way === 'p2p' ? undefined : group.append('path').attr('class', 'pl-race-cars');
    for (let quarter = 1; quarter < QUARTERS; quarter += 1) {
      const x = Math.round(this.#left + (this.#width * quarter) / QUARTERS) + 0.5;
      group
        .append('path')
        .attr('class', 'pl-race-tick')
        .attr('d', `M${x} ${middle - 6}V${middle + 6}`);
    }
    group
      .append('path')
      .attr('class', 'pl-race-end')
      .attr('d', `M${end} ${middle - 8}V${middle + 8}`);
    const value = group
      .append('text')
      .attr('class', 'pl-race-value')
      .attr('x', this.#left + this.#width + VALUE_ROOM - 2)
      .attr('y', middle + 4);
    return { lane, group, bar, cars, value };
  }

  #drawScale(group: Shape<SVGGElement>, y: number): void {
    const unit = [GIB, MIB, KIB].find((bytes) => this.#total >= bytes) ?? 1;
    for (let quarter = 0; quarter <= QUARTERS; quarter += 1) {
      const bytes = (this.#total * quarter) / QUARTERS;
      const text = quarter === QUARTERS ? sizeText(this.#total) : String(Number((bytes / unit).toFixed(2)));
      const anchor = quarter === 0 ? 'start' : quarter === QUARTERS ? 'end' : 'middle';
      group
        .append('text')
        .attr('class', 'pl-chart-tick')
        .attr('x', this.#left + (this.#width * quarter) / QUARTERS)
        .attr('y', y)
        .attr('text-anchor', anchor)
        .text(text);
    }
  }
}

/** Progress bars in a container that has a size. */
export const createRaceProgress: CreateRaceProgress = (container, { label }) => new Progress(container, label);
