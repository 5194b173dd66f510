import { PanelRight } from 'lucide-react';
import type { LaneId } from '../../store/session.ts';
import { lanesOf } from '../../store/simulation.ts';
import { wayWords } from '../../store/words.ts';
import { LaneTrouble } from '../race/LaneTrouble.tsx';
import { useFollow, useLane, useView } from '../model.ts';
import { FollowBar, useFollowed } from '../scene/FollowBar.tsx';
import { SceneFoot } from '../scene/SceneFoot.tsx';
import { SceneView } from '../scene/SceneView.tsx';
import { NARROW_QUERY, useMedia } from '../useMedia.ts';
import { SidePanel } from '../shell/SidePanel.tsx';
import { WatchDock } from './WatchDock.tsx';
import { WatchPanel } from './WatchPanel.tsx';

/** One machine and one way, with everything it does. */
export function WatchView() {
  const lane = useView((state) => lanesOf(state)[0] ?? 'direct');
  const { way, machine, status } = useLane(lane);
  const numbers = useFollow((state) => state.numbers);
  return (
    <div className="watch">
      <section className="scene-area" aria-label="Machine">
        <SceneView lane={lane} density="full" label={`The machine, ${wayWords(way).name}`} follows numbers={numbers} />
        {status === 'failed' || machine?.plan.refused !== undefined ? <LaneTrouble lane={lane} /> : undefined}
        <SheetButton />
        <WatchFoot lane={lane} />
      </section>
      <WatchDock lane={lane} />
      <SidePanel label="Transfer">
        <WatchPanel lane={lane} />
      </SidePanel>
    </div>
  );
}

/** Legends, or the transaction that is followed. */
function WatchFoot({ lane }: { readonly lane: LaneId }) {
  const journey = useFollowed(lane);
  return <SceneFoot instead={journey === undefined ? undefined : <FollowBar journey={journey} />} />;
}

/** On narrow pages the side panel is a sheet, opened from the scene's edge. */
export function SheetButton() {
  const narrow = useMedia(NARROW_QUERY);
  const open = useView((state) => state.sheetOpen);
  const set = useView((state) => state.set);
  if (!narrow) return undefined;
  return (
    <button
      type="button"
      className="sheet-button icon-button"
      aria-label={open ? 'Close facts' : 'Open facts'}
      aria-expanded={open}
      onClick={() => set({ sheetOpen: !open })}
    >
      <PanelRight size={17} aria-hidden="true" />
    </button>
  );
}
