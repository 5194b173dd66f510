/*
 * How long transactions took: a row of bars for each kind on one logarithmic axis, with the median and the time that
 * 99 of 100 do not exceed. Drawn anew when somebody brings new counts, which is seldom.
 */
import './charts.css';
import './timeline.css';
import { select, type Selection } from 'd3-selection';
import { durationText, integerText } from '../../base/format.ts';
import type { ChartFlow } from './chartHandles.ts';

export interface LatencyRow {
  /** `P2P, writes delivered` */
  readonly label: string;
  readonly flow: ChartFlow;
  /** Bars are outlines: reads, beside the solid ones of writes. */
  readonly hollow: boolean;
  readonly total: number;
  readonly bars: readonly { readonly from_ps: number; readonly to_ps: number; readonly count: number }[];
  readonly median_ps: number | undefined;
  readonly p99_ps: number | undefined;
}

type Group = Selection<SVGGElement, unknown, null, undefined>;

const SVG_NAMESPACE = 'http://www.w3.org/2000/svg';
const ROW_HEAD = 38;
const BARS = 46;
const ROW_GAP = 16;
const AXIS_ROOM = 26;
const LEAST_BAR = 1.5;

export class LatencyBars {
  readonly svg: SVGSVGElement;
  readonly #container: HTMLElement;
  #shown = '';

  constructor(container: HTMLElement) {
    this.#container = container;
    this.svg = document.createElementNS(SVG_NAMESPACE, 'svg');
    this.svg.setAttribute('class', 'pl-chart');
    this.svg.setAttribute('aria-hidden', 'true');
    container.append(this.svg);
  }

  show(rows: readonly LatencyRow[]): void {
    const width = this.#container.clientWidth;
    const key = `${width} ${rows.map(({ label, total }) => `${label} ${total}`).join()}`;
    if (key === this.#shown) return;
    this.#shown = key;
    const height = rows.length * (ROW_HEAD + BARS + ROW_GAP) + AXIS_ROOM;
    const root: Group = select(this.svg).attr('width', width).attr('height', height).html('').append('g');
    const from_ps = Math.min(...rows.flatMap(({ bars }) => bars.map((bar) => bar.from_ps)));
    const to_ps = Math.max(...rows.flatMap(({ bars }) => bars.map((bar) => bar.to_ps)));
    if (!(to_ps > from_ps)) return;
    const scale = latencyScale(from_ps, to_ps, width);
    rows.forEach((row, index) => {
      const y = index * (ROW_HEAD + BARS + ROW_GAP);
      drawRow(root.append('g').attr('transform', `translate(0 ${y})`), row, scale, width);
    });
    drawAxis(root, scale, height - AXIS_ROOM + 2.5, width);
  }

  dispose(): void {
    this.svg.remove();
  }
}

interface LatencyScale {
  readonly from_ps: number;
  readonly to_ps: number;
  readonly at: (latency_ps: number) => number;
}

/** From a round part of a power of ten to another. */
function latencyScale(least_ps: number, most_ps: number, width: number): LatencyScale {
  const down = Math.floor(Math.log10(least_ps) * 2) / 2;
  const up = Math.max(Math.ceil(Math.log10(most_ps) * 2) / 2, down + 0.5);
  return {
    from_ps: 10 ** down,
    to_ps: 10 ** up,
    at: (latency_ps) => ((Math.log10(latency_ps) - down) / (up - down)) * width,
  };
}

function drawRow(group: Group, row: LatencyRow, scale: LatencyScale, width: number): void {
  const base = ROW_HEAD + BARS + 0.5;
  group.append('text').attr('class', 'pl-chart-name').attr('y', 14).text(row.label);
  group
    .append('text')
    .attr('class', 'pl-chart-note pl-chart-number')
    .attr('x', width)
    .attr('y', 14)
    .text(integerText(row.total));
  const most = Math.max(1, ...row.bars.map(({ count }) => count));
  for (const { from_ps, to_ps, count } of row.bars) {
    if (count === 0) continue;
    const x = scale.at(from_ps) + 0.5;
    const height = Math.max(LEAST_BAR, (count / most) * BARS);
    group
      .append('rect')
      .attr('class', `pl-latency-bar pl-latency-${row.flow}${row.hollow ? ' pl-latency-hollow' : ''}`)
      .attr('x', x)
      .attr('y', base - height)
      .attr('width', Math.max(1, scale.at(to_ps) - x - 0.5))
      .attr('height', height);
  }
  group.append('path').attr('class', 'pl-chart-base').attr('d', `M0 ${base}H${width}`);
  drawQuantiles(group, row, scale, base);
}

function drawQuantiles(group: Group, row: LatencyRow, scale: LatencyScale, base: number): void {
  const marks = [
    ['p50', row.median_ps, 'pl-latency-median'],
    ['p99', row.p99_ps, 'pl-latency-p99'],
  ] as const;
  let x = 0;
  for (const [name, latency_ps, className] of marks) {
    if (latency_ps === undefined) continue;
    const at = Math.round(scale.at(latency_ps)) + 0.5;
    group
      .append('path')
      .attr('class', className)
      .attr('d', `M${at} ${ROW_HEAD - 4}V${base}`);
    group
      .append('text')
      .attr('class', 'pl-chart-tick')
      .attr('x', x)
      .attr('y', 30)
      .text(`${name} ${durationText(latency_ps)}`);
    x += 116;
  }
}

function drawAxis(root: Group, scale: LatencyScale, y: number, width: number): void {
  const marks: string[] = [];
  const first = Math.ceil(Math.log10(scale.from_ps) - 1e-9);
  const last = Math.floor(Math.log10(scale.to_ps) + 1e-9);
  for (let power = first - 1; power <= last; power += 1) {
    for (let digit = 1; digit < 10; digit += 1) {
      const latency_ps = digit * 10 ** power;
      if (latency_ps < scale.from_ps * 0.999 || latency_ps > scale.to_ps * 1.001) continue;
      const x = Math.round(scale.at(latency_ps)) + (latency_ps >= scale.to_ps * 0.99 ? -0.5 : 0.5);
      marks.push(`M${x} ${y}v${digit === 1 ? 6 : 3}`);
      const isNamed = digit === 1 || (last - first < 2 && (digit === 2 || digit === 5));
      if (!isNamed) continue;
      root
        .append('text')
        .attr('class', 'pl-chart-tick')
        .attr('x', x)
        .attr('y', y + 19)
        .attr('text-anchor', x < 16 ? 'start' : x > width - 16 ? 'end' : 'middle')
        .text(durationText(latency_ps).replace(/\.0+(?=\D)/, ''));
    }
  }
  root
    .append('path')
    .attr('class', 'pl-chart-axis')
    .attr('d', `M0 ${y}H${width}${marks.join('')}`);
}
