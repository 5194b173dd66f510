/* The same figures as the chart, as a table; every figure opens its run. */
import { NO_VALUE } from '../../base/format.ts';
import { SWEEP_WAY_NAMES, type SweepPoint, type SweepResult } from '../../store/sweepStore.ts';
import type { TransferWay } from '../../topology/document.ts';
import {
  closedFigure,
  figureOf,
  figureText,
  pointName,
  runId,
  troubles,
  type Measure,
  type MeasureUnit,
  type RunRef,
} from './sweepFigures.ts';

interface SweepTableProps {
  readonly result: SweepResult;
  readonly measure: Measure;
  readonly unit: MeasureUnit;
  readonly active: string | undefined;
  readonly onActive: (id: string | undefined) => void;
  readonly onOpen: (run: RunRef) => void;
}

function Cell({
  way,
  index,
  point,
  ...table
}: SweepTableProps & { way: TransferWay; index: number; point: SweepPoint }) {
  const { result, measure, unit, active, onActive, onOpen } = table;
  const outcome = point.outcomes[way];
  const id = runId(way, index);
  if (outcome === undefined) return <td className="quiet">{NO_VALUE}</td>;
  const text = outcome.kind === 'finished' ? figureText(figureOf(outcome, measure), unit) : outcome.kind;
  return (
    <td>
      <button
        type="button"
        className={`sweep-cell${id === active ? ' active' : ''}${outcome.kind === 'finished' ? '' : ' sweep-bad'}`}
        aria-label={`${text}, open ${SWEEP_WAY_NAMES[way]}, ${pointName(result, point.value)}`}
        onFocus={() => onActive(id)}
        onPointerEnter={() => onActive(id)}
        onPointerLeave={() => onActive(undefined)}
        onClick={() => onOpen({ way, index, point })}
      >
        {text}
      </button>
    </td>
  );
}

export function SweepTable(props: SweepTableProps) {
  const { result, measure, unit } = props;
  const { parameter, ways, points } = result;
  const hasClosedForm = points.some(({ closedForm }) => closedForm !== undefined);
  const bad = troubles(result);
  return (
    <>
      <table className="dense sweep-table">
        <caption className="visually-hidden">{`${unit.title} of every run, ${unit.unit}`}</caption>
        <thead>
          <tr>
            <th scope="col">{parameter.label}</th>
            {ways.map((way) => (
              <th key={way} scope="col">
                {SWEEP_WAY_NAMES[way]}
                <span>{unit.unit}</span>
              </th>
            ))}
            {hasClosedForm ? (
              <th scope="col">
                Closed form
                <span>{unit.unit}</span>
              </th>
            ) : undefined}
          </tr>
        </thead>
        <tbody>
          {points.map((point, index) => (
            <tr key={point.value}>
              <th scope="row">{parameter.text(point.value)}</th>
              {ways.map((way) => (
                <Cell key={way} {...props} way={way} index={index} point={point} />
              ))}
              {hasClosedForm ? <td className="quiet">{figureText(closedFigure(point, measure), unit)}</td> : undefined}
            </tr>
          ))}
        </tbody>
      </table>
      {bad.length === 0 ? undefined : (
        <ul className="sweep-troubles" aria-label="Runs without a result">
          {bad.map(({ key, where, reason }) => (
            <li key={key}>
              <strong>{where}</strong>
              {reason}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
