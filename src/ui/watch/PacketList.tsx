import { useState } from 'react';
import { integerText } from '../../base/format.ts';
import type { PacketLog } from '../../store/inspectLog.ts';
import type { ListColumn } from '../../store/inspectStore.ts';
import type { LaneId } from '../../store/session.ts';
import { cellText, COLUMN_WORDS, markOf, type RowSource } from '../inspect/rowCells.ts';
import { useDocument, useInspect, useLane, useModel } from '../model.ts';
import { useSelectedRecord } from '../scene/useJourney.ts';
import { useEvery } from '../widgets/Live.tsx';

const KEPT = 64;
const LIST_HZ = 4;
const COLUMNS = [
  'time',
  'type',
  'link',
  'requester',
  'tag',
  'address',
  'length',
] as const satisfies readonly ListColumn[];

interface Seen {
  readonly log: PacketLog;
  /** One past the newest record that has happened: after a step back there are later ones. */
  readonly end: number;
  readonly epoch: number;
}

interface RowProps {
  readonly source: RowSource;
  readonly record: number;
  /** The record that is followed, or another crossing of its TLP. */
  readonly followed: 'this' | 'same' | 'no';
  readonly onFollow: () => void;
}

const ROW_CLASSES = { this: 'packet-followed', same: 'packet-same', no: undefined } as const;

function PacketRow({ source, record, followed, onFollow }: RowProps) {
  const number = cellText(source, record, 'no');
  return (
    // The button in its first cell is the keyboard's way.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <tr className={ROW_CLASSES[followed]} onClick={onFollow}>
      <td className="quiet">
        {source.log.isCpuAccess(record) ? (
          number
        ) : (
          <button
            type="button"
            className="link-button"
            aria-label={`Follow packet ${number}`}
            aria-pressed={followed === 'this'}
          >
            {number}
          </button>
        )}
      </td>
      {COLUMNS.map((column) => (
        <td key={column} className={column === 'link' ? 'words' : undefined}>
          {column === 'type' ? (
            <span className={`packet-mark mark-${markOf(source.log, record)}`} aria-hidden="true" />
          ) : undefined}
          {cellText(source, record, column)}
        </td>
      ))}
    </tr>
  );
}

/** The newest link crossings up to now, newest first. */
export function PacketList({ lane }: { readonly lane: LaneId }) {
  const { simulation } = useModel();
  const document = useDocument((state) => state.document);
  const set = useInspect((inspect) => inspect.set);
  const state = useLane(lane);
  const { machine, hops } = state;
  const selected = useSelectedRecord(state);
  const [seen, setSeen] = useState<Seen>();
  useEvery(LIST_HZ, () => {
    const log = hops?.log;
    if (hops === undefined || log === undefined) return;
    const end = hops.present(simulation.player.now_ps);
    if (seen?.log === log && seen.end === end && seen.epoch === log.epoch) return;
    setSeen({ log, end, epoch: log.epoch });
  });
  const log = hops?.log;
  if (machine === undefined || log === undefined || seen?.log !== log || seen.end === 0) {
    return <p className="empty">Packets appear here as they cross a link. Press play, or step one TLP.</p>;
  }
  const source: RowSource = { log, document, machine };
  const count = Math.min(KEPT, seen.end - log.first);
  const followed = selected >= 0 && log.holds(selected) ? log.serial[log.cell(selected)] : undefined;
  const followedAs = (record: number): RowProps['followed'] => {
    if (record === selected) return 'this';
    return followed !== undefined && followed !== 0 && log.serial[log.cell(record)] === followed ? 'same' : 'no';
  };
  const records = Array.from({ length: count }, (_, back) => seen.end - 1 - back).filter((record) => log.holds(record));
  const lost = hops?.lost ?? 0;
  return (
    // A scrolling region has to be reachable with the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="packet-scroll" tabIndex={0} aria-label="Newest packets">
      <table className="packets">
        <thead>
          <tr>
            <th scope="col">{COLUMN_WORDS.no}</th>
            {COLUMNS.map((column) => (
              <th key={column} scope="col">
                {COLUMN_WORDS[column]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <PacketRow
              key={record}
              source={source}
              record={record}
              followed={followedAs(record)}
              onFollow={() => {
                if (!log.isCpuAccess(record)) set({ selected: { log, record } });
              }}
            />
          ))}
        </tbody>
      </table>
      {lost > 0 ? (
        <p className="muted">{`${integerText(lost)} records were dropped: the machine runs faster than this page can list.`}</p>
      ) : undefined}
    </section>
  );
}
