import { CornerUpLeft, Play, Square, X } from 'lucide-react';
import '../styles/follow.css';
import { durationText, integerText } from '../../base/format.ts';
import type { Journey } from '../../store/journey.ts';
import type { LaneId } from '../../store/session.ts';
import { useInspect, useLane, useModel } from '../model.ts';
import { scenePath, useJourneyOf, useSelectedRecord } from './useJourney.ts';
import { usePlayWay } from './usePlayWay.ts';

/** Shows the way of a transaction once. */
export function PlayWayButton({ journey }: { readonly journey: Journey }) {
  const { playing, play } = usePlayWay(journey);
  return (
    <button type="button" className="button small" aria-pressed={playing} onClick={play}>
      {playing ? <Square size={12} aria-hidden="true" /> : <Play size={12} aria-hidden="true" />}
      Show its way
    </button>
  );
}

/** The transaction of a lane that is selected. */
export function useFollowed(lane: LaneId): Journey | undefined {
  const state = useLane(lane);
  return useJourneyOf(state, useSelectedRecord(state));
}

/** Which transaction the scene follows, and what can be done with it. */
export function FollowBar({ journey }: { readonly journey: Journey }) {
  const { simulation } = useModel();
  const set = useInspect((state) => state.set);
  const { log, request, completion } = journey;
  const path = scenePath(journey);
  const serial = log.serial[log.cell(request < 0 ? completion : request)] ?? 0;
  const answer = request < 0 || path.completion === undefined ? '' : `, answered by ${path.completion.label}`;
  return (
    <section className="follow-bar" aria-label="Transaction followed">
      <p>
        <strong>{path.request.label}</strong>
        {` no. ${integerText(serial)}${answer}, ${durationText(journey.ended_ps - journey.begun_ps)}`}
      </p>
      <PlayWayButton journey={journey} />
      <button
        type="button"
        className="icon-button small"
        aria-label="Go to where it begins"
        title="Go to where it begins"
        onClick={() => void simulation.seek(Math.max(0, journey.begun_ps))}
      >
        <CornerUpLeft size={15} aria-hidden="true" />
      </button>
      <button
        type="button"
        className="icon-button small"
        aria-label="Follow no transaction"
        onClick={() => set({ selected: undefined })}
      >
        <X size={15} aria-hidden="true" />
      </button>
    </section>
  );
}
