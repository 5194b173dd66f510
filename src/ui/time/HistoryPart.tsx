import { CornerUpLeft } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { bytesText, countText, integerText, NO_VALUE } from '../../base/format.ts';
import type { RunHistory } from '../../engine/protocol.ts';
import { failureOf, type LaneId } from '../../store/session.ts';
import { instantText } from '../../store/timeText.ts';
import { wayWords } from '../../store/words.ts';
import { useLane, useModel } from '../model.ts';
import { useEvery } from '../widgets/Live.tsx';

const ASK_HZ = 2;

interface Asked {
  readonly machine: unknown;
  readonly history: RunHistory | undefined;
  readonly trouble: string | undefined;
}

/** The engine is asked while this is shown, and one question at a time. */
function useHistory(lane: LaneId): Asked | undefined {
  const { session } = useModel().simulation;
  const { machine } = useLane(lane);
  const [asked, setAsked] = useState<Asked>();
  const busy = useRef(false);
  const ask = (): void => {
    if (busy.current || machine === undefined) return;
    busy.current = true;
    session
      .history(lane)
      .then(
        (history) => setAsked({ machine, history, trouble: undefined }),
        (thrown: unknown) => setAsked({ machine, history: undefined, trouble: failureOf(thrown).message }),
      )
      .finally(() => {
        busy.current = false;
      });
  };
  useEvery(ASK_HZ, ask);
  // Once at once; the frame loop asks again.
  // oxlint-disable-next-line react/exhaustive-deps
  useEffect(ask, [machine]);
  return asked?.machine === machine ? asked : undefined;
}

function LaneHistory({ lane }: { readonly lane: LaneId }) {
  const { simulation } = useModel();
  const { way } = useLane(lane);
  const asked = useHistory(lane);
  const history = asked?.history;
  const share = history === undefined || history.budgetBytes === 0 ? 0 : history.keptBytes / history.budgetBytes;
  return (
    <section aria-label={`History, ${wayWords(way).name}`} className="lane-history">
      <h3>{wayWords(way).name}</h3>
      {asked?.trouble === undefined ? undefined : <p className="hint hint-bad">{asked.trouble}</p>}
      <p>
        {history === undefined
          ? NO_VALUE
          : `Going back keeps ${countText(history.checkpoints, 'checkpoint')}, ${bytesText(history.keptBytes)} of at most ${bytesText(history.budgetBytes)}.`}
      </p>
      <span className="history-meter" aria-hidden="true">
        <span style={{ width: `${Math.min(100, share * 100)}%` }} />
      </span>
      <table className="dense">
        <tbody>
          <tr>
            <th scope="row">Now</th>
            <td>{history === undefined ? NO_VALUE : instantText(history.place.now_ps)}</td>
          </tr>
          <tr>
            <th scope="row">Furthest</th>
            <td>{history === undefined ? NO_VALUE : instantText(history.furthest.now_ps)}</td>
          </tr>
          <tr>
            <th scope="row">Events, hops to there</th>
            <td>
              {history === undefined
                ? NO_VALUE
                : `${integerText(history.furthest.events)}, ${integerText(history.furthest.hops)}`}
            </td>
          </tr>
        </tbody>
      </table>
      <h4>Changed by hand</h4>
      {history === undefined || history.changes.length === 0 ? (
        <p className="muted">
          Nothing. A register written, bytes edited or a fault injected in a run is listed here, and repeated.
        </p>
      ) : (
        <ol className="mark-list" aria-label={`Changes by hand, ${wayWords(way).name}`}>
          {history.changes.map((change, index) => (
            // Changes have no name of their own; the list only grows or is cut.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={index} className="mark-row">
              <span className="mark-text">
                {change.what}
                <span className="mark-note">{instantText(change.at_ps)}</span>
              </span>
              <button
                type="button"
                className="icon-button small"
                aria-label={`Go to ${instantText(change.at_ps)}`}
                onClick={() => void simulation.seek(change.at_ps)}
              >
                <CornerUpLeft size={15} aria-hidden="true" />
              </button>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** What going back costs, and what was done to the machines on the clock. */
export function HistoryPart({ lanes }: { readonly lanes: readonly LaneId[] }) {
  return lanes.map((lane) => <LaneHistory key={lane} lane={lane} />);
}
