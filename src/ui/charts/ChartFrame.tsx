/* What every chart of figures has around it: legend and controls above, its table beside, a readout below, files. */
import { useLayoutEffect, useRef, useState, type ReactNode, type RefCallback, type RefObject } from 'react';
import '../styles/charts.css';
import { ExportButtons } from './ExportButtons.tsx';
import type { ChartTable } from './export.ts';

interface ChartFrameProps {
  readonly title: string;
  /** Left above: what the chart shows and how. */
  readonly controls: ReactNode;
  readonly legend: ReactNode;
  /** One line below the drawing about the point in hand. */
  readonly readout: ReactNode;
  readonly table: ReactNode;
  readonly exportTable: () => ChartTable;
  readonly isEmpty: boolean;
  /** Draws into this many pixels. */
  readonly children: (
    size: { readonly width: number; readonly height: number },
    drawing: RefCallback<SVGSVGElement>,
  ) => ReactNode;
}

function useSize(): readonly [RefObject<HTMLDivElement | null>, { readonly width: number; readonly height: number }] {
  const ref = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      const { width = 0, height = 0 } = entry?.contentRect ?? {};
      setSize({ width: Math.floor(width), height: Math.floor(height) });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, size];
}

export function ChartFrame(props: ChartFrameProps) {
  const [ref, size] = useSize();
  const [drawing, setDrawing] = useState<SVGSVGElement | null>(null);
  return (
    <section className="chart-frame" aria-label={props.title}>
      <header className="chart-head">
        {props.controls}
        <ExportButtons
          title={props.title}
          drawing={drawing ?? undefined}
          table={props.exportTable}
          disabled={props.isEmpty}
        />
      </header>
      <div className="chart-area">
        {props.legend}
        <div className="chart-room" ref={ref}>
          {size.width > 0 && size.height > 0 ? props.children(size, setDrawing) : undefined}
        </div>
        <p className="chart-readout">{props.readout}</p>
      </div>
      {/* Long tables scroll, and a region that scrolls must be reachable. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <section className="chart-table" aria-label={`${props.title}, figures`} tabIndex={0}>
        {props.table}
      </section>
    </section>
  );
}
