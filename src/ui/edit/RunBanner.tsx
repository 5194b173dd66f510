import { useEffect, useState } from 'react';
import { durationText } from '../../base/format.ts';
import type { EditTarget } from '../../topology/edit/api.ts';
import { useLane, useModel } from '../model.ts';
import { currentOffer } from '../../store/editorState.ts';
import { useEditorState } from './useEditor.ts';

const LOOK_MS = 250;

/** How far the runs are, a few times a second; 0 = none has begun. */
function useProgress(): number {
  const { simulation } = useModel();
  const [now_ps, setNow] = useState(() => simulation.player.now_ps);
  useEffect(() => {
    const look = (): void => setNow(simulation.player.now_ps);
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [simulation]);
  return now_ps;
}

/** `bus 06`, or nothing where the place has no bus yet. */
function useBusOf(target: EditTarget | undefined): string {
  const { machine } = useLane('direct');
  if (target === undefined || !('node' in target)) return '';
  const bus = machine?.functions.find((fn) => fn.id === target.node)?.buses?.secondary;
  return bus === undefined ? '' : `bus ${bus.toString(16).padStart(2, '0')}`;
}

/** What dropping here would do to the runs. */
export function RestartNote() {
  const offer = useEditorState((state) => currentOffer(state.mode));
  const bus = useBusOf(offer?.target);
  const now_ps = useProgress();
  if (offer?.legal !== true) return undefined;
  const again = bus === '' ? 'enumerates the machine again' : `re-enumerates ${bus}`;
  return (
    <p className="restart-note">
      {now_ps > 0 ? `Dropping restarts both runs and ${again}.` : `Dropping ${again}; no run has begun.`}
    </p>
  );
}

/** While runs are under way: an edit ends them. */
export function RunBanner() {
  const now_ps = useProgress();
  if (now_ps === 0) return undefined;
  return (
    <p className="run-banner">
      {`Two runs stand at ${durationText(now_ps)}. An edit builds the machine anew and restarts both; a hot-plug slot can be emptied and filled while they go on.`}
    </p>
  );
}
