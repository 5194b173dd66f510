import { useEffect, useRef, useState } from 'react';
import { type ChartPanel, panelTable } from '../../render/charts/panelData.ts';
import type { TimePanel } from '../../render/charts/timePanel.ts';
import type { Timeline } from '../../render/charts/timeline.ts';
import { ChartMenu } from '../charts/ChartMenu.tsx';

interface ChartPanelViewProps {
  readonly timeline: Timeline;
  readonly panel: ChartPanel;
  readonly hasTable: boolean;
  readonly onTable: () => void;
}

/** One panel: its title and menu here, its tracks by the timeline. */
export function ChartPanelView({ timeline, panel, hasTable, onTable }: ChartPanelViewProps) {
  const room = useRef<HTMLDivElement>(null);
  const [drawing, setDrawing] = useState<TimePanel>();
  useEffect(() => {
    if (room.current === null) return undefined;
    const made = timeline.addPanel(room.current);
    setDrawing(made);
    return () => timeline.removePanel(made);
  }, [timeline]);
  useEffect(() => drawing?.setPanel(panel), [drawing, panel]);
  return (
    <section className="charts-panel" aria-label={panel.title}>
      <header>
        <h2>
          {panel.title} <span>{panel.unit}</span>
        </h2>
        {panel.tracks.length === 0 ? undefined : (
          <ChartMenu
            title={panel.title}
            drawing={() => drawing?.svg}
            prepare={() => drawing?.forFile(timeline.time) ?? (() => undefined)}
            table={() => panelTable(panel)}
            hasTable={hasTable}
            onTable={onTable}
          />
        )}
      </header>
      <div ref={room} />
      {panel.tracks.length === 0 ? <p className="visually-hidden">{panel.quiet}</p> : undefined}
    </section>
  );
}
