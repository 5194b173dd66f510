import { figureText, spanText } from '../../validation/figures.ts';
import type { PublishedMeasurement } from '../../validation/measurement.ts';
import { LISTED_MEASUREMENTS } from '../../validation/measurementListed.ts';
import { MEASUREMENTS } from '../../validation/measurementTable.ts';
import type { NumberPoint } from '../../validation/points.ts';
import { ErrorBars } from './ErrorBars.tsx';
import { OpenButton } from './OpenButton.tsx';
import { VerdictChip } from './VerdictChip.tsx';

const ENTRIES: ReadonlyMap<string, PublishedMeasurement> = new Map(MEASUREMENTS.map((entry) => [entry.id, entry]));

/** What was published, what the model gives, and what its agreement is worth. */
export function MeasurementTable({ points }: { readonly points: readonly NumberPoint[] }) {
  return (
    <table className="dense val-table val-measured">
      <caption className="visually-hidden">Published measurements</caption>
      <colgroup>
        <col />
        <col className="val-col-figure" />
        <col className="val-col-figure" />
        <col className="val-col-range" />
        <col className="val-col-words" />
        <col className="val-col-words" />
        <col className="val-col-open" />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">Measurement</th>
          <th scope="col" className="number">
            Model
          </th>
          <th scope="col" className="number">
            Published
          </th>
          <th scope="col">Range: dot model, bar published, box accepted</th>
          <th scope="col">Verdict</th>
          <th scope="col">Calibrated on it, or validated by it</th>
          <th scope="col">Machine</th>
        </tr>
      </thead>
      <tbody>
        {points.map((point) => (
          <MeasurementRow key={point.id} point={point} entry={ENTRIES.get(point.id)} />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  readonly point: NumberPoint;
  readonly entry: PublishedMeasurement | undefined;
}

function MeasurementRow({ point, entry }: RowProps) {
  const { title, unit, model, reference, verdict, role, calibrates, reason, checks } = point;
  return (
    <tr>
      <th scope="row">
        <strong>{title}</strong>
        {entry === undefined ? undefined : (
          <span className="val-source">
            {entry.conditions}.{' '}
            <a href={entry.url} target="_blank" rel="noopener noreferrer">
              {entry.source}
            </a>
          </span>
        )}
      </th>
      <td className="number strong">{model === undefined ? '–' : figureText(model, unit)}</td>
      <td className="number">{spanText(reference, unit)}</td>
      <td>
        <ErrorBars point={point} />
        <span className="val-source">{entry?.tolerance}</span>
      </td>
      <td>
        <VerdictChip verdict={verdict} />
        {reason === undefined ? undefined : <span className="val-source">{reason}</span>}
        {checks.map(({ text, ok }) => (
          <span key={text} className="val-source">
            {ok ? 'and' : 'not met:'} {text}
          </span>
        ))}
      </td>
      <td>
        {role}
        {calibrates === undefined ? undefined : <span className="val-source">{calibrates}</span>}
      </td>
      <td>
        <OpenButton point={point} />
      </td>
    </tr>
  );
}

/** Figures that went into the model as they are, or that are no target. */
export function ListedTable() {
  return (
    <table className="dense val-table val-measured">
      <caption>Published figures that are parameters of the model, or context</caption>
      <colgroup>
        <col />
        <col className="val-col-range" />
        <col className="val-col-figure" />
        <col className="val-col-words" />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">Figure</th>
          <th scope="col" className="number">
            Published
          </th>
          <th scope="col">Use</th>
          <th scope="col">Where</th>
        </tr>
      </thead>
      <tbody>
        {LISTED_MEASUREMENTS.map(({ id, title, published, use, where, conditions, source, url }) => (
          <tr key={id}>
            <th scope="row">
              <strong>{title}</strong>
              <span className="val-source">
                {conditions}.{' '}
                <a href={url} target="_blank" rel="noopener noreferrer">
                  {source}
                </a>
              </span>
            </th>
            <td className="number">{published}</td>
            <td>{use}</td>
            <td className="quiet">{where}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
