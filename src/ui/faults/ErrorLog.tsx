import { CornerUpLeft } from 'lucide-react';
import { hex } from '../../base/bits.ts';
import { clockFigure, countText, integerText } from '../../base/format.ts';
import { decodeHeader } from '../../core/pcie/tlpHeaderFields.ts';
import { wayWords } from '../../store/words.ts';
import { useDocument, useFaultLab, useLane, useModel, useSession } from '../model.ts';
import { endName } from '../names.ts';
import { FlowSwatch } from '../widgets/FlowSwatch.tsx';
import { detectorName, SEVERITY_WORDS } from './faultWords.ts';
import { logRows, type LogRow, type SeverityFilter } from './logRows.ts';
import { VirtualRows } from './VirtualRows.tsx';

const ROW_HEIGHT = 24;

function Row({
  row,
  current,
  onPick,
}: {
  readonly row: LogRow;
  readonly current: boolean;
  readonly onPick: () => void;
}) {
  const document = useDocument((state) => state.document);
  const { machine, way } = useLane(row.lane);
  const { record } = row;
  return (
    // The region above it takes the keys; a press is the pointer's way.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <tr className={current ? 'log-current' : undefined} aria-current={current ? 'true' : undefined} onClick={onPick}>
      <td className="figure">{clockFigure(record.at_ps).toNanoseconds}</td>
      <td>
        <FlowSwatch flow={way} />
        <span className="visually-hidden">{wayWords(way).name}</span>
      </td>
      <td>{detectorName(document, machine, record)}</td>
      <td>
        {record.name}
        {row.count === 1 ? undefined : <span className="log-count">{`×${integerText(row.count)}`}</span>}
      </td>
      <td>
        <span className={`severity severity-${record.severity}`}>
          {record.advisory ? 'advisory' : SEVERITY_WORDS[record.severity]}
        </span>
      </td>
      <td className="mono">{record.message ?? '–'}</td>
      <td title={record.recovery}>{record.recovery}</td>
    </tr>
  );
}

/** The four dwords of a logged header with their fields. */
export function HeaderTable({ header }: { readonly header: readonly number[] }) {
  const decoded = decodeHeader(header);
  return (
    <section className="header-log" aria-label="Logged header">
      <p>
        <strong>{decoded.kind}</strong>
        {decoded.address === undefined ? '' : ` to 0x${hex(decoded.address, 8)}`}
      </p>
      <table className="header-dwords">
        <tbody>
          {header.slice(0, 4).map((value, dword) => (
            // Dwords are known by their place.
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={dword}>
              <th scope="row">{`DW${dword}`}</th>
              <td className="mono">{hex(value, 8)}</td>
              <td>
                {decoded.fields
                  .filter((field) => field.dword === dword)
                  .map((field) => (
                    <span key={field.name} className="header-field" title={`bits ${field.msb}:${field.lsb}`}>
                      <span>{field.name}</span> <code>{field.text}</code>
                    </span>
                  ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Detail({ row }: { readonly row: LogRow | undefined }) {
  const { simulation } = useModel();
  const document = useDocument((state) => state.document);
  const { machine } = useLane(row?.lane ?? 'direct');
  if (row === undefined)
    return <p className="muted log-hint">Pick an error to see the TLP that was logged, and what came of it.</p>;
  const { record } = row;
  return (
    // It scrolls; the keyboard has to be able to scroll it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="log-detail" aria-label="Error in detail" tabIndex={0}>
      <h3>{record.name}</h3>
      <p>{record.sentence}</p>
      <button type="button" className="button small" onClick={() => void simulation.seek(record.at_ps)}>
        <CornerUpLeft size={14} aria-hidden="true" /> Go to this instant
      </button>
      <dl>
        {row.count === 1 ? undefined : (
          <div>
            <dt>Repeated</dt>
            <dd>{`${integerText(row.count)} times until ${clockFigure(row.last_ps).toNanoseconds} ms; the first is shown`}</dd>
          </div>
        )}
        <div>
          <dt>AER bit</dt>
          <dd>{record.bit === undefined ? 'none: AER does not know it' : record.bit}</dd>
        </div>
        <div>
          <dt>Message</dt>
          <dd>
            {record.message === undefined
              ? 'none was sent'
              : `${record.message}${record.rootPort === undefined ? '' : `, recorded by root port ${endName(document, machine, record.rootPort)}`}`}
          </dd>
        </div>
        <div>
          <dt>Recovery</dt>
          <dd>{record.recovery === '' ? '–' : record.recovery}</dd>
        </div>
      </dl>
      {record.header.length === 0 ? (
        <p className="muted">No header was logged.</p>
      ) : (
        <HeaderTable header={record.header} />
      )}
    </section>
  );
}

const FILTER_WORDS: Readonly<Record<SeverityFilter, string>> = {
  all: 'error',
  uncorrectable: 'uncorrectable error',
  correctable: 'correctable error',
  note: 'note',
};

interface ErrorLogProps {
  readonly filter: SeverityFilter;
  readonly picked: string | undefined;
  readonly onPick: (key: string) => void;
}

/** What both machines reported, newest first, with the TLP and the register behind the one that is picked. */
export function ErrorLog({ filter, picked, onPick }: ErrorLogProps) {
  const lanes = useFaultLab((state) => state.lanes);
  const ways = useSession((state) => state.lanes);
  const rows = logRows(lanes, filter);
  const index = rows.findIndex((row) => row.key === picked);
  const lost = (['direct', 'bounced'] as const).flatMap((lane) => {
    const missing = lanes[lane].total - lanes[lane].records.length;
    return missing > 0 ? [`${integerText(missing)} older ones of ${wayWords(ways[lane].way).name} were forgotten`] : [];
  });
  if (rows.length === 0) {
    return (
      <p className="empty">
        {filter === 'all'
          ? 'Errors appear here as a machine detects them. Break something with the panel beside, or try one of its experiments.'
          : `No ${FILTER_WORDS[filter]} so far.`}
      </p>
    );
  }
  return (
    <div className="log">
      <div className="log-list">
        <VirtualRows
          label={`Error log, ${countText(rows.length, 'row')}`}
          rows={rows}
          rowHeight={ROW_HEIGHT}
          current={index}
          onCurrent={(next) => {
            const row = rows[next];
            if (row !== undefined) onPick(row.key);
          }}
          head={
            <tr>
              <th scope="col" className="figure">
                Time, ms
              </th>
              <th scope="col">Run</th>
              <th scope="col">Where</th>
              <th scope="col">Error</th>
              <th scope="col">Severity</th>
              <th scope="col">Message</th>
              <th scope="col">Recovery</th>
            </tr>
          }
          render={(row) => <Row key={row.key} row={row} current={row.key === picked} onPick={() => onPick(row.key)} />}
        />
        {lost.length === 0 ? undefined : <p className="muted log-lost">{`${lost.join('; ')}.`}</p>}
      </div>
      <Detail row={rows[index]} />
    </div>
  );
}
