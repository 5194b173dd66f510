import { X } from 'lucide-react';
import { type ChartPanel, panelTable, TABLE_DECIMALS, TIME_DECIMALS } from '../../render/charts/panelData.ts';
import { FiguresTable } from '../charts/FiguresTable.tsx';

/** Every bin of one panel, beside it. */
export function FiguresSection({ panel, onClose }: { readonly panel: ChartPanel; readonly onClose: () => void }) {
  return (
    <section className="charts-figures" aria-label={`Table of ${panel.title}`}>
      <header className="panel-head">
        <h2>{panel.title}</h2>
        <button type="button" className="icon-button" aria-label="Close the table" onClick={onClose}>
          <X size={16} aria-hidden="true" />
        </button>
      </header>
      <FiguresTable
        title={panel.title}
        table={() => panelTable(panel)}
        decimals={(column) => (column === 0 ? TIME_DECIMALS : TABLE_DECIMALS)}
      />
    </section>
  );
}
