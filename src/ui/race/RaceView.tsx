import type { LaneId } from '../../store/session.ts';
import { RaceFigures } from './RaceFigures.tsx';
import { RaceHeader } from './RaceHeader.tsx';
import { RaceLanePanel } from './RaceLanePanel.tsx';
import { RaceShares } from './RaceShares.tsx';
import { PanelEdge } from '../shell/PanelEdge.tsx';
import { LoadBar } from '../shell/LoadBar.tsx';

const SIDES: readonly LaneId[] = ['direct', 'bounced'];

/** Both ways side by side on one clock: progress, scenes, figures, and where the link's time went. */
export function RaceView() {
  return (
    <div className="race">
      <RaceHeader />
      <div className="race-lanes">
        {SIDES.map((lane) => (
          <RaceLanePanel key={lane} lane={lane} />
        ))}
      </div>
      <div className="race-bottom">
        <PanelEdge panel="dock" label="the figures" />
        <LoadBar />
        <RaceFigures />
        <RaceShares />
      </div>
    </div>
  );
}
