import { BookmarkPlus, OctagonPause } from 'lucide-react';
import { lazy, Suspense } from 'react';
import '../styles/time.css';
import { actionById } from '../../store/actions.ts';
import { lanesOf } from '../../store/simulation.ts';
import { useAction, useModel, usePlayer, useTime, useView } from '../model.ts';
import { InstantField } from './InstantField.tsx';
import { Timeline } from './Timeline.tsx';

const TimePanel = lazy(() => import('./TimePanel.tsx').then((module) => ({ default: module.TimePanel })));

const StopNotice = lazy(() => import('./StopNotice.tsx').then((module) => ({ default: module.StopNotice })));

/** The id of the button that opens the panel: focus goes back to it. */
const PANEL_BUTTON = 'time-panel-button';

/** The run as a line, and what is marked in it. Where no machine is on the clock there is nothing to show. */
export function TimeBar() {
  const { simulation } = useModel();
  const perform = useAction();
  const panel = useTime((state) => state.panel);
  const notice = useTime((state) => state.notice);
  // Another machine has its own instant: what stopped this one says nothing of it.
  const isOnClock = useView((state) => notice !== undefined && lanesOf(state).includes(notice.lane));
  const stops = useTime((state) => state.stops.filter((stop) => stop.isEnabled).length);
  const empty = usePlayer((state) => state.phase === 'empty');
  const onClose = (): void => {
    simulation.marks.show(undefined);
    document.querySelector<HTMLElement>(`#${PANEL_BUTTON}`)?.focus();
  };
  return (
    <section className="time-bar" aria-label="Time" data-empty={empty}>
      <Timeline />
      <Suspense fallback={undefined}>
        {notice !== undefined && isOnClock ? <StopNotice notice={notice} /> : undefined}
      </Suspense>
      <InstantField />
      <button
        type="button"
        className="icon-button small"
        aria-label="Add a bookmark here"
        title="Add a bookmark here (B)"
        disabled={empty}
        onClick={() => perform(actionById('addBookmark'))}
      >
        <BookmarkPlus size={16} aria-hidden="true" />
      </button>
      <button
        type="button"
        id={PANEL_BUTTON}
        className="button small stops-button"
        aria-expanded={panel !== undefined}
        title="Breakpoints, bookmarks, and what going back costs (S)"
        onClick={() => simulation.marks.show(panel === undefined ? 'stops' : undefined)}
      >
        <OctagonPause size={15} aria-hidden="true" />
        Stops
        {stops === 0 ? undefined : <span className="stops-count">{stops}</span>}
      </button>
      <Suspense fallback={undefined}>
        {panel === undefined ? undefined : <TimePanel panel={panel} onClose={onClose} />}
      </Suspense>
    </section>
  );
}
