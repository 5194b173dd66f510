import type { CSSProperties } from 'react';
import { bdf, bdfText } from '../../../core/pcie/bdf.ts';
import { shortBdf, sizeText } from '../../../base/format.ts';
import type { MachineDescription } from '../../../engine/protocol.ts';
import type { Film } from '../../../store/film.ts';
import { changedColumns, factsOf, type ChangedColumn, type TreeRow } from './filmFacts.ts';
import { useVirtualRows } from './useVirtualRows.ts';

const ROW_PX = 24;
const HEAD_PX = 28;
const STEP_PX = 14;
const ON_WORDS = 'mem, I/O: answers at its memory and I/O addresses; bm: bus master, may send requests';
const NOTHING: ReadonlySet<ChangedColumn> = new Set();

function hex2(value: number): string {
  return value.toString(16).padStart(2, '0');
}

interface RowProps {
  readonly film: Film;
  readonly row: TreeRow;
  readonly machine: MachineDescription | undefined;
  readonly isCurrent: boolean;
  readonly changed: ReadonlySet<ChangedColumn>;
  readonly index: number;
}

function Row({ film, row, machine, isCurrent, changed, index }: RowProps) {
  const isHost = row.fn < 0;
  const facts = isHost ? undefined : factsOf(film, row.fn, machine);
  const isFound = isHost || facts !== undefined;
  const number = film.bdfOf(row.fn);
  const mark = (column: ChangedColumn): string => (changed.has(column) ? 'film-changed' : '');
  const buses = facts?.buses;
  const indent: CSSProperties = { paddingInlineStart: 16 + row.depth * STEP_PX };
  return (
    <tr
      className={isFound ? undefined : 'film-unseen'}
      aria-current={isCurrent ? 'true' : undefined}
      aria-rowindex={index + 2}
    >
      <th scope="row" style={indent} title={row.name}>
        <i aria-hidden="true" />
        {row.name}
        {isFound ? undefined : <span className="visually-hidden">, not found yet</span>}
      </th>
      <td>
        {isFound && number !== undefined ? (
          <code>{shortBdf(bdfText(bdf(number >> 8, (number >> 3) & 31, number & 7)))}</code>
        ) : undefined}
      </td>
      <td className={mark('buses')}>
        {row.rootBus === undefined ? undefined : <code>{row.rootBus}</code>}
        {buses === undefined ? undefined : (
          <code>{`${hex2(buses.primary)} › ${hex2(buses.secondary)}–${hex2(buses.subordinate)}`}</code>
        )}
      </td>
      <td className={`film-addresses ${mark('addresses')}`} title={facts?.addresses}>
        <code>{facts?.addresses}</code>
      </td>
      <td className={mark('on')} title={ON_WORDS}>
        {facts?.on}
      </td>
      <td className={`figure ${mark('mps')}`}>{facts?.mpsBytes === undefined ? '' : sizeText(facts.mpsBytes)}</td>
    </tr>
  );
}

interface FilmTreeProps {
  readonly film: Film;
  readonly rows: readonly TreeRow[];
  readonly machine: MachineDescription | undefined;
}

/** The machine as software knows it at the place of the film: functions light up as they answer. */
export function FilmTree({ film, rows, machine }: FilmTreeProps) {
  const step = film.steps[film.step];
  const current = step === undefined ? -1 : rows.findIndex((row) => row.fn >= 0 && row.fn === step.fn);
  const [area, scroll] = useVirtualRows(rows.length, ROW_PX, HEAD_PX, current);
  const { from, to } = step === undefined ? { from: 0, to: 0 } : film.changes(step.first, film.done);
  return (
    <section
      className="film-tree"
      ref={area}
      onScroll={scroll.onScroll}
      // A scrolling region has to be reachable with the keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      aria-label="The machine as software knows it"
    >
      <table aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            <th scope="col">Function</th>
            <th scope="col">Number</th>
            <th scope="col" title="primary › secondary–subordinate">
              Buses
            </th>
            <th scope="col">Windows and BARs</th>
            <th scope="col" title={ON_WORDS}>
              On
            </th>
            <th scope="col" className="figure">
              MPS
            </th>
          </tr>
        </thead>
        <tbody>
          <tr aria-hidden="true" className="film-spacer" style={{ height: scroll.abovePx }} />
          {rows.slice(scroll.first, scroll.end).map((row, index) => {
            const at = scroll.first + index;
            const changed = at === current && step !== undefined ? changedColumns(film, step.fn, from, to) : NOTHING;
            return (
              <Row
                key={row.node}
                film={film}
                row={row}
                machine={machine}
                isCurrent={at === current}
                changed={changed}
                index={at}
              />
            );
          })}
          <tr aria-hidden="true" className="film-spacer" style={{ height: scroll.belowPx }} />
        </tbody>
      </table>
    </section>
  );
}
