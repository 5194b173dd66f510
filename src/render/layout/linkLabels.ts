/*
 * Chooses where each link's figures stand: at the right below the upper port, at the right or left beside the
 * last run, wherever there is room; else where there is most.
 */
import { bundleWidth, bottom, right, type Geometry } from './geometry.ts';
import type { SceneBuilder } from './sceneBuilder.ts';
import type { LinkLabelPlace, LinkShape, Point, PortShape, Rect } from './sceneModel.ts';

const GAP = 8;
/** Height of a label's three lines above and below its first baseline. */
const ASCENT = { full: 12, compact: 11 } as const;
const DESCENT = { full: 38, compact: 18 } as const;
const ENOUGH_FRACTION = 0.97;

/** Rectangles covered by a link's runs. */
export function linkRects(geometry: Geometry, link: LinkShape): readonly Rect[] {
  const half = bundleWidth(geometry, link.lanes) / 2;
  return link.path.slice(1).map((to, index): Rect => {
    const from: Point = link.path[index] ?? to;
    const x = Math.min(from.x, to.x) - half;
    const y = Math.min(from.y, to.y) - (from.y === to.y ? half : 0);
    return {
      x,
      y,
      width: Math.abs(from.x - to.x) + 2 * half,
      height: Math.abs(from.y - to.y) + (from.y === to.y ? 2 * half : 0),
    };
  });
}

interface Band {
  readonly x: number;
  readonly top: number;
  readonly bottom: number;
  readonly side: 'right' | 'left';
}

interface Obstacle {
  readonly rect: Rect;
  /** Link that may ignore it: its own vertical runs. */
  readonly owner: number;
}

const NOBODY = -1;
const ROW_HEIGHT = 48;

/** What labels must not cover, by rows, so that a label looks only at what is beside it. */
class Obstacles {
  readonly #rows = new Map<number, Obstacle[]>();

  add(rect: Rect, owner: number = NOBODY): void {
    const last = Math.floor(bottom(rect) / ROW_HEIGHT);
    for (let row = Math.floor(rect.y / ROW_HEIGHT); row <= last; row += 1) {
      const list = this.#rows.get(row);
      if (list === undefined) this.#rows.set(row, [{ rect, owner }]);
      else list.push({ rect, owner });
    }
  }

  /** Width free from the band's `x` to its side; at most `most`. */
  freeWidth(band: Band, owner: number, most: number): number {
    let width = most;
    const last = Math.floor(band.bottom / ROW_HEIGHT);
    for (let row = Math.floor(band.top / ROW_HEIGHT); row <= last; row += 1) {
      for (const obstacle of this.#rows.get(row) ?? []) {
        if (obstacle.owner !== owner) width = Math.min(width, gapTo(obstacle.rect, band, most));
      }
    }
    return width;
  }
}

function gapTo(rect: Rect, band: Band, most: number): number {
  if (rect.y >= band.bottom || bottom(rect) <= band.top) return most;
  if (band.side === 'right') return right(rect) > band.x ? Math.max(0, rect.x - band.x - GAP) : most;
  return rect.x < band.x ? Math.max(0, band.x - right(rect) - GAP) : most;
}

function obstaclesOf(builder: SceneBuilder, geometry: Geometry): Obstacles {
  const obstacles = new Obstacles();
  for (const shape of [...builder.hosts, ...builder.plates, ...builder.cards, ...builder.slots, ...builder.ports]) {
    obstacles.add(shape.rect);
  }
  builder.links.forEach((link, index) => {
    for (const rect of linkRects(geometry, link)) obstacles.add(rect, rect.width > rect.height ? NOBODY : index);
  });
  return obstacles;
}

/** Replaces the first guesses of all links. Called when every other shape is there. */
export function placeLinkLabels(builder: SceneBuilder, geometry: Geometry): void {
  const obstacles = obstaclesOf(builder, geometry);
  const ports = new Map(builder.ports.map((port) => [`${port.node} ${port.side}`, port]));
  const edges = [...builder.hosts, ...builder.plates, ...builder.cards, ...builder.slots, ...builder.dimms];
  const contentRight = Math.max(0, ...edges.map((shape) => right(shape.rect)));
  const wide = geometry.linkLabelWidth;
  const ascent = ASCENT[geometry.density];
  const height = ascent + DESCENT[geometry.density];
  builder.links.forEach((link, index) => {
    const upper = ports.get(`${link.upper} bottom`);
    const lower = ports.get(`${link.lower ?? ''} top`);
    if (upper === undefined || lower === undefined) return;
    let best: LinkLabelPlace = { ...link.label, width: 0 };
    let overflow = best;
    for (const place of candidates(geometry, link, upper, lower)) {
      const band = { x: place.x, top: place.y - ascent, bottom: place.y - ascent + height, side: place.side };
      const inside = place.side === 'right' ? contentRight - place.x : place.x;
      const free = obstacles.freeWidth(band, index, wide);
      // Beyond the last column there is room, but the drawing would get wider: only if nothing else is free.
      const width = Math.max(0, Math.min(inside, free));
      if (inside < free && free > overflow.width) overflow = { ...place, width: free };
      if (width > best.width) best = { ...place, width };
      if (width >= wide * ENOUGH_FRACTION) break;
    }
    if (best.width < wide / 2 && overflow.width > best.width) best = overflow;
    builder.links[index] = { ...link, label: best };
    const x = best.side === 'right' ? best.x : best.x - best.width;
    obstacles.add({ x, y: best.y - ascent, width: best.width, height });
  });
}

/** Places in order of preference. */
function candidates(
  geometry: Geometry,
  link: LinkShape,
  upper: PortShape,
  lower: PortShape,
): readonly LinkLabelPlace[] {
  const width = geometry.linkLabelWidth;
  const below = upper.y + geometry.labelBelowPort;
  const above = lower.y - geometry.labelAboveCard;
  const places: LinkLabelPlace[] = [
    { x: right(lower.rect) + GAP, y: above, side: 'right', width },
    { x: lower.rect.x - GAP, y: above, side: 'left', width },
  ];
  const isStraight = link.path.length === 2;
  return isStraight ? [{ x: right(upper.rect) + GAP, y: below, side: 'right', width }, ...places] : places;
}
