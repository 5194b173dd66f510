/*
 * One plot of the validation. Every point is a button: Tab enters the plot, arrows walk the points by reference, Enter
 * keeps one. Shapes tell kinds apart, colour only repeats it.
 */
import { type KeyboardEvent, type ReactNode, useRef } from 'react';
import type { PlotScale } from '../../render/charts/scatterScales.ts';
import { type PlotKind, type PlotPoint, pointSentence } from './plotModel.ts';

export interface PlotFrame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export const PLOT_HEIGHT = 332;

export function plotFrame(width: number): PlotFrame {
  return { width, height: PLOT_HEIGHT, left: 52, right: width - 12, top: 28, bottom: PLOT_HEIGHT - 40 };
}

interface ScatterPlotProps {
  /** Accessible name. */
  readonly label: string;
  readonly frame: PlotFrame;
  readonly x: PlotScale;
  readonly y: PlotScale;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly tickText: { readonly x: (value: number) => string; readonly y: (value: number) => string };
  readonly points: readonly PlotPoint[];
  readonly valueOf: (point: PlotPoint) => number;
  /** Bands and bars behind the points. */
  readonly behind: ReactNode;
  readonly active: string | undefined;
  readonly onActive: (id: string | undefined) => void;
  readonly onKeep: (id: string) => void;
}

const STEPS = new Map([
  ['ArrowRight', 1],
  ['ArrowUp', 1],
  ['ArrowLeft', -1],
  ['ArrowDown', -1],
  ['PageDown', 20],
  ['PageUp', -20],
]);

/* SVG has no elements of its own for groups and buttons. */
/* oxlint-disable jsx-a11y/prefer-tag-over-role */
export function ScatterPlot(props: ScatterPlotProps) {
  const { label, frame, x, y, xTitle, yTitle, points, valueOf, active, onActive, onKeep } = props;
  const group = useRef<SVGGElement>(null);
  const index = Math.max(
    0,
    points.findIndex(({ point }) => point.id === active),
  );
  const goTo = (wanted: number): void => {
    const next = points[Math.min(points.length - 1, Math.max(0, wanted))];
    if (next === undefined) return;
    onActive(next.point.id);
    group.current?.querySelector<SVGGElement>(`[data-id="${CSS.escape(next.point.id)}"]`)?.focus();
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = STEPS.get(event.key);
    if (step !== undefined) goTo(index + step);
    else if (event.key === 'Home') goTo(0);
    else if (event.key === 'End') goTo(points.length - 1);
    else if (event.key === 'Enter' || event.key === ' ') {
      const current = points[index];
      if (current !== undefined) onKeep(current.point.id);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <svg className="val-plot" width={frame.width} height={frame.height} role="group" aria-label={label}>
      <Axes frame={frame} x={x} y={y} xTitle={xTitle} yTitle={yTitle} tickText={props.tickText} />
      {props.behind}
      <g ref={group} onKeyDown={onKey}>
        {points.map((plotted, order) => {
          const { id, verdict } = plotted.point;
          return (
            <g
              key={id}
              data-id={id}
              role="button"
              tabIndex={order === index ? 0 : -1}
              aria-label={pointSentence(plotted)}
              className={`val-point val-kind-${verdict === 'missed' ? 'missed' : plotted.kind}${id === active ? ' active' : ''}`}
              transform={`translate(${x.at(plotted.reference).toFixed(1)} ${y.at(valueOf(plotted)).toFixed(1)})`}
              onFocus={() => onActive(id)}
              onPointerEnter={() => onActive(id)}
              onClick={() => onKeep(id)}
            >
              {id === active ? (
                <>
                  <title>{pointSentence(plotted)}</title>
                  <circle className="val-halo" r="9" />
                </>
              ) : undefined}
              <Mark kind={verdict === 'missed' ? 'missed' : plotted.kind} />
            </g>
          );
        })}
      </g>
    </svg>
  );
}

/* oxlint-enable jsx-a11y/prefer-tag-over-role */

type AxesProps = Pick<ScatterPlotProps, 'frame' | 'x' | 'y' | 'xTitle' | 'yTitle' | 'tickText'>;

function Axes({ frame, x, y, xTitle, yTitle, tickText }: AxesProps) {
  return (
    <g aria-hidden="true">
      {x.ticks.map(({ at, value }) => (
        <g key={value}>
          <line className="val-grid" x1={at} x2={at} y1={frame.top} y2={frame.bottom} />
          <text className="val-tick" x={at} y={frame.bottom + 16} textAnchor="middle">
            {tickText.x(value)}
          </text>
        </g>
      ))}
      {y.ticks.map(({ at, value }) => (
        <g key={value}>
          <line className="val-grid" x1={frame.left} x2={frame.right} y1={at} y2={at} />
          <text className="val-tick" x={frame.left - 8} y={at + 4} textAnchor="end">
            {tickText.y(value)}
          </text>
        </g>
      ))}
      <text className="val-axis-title" x={frame.right} y={frame.bottom + 34} textAnchor="end">
        {xTitle}
      </text>
      <text className="val-axis-title" x={frame.left} y={frame.top - 12}>
        {yTitle}
      </text>
    </g>
  );
}

/** The shape of a kind; also used in the legend. */
export function Mark({ kind }: { readonly kind: PlotKind | 'missed' }) {
  switch (kind) {
    case 'write':
      return <circle r="3" />;
    case 'read':
      return <circle className="val-ring" r="3.2" />;
    case 'readwrite':
      return <rect className="val-ring" x="-2.8" y="-2.8" width="5.6" height="5.6" />;
    case 'latency':
      return <path d="M0 -5 5 0 0 5 -5 0z" />;
    case 'validated':
      return <path d="M0 -6 5.6 4.4 -5.6 4.4z" />;
    case 'calibrated':
      return <path className="val-ring" d="M0 -5.4 5 3.9 -5 3.9z" />;
    case 'missed':
      return <path className="val-cross" d="M-4.5 -4.5 4.5 4.5M4.5 -4.5 -4.5 4.5" />;
  }
}
