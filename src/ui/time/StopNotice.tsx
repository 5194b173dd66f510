import { MoveRight, OctagonPause, X } from 'lucide-react';
import { RACE_LANES } from '../../store/session.ts';
import { instantText } from '../../store/timeText.ts';
import { wayWords } from '../../store/words.ts';
import { useModel, useSession, useTime, useView } from '../model.ts';

/** What stopped the run, until it goes on. The live region has said it. */
export function StopNotice() {
  const { simulation } = useModel();
  const notice = useTime((state) => state.notice);
  const view = useView((state) => state.view);
  const set = useView((state) => state.set);
  const way = useSession((state) => (notice === undefined ? undefined : state.lanes[notice.lane].way));
  if (notice === undefined || way === undefined) return undefined;
  return (
    <div className="stop-notice">
      <span className="stop-notice-mark" aria-hidden="true">
        <OctagonPause size={15} />
      </span>
      <p>
        <strong>{`Stopped at ${instantText(notice.at_ps)}`}</strong>
        <span>{`${wayWords(way).name}: ${notice.what}`}</span>
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
