/* The figures of a sweep, drawn and listed, as they come in. */
import { useState } from 'react';
import { fixedText, NO_VALUE } from '../../base/format.ts';
import { SWEEP_WAY_NAMES, type SweepResult } from '../../store/sweepStore.ts';
import { ChartFrame } from '../charts/ChartFrame.tsx';
import { LinePlot, Mark, plotBox } from '../charts/LinePlot.tsx';
import { figureAxis, valueAxis, type AxisKind } from '../charts/plotAxis.ts';
import { useDocument, useSweep } from '../model.ts';
import { Segmented } from '../widgets/Segmented.tsx';
import {
  closedFormAbsence,
  closedFormWords,
  computedLine,
  exportTable,
  figuresOf,
  linesOf,
  markOf,
  measureUnit,
  outcomeText,
  pointName,
  runOf,
  sweepTitle,
  type Measure,
} from './sweepFigures.ts';
import { SweepTable } from './SweepTable.tsx';
import { useOpenPoint } from './useOpenPoint.ts';

const AXES = [
  { value: 'linear', label: 'Linear' },
  { value: 'log', label: 'Log' },
] as const;

function Legend({ result }: { readonly result: SweepResult }) {
  const closed = closedFormWords(result);
  const absence = closedFormAbsence(result);
  return (
    <ul className="chart-legend" aria-label="Lines">
      {result.ways.map((way) => {
        const { flow, mark, dashed } = markOf(way);
        return (
          <li key={way}>
            <svg className={`plot-point plot-${flow}`} width="34" height="14" viewBox="-17 -7 34 14" aria-hidden="true">
              <path className={`plot-line${dashed ? ' plot-dashed' : ''}`} d="M-17 0H17" />
              <Mark mark={mark} />
            </svg>
            {SWEEP_WAY_NAMES[way]}
          </li>
        );
      })}
      {closed === undefined ? (
        absence === undefined ? undefined : (
          <li>{absence}</li>
        )
      ) : (
        <li>
          <svg width="34" height="14" viewBox="-17 -7 34 14" aria-hidden="true">
            <path className="plot-computed" d="M-17 0H17" />
          </svg>
          {`Closed form of P2P: payload of the ${closed}, nothing else in the way`}
        </li>
      )}
    </ul>
  );
}

/** Says where the figures come from when the page has moved on. */
function Origin({ result }: { readonly result: SweepResult }) {
  const document = useDocument((state) => state.document);
  const phase = useSweep((state) => state.phase);
  if (phase === 'running' || document === result.base) return undefined;
  // A point that runs a flow is opened with that flow alone.
  const flow = result.parameter.flowsFor === undefined ? undefined : document.flows?.[0];
  const opened = result.points.find(
    (point) => point.document === document || (flow !== undefined && point.document.flows?.includes(flow) === true),
  );
  return (
    <p className="sweep-origin">
      {opened === undefined
        ? `These runs are of “${result.base.name}” as it was when the sweep began; it has changed since.`
        : `${pointName(result, opened.value)} is open. Undo brings back the machine the sweep began with.`}
    </p>
  );
}

export function SweepChart({ result }: { readonly result: SweepResult }) {
  const { parameter, points } = result;
  const [measure, setMeasure] = useState<Measure>('throughput');
  const [yAxis, setYAxis] = useState<AxisKind>('linear');
  const [xChoice, setXAxis] = useState<{ readonly of: SweepResult['parameter']; readonly axis: AxisKind }>();
  const [active, setActive] = useState<string>();
  const openPoint = useOpenPoint(result);
  const xAxis = xChoice?.of === parameter ? xChoice.axis : parameter.axis;
  const unit = measureUnit(measure, result);
  const shown = runOf(result, active);
  const outcome = shown?.point.outcomes[shown.way];
  const title = sweepTitle(result);
  const xTexts = new Map(points.map(({ value }) => [value, parameter.text(value)]));
  const open = (id: string): void => {
    const run = runOf(result, id);
    if (run !== undefined) openPoint(run);
  };
  return (
    <ChartFrame
      title={`Sweep of ${title}`}
      isEmpty={points.every(({ outcomes }) => Object.keys(outcomes).length === 0)}
      exportTable={() => exportTable(result)}
      controls={
        <>
          <Segmented
            label="Measure"
            value={measure}
            options={[
              { value: 'throughput', label: 'Throughput' },
              { value: 'duration', label: 'Duration' },
            ]}
            onChange={setMeasure}
          />
          <span className="sweep-axis">
            <span aria-hidden="true">y</span>
            <Segmented label="y axis" value={yAxis} options={AXES} onChange={setYAxis} />
          </span>
          <span className="sweep-axis">
            <span aria-hidden="true">x</span>
            <Segmented
              label="x axis"
              value={xAxis}
              options={AXES}
              onChange={(axis) => setXAxis({ of: parameter, axis })}
            />
          </span>
        </>
      }
      legend={<Legend result={result} />}
      readout={
        shown === undefined || outcome === undefined ? (
          'Point at a mark, or walk with the arrow keys, for its figures; click or Enter opens that run.'
        ) : (
          <>
            <strong>{`${SWEEP_WAY_NAMES[shown.way]}, ${pointName(result, shown.point.value)}`}</strong>
            {` ${outcomeText(outcome)}`}
          </>
        )
      }
      table={
        <>
          <Origin result={result} />
          <SweepTable
            result={result}
            measure={measure}
            unit={unit}
            active={active}
            onActive={setActive}
            onOpen={openPoint}
          />
        </>
      }
    >
      {({ width, height }, drawing) => {
        const box = plotBox(width, height);
        const across = { start: box.left, end: box.right };
        const xs = valueAxis(
          points.map(({ value }) => value),
          xAxis,
          across,
          (value) => xTexts.get(value) ?? NO_VALUE,
        );
        const scaled = figuresOf(result, measure).map((figure) => figure / unit.divide);
        const ys = figureAxis(scaled, yAxis, { start: box.bottom, end: box.top });
        return (
          <LinePlot
            label={`${unit.title} over ${title}`}
            box={box}
            x={xs}
            y={{ at: (value) => ys.at(value / unit.divide), ticks: ys.ticks }}
            xTitle={title}
            yTitle={`${unit.title}, ${unit.unit}`}
            tickText={{ x: (value) => xTexts.get(value) ?? NO_VALUE, y: tickText }}
            lines={linesOf(result, measure)}
            computed={computedLine(result, measure)}
            active={active}
            onActive={setActive}
            onOpen={open}
            drawing={drawing}
          />
        );
      }}
    </ChartFrame>
  );
}

/** Round ticks without needless decimals. */
function tickText(value: number): string {
  const rounded = Number(value.toPrecision(6));
  return fixedText(rounded, Math.min(4, (String(rounded).split('.')[1] ?? '').length));
}
