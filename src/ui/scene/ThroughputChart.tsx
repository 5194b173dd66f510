import { useEffect, useRef } from 'react';
import type { MachineView } from '../../engine/clientInterface.ts';
import { createThroughputChart } from '../../render/charts/throughputChart.ts';
import type { ThroughputChartHandle, ThroughputTrack } from '../../render/charts/chartHandles.ts';
import { useModel, usePreferences } from '../model.ts';
import { useMedia, useReducedMotion } from '../useMedia.ts';

interface ThroughputChartProps {
  readonly label: string;
  readonly variant: 'dock' | 'strip';
  readonly view: MachineView | undefined;
  readonly tracks: readonly ThroughputTrack[];
  readonly mark?: { readonly at_ps: number; readonly label: string } | undefined;
}

/** Payload over simulated time; drawn by the renderer, which also brings the table for assistive technology. */
export function ThroughputChart({ label, variant, view, tracks, mark }: ThroughputChartProps) {
  const container = useRef<HTMLDivElement>(null);
  const chart = useRef<ThroughputChartHandle>(undefined);
  const { simulation } = useModel();
  const reduced = useReducedMotion();
  const theme = usePreferences((state) => state.preferences.theme);
  const systemDark = useMedia('(prefers-color-scheme: dark)');
  useEffect(() => {
    if (container.current === null) return undefined;
    const made = createThroughputChart(container.current, { label, variant });
    made.setClock(() => simulation.player.now_ps);
    chart.current = made;
    return () => {
      chart.current = undefined;
      made.dispose();
    };
  }, [label, variant, simulation, theme, systemDark]);
  useEffect(() => chart.current?.setTracks(tracks), [tracks, label, variant, theme, systemDark]);
  useEffect(() => chart.current?.setView(view), [view, label, variant, theme, systemDark]);
  useEffect(() => chart.current?.setMark(mark), [mark, label, variant, theme, systemDark]);
  useEffect(() => chart.current?.setReducedMotion(reduced), [reduced, label, variant, theme, systemDark]);
  return <div className={`chart chart-${variant}`} ref={container} />;
}
