import { useMemo, useState } from 'react';
import { PanelEdge } from '../shell/PanelEdge.tsx';
import { LoadBar } from '../shell/LoadBar.tsx';
import type { LaneId } from '../../store/session.ts';
import { useDocument, useLane } from '../model.ts';
import { ThroughputChart } from '../scene/ThroughputChart.tsx';
import { watchTracks } from '../scene/tracks.ts';
import { Tabs } from '../widgets/Tabs.tsx';
import { PacketList } from './PacketList.tsx';

const TABS = [
  { id: 'throughput', label: 'Throughput' },
  { id: 'packets', label: 'Packets' },
] as const;
type TabId = (typeof TABS)[number]['id'];

/** Tracks and packets of the machine above. */
export function WatchDock({ lane }: { readonly lane: LaneId }) {
  const [tab, setTab] = useState<TabId>('throughput');
  const document = useDocument((state) => state.document);
  const { machine, view, way, report } = useLane(lane);
  const tracks = useMemo(
    () => (machine === undefined ? [] : watchTracks(document, machine, way)),
    [document, machine, way],
  );
  const mark = useMemo(
    () => (report?.outcome === 'finished' ? { at_ps: report.duration_ps, label: 'end' } : undefined),
    [report],
  );
  return (
    <section className="dock" aria-label="Run over time">
      <PanelEdge panel="dock" label="the panel below" />
      <LoadBar />
      <Tabs
        label="Run over time"
        tabs={TABS}
        current={tab}
        onChange={setTab}
        note={tab === 'throughput' ? 'Payload GB/s. Dotted: link limit' : undefined}
      >
        {tab === 'throughput' ? (
          <ThroughputChart label="Payload over simulated time" variant="dock" view={view} tracks={tracks} mark={mark} />
        ) : (
          <PacketList lane={lane} />
        )}
      </Tabs>
    </section>
  );
}
