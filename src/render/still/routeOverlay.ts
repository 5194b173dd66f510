/*
 * A route of the reasoning drawn over the machine: dotted along its links and through switches and host, the
 * deciding port in brackets with a callout. Where a register sends packets away from the short way inside a
 * switch, that way is shown too, with its name. Hops over links carry their numbers. Where a packet is refused the line ends in a stop mark.
 */
import { DOWNSTREAM, UPSTREAM } from '../../core/pcie/counters.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { RouteHop } from '../../core/pcie/verdict.ts';
import type { MachineDescription } from '../../engine/protocol.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { right } from '../layout/geometry.ts';
import { Pathways } from '../layout/pathways.ts';
import type { Scene } from '../layout/sceneModel.ts';
import { AT_X, AT_Y, Track } from '../layout/track.ts';
import type { RouteOverlay } from '../sceneHandle.ts';
import type { Brush, Group } from './brush.ts';
import { drawMarks } from './faultMarks.ts';
import { drawBrackets, drawCallout } from './notices.ts';
import { TEXT } from './textFit.ts';

const HOP_RADIUS = 8;
const STOP_RADIUS = 10;
const STOP_BAR = 5;

export interface RouteParts {
  readonly brush: Brush;
  readonly scene: Scene;
  readonly document: TopologyDocument;
  readonly machine: MachineDescription | undefined;
}

/** The segments a route crosses, in order; hops inside switches and hosts lie between them. */
function segmentsOf(hops: readonly RouteHop[], machine: MachineDescription): readonly number[] {
  const segments: number[] = [];
  for (const hop of hops) {
    if (hop.direction === 'inside') continue;
    const link =
      machine.links.find((candidate) => candidate.upper === hop.node) ??
      machine.links.find((candidate) => candidate.lower === hop.node);
    if (link !== undefined) segments.push(link.index * 2 + (hop.direction === 'up' ? UPSTREAM : DOWNSTREAM));
  }
  return segments;
}

/** The route lies below what moves, so that the real packets show where there are some; what decided lies above. */
export interface RouteLayers {
  readonly below: Group;
  readonly above: Group;
}

/** Draws a route and what decided it. */
export function drawRoute(layers: RouteLayers, parts: RouteParts, route: RouteOverlay): void {
  const { brush, scene, document, machine } = parts;
  if (machine !== undefined) {
    const parents = new Map(document.functions.map((fn) => [fn.id, fn.parent]));
    const pathways = new Pathways(scene, machine, parents);
    const segments = segmentsOf(route.hops, machine);
    const group = brush.group(layers.below, 'pl-no-events');
    segments.forEach((segment, index) => {
      const next = segments[index + 1];
      const tracks = [pathways.segment(segment), next === undefined ? undefined : pathways.inner(segment, next)];
      for (const track of tracks) if (track !== undefined) brush.path(group, track.toSvg(), 'pl-route');
    });
    if (brush.detail.showsPortText)
      segments.forEach((segment, index) => drawHop(brush, group, pathways, segment, index + 1));
    drawDirectWay(brush, group, { segments, parents, machine, pathways, scene });
    if (route.end !== undefined) drawStop(brush, layers, { segments, pathways });
    // Words only where the callout does not say the same at this place.
    if (route.end !== undefined && route.end.node !== route.deciding?.node) {
      const mark = { node: route.end.node, text: route.end.words, short: 'Stopped', severe: true, cut: false };
      drawMarks(layers, brush, scene, [mark]);
    }
  }
  if (route.deciding !== undefined) drawDeciding(brush, layers.above, scene, route.deciding);
}

/** The number of a hop, in the middle of its link. */
function drawHop(brush: Brush, parent: Group, pathways: Pathways, segment: number, number: number): void {
  const track = pathways.segment(segment);
  if (track === undefined) return;
  const at = new Float64Array(4);
  track.pointAt(track.length / 2, at);
  const group = brush
    .group(parent)
    .attr('transform', `translate(${at[AT_X] ?? 0} ${at[AT_Y] ?? 0}) scale(${brush.detail.textScale})`);
  const box = { x: -HOP_RADIUS, y: -HOP_RADIUS, width: 2 * HOP_RADIUS, height: 2 * HOP_RADIUS };
  brush.fill(group, box, 'pl-inverse', HOP_RADIUS);
  brush
    .text(group, { x: 0, y: 4, text: String(number), style: 'small', tone: 'pl-ink', anchor: 'middle' })
    .attr('font-size', TEXT.small.sizePx);
}

/** An octagon where the last hop ends. */
function drawStop(
  brush: Brush,
  layers: RouteLayers,
  { segments, pathways }: Pick<DirectParts, 'segments' | 'pathways'>,
): void {
  const last = segments.at(-1);
  const track = last === undefined ? undefined : pathways.segment(last);
  if (track === undefined) return;
  const at = new Float64Array(4);
  track.pointAt(track.length, at);
  const scale = brush.detail.textScale;
  const group = brush
    .group(layers.above, 'pl-no-events')
    .attr('transform', `translate(${at[AT_X] ?? 0} ${at[AT_Y] ?? 0}) scale(${scale})`);
  brush.path(group, octagonAround(STOP_RADIUS), 'pl-mark-error');
  brush.path(group, `M${-STOP_BAR} 0H${STOP_BAR}`, 'pl-mark-error-ink-line pl-stop-bar');
}

function octagonAround(radius: number): string {
  const corners = Array.from({ length: 8 }, (_, corner) => ((corner + 0.5) * Math.PI) / 4);
  return `M${corners.map((angle) => `${radius * Math.cos(angle)} ${radius * Math.sin(angle)}`).join('L')}z`;
}

interface DirectParts {
  readonly pathways: Pathways;
  readonly scene: Scene;
  readonly segments: readonly number[];
  readonly parents: ReadonlyMap<NodeId, NodeId>;
  readonly machine: MachineDescription;
}

/** The way inside the switch that was not taken: between its two ports, if the route left the switch upwards. */
function drawDirectWay(brush: Brush, parent: Group, parts: DirectParts): void {
  const { segments, parents, machine, pathways, scene } = parts;
  const first = segments[0];
  const last = segments.at(-1);
  if (first === undefined || last === undefined || segments.length < 3) return;
  const owner = (segment: number): NodeId | undefined => parents.get(machine.links[segment >> 1]?.upper ?? '');
  const plate = scene.plates.find((candidate) => candidate.node === owner(first));
  const start = pathways.segment(first);
  const end = pathways.segment(last);
  if (plate === undefined || owner(first) !== owner(last) || start === undefined || end === undefined) return;
  const at = new Float64Array(4);
  start.pointAt(start.length, at);
  const from = { x: at[0] ?? 0, y: at[1] ?? 0 };
  end.pointAt(0, at);
  const to = { x: at[0] ?? 0, y: at[1] ?? 0 };
  // Nearer to the ports than what really runs along the bus.
  const y = plate.bus.y + (from.y - plate.bus.y) / 2;
  const track = Track.along([from, { x: from.x, y }, { x: to.x, y }, to], brush.geometry.innerCorner);
  brush.path(parent, track.toSvg(), 'pl-route pl-not-taken');
  if (!brush.detail.showsPortText) return;
  const x = (from.x + to.x) / 2;
  brush.text(parent, { x, y: y - 6, text: 'direct path', style: 'small', tone: 'pl-t3', anchor: 'middle' });
}

function drawDeciding(
  brush: Brush,
  parent: Group,
  scene: Scene,
  deciding: NonNullable<RouteOverlay['deciding']>,
): void {
  const port = scene.ports.find((candidate) => candidate.node === deciding.node);
  const item = scene.tree.find((candidate) => candidate.id === scene.itemOfNode.get(deciding.node));
  const rect = port?.rect ?? item?.rect;
  if (rect === undefined) return;
  drawBrackets(brush, parent, rect);
  drawCallout(
    brush,
    parent,
    { x: right(rect) - 4, y: rect.y + rect.height + 2 },
    deciding.callout,
    right(scene.bounds),
  );
}
