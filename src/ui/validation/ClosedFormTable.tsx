import { deviation, figureText, spanText } from '../../validation/figures.ts';
import type { NumberPoint } from '../../validation/points.ts';
import { OpenButton } from './OpenButton.tsx';
import { differenceText } from './plotModel.ts';
import { useRowWindow } from './useRowWindow.ts';
import { VerdictChip } from './VerdictChip.tsx';

const ROW_PX = 32;

interface ClosedFormTableProps {
  /** Accessible name. */
  readonly label: string;
  readonly points: readonly NumberPoint[];
}

/** Model against closed form; of a long list only the rows on screen are there. */
export function ClosedFormTable({ label, points }: ClosedFormTableProps) {
  const { ref, onScroll, first, end } = useRowWindow(points.length, ROW_PX);
  return (
    <section className="val-scroll" ref={ref} onScroll={onScroll} aria-label={label}>
      <table className="dense val-table" aria-rowcount={points.length + 1}>
        <thead>
          <tr>
            <th scope="col">Case</th>
            <th scope="col" className="number">
              Model
            </th>
            <th scope="col" className="number">
              Closed form
            </th>
            <th scope="col" className="number">
              Difference
            </th>
            <th scope="col" className="number">
              Accepted
            </th>
            <th scope="col">Verdict</th>
            <th scope="col">Machine</th>
          </tr>
        </thead>
        <tbody>
          {first === 0 ? undefined : <tr aria-hidden="true" style={{ height: first * ROW_PX }} />}
          {points.slice(first, end).map((point, index) => (
            <tr key={point.id} aria-rowindex={first + index + 2} style={{ height: ROW_PX }}>
              <th scope="row">{point.title}</th>
              <td className="number strong">{point.model === undefined ? '–' : figureText(point.model, point.unit)}</td>
              <td className="number">{spanText(point.reference, point.unit)}</td>
              <td className="number">{differenceText(deviation(point))}</td>
              <td className="number quiet">{spanText(point.accepted, point.unit)}</td>
              <td>
                <VerdictChip verdict={point.verdict} />
              </td>
              <td>
                <OpenButton point={point} />
              </td>
            </tr>
          ))}
          {end >= points.length ? undefined : (
            <tr aria-hidden="true" style={{ height: (points.length - end) * ROW_PX }} />
          )}
        </tbody>
      </table>
    </section>
  );
}
