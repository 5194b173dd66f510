import { MoveRight, OctagonPause, X } from 'lucide-react';
import { useEffect } from 'react';
import { RACE_LANES } from '../../store/session.ts';
import { instantText } from '../../store/timeText.ts';
import { wayWords } from '../../store/words.ts';
import type { StopHit } from '../../store/timeMarks.ts';
import { useDocument, useLane, useModel, useTime, useView } from '../model.ts';
import { stopText } from './stopWords.ts';

/** What stopped the run, until it goes on; also said in the live region. */
export function StopNotice({ notice }: { readonly notice: StopHit }) {
  const { simulation, announcer } = useModel();
  const document = useDocument((state) => state.document);
  const stop = useTime((state) => state.stops.find(({ id }) => id === notice.stop));
  const view = useView((state) => state.view);
  const set = useView((state) => state.set);
  const { way, machine } = useLane(notice.lane);
  const title = `Stopped at ${instantText(notice.at_ps)}`;
  const reason = stop === undefined ? '' : `${stopText(stop.when, document, machine)}. `;
  const words = `${wayWords(way).name}: ${reason}${notice.what}`;
  // Once for each notice: other words for the same stop are no news.
  // oxlint-disable-next-line react/exhaustive-deps
  useEffect(() => announcer.say(`${title}. ${words}`), [notice]);
  return (
    <div className="stop-notice">
      <span className="stop-notice-mark" aria-hidden="true">
        <OctagonPause size={15} />
      </span>
      <p title={`${title}. ${words}`}>
        <strong>{title}</strong>
        <span>{words}</span>
      </p>
      {view === 'inspect' || !RACE_LANES.some((lane) => lane === notice.lane) ? undefined : (
        <button
          type="button"
          className="button small"
          onClick={() => set({ view: 'inspect', lane: notice.lane, projector: false })}
        >
          Show in Inspect <MoveRight size={14} aria-hidden="true" />
        </button>
      )}
      <button
        type="button"
        className="icon-button small"
        aria-label="Close this notice"
        onClick={() => simulation.marks.dismiss()}
      >
        <X size={15} aria-hidden="true" />
      </button>
    </div>
  );
}
