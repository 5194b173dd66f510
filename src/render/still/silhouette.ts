/*
 * A machine from far away: boxes and lines, a handful of paths whatever the number of devices. Where single things are
 * a few pixels large, names and ports would be noise, and thousands of shapes would cost every frame.
 */
import { bundleWidth } from '../layout/geometry.ts';
import type { Rect, Scene } from '../layout/sceneModel.ts';
import { Track } from '../layout/track.ts';
import type { Brush } from './brush.ts';
import type { PieceLayers } from './pieces.ts';

/** A bundle that is drawn at least this wide shows both its edges, CSS pixels. */
const LEAST_BED_PX = 2.5;

function boxes(rects: readonly Rect[]): string {
  return rects
    .map(({ x, y, width, height }) => `M${x + 0.5} ${y + 0.5}h${width - 1}v${height - 1}h${1 - width}z`)
    .join('');
}

/** Links by what one of them looks like: a wire, or a bed between two wires. */
function drawBundles(layers: PieceLayers, brush: Brush, scene: Scene): void {
  const beds = new Map<number, string[]>();
  const wires: string[] = [];
  for (const link of scene.links) {
    const width = bundleWidth(brush.geometry, link.lanes);
    const middle = Track.along(link.path, link.cornerRadius);
    if (width * brush.detail.zoom < LEAST_BED_PX) {
      wires.push(middle.toSvg());
      continue;
    }
    const bed = beds.get(width) ?? [];
    bed.push(middle.toSvg());
    beds.set(width, bed);
    for (const side of [-1, 1]) {
      wires.push(Track.along(link.path, link.cornerRadius, (side * (width - 1)) / 2).toSvg());
    }
  }
  for (const stub of scene.stubs) wires.push(Track.along(stub.path, stub.cornerRadius).toSvg());
  for (const [width, paths] of beds) brush.path(layers.lines, paths.join(''), 'pl-bed').attr('stroke-width', width);
  if (wires.length > 0) brush.path(layers.lines, wires.join(''), 'pl-wire');
}

/** Draws all but the hosts. */
export function drawSilhouettes(layers: PieceLayers, brush: Brush, scene: Scene): void {
  drawBundles(layers, brush, scene);
  const parts = [
    { className: 'pl-far-plate', shapes: scene.plates },
    { className: 'pl-far-card', shapes: scene.cards },
    { className: 'pl-slot', shapes: scene.slots },
  ] as const;
  for (const { className, shapes } of parts) {
    if (shapes.length > 0) brush.path(layers.solid, boxes(shapes.map(({ rect }) => rect)), className);
  }
}
