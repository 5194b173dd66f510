import { useEffect, useMemo, useState } from 'react';
import { addressText, countText, sizeText } from '../../../base/format.ts';
import type { MachineDescription } from '../../../engine/protocol.ts';
import { Film } from '../../../store/film.ts';
import { rangesOf, rangeText, type Range, type TreeRow } from './filmFacts.ts';

const LANE_PX = 14;
const GAP_PX = 2;
const LEAST_LABEL_PX = 44;
const LABEL_LETTER_PX = 6.6;
const LIMIT_32 = 2 ** 32;

interface Placed extends Range {
  readonly name: string;
  readonly lane: number;
  readonly fn: number;
}

interface Region {
  readonly label: string;
  readonly base: number;
  readonly limit: number;
  readonly lanes: number;
}

/** Memory ranges of all functions, at the depth of their place in the tree; devices share the lowest lane. */
function placedRanges(
  film: Film,
  rows: readonly TreeRow[],
  machine: MachineDescription | undefined,
): readonly Placed[] {
  return rows.flatMap((row) =>
    rangesOf(film, row.fn, machine)
      .filter((range) => range.kind !== 'io')
      .map((range) => ({ ...range, name: row.name, lane: row.depth - 1, fn: row.fn })),
  );
}

/** The parts of the address space that anything lies in at the end of the film: the scale does not move. */
function regionsOf(final: readonly Placed[]): readonly Region[] {
  const parts = [
    { label: 'below 4 GiB', ranges: final.filter(({ limit }) => limit < LIMIT_32) },
    { label: 'above 4 GiB', ranges: final.filter(({ limit }) => limit >= LIMIT_32) },
  ];
  return parts.flatMap(({ label, ranges }) =>
    ranges.length === 0
      ? []
      : [
          {
            label,
            base: Math.min(...ranges.map(({ base }) => base)),
            limit: Math.max(...ranges.map(({ limit }) => limit)),
            lanes: Math.max(...ranges.map(({ lane }) => lane)) + 1,
          },
        ],
  );
}

interface BarProps {
  readonly region: Region;
  readonly ranges: readonly Placed[];
  readonly currentFn: number;
  readonly widthPx: number;
}

interface Box {
  readonly range: Placed;
  readonly x: number;
  readonly width: number;
}

/** Boxes in pixels; of several in one pixel of a lane one is drawn. */
function boxesOf({ region, ranges, currentFn, widthPx }: BarProps): readonly Box[] {
  const scale = widthPx / (region.limit - region.base + 1);
  const lastPx = new Map<number, number>();
  const boxes: Box[] = [];
  for (const range of ranges) {
    if (range.base < region.base || range.limit > region.limit) continue;
    const x = Math.round((range.base - region.base) * scale);
    const width = Math.max(1, Math.round((range.limit - range.base + 1) * scale) - 1);
    if (width === 1 && lastPx.get(range.lane) === x && range.fn !== currentFn) continue;
    lastPx.set(range.lane, x);
    boxes.push({ range, x, width });
  }
  return boxes;
}

function RegionBar(props: BarProps) {
  const { region, currentFn, widthPx } = props;
  const boxes = boxesOf(props);
  const height = region.lanes * (LANE_PX + GAP_PX);
  const words = `${countText(boxes.length, 'range')} ${region.label}, from ${addressText(region.base)} to ${addressText(region.limit)}`;
  return (
    <div className="film-region">
      <p>
        <strong>{region.label}</strong>
        <code>{addressText(region.base)}</code>
        <span>{sizeText(region.limit - region.base + 1)}</span>
        <code>{addressText(region.limit)}</code>
      </p>
      <svg width={widthPx} height={height} role="img" aria-label={words}>
        {boxes.map(({ range, x, width }) => {
          const y = range.lane * (LANE_PX + GAP_PX);
          const text = range.kind === 'bar' ? `${range.name} ${range.label}` : range.name;
          const letters = Math.floor((width - 8) / LABEL_LETTER_PX);
          const isCurrent = range.fn === currentFn;
          return (
            <g
              key={`${range.fn} ${range.label}`}
              className={`film-range film-${range.kind}${isCurrent ? ' film-now' : ''}`}
            >
              <title>{`${range.name}: ${rangeText(range)}`}</title>
              <rect x={x + 0.5} y={y + 0.5} width={Math.max(0.5, width - 1)} height={LANE_PX - 1} />
              {width >= LEAST_LABEL_PX ? (
                <text x={x + 5} y={y + LANE_PX - 3.5}>
                  {text.length > letters ? `${text.slice(0, letters - 1)}…` : text}
                </text>
              ) : undefined}
            </g>
          );
        })}
      </svg>
    </div>
  );
}

interface FilmMapProps {
  readonly film: Film;
  readonly rows: readonly TreeRow[];
  readonly machine: MachineDescription | undefined;
}

/** Windows and BARs along the addresses, bridges above what lies below them, as far as they are written. */
export function FilmMap({ film, rows, machine }: FilmMapProps) {
  const [element, area] = useState<HTMLElement | null>(null);
  const [widthPx, setWidth] = useState(0);
  useEffect(() => {
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(Math.floor(element.clientWidth)));
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  const regions = useMemo(() => {
    const end = new Film(film.recording);
    end.seek(end.length);
    return regionsOf(placedRanges(end, rows, machine));
  }, [film, rows, machine]);
  const ranges = placedRanges(film, rows, machine);
  const currentFn = film.steps[film.step]?.fn ?? -1;
  return (
    <section className="film-map" aria-label="Address map">
      <h3>Addresses</h3>
      <div ref={area}>
        {regions.length === 0 ? <p className="muted">Nothing in this machine asks for memory addresses.</p> : undefined}
        {widthPx === 0
          ? undefined
          : regions.map((region) => (
              <RegionBar key={region.label} region={region} ranges={ranges} currentFn={currentFn} widthPx={widthPx} />
            ))}
      </div>
    </section>
  );
}
