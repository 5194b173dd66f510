/*
 * From a document to a drawing: (document, machine, wishes) → scene. Pure, and the same input gives the same
 * scene. Small machines get full cards. Where a machine would have to shrink a lot to fit, smaller cards, two
 * rows of them, and sockets side by side or below one another are tried, and what shows the largest cards wins.
 */
import type { MachineDescription } from '../../engine/protocol.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { MachineFacts } from './facts.ts';
import { geometryOf } from './geometry.ts';
import { groupMachine, type RootGroup } from './grouping.ts';
import { placeLinkLabels } from './linkLabels.ts';
import type { LayoutStyle } from './measure.ts';
import { SceneBuilder } from './sceneBuilder.ts';
import type { Density, Point, Rect, Scene } from './sceneModel.ts';
import { SocketLayout } from './socket.ts';

export interface LayoutOptions {
  readonly density: Density;
  /** CSS pixels the drawing will be fitted into. */
  readonly width: number;
  readonly height: number;
}

const SOCKET_GAP = 56;
/** Room for a line between sockets above a plate, and at the left of all. */
const LANE = 24;
/** Down to this zoom full cards stay readable. */
const READABLE_ZOOM = 0.75;
const FEW_DETOURS = 2;
const DETOUR_COST = 0.04;
const LEAST_LIKED = 0.6;

interface Candidate {
  readonly style: LayoutStyle;
  readonly columns: number;
}

/** The drawing of a machine. `machine` undefined: not enumerated yet, so without numbers. */
export function layoutMachine(
  document: TopologyDocument,
  machine: MachineDescription | undefined,
  options: LayoutOptions,
): Scene {
  const facts = new MachineFacts(document, machine);
  const sockets = groupSockets(groupMachine(document));
  let best: { readonly scene: Scene; readonly cardSize: number } | undefined;
  for (const candidate of candidates(options.density, sockets.length)) {
    const scene = compose(document, sockets, candidate, facts);
    const zoom = Math.min(1, options.width / scene.bounds.width, options.height / scene.bounds.height);
    const turns = detours(scene);
    const cardSize = zoom * candidate.style.geometry.cardWidth * Math.max(LEAST_LIKED, 1 - DETOUR_COST * turns);
    if (best === undefined || cardSize > best.cardSize * 1.05) best = { scene, cardSize };
    if (zoom >= READABLE_ZOOM && turns <= FEW_DETOURS) break;
  }
  return best?.scene ?? new SceneBuilder().build(options.density);
}

function candidates(density: Density, sockets: number): readonly Candidate[] {
  const columns = sockets === 1 ? [1] : [1, sockets, ...(sockets > 3 ? [Math.ceil(Math.sqrt(sockets))] : [])];
  const densities: readonly Density[] = density === 'full' ? ['full', 'compact'] : ['compact'];
  const rows = [1, 2] as const;
  return densities.flatMap((own) =>
    rows.flatMap((row) =>
      [true, false].flatMap((modulesAbove) =>
        columns.map((column) => ({ style: { geometry: geometryOf(own), rows: row, modulesAbove }, columns: column })),
      ),
    ),
  );
}

/** Root links that do not run straight down make a drawing harder to read. */
function detours(scene: Scene): number {
  return scene.links.filter((link) => link.path.length > 2).length;
}

/** Host bridges by NUMA node, in the order in which nodes appear. */
function groupSockets(groups: readonly RootGroup[]): readonly (readonly RootGroup[])[] {
  const sockets = new Map<number, RootGroup[]>();
  for (const group of groups) {
    const list = sockets.get(group.bridge.numaNode);
    if (list === undefined) sockets.set(group.bridge.numaNode, [group]);
    else list.push(group);
  }
  return [...sockets.values()];
}

function compose(
  document: TopologyDocument,
  sockets: readonly (readonly RootGroup[])[],
  candidate: Candidate,
  facts: MachineFacts,
): Scene {
  const { geometry } = candidate.style;
  const builder = new SceneBuilder();
  const lane = sockets.length > 1 ? LANE : 0;
  const plates: Rect[] = [];
  let y = lane;
  for (let first = 0; first < sockets.length; first += candidate.columns) {
    let x = lane;
    sockets.slice(first, first + candidate.columns).forEach((groups, column) => {
      const index = first + column;
      const parts = {
        index,
        numaNode: groups[0]?.bridge.numaNode ?? 0,
        groups,
        host: document.host,
        sockets: sockets.length,
        hasMemory: index === 0,
      };
      const socket = new SocketLayout(parts, candidate.style, facts);
      plates.push(socket.place(builder, x, y));
      x += socket.width + SOCKET_GAP;
    });
    y = Math.ceil(builder.lowestY()) + SOCKET_GAP + lane;
  }
  addInterconnects(builder, plates);
  placeLinkLabels(builder, geometry);
  return builder.build(geometry.density);
}

/** Lines from the first socket to each other: over the top in its row, by the left side to other rows. */
function addInterconnects(builder: SceneBuilder, plates: readonly Rect[]): void {
  const [first, ...others] = plates;
  if (first === undefined) return;
  const top = (plate: Rect): number => plate.y - LANE / 2 + 0.5;
  const entry = (plate: Rect): number => Math.floor(plate.x + LANE) + 0.5;
  for (const other of others) {
    const start: Point[] = [
      { x: entry(first), y: first.y },
      { x: entry(first), y: top(first) },
    ];
    const end: Point[] = [
      { x: entry(other), y: top(other) },
      { x: entry(other), y: other.y },
    ];
    const side =
      other.y === first.y
        ? []
        : [LANE / 2 + 0.5].flatMap((x) => [
            { x, y: top(first) },
            { x, y: top(other) },
          ]);
    builder.interconnects.push([...start, ...side, ...end]);
  }
}
