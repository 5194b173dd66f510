/* Saves a chart: the drawing as SVG or PNG, its figures as CSV. */
import { useState } from 'react';
import { csvOf, fileNameOf, pngOf, saveBlob, saveText, svgText, type ChartTable } from './export.ts';

interface ExportButtonsProps {
  /** Of the chart: title inside the files, and their name. */
  readonly title: string;
  /** The drawing as it is now, or who knows it; undefined while there is none. */
  readonly drawing: SVGSVGElement | (() => SVGSVGElement | undefined) | undefined;
  /** Makes the drawing whole for a file. @returns the way back, taken before anybody can see it. */
  readonly prepare?: () => () => void;
  readonly table: () => ChartTable;
  readonly disabled: boolean;
}

type Format = 'SVG' | 'PNG' | 'CSV';
const FORMATS: readonly Format[] = ['SVG', 'PNG', 'CSV'];

export function ExportButtons({ title, drawing, prepare, table, disabled }: ExportButtonsProps) {
  const [failure, setFailure] = useState<string>();
  const save = async (format: Format): Promise<void> => {
    const name = `${fileNameOf(title)}.${format.toLowerCase()}`;
    if (format === 'CSV') return saveText(csvOf(table()), 'text/csv', name);
    const svg = typeof drawing === 'function' ? drawing() : drawing;
    if (svg === undefined) return undefined;
    const restore = prepare?.();
    // Both copy the drawing before they wait for anything.
    const file = format === 'SVG' ? svgText(svg, title) : pngOf(svg, title);
    restore?.();
    if (typeof file === 'string') return saveText(file, 'image/svg+xml', name);
    return saveBlob(await file, name);
  };
  const onSave = (format: Format): void => {
    setFailure(undefined);
    save(format).catch((thrown: unknown) => setFailure(thrown instanceof Error ? thrown.message : String(thrown)));
  };
  return (
    <div className="chart-export">
      {failure === undefined ? undefined : (
        <p role="alert" className="hint hint-bad">
          {failure}
        </p>
      )}
      <span aria-hidden="true">Save</span>
      {FORMATS.map((format) => (
        <button
          key={format}
          type="button"
          className="button small"
          aria-label={`Save as ${format}`}
          disabled={disabled}
          onClick={() => onSave(format)}
        >
          {format}
        </button>
      ))}
    </div>
  );
}
