/*
 * Lines with marks over one varied value. Every mark is a button: Tab enters the chart, left and right walk a line, up
 * and down change lines, Enter opens the run behind the mark. Shapes tell lines apart, colour only repeats it.
 */
import { useRef, type KeyboardEvent, type Ref } from 'react';
import type { PlotScale } from '../../render/charts/scatterScales.ts';

export type LineMark = 'disc' | 'square' | 'diamond';

export interface LinePoint {
  readonly id: string;
  readonly x: number;
  /** Undefined: there is no figure, and the mark is a cross on the axis. */
  readonly y: number | undefined;
  /** What the point says to somebody who does not see it. */
  readonly sentence: string;
}

export interface PlotLine {
  readonly id: string;
  readonly flow: 'p2p' | 'bounce';
  readonly mark: LineMark;
  readonly dashed: boolean;
  readonly points: readonly LinePoint[];
}

export interface PlotBox {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The pixels of a chart inside an element of this size. */
export function plotBox(width: number, height: number): PlotBox {
  return { width, height, left: 60, right: width - 16, top: 30, bottom: height - 48 };
}

interface LinePlotProps {
  /** Accessible name. */
  readonly label: string;
  readonly box: PlotBox;
  readonly x: PlotScale;
  readonly y: PlotScale;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly tickText: { readonly x: (value: number) => string; readonly y: (value: number) => string };
  readonly lines: readonly PlotLine[];
  /** A line without marks that was computed, not run. */
  readonly computed: readonly { readonly x: number; readonly y: number }[];
  readonly active: string | undefined;
  readonly onActive: (id: string | undefined) => void;
  readonly onOpen: (id: string) => void;
  readonly drawing: Ref<SVGSVGElement>;
}

function pathOf(points: readonly { readonly x: number; readonly y: number }[], x: PlotScale, y: PlotScale): string {
  return points
    .map((point, index) => `${index === 0 ? 'M' : 'L'}${x.at(point.x).toFixed(1)} ${y.at(point.y).toFixed(1)}`)
    .join('');
}

function known(points: readonly LinePoint[]): readonly { readonly x: number; readonly y: number }[] {
  return points.flatMap(({ x, y }) => (y === undefined ? [] : [{ x, y }]));
}

interface Walk {
  readonly line: number;
  readonly point: number;
}

/** Where a key leads from a mark; undefined for keys that do not walk. */
export function walk(lines: readonly PlotLine[], at: Walk, key: string): Walk | undefined {
  const points = lines[at.line]?.points ?? [];
  const value = points[at.point]?.x;
  switch (key) {
    case 'ArrowRight':
      return { ...at, point: Math.min(points.length - 1, at.point + 1) };
    case 'ArrowLeft':
      return { ...at, point: Math.max(0, at.point - 1) };
    case 'Home':
      return { ...at, point: 0 };
    case 'End':
      return { ...at, point: points.length - 1 };
    case 'ArrowUp':
    case 'ArrowDown': {
      const line = at.line + (key === 'ArrowDown' ? 1 : -1);
      const other = lines[line]?.points.findIndex(({ x }) => x === value) ?? -1;
      return other < 0 ? at : { line, point: other };
    }
    default:
      return undefined;
  }
}

function placeOf(lines: readonly PlotLine[], id: string | undefined): Walk {
  for (const [line, { points }] of lines.entries()) {
    const point = points.findIndex((candidate) => candidate.id === id);
    if (point >= 0) return { line, point };
  }
  return {
    line: Math.max(
      0,
      lines.findIndex(({ points }) => points.length > 0),
    ),
    point: 0,
  };
}

/* SVG has no elements of its own for groups and buttons. */
/* oxlint-disable jsx-a11y/prefer-tag-over-role */
export function LinePlot(props: LinePlotProps) {
  const { drawing, ...shown } = props;
  const { label, box, x, y, lines, computed, active, onActive, onOpen } = shown;
  const group = useRef<SVGGElement>(null);
  const place = placeOf(lines, active);
  const current = lines[place.line]?.points[place.point]?.id;
  const onKey = (event: KeyboardEvent): void => {
    const next = walk(lines, place, event.key);
    if (next !== undefined) {
      const id = lines[next.line]?.points[next.point]?.id;
      if (id === undefined) return;
      onActive(id);
      group.current?.querySelector<SVGGElement>(`[data-id="${CSS.escape(id)}"]`)?.focus();
    } else if ((event.key === 'Enter' || event.key === ' ') && current !== undefined) onOpen(current);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <svg className="line-plot" width={box.width} height={box.height} role="group" aria-label={label} ref={drawing}>
      <Axes {...shown} />
      <path className="plot-computed" d={pathOf(computed, x, y)} aria-hidden="true" />
      {lines.map(({ id, flow, dashed, points }) => (
        <path
          key={id}
          className={`plot-line plot-${flow}${dashed ? ' plot-dashed' : ''}`}
          d={pathOf(known(points), x, y)}
          aria-hidden="true"
        />
      ))}
      <g ref={group} onKeyDown={onKey} onPointerLeave={() => onActive(undefined)}>
        {lines.flatMap(({ flow, mark, points }) =>
          points.map((point) => (
            <g
              key={point.id}
              data-id={point.id}
              role="button"
              tabIndex={point.id === current ? 0 : -1}
              aria-label={point.sentence}
              className={`plot-point plot-${flow}${point.id === active ? ' active' : ''}`}
              transform={`translate(${x.at(point.x).toFixed(1)} ${(point.y === undefined ? box.bottom : y.at(point.y)).toFixed(1)})`}
              onFocus={() => onActive(point.id)}
              onPointerEnter={() => onActive(point.id)}
              onClick={() => onOpen(point.id)}
            >
              <circle className="plot-halo" r="11" data-screen-only="" />
              {point.y === undefined ? <path className="plot-cross" d="M-5 -5 5 5M5 -5 -5 5" /> : <Mark mark={mark} />}
            </g>
          )),
        )}
      </g>
    </svg>
  );
}

/* oxlint-enable jsx-a11y/prefer-tag-over-role */

function Axes({ box, x, y, xTitle, yTitle, tickText }: Omit<LinePlotProps, 'drawing'>) {
  return (
    <g aria-hidden="true">
      {y.ticks.map(({ at, value }) => (
        <g key={value}>
          <line className="plot-grid" x1={box.left} x2={box.right} y1={at} y2={at} />
          <text className="plot-tick" x={box.left - 10} y={at + 4} textAnchor="end">
            {tickText.y(value)}
          </text>
        </g>
      ))}
      <line className="plot-axis" x1={box.left} x2={box.right} y1={box.bottom} y2={box.bottom} />
      {x.ticks.map(({ at, value }) => (
        <g key={value}>
          <line className="plot-axis" x1={at} x2={at} y1={box.bottom} y2={box.bottom + 5} />
          <text className="plot-tick" x={at} y={box.bottom + 19} textAnchor="middle">
            {tickText.x(value)}
          </text>
        </g>
      ))}
      <text className="plot-title" x={box.right} y={box.bottom + 38} textAnchor="end">
        {xTitle}
      </text>
      <text className="plot-title" x={box.left - 10} y={box.top - 14}>
        {yTitle}
      </text>
    </g>
  );
}

/** The shape of a line's marks; also used in the legend. */
export function Mark({ mark }: { readonly mark: LineMark }) {
  switch (mark) {
    case 'disc':
      return <circle className="plot-solid" r="4.5" />;
    case 'square':
      return <rect className="plot-hollow" x="-4.25" y="-4.25" width="8.5" height="8.5" />;
    case 'diamond':
      return <path className="plot-hollow" d="M0 -5.75 5.75 0 0 5.75 -5.75 0z" />;
  }
}
