import { useEffect, useMemo, useRef } from 'react';
import { PanelEdge } from '../shell/PanelEdge.tsx';
import { LoadBar } from '../shell/LoadBar.tsx';
import type { ThroughputChartHandle } from '../../render/charts/chartHandles.ts';
import type { LaneId } from '../../store/session.ts';
import type { DockTab } from '../../store/viewStore.ts';
import { useDocument, useLane, useView } from '../model.ts';
import { ThroughputChart } from '../scene/ThroughputChart.tsx';
import { ThroughputMenu } from '../scene/ThroughputMenu.tsx';
import { watchTracks } from '../scene/tracks.ts';
import { Tabs } from '../widgets/Tabs.tsx';
import { useReducedWish } from '../useMedia.ts';
import { FlowLedger } from './FlowLedger.tsx';
import { PacketList } from './PacketList.tsx';

const TABS = [
  { id: 'throughput', label: 'Throughput' },
  { id: 'packets', label: 'Packets' },
  { id: 'ledger', label: 'Ledger' },
] as const satisfies readonly { readonly id: DockTab; readonly label: string }[];

const NOTES: Readonly<Record<DockTab, string>> = {
  throughput: 'Payload GB/s. Dotted: link limit',
  packets: 'A packet that is chosen is followed in the scene',
  ledger: 'GB/s, two updates a second; wire, load and packets are of all traffic',
};

const TITLE = 'Payload over simulated time';

/** Tracks and packets of the machine above. */
export function WatchDock({ lane }: { readonly lane: LaneId }) {
  const chosen = useView((state) => state.dock);
  const set = useView((state) => state.set);
  const still = useReducedWish();
  const tab = chosen ?? (still ? 'ledger' : 'throughput');
  // What is open by itself is what the key closes.
  useEffect(() => {
    if (chosen === undefined) set({ dock: tab });
  }, [chosen, tab, set]);
  const chart = useRef<ThroughputChartHandle>(undefined);
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
        onChange={(dock) => set({ dock })}
        note={
          <>
            {NOTES[tab]}
            {tab === 'throughput' ? (
              <ThroughputMenu title={TITLE} chart={chart} view={view} tracks={tracks} align="end" />
            ) : undefined}
          </>
        }
      >
        {tab === 'throughput' ? (
          <ThroughputChart label={TITLE} variant="dock" view={view} tracks={tracks} mark={mark} chartRef={chart} />
        ) : tab === 'packets' ? (
          <PacketList lane={lane} />
        ) : (
          <FlowLedger lane={lane} />
        )}
      </Tabs>
    </section>
  );
}
