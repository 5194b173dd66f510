/* What was published of the machine that is open, what the model gives, and whether that is inside the tolerance. */
import { figureSource } from '../../validation/figureSource.ts';
import { figureText, spanText } from '../../validation/figures.ts';
import { MEASUREMENTS } from '../../validation/measurementTable.ts';
import type { NumberPoint } from '../../validation/points.ts';
import '../styles/measurementNote.css';
import { useModel } from '../model.ts';
import { useResults } from './useResults.ts';
import { VerdictChip } from './VerdictChip.tsx';

/** @param measurement id that the document names. */
export function MeasurementNote({ measurement }: { readonly measurement: string }) {
  const { view } = useModel();
  const results = useResults();
  const entry = MEASUREMENTS.find(({ id }) => id === measurement);
  if (entry === undefined) return undefined;
  const point: NumberPoint | undefined =
    results.kind === 'answer' ? results.value.measurements.find(({ id }) => id === measurement) : undefined;
  const gives = point?.model === undefined ? '–' : figureText(point.model, entry.unit);
  return (
    <aside className="measurement-note" aria-label="Published measurement">
      <p>
        <strong>{entry.title}</strong>
        <span>published {spanText(entry.published, entry.unit)}</span>
        <span title={figureSource(entry.run)}>
          model {gives}, {figureSource(entry.run)}
        </span>
        <span>accepted {entry.tolerance}</span>
        <span>
          {entry.conditions} ({entry.source})
        </span>
      </p>
      {point === undefined ? undefined : <VerdictChip verdict={point.verdict} />}
      <span>{entry.role}</span>
      <button type="button" className="button small" onClick={() => view.getState().set({ view: 'validation' })}>
        All measurements
      </button>
    </aside>
  );
}
