import { durationText } from '../../base/format.ts';
import { requestRecord, transactionOf } from '../../store/inspectJoin.ts';
import { receiverName, segmentName } from '../names.ts';
import { clockFigure } from '../../base/format.ts';
import { kindName, markOf, type RowSource } from './rowCells.ts';

interface Bar {
  readonly record: number;
  readonly from_ps: number;
  readonly to_ps: number;
}

/** Every crossing on record of the request and its answers, in the order they began. */
function barsOf({ log }: RowSource, record: number): readonly Bar[] {
  const request = requestRecord(log, record);
  const serialOf = (of: number): number => log.serial[log.cell(of)] ?? 0;
  const tlps =
    request < 0 ? [serialOf(record)] : [serialOf(request), ...transactionOf(log, request).completions.map(serialOf)];
  return tlps
    .flatMap((serial) => log.hopsOf(serial))
    .map((hop) => ({ record: hop, from_ps: log.start_ps[log.cell(hop)] ?? 0, to_ps: log.end_ps[log.cell(hop)] ?? 0 }))
    .toSorted((a, b) => a.from_ps - b.from_ps || a.record - b.record);
}

const MOST_BARS = 24;

/** Where the time of a TLP and of its answers went: each crossing as a bar, the waits between them as gaps. */
export function Waterfall({
  source,
  record,
  onPick,
}: {
  readonly source: RowSource;
  readonly record: number;
  readonly onPick: (record: number) => void;
}) {
  const all = barsOf(source, record);
  const bars = all.slice(0, MOST_BARS);
  const begun_ps = all[0]?.from_ps ?? 0;
  const ended_ps = Math.max(begun_ps, ...all.map((bar) => bar.to_ps));
  const whole_ps = Math.max(1, ended_ps - begun_ps);
  const { document, machine, log } = source;
  return (
    <section className="waterfall" aria-label="Times along its way">
      <h3>
        Times along its way <span className="muted">{`${durationText(whole_ps)} in all`}</span>
      </h3>
      <table>
        <thead>
          <tr>
            <th scope="col">Crossing</th>
            <th scope="col">Type</th>
            <th scope="col" className="figure">
              Begins, ms
            </th>
            <th scope="col" className="figure">
              After
            </th>
            <th scope="col">
              <span className="visually-hidden">Share of the whole</span>
            </th>
            <th scope="col" className="figure">
              Takes
            </th>
          </tr>
        </thead>
        <tbody>
          {bars.map((bar) => {
            const segment = log.segment[log.cell(bar.record)] ?? 0;
            return (
              <tr key={bar.record} className={bar.record === record ? 'waterfall-current' : undefined}>
                <th scope="row">
                  <button
                    type="button"
                    className="link-button"
                    aria-current={bar.record === record ? 'true' : undefined}
                    title={`arrives at ${receiverName(document, machine, segment)}`}
                    onClick={() => onPick(bar.record)}
                  >
                    {segmentName(document, machine, segment)}
                  </button>
                </th>
                <td>{kindName(log, bar.record)}</td>
                <td className="figure mono">{`${clockFigure(bar.from_ps).toNanoseconds}.${clockFigure(bar.from_ps).picoseconds.slice(0, 1)}`}</td>
                <td className="figure">{durationText(bar.from_ps - begun_ps)}</td>
                <td className="waterfall-bed" aria-hidden="true">
                  <span
                    className={`waterfall-bar mark-${markOf(log, bar.record)}`}
                    style={{
                      left: `${((bar.from_ps - begun_ps) / whole_ps) * 100}%`,
                      width: `${((bar.to_ps - bar.from_ps) / whole_ps) * 100}%`,
                    }}
                  />
                </td>
                <td className="figure">{durationText(bar.to_ps - bar.from_ps)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {all.length > MOST_BARS ? <p className="muted">{`${all.length - MOST_BARS} more crossings.`}</p> : undefined}
    </section>
  );
}
