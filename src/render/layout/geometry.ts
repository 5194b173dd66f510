/*
 * Measures of the drawing (design, sections 4 and 5). One table for each density; everything else is computed.
 */
import type { Density, Rect } from './sceneModel.ts';

export interface Geometry {
  readonly density: Density;
  readonly cardWidth: number;
  readonly cardHeight: number;
  /** Cards of functions nobody asks for. */
  readonly quietCardWidth: number;
  /** Between neighbouring blocks below one switch, and between those of one host. */
  readonly cardGap: number;
  readonly blockGap: number;
  readonly slotWidth: number;
  readonly slotHeight: number;
  /** From one lane to the next in a bundle, and between its directions. */
  readonly lanePitch: number;
  readonly directionGap: number;
  readonly leastChannel: number;
  readonly portHeight: number;
  readonly portPadding: number;
  readonly pinPitch: number;
  readonly pinWidth: number;
  readonly pinHeight: number;
  readonly plateHeight: number;
  /** Of the bus inside a plate, from its upper edge. */
  readonly busDepth: number;
  readonly leastPlateWidth: number;
  /** Width kept for a port's BDF inside its owner; 0 = none is printed. */
  readonly bdfWidth: number;
  /** From the host's lower edge to the next row, at least; from a plate's lower edge to the next row. */
  readonly hostDrop: number;
  readonly plateDrop: number;
  readonly linkLabelWidth: number;
  /** From a port's edge to the first line of the link's label, and from a card's upper edge up to it. */
  readonly labelBelowPort: number;
  readonly labelAboveCard: number;
  readonly hostHeight: number;
  readonly cpuWidth: number;
  readonly sectionWidth: number;
  readonly memoryWidth: number;
  readonly crossingDepth: number;
  readonly chipHeight: number;
  readonly dimmWidth: number;
  readonly dimmHeight: number;
  readonly dimmPitch: number;
  readonly dimmDepth: number;
  readonly dimmGap: number;
  readonly innerCorner: number;
  /** Between two rows of cards below one plate. */
  readonly rowGap: number;
}

const FULL: Geometry = {
  density: 'full',
  cardWidth: 176,
  cardHeight: 112,
  quietCardWidth: 120,
  cardGap: 24,
  blockGap: 36,
  slotWidth: 104,
  slotHeight: 112,
  lanePitch: 2,
  directionGap: 3,
  leastChannel: 1,
  portHeight: 14,
  portPadding: 7,
  pinPitch: 4,
  pinWidth: 2,
  pinHeight: 6,
  plateHeight: 113,
  busDepth: 62,
  leastPlateWidth: 260,
  bdfWidth: 54,
  hostDrop: 103,
  plateDrop: 117,
  linkLabelWidth: 140,
  labelBelowPort: 32,
  labelAboveCard: 85,
  hostHeight: 117,
  cpuWidth: 140,
  sectionWidth: 244,
  memoryWidth: 164,
  crossingDepth: 88,
  chipHeight: 16,
  dimmWidth: 200,
  dimmHeight: 34,
  dimmPitch: 58,
  dimmDepth: 6,
  dimmGap: 68,
  innerCorner: 9,
  rowGap: 30,
};

const COMPACT: Geometry = {
  density: 'compact',
  cardWidth: 116,
  cardHeight: 50,
  quietCardWidth: 84,
  cardGap: 16,
  blockGap: 20,
  slotWidth: 84,
  slotHeight: 50,
  lanePitch: 1,
  directionGap: 3,
  leastChannel: 4,
  portHeight: 11,
  portPadding: 7,
  pinPitch: 2,
  pinWidth: 1,
  pinHeight: 5,
  plateHeight: 57,
  busDepth: 31,
  leastPlateWidth: 140,
  bdfWidth: 0,
  hostDrop: 47,
  plateDrop: 53,
  linkLabelWidth: 88,
  labelBelowPort: 18,
  labelAboveCard: 34,
  hostHeight: 85,
  cpuWidth: 84,
  sectionWidth: 134,
  memoryWidth: 92,
  crossingDepth: 58,
  chipHeight: 16,
  dimmWidth: 124,
  dimmHeight: 28,
  dimmPitch: 32,
  dimmDepth: 22,
  dimmGap: 50,
  innerCorner: 6,
  rowGap: 22,
};

/** The table for a density. */
export function geometryOf(density: Density): Geometry {
  return density === 'full' ? FULL : COMPACT;
}

/** Width of one direction of a bundle: 2·lanes − 1 at full density. */
export function channelWidth(geometry: Geometry, lanes: number): number {
  return Math.max(geometry.leastChannel, geometry.lanePitch === 2 ? 2 * lanes - 1 : lanes);
}

/** Width of a whole bundle. */
export function bundleWidth(geometry: Geometry, lanes: number): number {
  return 2 * channelWidth(geometry, lanes) + geometry.directionGap;
}

/** Width of the plate of a port with this many lanes. */
export function portWidth(geometry: Geometry, lanes: number): number {
  return pinsWidth(geometry, lanes) + 2 * geometry.portPadding;
}

/** From the left edge of the first pin to the right edge of the last. */
export function pinsWidth(geometry: Geometry, lanes: number): number {
  return (lanes - 1) * geometry.pinPitch + geometry.pinWidth;
}

/** The nearest half unit: where the middle of an odd number of pixels lies. */
export function onHalf(value: number): number {
  return Math.floor(value) + 0.5;
}

export function right(rect: Rect): number {
  return rect.x + rect.width;
}

export function bottom(rect: Rect): number {
  return rect.y + rect.height;
}

/** True if the rectangles share more than an edge. */
export function overlaps(a: Rect, b: Rect): boolean {
  return a.x < right(b) && b.x < right(a) && a.y < bottom(b) && b.y < bottom(a);
}

/** The smallest rectangle around all; `rects` is not empty. */
export function around(rects: readonly Rect[]): Rect {
  const x = Math.min(...rects.map((rect) => rect.x));
  const y = Math.min(...rects.map((rect) => rect.y));
  const width = Math.max(...rects.map(right)) - x;
  return { x, y, width, height: Math.max(...rects.map(bottom)) - y };
}

/** A rectangle grown by `by` on every side. */
export function grown(rect: Rect, by: number): Rect {
  return { x: rect.x - by, y: rect.y - by, width: rect.width + 2 * by, height: rect.height + 2 * by };
}
