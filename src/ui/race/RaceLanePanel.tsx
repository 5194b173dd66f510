import { useMemo, useRef } from 'react';
import { NO_VALUE, rateFigure } from '../../base/format.ts';
import type { ThroughputChartHandle } from '../../render/charts/chartHandles.ts';
import { arrivalRate } from '../../store/metrics.ts';
import type { LaneId } from '../../store/session.ts';
import { routeTaken } from '../../store/routeTaken.ts';
import { routeWords, wayWords } from '../../store/words.ts';
import { useDocument, useLane } from '../model.ts';
import { nodeName } from '../names.ts';
import { SceneView } from '../scene/SceneView.tsx';
import { ThroughputChart } from '../scene/ThroughputChart.tsx';
import { ThroughputMenu } from '../scene/ThroughputMenu.tsx';
import { arrivalTrack } from '../scene/tracks.ts';
import { FlowSwatch } from '../widgets/FlowSwatch.tsx';
import { LiveText } from '../widgets/Live.tsx';
import { LaneTrouble } from './LaneTrouble.tsx';
import { LegList } from './LegList.tsx';

/** One machine of the race: what it does, the scene, and what arrives. */
export function RaceLanePanel({ lane }: { readonly lane: LaneId }) {
  const document = useDocument((state) => state.document);
  const { way, view, report, machine, status } = useLane(lane);
  const words = wayWords(way);
  const headingId = `lane-${lane}`;
  const title = `${words.name}: payload arriving`;
  const chart = useRef<ThroughputChartHandle>(undefined);
  const tracks = useMemo(() => {
    const track = machine === undefined ? undefined : arrivalTrack(document, machine, way);
    return track === undefined ? [] : [{ ...track, label: `To ${nodeName(document, document.transfer.to)}` }];
  }, [document, machine, way]);
  const readRate = (): string => {
    if (report !== undefined) return rateFigure(report.throughputBytesPerSecond).value;
    return view === undefined ? NO_VALUE : rateFigure(arrivalRate(view, document.transfer, way)).value;
  };
  const readPath = (): string => {
    const route = way === 'p2p' ? routeTaken(document, machine, view) : undefined;
    return route === undefined ? words.path : routeWords(route);
  };
  return (
    <section className="race-lane" aria-labelledby={headingId}>
      <header className="lane-head">
        <FlowSwatch flow={way} />
        <h2 id={headingId}>{words.name}</h2>
        <p>
          <LiveText read={readPath} />
        </p>
        <p className="lane-rate">
          <LiveText className="figure" read={readRate} />
          <span className="unit">GB/s payload</span>
        </p>
      </header>
      <LegList lane={lane} />
      <div className="lane-scene">
        <SceneView lane={lane} density="compact" label={`${words.name}: the machine`} />
        {status === 'failed' || machine?.plan.refused !== undefined ? <LaneTrouble lane={lane} brief /> : undefined}
      </div>
      <div className="lane-chart">
        <ThroughputChart label={title} variant="strip" view={view} tracks={tracks} chartRef={chart} />
        <ThroughputMenu title={title} chart={chart} view={view} tracks={tracks} align="start" />
      </div>
    </section>
  );
}
