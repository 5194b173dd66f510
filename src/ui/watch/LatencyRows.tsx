import { useRef, useState } from 'react';
import { durationText } from '../../base/format.ts';
import type { LaneId } from '../../store/session.ts';
import { useDocument, useInspect, useLane } from '../model.ts';
import { useJourneyOf, useSelectedRecord } from '../scene/useJourney.ts';
import { wholeWords } from '../scene/wayRows.ts';
import { WayTable } from '../scene/WayTable.tsx';
import { useEvery } from '../widgets/Live.tsx';

const LATENCY_HZ = 4;

/** Where the time of the selected transaction went; of the first packet with payload while none is selected. */
export function LatencyRows({ lane }: { readonly lane: LaneId }) {
  const document = useDocument((state) => state.document);
  const set = useInspect((state) => state.set);
  const state = useLane(lane);
  const { machine, hops } = state;
  const [first, setFirst] = useState(-1);
  const shown = useRef(first);
  useEvery(LATENCY_HZ, () => {
    const serial = hops?.first.serial;
    const now = serial === undefined ? -1 : (hops?.log?.firstHop(serial) ?? -1);
    if (now === shown.current) return;
    shown.current = now;
    setFirst(now);
  });
  const selected = useSelectedRecord(state);
  const record = selected >= 0 ? selected : first;
  const journey = useJourneyOf(state, record);
  const title = selected >= 0 ? 'Latency of the selected transaction' : 'Latency of the first packet';
  return (
    <section aria-labelledby="latency-title">
      <h3 id="latency-title">{title}</h3>
      {machine === undefined || journey === undefined ? (
        <p className="muted">Shown once a packet with payload has gone its way.</p>
      ) : (
        <>
          <p className="latency-whole">
            <b>{durationText(journey.ended_ps - journey.begun_ps)}</b> {wholeWords(journey)}
            {selected >= 0 ? undefined : (
              <button
                type="button"
                className="button small"
                onClick={() => set({ selected: { log: journey.log, record } })}
              >
                Follow it
              </button>
            )}
          </p>
          <WayTable journey={journey} document={document} machine={machine} record={selected} />
        </>
      )}
    </section>
  );
}
