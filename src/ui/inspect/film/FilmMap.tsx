import { memo, useEffect, useMemo, useState } from 'react';
import { addressText, bytesText, countText } from '../../../base/format.ts';
import type { MachineDescription } from '../../../engine/protocol.ts';
import { Film } from '../../../store/film.ts';
import { RangeCache, rangeText, type Range, type TreeRow } from './filmFacts.ts';

const LANE_PX = 14;
const GAP_PX = 2;
const LEAST_LABEL_PX = 44;
const LABEL_LETTER_PX = 6.6;
const ISLAND_GAP_PX = 10;
const LIMIT_32 = 2 ** 32;

interface Placed extends Range {
  readonly name: string;
  readonly lane: number;
  readonly fn: number;
}

/** A stretch of addresses that is drawn without a gap. */
interface Island {
  readonly base: number;
  readonly limit: number;
}

interface Region {
  readonly label: string;
  readonly islands: readonly Island[];
  readonly lanes: number;
}

/** Memory ranges of all functions, at the depth of their place in the tree. */
class PlacedRanges {
  readonly #cache: RangeCache;
  readonly #rows: readonly TreeRow[];
  /** What does not change stays the same object: its drawing is not made again. */
  readonly #placed = new WeakMap<readonly Range[], readonly Placed[]>();

  constructor(rows: readonly TreeRow[], cache: RangeCache) {
    this.#rows = rows;
    this.#cache = cache;
  }

  all(): readonly Placed[] {
    return this.#rows.flatMap((row) => {
      const ranges = this.#cache.of(row.fn);
      const known = this.#placed.get(ranges);
      if (known !== undefined) return known;
      const placed = ranges
        .filter((range) => range.kind !== 'io')
        .map((range) => ({ ...range, name: row.name, lane: row.depth - 1, fn: row.fn }));
      if (ranges.length > 0) this.#placed.set(ranges, placed);
      return placed;
    });
  }
}

/** Stretches that hold everything; gaps that would take more room than what there is are left out. */
function islandsOf(ranges: readonly Placed[]): readonly Island[] {
  const ascending = ranges.toSorted((a, b) => a.base - b.base);
  const occupied = ascending.reduce((sum, { base, limit, kind }) => sum + (kind === 'bar' ? limit + 1 - base : 0), 0);
  const islands: { base: number; limit: number }[] = [];
  for (const { base, limit } of ascending) {
    const last = islands.at(-1);
    if (last !== undefined && base - last.limit <= Math.max(1, occupied)) last.limit = Math.max(last.limit, limit);
    else islands.push({ base, limit });
  }
  return islands;
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
      : [{ label, islands: islandsOf(ranges), lanes: Math.max(...ranges.map(({ lane }) => lane)) + 1 }],
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

/** An island with its place on the bar. */
interface PlacedIsland extends Island {
  readonly x: number;
  readonly width: number;
}

/** Islands side by side, as wide as they are long, each at least a tenth of its fair share. */
function placedIslands(islands: readonly Island[], widthPx: number): readonly PlacedIsland[] {
  const room = widthPx - (islands.length - 1) * ISLAND_GAP_PX;
  const least = room / islands.length / 10;
  const total = islands.reduce((sum, { base, limit }) => sum + limit + 1 - base, 0);
  const left = room - least * islands.length;
  let x = 0;
  return islands.map((island) => {
    const width = least + (left * (island.limit + 1 - island.base)) / total;
    const placed = { ...island, x, width };
    x += width + ISLAND_GAP_PX;
    return placed;
  });
}

/** Boxes in pixels; of several in one pixel of a lane one is drawn. */
function boxesOf({ ranges, currentFn }: BarProps, islands: readonly PlacedIsland[]): readonly Box[] {
  const lastPx = new Map<number, number>();
  const boxes: Box[] = [];
  for (const range of ranges) {
    const island = islands.find(({ base, limit }) => range.base >= base && range.limit <= limit);
    if (island === undefined) continue;
    const scale = island.width / (island.limit + 1 - island.base);
    const x = Math.round(island.x + (range.base - island.base) * scale);
    const width = Math.max(1, Math.round((range.limit - range.base + 1) * scale) - 1);
    if (width === 1 && lastPx.get(range.lane) === x && range.fn !== currentFn) continue;
    lastPx.set(range.lane, x);
    boxes.push({ range, x, width });
  }
  return boxes;
}

interface RangeBoxProps extends Box {
  readonly isCurrent: boolean;
}

const RangeBox = memo(function RangeBox({ range, x, width, isCurrent }: RangeBoxProps) {
  const y = range.lane * (LANE_PX + GAP_PX);
  const text = range.kind === 'bar' ? `${range.name} ${range.label}` : range.name;
  const letters = Math.floor((width - 8) / LABEL_LETTER_PX);
  return (
    <g className={`film-range film-${range.kind}${isCurrent ? ' film-now' : ''}`}>
      <title>{`${range.name}: ${rangeText(range)}`}</title>
      <rect x={x + 0.5} y={y + 0.5} width={Math.max(0.5, width - 1)} height={LANE_PX - 1} />
      {width >= LEAST_LABEL_PX ? (
        <text x={x + 5} y={y + LANE_PX - 3.5}>
          {text.length > letters ? `${text.slice(0, letters - 1)}…` : text}
        </text>
      ) : undefined}
    </g>
  );
});

function RegionBar(props: BarProps) {
  const { region, currentFn, widthPx } = props;
  const islands = placedIslands(region.islands, widthPx);
  const boxes = boxesOf(props, islands);
  const height = region.lanes * (LANE_PX + GAP_PX);
  const base = region.islands[0]?.base ?? 0;
  const limit = region.islands.at(-1)?.limit ?? 0;
  const total = region.islands.reduce((sum, island) => sum + island.limit + 1 - island.base, 0);
  const words = `${countText(boxes.length, 'range')} ${region.label}, from ${addressText(base)} to ${addressText(limit)}`;
  return (
    <div className="film-region">
      <p>
        <strong>{region.label}</strong>
        <code>{addressText(base)}</code>
        <span>
          {islands.length === 1
            ? bytesText(total)
            : `${bytesText(total)} in ${countText(islands.length, 'stretch', 'stretches')}, gaps left out`}
        </span>
        <code>{addressText(limit)}</code>
      </p>
      <svg width={widthPx} height={height} role="img" aria-label={words}>
        {islands.slice(1).map(({ base: start, x }) => (
          <rect key={start} className="film-gap" x={x - ISLAND_GAP_PX} y={0} width={ISLAND_GAP_PX} height={height} />
        ))}
        {boxes.map((box) => (
          <RangeBox key={`${box.range.fn} ${box.range.label}`} {...box} isCurrent={box.range.fn === currentFn} />
        ))}
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
    return regionsOf(new PlacedRanges(rows, new RangeCache(end, machine)).all());
  }, [film, rows, machine]);
  const placed = useMemo(() => new PlacedRanges(rows, new RangeCache(film, machine)), [film, rows, machine]);
  const ranges = placed.all();
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
