import { Map as MapIcon } from 'lucide-react';
import { useState } from 'react';
import { durationText } from '../../base/format.ts';
import { wayWords } from '../../store/words.ts';
import { useLane, useView } from '../model.ts';
import { SceneView } from '../scene/SceneView.tsx';
import { PlayWayButton } from '../scene/FollowBar.tsx';
import { useJourneyOf } from '../scene/useJourney.ts';
import { wholeWords } from '../scene/wayRows.ts';
import { WayTable } from '../scene/WayTable.tsx';
import type { RowSource } from './rowCells.ts';

interface WaterfallProps {
  readonly source: RowSource;
  readonly record: number;
  readonly onPick: (record: number) => void;
}

/** Where the time of a TLP and of its answer went, place by place, with the machine beside it on request. */
export function Waterfall({ source, record, onPick }: WaterfallProps) {
  const laneId = useView((state) => state.lane);
  const lane = useLane(laneId);
  const journey = useJourneyOf(lane, record);
  const [showsScene, setShowsScene] = useState(false);
  if (journey === undefined) return undefined;
  const { document, machine } = source;
  return (
    <section className="waterfall" aria-label="Times along its way">
      <div className="way-head">
        <h3>
          Times along its way
          <span className="muted">
            {`${durationText(journey.ended_ps - journey.begun_ps)}, ${wholeWords(journey)}`}
          </span>
        </h3>
        {showsScene ? <PlayWayButton journey={journey} /> : undefined}
        <button
          type="button"
          className="button small"
          aria-pressed={showsScene}
          onClick={() => setShowsScene(!showsScene)}
        >
          <MapIcon size={14} aria-hidden="true" /> Scene
        </button>
      </div>
      {showsScene ? (
        <div className="way-scene">
          <SceneView lane={laneId} density="compact" label={`The machine, ${wayWords(lane.way).name}`} follows />
        </div>
      ) : undefined}
      <WayTable journey={journey} document={document} machine={machine} record={record} onPick={onPick} />
    </section>
  );
}
