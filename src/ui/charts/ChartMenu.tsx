/* What every chart offers besides being looked at: its figures as a table, and files. */
import { Ellipsis } from 'lucide-react';
import { Popover, useClosePopover } from '../widgets/Popover.tsx';
import { ExportButtons } from './ExportButtons.tsx';
import type { ChartTable } from './export.ts';
import '../styles/charts.css';

interface ChartMenuProps {
  /** Of the chart. */
  readonly title: string;
  readonly drawing: () => SVGSVGElement | undefined;
  /** Makes the drawing whole for a file. @returns the way back. */
  readonly prepare?: () => () => void;
  readonly table: () => ChartTable;
  readonly hasTable: boolean;
  readonly onTable: () => void;
}

export function ChartMenu(props: ChartMenuProps) {
  return (
    <Popover
      button={<Ellipsis size={16} aria-hidden="true" />}
      buttonClass="icon-button chart-menu-button"
      label={`${props.title}: table and files`}
      align="end"
    >
      <MenuItems {...props} />
    </Popover>
  );
}

function MenuItems({ title, drawing, prepare, table, hasTable, onTable }: ChartMenuProps) {
  const close = useClosePopover();
  return (
    <div className="chart-menu">
      <button
        type="button"
        className="button small"
        aria-pressed={hasTable}
        onClick={() => {
          onTable();
          close();
        }}
      >
        {hasTable ? 'Hide the table' : 'Show the table'}
      </button>
      <ExportButtons
        title={title}
        drawing={drawing}
        table={table}
        disabled={false}
        {...(prepare === undefined ? {} : { prepare })}
      />
    </div>
  );
}
