import { ArrowDownToLine, Columns3, Copy, Download } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { integerText } from '../../base/format.ts';
import { LOG_BYTES, LOG_RECORDS } from '../../store/inspectLog.ts';
import { LIST_COLUMNS, type ListColumn } from '../../store/inspectStore.ts';
import type { LaneState } from '../../store/session.ts';
import { useDocument, useInspect, useModel, usePlayer } from '../model.ts';
import { Popover, useClosePopover } from '../widgets/Popover.tsx';
import { useEvery } from '../widgets/Live.tsx';
import { Segmented } from '../widgets/Segmented.tsx';
import { EXPORT_MOST, exportedRow, rowsAsCsv, rowsAsJson, saveText } from './exportRows.ts';
import { FilterField } from './FilterField.tsx';
import { otherEnd, PacketTable, type RowRange } from './PacketTable.tsx';
import { cellText, COLUMN_WORDS, filterNames, type RowSource } from './rowCells.ts';
import { TransferTable, transferFilter } from './TransferTable.tsx';
import { useListScroll } from './useListScroll.ts';
import { usePacketRows, type ListFound } from './usePacketRows.ts';
import { usePresent } from '../time/usePresent.ts';

const LEVELS = [
  { value: 'packets', label: 'Packets' },
  { value: 'transactions', label: 'Transactions' },
  { value: 'transfers', label: 'Transfers' },
] as const;
const COUNT_HZ = 4;
const REVEAL_HZ = 15;
/** Rows of the future below the present one that is followed. */
const LATER_SHOWN = 3;
const NO_NAMES = { segments: [], requesters: [], flows: [] } as const;

function ColumnMenu() {
  const columns = useInspect((state) => state.columns);
  const set = useInspect((state) => state.set);
  const toggle = (column: ListColumn): void =>
    set({ columns: LIST_COLUMNS.filter((candidate) => (candidate === column) !== columns.includes(candidate)) });
  return (
    <fieldset className="menu column-menu">
      <legend className="menu-head">Columns</legend>
      {LIST_COLUMNS.map((column) => (
        <label key={column} className="check-field">
          <input
            type="checkbox"
            checked={columns.includes(column)}
            disabled={columns.length === 1 && columns.includes(column)}
            onChange={() => toggle(column)}
          />
          {COLUMN_WORDS[column]}
        </label>
      ))}
    </fieldset>
  );
}

interface ExportMenuProps {
  readonly source: RowSource;
  readonly records: () => readonly number[];
  readonly words: string;
}

function ExportMenu({ source, records, words }: ExportMenuProps) {
  const close = useClosePopover();
  const save = (kind: 'csv' | 'json'): void => {
    const rows = records().map((record) => exportedRow(source, record));
    const name = `${source.document.name.replace(/[^\w-]+/g, '-').toLowerCase()}-tlps.${kind}`;
    if (kind === 'csv') saveText(name, 'text/csv', rowsAsCsv(rows));
    else saveText(name, 'application/json', rowsAsJson(rows));
    close();
  };
  return (
    <div className="menu">
      <p className="menu-head">{words}</p>
      <button type="button" className="menu-row" onClick={() => save('csv')}>
        CSV, for spreadsheets
      </button>
      <button type="button" className="menu-row" onClick={() => save('json')}>
        JSON, for programs
      </button>
    </div>
  );
}

/** What is kept, what is gone, and why. */
function KeptLine({ lane, found }: { readonly lane: LaneState; readonly found: ListFound | undefined }) {
  const log = lane.hops?.log;
  const lost = lane.hops?.lost ?? 0;
  const older = log?.first ?? 0;
  const gone = [
    lost > 0 ? `${integerText(lost)} records dropped, the machine ran faster than this page takes` : '',
    lost > 0 && found?.transfers !== undefined ? 'they cut transfers into pieces' : '',
    older > 0 ? `${integerText(older)} older ones overwritten` : '',
  ].filter((words) => words !== '');
  const waiting = found?.rows.waiting ?? 0;
  return (
    <p
      className="tlp-kept"
      title={`The newest ${integerText(LOG_RECORDS)} link crossings are kept, in at most ${integerText(LOG_BYTES / 2 ** 20)} MiB for each machine.`}
    >
      {gone.length > 0 ? (
        <strong>{gone.join('; ')}</strong>
      ) : (
        `Keeps ${integerText(LOG_RECORDS)} crossings, ${integerText(LOG_BYTES / 2 ** 20)} MiB`
      )}
      {waiting > 0 ? `, ${integerText(waiting)} still to look at` : ''}
    </p>
  );
}

interface ListBodyProps {
  readonly lane: LaneState;
  readonly source: RowSource;
  readonly found: ListFound;
}

/** The rows and what can be done with them. */
function ListBody({ lane, source, found }: ListBodyProps) {
  const { announcer } = useModel();
  const { level, columns, selected, everyHop, set } = useInspect((state) => state);
  const playing = usePlayer((state) => state.phase === 'playing');
  const [anchor, setAnchor] = useState<RowRange>();
  const [transfer, setTransfer] = useState(0);
  const transfers = found.transfers?.rows;
  const later = usePresent(lane.hops);
  const laterRow = later === Infinity ? found.rows.end : found.rows.rowFrom(later);
  const [area, scroll] = useListScroll(
    transfers === undefined ? found.rows.first : 0,
    transfers?.length ?? found.rows.end,
    transfers === undefined && laterRow < found.rows.end ? laterRow + LATER_SHOWN : undefined,
  );
  const record = selected?.log === source.log && source.log.holds(selected.record) ? selected.record : -1;
  /** The record that was last brought into sight: whoever selects one, here or elsewhere, sees it. */
  const revealed = useRef(-1);
  useEvery(REVEAL_HZ, () => {
    const row = record < 0 || revealed.current === record ? -1 : found.rows.rowOf(record);
    if (row < 0) return;
    revealed.current = record;
    scroll.reveal(row);
  });
  /** A clock that was taken elsewhere: the list shows where it is now. */
  const jumps = usePlayer((state) => state.jumps);
  const shownJump = useRef(jumps);
  useEvery(REVEAL_HZ, () => {
    if (shownJump.current === jumps || later === Infinity || laterRow >= found.rows.end) return;
    shownJump.current = jumps;
    if (!scroll.following) scroll.reveal(laterRow);
  });
  const select = (row: number, extend: boolean): void => {
    const chosen = found.rows.record(row);
    if (chosen < 0) return;
    const from = extend && anchor !== undefined ? anchor.from : row;
    setAnchor({ from, to: row });
    set({ selected: { log: source.log, record: chosen }, pasting: false });
    announcer.say(columns.map((column) => cellText(source, chosen, column)).join(', '));
  };
  const follow = (): void => {
    const other = record < 0 ? -1 : otherEnd(source, record);
    if (other < 0) {
      if (record >= 0) announcer.say('No completion and no request of it is on record.');
      return;
    }
    set({ selected: { log: source.log, record: other } });
    const row = found.rows.rowOf(other);
    if (row >= 0) scroll.reveal(row);
    announcer.say(`Followed to ${columns.map((column) => cellText(source, other, column)).join(', ')}`);
  };
  const copy = (): void => {
    if (record < 0) return;
    const text = columns.map((column) => cellText(source, record, column)).join('\t');
    void navigator.clipboard.writeText(text).then(
      () => announcer.say('Row copied.'),
      () => announcer.say('The browser did not let the row be copied.'),
    );
  };
  const range =
    anchor === undefined || anchor.from === anchor.to
      ? undefined
      : { from: Math.min(anchor.from, anchor.to), to: Math.max(anchor.from, anchor.to) };
  const first = Math.max(range?.from ?? found.rows.first, found.rows.first);
  const end = Math.min(range === undefined ? found.rows.end : range.to + 1, first + EXPORT_MOST);
  const count = Math.max(0, end - first);
  const total = transfers === undefined ? found.rows.end - found.rows.first : transfers.length;
  return (
    <>
      <div className="tlp-area">
        {total === 0 ? (
          <p className="empty">{found.rows.waiting > 0 ? 'Looking…' : 'Nothing on record passes this filter.'}</p>
        ) : transfers === undefined ? (
          <PacketTable
            area={area}
            source={source}
            found={found}
            columns={columns}
            scroll={scroll}
            later={later}
            isTransactions={level === 'transactions'}
            selected={record}
            range={range}
            onSelect={select}
            onFollow={follow}
            onCopy={copy}
          />
        ) : (
          <TransferTable
            area={area}
            source={source}
            transfers={transfers}
            scroll={scroll}
            current={transfer}
            onCurrent={setTransfer}
            onOpen={(row) => set({ level: 'packets', filter: transferFilter(row) })}
          />
        )}
        <input
          type="range"
          className="hex-position"
          min={0}
          max={Math.max(1, total - scroll.visible)}
          value={scroll.top - (transfers === undefined ? found.rows.first : 0)}
          disabled={total <= scroll.visible}
          aria-label="Position in the list"
          aria-valuetext={`row ${integerText(scroll.top - (transfers === undefined ? found.rows.first : 0) + 1)} of ${integerText(total)}`}
          onChange={(event) =>
            scroll.moveTo(Number(event.target.value) + (transfers === undefined ? found.rows.first : 0))
          }
        />
      </div>
      <footer className="tlp-foot">
        <KeptLine lane={lane} found={found} />
        <label className="check-field">
          <input
            type="checkbox"
            checked={everyHop}
            disabled={level !== 'packets'}
            onChange={(event) => set({ everyHop: event.target.checked })}
          />
          Every hop
        </label>
        <button
          type="button"
          className="icon-button small"
          aria-label="Follow the newest packet"
          aria-pressed={scroll.following}
          title={playing && scroll.following ? 'The newest packet stays in sight' : 'Follow the newest packet'}
          onClick={() => scroll.follow(!scroll.following)}
        >
          <ArrowDownToLine size={15} aria-hidden="true" />
        </button>
        <button
          type="button"
          className="icon-button small"
          aria-label="Copy the row"
          disabled={record < 0}
          onClick={copy}
        >
          <Copy size={15} aria-hidden="true" />
        </button>
        <Popover
          label="Export rows"
          buttonClass="icon-button small"
          button={<Download size={15} aria-hidden="true" />}
          place="above"
          align="end"
        >
          <ExportMenu
            source={source}
            words={
              range === undefined ? `All ${integerText(count)} rows listed` : `${integerText(count)} selected rows`
            }
            records={() => Array.from({ length: count }, (_, index) => found.rows.record(first + index))}
          />
        </Popover>
        <Popover
          label="Columns"
          buttonClass="icon-button small"
          button={<Columns3 size={15} aria-hidden="true" />}
          place="above"
          align="end"
        >
          <ColumnMenu />
        </Popover>
      </footer>
    </>
  );
}

/** Every TLP of the run, as far as records reach back. */
export function PacketPanel({ lane }: { readonly lane: LaneState }) {
  const document = useDocument((state) => state.document);
  const { level, filter, everyHop, set } = useInspect((state) => state);
  const { machine, hops } = lane;
  const names = useMemo(() => (machine === undefined ? NO_NAMES : filterNames(document, machine)), [document, machine]);
  const [seen, setSeen] = useState({ log: hops?.log, end: hops?.log?.end });
  useEvery(COUNT_HZ, () => {
    const now = hops?.log;
    setSeen((before) => (before.log === now && before.end === now?.end ? before : { log: now, end: now?.end }));
  });
  const log = seen.log === hops?.log ? seen.log : undefined;
  const rowLevel = level === 'packets' && everyHop ? 'hops' : level;
  const { found, filter: state } = usePacketRows(log, rowLevel, filter, names);
  const source = useMemo(
    () => (log === undefined || machine === undefined ? undefined : { log, document, machine }),
    [log, document, machine],
  );
  const total = log === undefined ? 0 : log.end - log.first;
  const shown = found === undefined ? 0 : (found.transfers?.rows.length ?? found.rows.end - found.rows.first);
  return (
    <section className="tlp-panel" aria-label="TLP list">
      <header className="tlp-head">
        <Segmented label="What a row is" value={level} options={LEVELS} onChange={(value) => set({ level: value })} />
        <FilterField value={filter} names={names} error={state.error} onChange={(text) => set({ filter: text })} />
        <p className="tlp-count">
          {`${integerText(shown)} shown`}
          <span>{`of ${integerText(total)} hops`}</span>
        </p>
      </header>
      {source === undefined || found === undefined ? (
        <p className="empty">
          {state.error === undefined
            ? 'Packets appear here as they cross a link. Press play, or step one TLP.'
            : 'The filter is not complete.'}
        </p>
      ) : (
        <ListBody key={`${level} ${String(everyHop)}`} lane={lane} source={source} found={found} />
      )}
    </section>
  );
}
