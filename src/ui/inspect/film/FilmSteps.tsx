import { useId, useMemo, useState, type KeyboardEvent } from 'react';
import { integerText } from '../../../base/format.ts';
import type { FilmPlayer } from '../../../store/filmPlayer.ts';
import { stepPlace, stepTitle } from '../../../store/filmWords.ts';
import { rowForKey } from '../useListScroll.ts';
import type { TreeRow } from './filmFacts.ts';
import { useVirtualRows } from './useVirtualRows.ts';

const ROW_PX = 24;
const HEAD_PX = 28;
const EVERYTHING = '';

interface FilmStepsProps {
  readonly player: FilmPlayer;
  readonly rows: readonly TreeRow[];
  readonly nameOf: (fn: number) => string | undefined;
}

/** Positions of the steps that pass the filter, ascending. */
function useShown(player: FilmPlayer, node: string, writesOnly: boolean): readonly number[] {
  const { film } = player;
  return useMemo(() => {
    const fn = node === EVERYTHING ? undefined : film.placeOf(node);
    return film.steps.flatMap((step, index) =>
      (fn === undefined || step.fn === fn) && (!writesOnly || step.writes > 0) ? [index] : [],
    );
  }, [film, node, writesOnly]);
}

/** The last of the steps shown that is not after a step; −1 = none. */
function lastUpTo(shown: readonly number[], step: number): number {
  let low = 0;
  let high = shown.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((shown[middle] ?? 0) <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** What software did, step by step; a press goes to the end of that step. */
export function FilmSteps({ player, rows, nameOf }: FilmStepsProps) {
  const id = useId();
  const { film } = player;
  const [node, setNode] = useState(EVERYTHING);
  const [writesOnly, setWritesOnly] = useState(false);
  const shown = useShown(player, node, writesOnly);
  const at = lastUpTo(shown, film.step);
  const isOnStep = at >= 0 && shown[at] === film.step;
  const [area, scroll] = useVirtualRows(shown.length, ROW_PX, HEAD_PX, at);
  const go = (row: number): void => {
    const step = shown[row];
    if (step !== undefined) player.seekStep(step);
  };
  const onKey = (event: KeyboardEvent): void => {
    const next = rowForKey(event.key, at, Math.max(1, scroll.visible - 1), 0, shown.length);
    if (next === undefined) return;
    event.preventDefault();
    go(next);
  };
  return (
    <section className="film-steps" aria-label="Steps of enumeration">
      <header>
        <label htmlFor={id} className="visually-hidden">
          Steps of
        </label>
        <select id={id} className="select" value={node} onChange={(event) => setNode(event.target.value)}>
          <option value={EVERYTHING}>All functions</option>
          {rows
            .filter((row) => row.fn >= 0)
            .map((row) => (
              <option key={row.node} value={row.node}>
                {row.name}
              </option>
            ))}
        </select>
        <label className="check-field">
          <input type="checkbox" checked={writesOnly} onChange={(event) => setWritesOnly(event.target.checked)} />
          With writes
        </label>
      </header>
      {/* A scrolling region has to be reachable with the keyboard; its keys go from step to step. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <section
        className="film-steps-scroll"
        ref={area}
        onScroll={scroll.onScroll}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        aria-label={`${integerText(shown.length)} steps`}
        onKeyDown={onKey}
      >
        {shown.length === 0 ? <p className="empty">No step passes this filter.</p> : undefined}
        <table aria-rowcount={shown.length + 1} hidden={shown.length === 0}>
          <thead>
            <tr>
              <th scope="col" className="figure">
                No.
              </th>
              <th scope="col">What</th>
              <th scope="col">Where</th>
            </tr>
          </thead>
          <tbody>
            <tr aria-hidden="true" className="film-spacer" style={{ height: scroll.abovePx }} />
            {shown.slice(scroll.first, scroll.end).map((index, position) => {
              const step = film.steps[index];
              if (step === undefined) return undefined;
              const row = scroll.first + position;
              const isCurrent = isOnStep && row === at;
              return (
                // The region above takes the keys; a press is the pointer's way.
                // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
                <tr
                  key={index}
                  aria-current={isCurrent ? 'true' : undefined}
                  aria-rowindex={row + 2}
                  className={step.writes > 0 || (step.routine === 'probe' && step.fn >= 0) ? 'film-writes' : undefined}
                  onClick={() => go(row)}
                >
                  <td className="figure">{integerText(index + 1)}</td>
                  <td>{stepTitle(step, nameOf(step.fn))}</td>
                  <td>
                    <code>{stepPlace(step)}</code>
                  </td>
                </tr>
              );
            })}
            <tr aria-hidden="true" className="film-spacer" style={{ height: scroll.belowPx }} />
          </tbody>
        </table>
      </section>
    </section>
  );
}
