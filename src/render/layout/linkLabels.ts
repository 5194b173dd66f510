/*
 * Chooses where each link's figures stand: at the right below the upper port, at the right or left beside the
 * last run, wherever there is room; else where there is most.
 */
import { bundleWidth, bottom, right, type Geometry } from './geometry.ts';
import type { SceneBuilder } from './sceneBuilder.ts';
import type { LinkLabelPlace, LinkShape, Point, Rect } from './sceneModel.ts';

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

/** Width free of obstacles from `x` to the right or left, for a band of height; at most `most`. */
function freeWidth(
  obstacles: readonly Rect[],
  band: { readonly x: number; readonly top: number; readonly bottom: number; readonly side: 'right' | 'left' },
  most: number,
): number {
  let width = most;
  for (const rect of obstacles) {
    if (rect.y >= band.bottom || bottom(rect) <= band.top) continue;
    if (band.side === 'right' && right(rect) > band.x) width = Math.min(width, Math.max(0, rect.x - band.x - GAP));
    if (band.side === 'left' && rect.x < band.x) width = Math.min(width, Math.max(0, band.x - right(rect) - GAP));
  }
  return width;
}

/** Replaces the first guesses of all links. Called when every other shape is there. */
export function placeLinkLabels(builder: SceneBuilder, geometry: Geometry): void {
  const solid = [...builder.hosts, ...builder.plates, ...builder.cards, ...builder.slots].map((shape) => shape.rect);
  const runs = builder.links.map((link) => linkRects(geometry, link));
  const ports = builder.ports.map((port) => port.rect);
  const taken: Rect[] = [];
  const contentRight = Math.max(0, ...solid.map(right), ...builder.dimms.map((dimm) => right(dimm.rect)));
  builder.links.forEach((link, index) => {
    const near = [
      ...solid,
      ...taken,
      ...runs.flatMap((rects, other) => (other === index ? rects.filter((rect) => rect.width > rect.height) : rects)),
      ...ports,
    ];
    const wide = geometry.linkLabelWidth;
    let best: LinkLabelPlace | undefined;
    let overflow: LinkLabelPlace = { ...link.label, width: 0 };
    for (const place of candidates(builder, geometry, link)) {
      const band = {
        x: place.x,
        top: place.y - ASCENT[geometry.density],
        bottom: place.y + DESCENT[geometry.density],
        side: place.side,
      };
      const inside = place.side === 'right' ? contentRight - place.x : place.x;
      const free = freeWidth(near, band, wide);
      // Beyond the last column there is room, but the drawing would get wider: only if nothing else is free.
      const width = Math.max(0, Math.min(inside, free));
      if (inside < free && free > overflow.width) overflow = { ...place, width: free };
      if (best === undefined || width > best.width) best = { ...place, width };
      if (width >= wide * ENOUGH_FRACTION) break;
    }
    if (best === undefined || (best.width < geometry.linkLabelWidth / 2 && overflow.width > best.width))
      best = overflow;
    builder.links[index] = { ...link, label: best };
    const height = ASCENT[geometry.density] + DESCENT[geometry.density];
    const x = best.side === 'right' ? best.x : best.x - best.width;
    taken.push({ x, y: best.y - ASCENT[geometry.density], width: best.width, height });
  });
}

/** Places in order of preference. */
function candidates(builder: SceneBuilder, geometry: Geometry, link: LinkShape): readonly LinkLabelPlace[] {
  const upper = builder.ports.find((port) => port.node === link.upper);
  const lower = builder.ports.find((port) => port.node === link.lower);
  if (upper === undefined || lower === undefined) return [link.label];
  const width = geometry.linkLabelWidth;
  const below = upper.y + geometry.labelBelowPort;
  const above = lower.y - geometry.labelAboveCard;
  const straight = link.path.length === 2;
  const places: LinkLabelPlace[] = [
    { x: right(lower.rect) + GAP, y: above, side: 'right', width },
    { x: lower.rect.x - GAP, y: above, side: 'left', width },
  ];
  return straight ? [{ x: right(upper.rect) + GAP, y: below, side: 'right', width }, ...places] : places;
}
