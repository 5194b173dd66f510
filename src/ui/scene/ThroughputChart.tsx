import { useCallback, useEffect, type RefObject } from 'react';
import type { MachineView } from '../../engine/clientInterface.ts';
import { createThroughputChart } from '../../render/charts/throughputChart.ts';
import type { ThroughputChartHandle, ThroughputTrack } from '../../render/charts/chartHandles.ts';
import { useModel } from '../model.ts';
import { useHandle } from '../useHandle.ts';
import { useReducedMotion } from '../useMedia.ts';

interface ThroughputChartProps {
  readonly label: string;
  readonly variant: 'dock' | 'strip';
  readonly view: MachineView | undefined;
  readonly tracks: readonly ThroughputTrack[];
  readonly labelRoomPx?: number;
  readonly mark?: { readonly at_ps: number; readonly label: string } | undefined;
  /** For whoever saves the drawing. */
  readonly chartRef?: RefObject<ThroughputChartHandle | undefined>;
}

/** Payload over simulated time; drawn by the renderer, which also brings the table for assistive technology. */
export function ThroughputChart({ label, variant, view, tracks, labelRoomPx, mark, chartRef }: ThroughputChartProps) {
  const { simulation } = useModel();
  const reduced = useReducedMotion();
  const make = useCallback(
    (container: HTMLElement) => {
      const chart = createThroughputChart(container, {
        label,
        variant,
        ...(labelRoomPx === undefined ? {} : { labelRoomPx }),
      });
      chart.setClock(() => simulation.player.now_ps);
      return chart;
    },
    [label, variant, labelRoomPx, simulation],
  );
  const [chart, attach] = useHandle(make);
  useEffect(() => {
    if (chartRef !== undefined) chartRef.current = chart;
  }, [chart, chartRef]);
  useEffect(() => chart?.setTracks(tracks), [chart, tracks]);
  useEffect(() => chart?.setView(view), [chart, view]);
  useEffect(() => chart?.setMark(mark), [chart, mark]);
  useEffect(() => chart?.setReducedMotion(reduced), [chart, reduced]);
  return <div className={`chart chart-${variant}`} ref={attach} />;
}
