import { PS_PER_SECOND } from '../../base/units.ts';
import { panelTable, TABLE_DECIMALS, TIME_DECIMALS } from '../../render/charts/panelData.ts';
import { ExportButtons } from '../charts/ExportButtons.tsx';
import type { ChartTable } from '../charts/export.ts';
import { FiguresTable } from '../charts/FiguresTable.tsx';
import type { ThroughputMenuProps } from './ThroughputMenu.tsx';

const ARROWS = { up: ' up', down: ' down', both: ' both ways' } as const;

function tableOf({ title, tracks, view }: ThroughputMenuProps): ChartTable {
  return panelTable({
    id: 'throughput',
    title,
    unit: 'GB/s',
    decimals: 2,
    quiet: '',
    leastScale: 1,
    tracks: tracks.map(({ id, label, direction, flow, read }) => ({
      id,
      label: `${label}${direction === undefined ? '' : ARROWS[direction]}`,
      limit: undefined,
      lines: [{ name: label, flow, view, read: { kind: 'total', total: read, scale: PS_PER_SECOND / 1e9 } }],
    })),
  });
}

/** Inside the menu of a throughput chart. */
export function ThroughputFigures(props: ThroughputMenuProps) {
  const { title, chart } = props;
  const table = (): ChartTable => tableOf(props);
  return (
    <div className="throughput-figures">
      <ExportButtons title={title} drawing={() => chart.current?.svg} table={table} disabled={false} />
      <FiguresTable
        title={title}
        table={table}
        decimals={(column) => (column === 0 ? TIME_DECIMALS : TABLE_DECIMALS)}
      />
    </div>
  );
}
