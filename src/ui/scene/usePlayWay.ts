/*
 * A transaction's way shown once, slowly, whatever the machine's clock does. Every stop is seen: a link takes a
 * nanosecond and a memory hundreds, so each gets a least time and a share of the rest.
 */
import { useEffect, useState } from 'react';
import { frameLoop } from '../../render/frameLoop.ts';
import type { Journey } from '../../store/journey.ts';
import { useModel } from '../model.ts';
import { useReducedMotion } from '../useMedia.ts';

const LEAST_MS = 320;
const SHARED_MS = 2400;
/** How long each stop stands where nothing may move. */
const STILL_MS = 700;

interface Cue {
  readonly from_ms: number;
  readonly length_ms: number;
  readonly from_ps: number;
  readonly to_ps: number;
}

/** When each stop is shown. */
export function cuesOf(journey: Journey): readonly Cue[] {
  const whole_ps = Math.max(1, journey.ended_ps - journey.begun_ps);
  let at_ms = 0;
  return journey.stops.map(({ from_ps, to_ps }) => {
    const cue = { from_ms: at_ms, length_ms: LEAST_MS + (SHARED_MS * (to_ps - from_ps)) / whole_ps, from_ps, to_ps };
    at_ms += cue.length_ms;
    return cue;
  });
}

/** @returns whether the way is being shown, and what begins it. */
export function usePlayWay(journey: Journey): { readonly playing: boolean; readonly play: () => void } {
  const { follow } = useModel();
  const reduced = useReducedMotion();
  const [run, setRun] = useState<Journey>();
  const playing = run === journey;
  useEffect(() => {
    if (!playing) return undefined;
    const cues = cuesOf(journey);
    let elapsed_ms = 0;
    let shown = -1;
    const stop = frameLoop().subscribe('change', (_now_ms, passed_ms) => {
      elapsed_ms += passed_ms;
      const index = reduced
        ? Math.floor(elapsed_ms / STILL_MS)
        : cues.findIndex((cue) => elapsed_ms < cue.from_ms + cue.length_ms);
      const cue = cues[index];
      if (cue === undefined) {
        setRun(undefined);
        return;
      }
      if (reduced && index === shown) return;
      const share = reduced ? 0.5 : (elapsed_ms - cue.from_ms) / cue.length_ms;
      const at_ps = cue.from_ps + (cue.to_ps - cue.from_ps) * share;
      follow.getState().set(index === shown ? { at_ps } : { at_ps, lit: index });
      shown = index;
    });
    return () => {
      stop();
      follow.getState().set({ at_ps: undefined, lit: undefined });
    };
  }, [playing, journey, follow, reduced]);
  return { playing, play: () => setRun(playing ? undefined : journey) };
}
