/* Both plots of one unit beside each other, their legend, and what is known of the point in hand. */
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { clampedScale, logScale, type PlotScale } from '../../render/charts/scatterScales.ts';
import { deviation, figureText, spanText } from '../../validation/figures.ts';
import { pointMachine } from '../../validation/pointMachine.ts';
import type { NumberPoint, ValidationResults } from '../../validation/points.ts';
import { Segmented } from '../widgets/Segmented.tsx';
import {
  differenceText,
  KIND_WORDS,
  PLOT_KINDS,
  type PlotKind,
  type PlotPoint,
  plotDomain,
  plotPoints,
  type PlotUnit,
} from './plotModel.ts';
import { Mark, plotFrame, type PlotFrame, ScatterPlot } from './ScatterPlot.tsx';
import { useOpenMachine } from './useOpenMachine.ts';
import { VerdictChip } from './VerdictChip.tsx';

const FACTS_PX = 328;
const GAPS_PX = 3 * 24;
const LEAST_PLOT_PX = 280;
/** Differences are drawn within these; what is beyond stays at the edge. */
const DIFFERENCE_SPAN = { low: -0.2, high: 0.2 } as const;
/** What section 3.3 of the performance reference accepts of a stream. */
const STREAM_BAND = { low: -0.01, high: 0.03 } as const;
const UNIT_SCALE: Readonly<Record<PlotUnit, { readonly divide: number; readonly word: string }>> = {
  'B/s': { divide: 1e9, word: 'GB/s' },
  ns: { divide: 1, word: 'ns' },
};

function useWidth(): readonly [React.RefObject<HTMLDivElement | null>, number] {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

export function Plots({ results }: { readonly results: ValidationResults }) {
  const [unit, setUnit] = useState<PlotUnit>('B/s');
  const [active, setActive] = useState<string | undefined>(undefined);
  const [kept, setKept] = useState<string | undefined>(undefined);
  const [ref, width] = useWidth();
  const points = useMemo(() => plotPoints(results, unit), [results, unit]);
  const shown = points.find(({ point }) => point.id === (active ?? kept));
  const plotWidth = Math.max(LEAST_PLOT_PX, Math.floor((width - FACTS_PX - GAPS_PX) / 2));
  const choose = (next: PlotUnit): void => {
    setUnit(next);
    setActive(undefined);
    setKept(undefined);
  };
  const shared = { points, active: active ?? kept, onActive: setActive, onKeep: setKept };
  return (
    <section className="val-plots" aria-label="Plots">
      <header className="val-plots-head">
        <Segmented
          label="Figures plotted"
          value={unit}
          options={[
            { value: 'B/s', label: 'Rates' },
            { value: 'ns', label: 'Times' },
          ]}
          onChange={choose}
        />
        <Legend points={points} />
      </header>
      <div className="val-plots-row" ref={ref}>
        {width === 0 ? undefined : (
          <>
            <AgainstReference {...shared} unit={unit} frame={plotFrame(plotWidth)} />
            <Differences {...shared} unit={unit} frame={plotFrame(plotWidth)} />
          </>
        )}
        <PointFacts point={shown?.point} />
      </div>
    </section>
  );
}

function Legend({ points }: { readonly points: readonly PlotPoint[] }) {
  const kinds = PLOT_KINDS.filter((kind) => points.some((point) => point.kind === kind));
  const missed = points.some(({ point }) => point.verdict === 'missed');
  const rows: readonly (readonly [PlotKind | 'missed', string])[] = [
    ...kinds.map((kind) => [kind, KIND_WORDS[kind]] as const),
    ...(missed ? ([['missed', 'missed']] as const) : []),
  ];
  return (
    <ul className="val-legend">
      {rows.map(([kind, words]) => (
        <li key={kind}>
          <svg className={`val-point val-kind-${kind}`} width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
            <Mark kind={kind} />
          </svg>
          {words}
        </li>
      ))}
    </ul>
  );
}

interface PlotProps {
  readonly points: readonly PlotPoint[];
  readonly unit: PlotUnit;
  readonly frame: PlotFrame;
  readonly active: string | undefined;
  readonly onActive: (id: string | undefined) => void;
  readonly onKeep: (id: string) => void;
}

const modelOf = ({ model }: PlotPoint): number => model;
const differenceOf = ({ difference }: PlotPoint): number => difference;

function AgainstReference({ points, unit, frame, ...rest }: PlotProps) {
  const { divide, word } = UNIT_SCALE[unit];
  const { low, high } = plotDomain(points);
  const x = logScale(low / divide, high / divide, frame.left, frame.right);
  const y = logScale(low / divide, high / divide, frame.bottom, frame.top);
  const scaled = (scale: PlotScale): PlotScale => ({ at: (value) => scale.at(value / divide), ticks: scale.ticks });
  const sx = scaled(x);
  const sy = scaled(y);
  const bandOf = (share: number): string =>
    `${sx.at(low).toFixed(1)},${sy.at(low * (1 + share)).toFixed(1)} ${sx.at(high).toFixed(1)},${sy.at(high * (1 + share)).toFixed(1)}`;
  const corner = (share: number): string => bandOf(share).split(' ').toReversed().join(' ');
  return (
    <ScatterPlot
      label={`Model against reference, ${word}, logarithmic`}
      frame={frame}
      x={sx}
      y={sy}
      xTitle={`reference, ${word}`}
      yTitle={`model, ${word}`}
      tickText={{ x: String, y: String }}
      points={points}
      valueOf={modelOf}
      behind={
        <g aria-hidden="true">
          {unit === 'B/s' ? (
            <polygon className="val-band" points={`${bandOf(STREAM_BAND.low)} ${corner(STREAM_BAND.high)}`} />
          ) : undefined}
          <polyline className="val-equal" points={bandOf(0)} />
          {points.map(({ point, model }) =>
            point.reference.low === point.reference.high ? undefined : (
              <line
                key={point.id}
                className="val-bar"
                x1={sx.at(point.reference.low)}
                x2={sx.at(point.reference.high)}
                y1={sy.at(model)}
                y2={sy.at(model)}
              />
            ),
          )}
        </g>
      }
      {...rest}
    />
  );
}

function Differences({ points, unit, frame, ...rest }: PlotProps) {
  const { divide, word } = UNIT_SCALE[unit];
  const { low, high } = plotDomain(points);
  const scale = logScale(low / divide, high / divide, frame.left, frame.right);
  const x: PlotScale = { at: (value) => scale.at(value / divide), ticks: scale.ticks };
  const y = clampedScale(DIFFERENCE_SPAN.low, DIFFERENCE_SPAN.high, frame.bottom, frame.top, 8);
  return (
    <ScatterPlot
      label={`Difference of the model from the reference, by reference in ${word}`}
      frame={frame}
      x={x}
      y={y}
      xTitle={`reference, ${word}`}
      yTitle="model less reference, % of it"
      tickText={{ x: String, y: (value) => (value * 100).toFixed(0).replace('-', '−') }}
      points={points}
      valueOf={differenceOf}
      behind={
        <g aria-hidden="true">
          {unit === 'B/s' ? (
            <rect
              className="val-band"
              x={frame.left}
              width={frame.right - frame.left}
              y={y.at(STREAM_BAND.high)}
              height={y.at(STREAM_BAND.low) - y.at(STREAM_BAND.high)}
            />
          ) : undefined}
          <line className="val-equal" x1={frame.left} x2={frame.right} y1={y.at(0)} y2={y.at(0)} />
          {points.map(({ point, reference, least, most }) =>
            point.section === 'throughput' ? undefined : (
              <line
                key={point.id}
                className="val-bar"
                x1={x.at(reference)}
                x2={x.at(reference)}
                y1={y.at(least)}
                y2={y.at(most)}
              />
            ),
          )}
        </g>
      }
      {...rest}
    />
  );
}

/** The figures of one point, and the way to its machine. */
function PointFacts({ point }: { readonly point: NumberPoint | undefined }) {
  const open = useOpenMachine();
  if (point === undefined) {
    return (
      <aside className="val-facts" aria-label="Point">
        <p className="empty">Point at a mark, or walk through them with the arrow keys.</p>
      </aside>
    );
  }
  const { title, unit, model, reference, accepted, verdict, role, calibrates, reason } = point;
  const note = pointMachine(point)?.note;
  return (
    <aside className="val-facts" aria-label="Point">
      <h3>{title}</h3>
      <p className="val-facts-model">{model === undefined ? '–' : figureText(model, unit)}</p>
      <dl>
        <dt>{point.section === 'measurements' ? 'Published' : 'Closed form'}</dt>
        <dd>{spanText(reference, unit)}</dd>
        <dt>Difference</dt>
        <dd>{differenceText(deviation(point))}</dd>
        <dt>Accepted</dt>
        <dd>{spanText(accepted, unit)}</dd>
        <dt>Verdict</dt>
        <dd>
          <VerdictChip verdict={verdict} />
        </dd>
        <dt>Worth</dt>
        <dd>{role}</dd>
      </dl>
      {calibrates === undefined ? undefined : <p className="val-quiet">Calibrated on it: {calibrates}.</p>}
      {point.limitedBy === undefined ? undefined : <p className="val-quiet">Limit: {point.limitedBy}.</p>}
      {reason === undefined ? undefined : <p>{reason}</p>}
      {note === undefined ? undefined : <p className="val-quiet">{note}</p>}
      <button type="button" className="button small" onClick={() => open(point)}>
        Open this machine
      </button>
    </aside>
  );
}
