import { Ellipsis } from 'lucide-react';
import { lazy, Suspense, type RefObject } from 'react';
import type { MachineView } from '../../engine/clientInterface.ts';
import type { ThroughputChartHandle, ThroughputTrack } from '../../render/charts/chartHandles.ts';
import { Popover } from '../widgets/Popover.tsx';

const ThroughputFigures = lazy(() =>
  import('./ThroughputFigures.tsx').then((module) => ({ default: module.ThroughputFigures })),
);

export interface ThroughputMenuProps {
  /** Of the chart. */
  readonly title: string;
  readonly chart: RefObject<ThroughputChartHandle | undefined>;
  readonly view: MachineView | undefined;
  readonly tracks: readonly ThroughputTrack[];
  readonly align: 'start' | 'end';
}

/** The figures of a throughput chart as a table, and its files. */
export function ThroughputMenu(props: ThroughputMenuProps) {
  return (
    <Popover
      button={<Ellipsis size={16} aria-hidden="true" />}
      buttonClass="icon-button throughput-menu"
      label={`${props.title}: table and files`}
      align={props.align}
      place="above"
    >
      <Suspense fallback={undefined}>
        <ThroughputFigures {...props} />
      </Suspense>
    </Popover>
  );
}
