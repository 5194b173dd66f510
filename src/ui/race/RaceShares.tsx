import { rateText } from '../../base/format.ts';
import { createTimeShareBars } from '../../render/charts/timeShareBars.ts';
import type { TimeShareHandle, TimeShareRow } from '../../render/charts/chartHandles.ts';
import { arrivalLink, machineCounter, timeShare } from '../../store/metrics.ts';
import { RACE_LANES, type LaneState } from '../../store/session.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { useDocument, useLane } from '../model.ts';
import { segmentName } from '../names.ts';
import { CheckList } from '../widgets/CheckList.tsx';
import { useHandle } from '../useHandle.ts';
import { useLive } from '../widgets/Live.tsx';
import { wayWords } from '../../store/words.ts';

const SHARES_HZ = 4;

/** One bar: from the report if the run is over, else from the counters as they stand. */
export function shareRow(lane: LaneState, document: TopologyDocument): TimeShareRow | undefined {
  const { machine, view, report, way } = lane;
  const arrival = machine === undefined ? undefined : arrivalLink(document, machine);
  if (arrival === undefined || view === undefined) return undefined;
  const reported = report?.links.find(
    (share) => share.link === arrival.link.index && share.direction === arrival.direction,
  );
  return {
    label: wayWords(way).name,
    way,
    share: reported ?? timeShare(view, arrival, machineCounter(view, 'now_ps')),
    bytesPerSecond: arrival.link.bytesPerSecond,
  };
}

/** Checks of both runs: what was compared and whether it held. */
function Checks() {
  const direct = useLane('direct').report;
  const bounced = useLane('bounced').report;
  const reports = [direct, bounced].filter((report) => report !== undefined);
  if (reports.length === 0) {
    return <p className="checks muted">At the end of each run its bytes, credits and counters are checked.</p>;
  }
  return <CheckList reports={reports} />;
}

const makeBars = (container: HTMLElement): TimeShareHandle =>
  createTimeShareBars(container, { label: 'Where did my GB/s go?', variant: 'figures' });

/** Where did my GB/s go: both ways on the link the bytes arrive on. */
export function RaceShares() {
  const [bars, attach] = useHandle(makeBars);
  const document = useDocument((state) => state.document);
  const direct = useLane('direct');
  const bounced = useLane('bounced');
  const machine = direct.machine ?? bounced.machine;
  const arrival = machine === undefined ? undefined : arrivalLink(document, machine);
  useLive(() => {
    const lanes = { direct, bounced };
    bars?.setRows(RACE_LANES.flatMap((id) => shareRow(lanes[id], document) ?? []));
  }, SHARES_HZ);
  return (
    <section className="race-shares" aria-labelledby="shares-title">
      <header>
        <h3 id="shares-title">Where did my GB/s go?</h3>
        {machine === undefined || arrival === undefined ? undefined : (
          <p>
            {`${segmentName(document, machine, arrival.link.index * 2 + arrival.direction)}, Gen${arrival.link.gen} x${arrival.link.width}, of ${rateText(arrival.link.bytesPerSecond)}`}
          </p>
        )}
      </header>
      <div className="share-bars" ref={attach} />
      <Checks />
    </section>
  );
}
