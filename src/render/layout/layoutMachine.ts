/*
 * From a document to a drawing: (document, machine, wishes) → scene. Pure, and the same input gives the same
 * scene. Small machines get full cards. Where a machine would have to shrink a lot to fit, smaller cards, two
 * rows of them, and sockets side by side or below one another are tried, and what shows the largest cards wins.
 */
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { MachineDescription } from '../../engine/protocol.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { MachineFacts } from './facts.ts';
import { geometryOf } from './geometry.ts';
import { groupMachine, type RootGroup } from './grouping.ts';
import { placeLinkLabels } from './linkLabels.ts';
import type { LayoutStyle } from './measure.ts';
import { SceneBuilder } from './sceneBuilder.ts';
import type { Density, Point, Rect, Scene } from './sceneModel.ts';
import { SocketLayout, type SocketParts } from './socket.ts';

export interface LayoutOptions {
  readonly density: Density;
  /** CSS pixels the drawing will be fitted into. */
  readonly width: number;
  readonly height: number;
  /** For a machine that is being built: what changes moves as little else as possible. */
  readonly editing?: {
    /** Switches and bridges drawn as one card. */
    readonly collapsed: ReadonlySet<NodeId>;
    /** The style of the drawing before, kept while its cards stay readable. */
    readonly keep: string | undefined;
  };
}

const SOCKET_GAP = 56;
/** Room for a line between sockets above a plate, and at the left of all. */
const LANE = 24;
/** Down to this zoom full cards stay readable. */
const READABLE_ZOOM = 0.75;
const FEW_DETOURS = 2;
const DETOUR_COST = 0.04;
const LEAST_LIKED = 0.6;
const CLEARLY_BETTER = 1.05;
/** A drawing keeps its style while its cards are not much smaller than they could be. */
const KEPT_SHARE = 0.7;
/** `Gen4 x8`, where the drawing is a little smaller than its text. */
const EDIT_LABEL_WIDTH = 80;

interface Liked {
  readonly builder: SceneBuilder;
  readonly style: LayoutStyle;
  readonly columns: number;
  /** Width of a card on the screen, less where links take detours. */
  readonly liking: number;
}

/** The text by which a drawing's style is known again. */
function styleKey(style: LayoutStyle, columns: number): string {
  return `${style.geometry.density} ${style.rows} ${String(style.modulesAbove)} ${columns}`;
}

/**
 * The drawing of a machine. `machine` undefined: not enumerated yet, so without numbers.
 * @simplifies All host memory is drawn at the first socket, also that of the others; cores are shared out evenly.
 */
export function layoutMachine(
  document: TopologyDocument,
  machine: MachineDescription | undefined,
  options: LayoutOptions,
): Scene {
  const facts = new MachineFacts(document, machine);
  const { editing } = options;
  const groups = groupSockets(groupMachine(document, editing?.collapsed));
  let best: Liked | undefined;
  for (const style of styles(options.density, editing !== undefined)) {
    const sockets = groups.map(
      (own, index) => new SocketLayout(socketParts(document, groups.length, own, index), style, facts),
    );
    for (const columns of columnCounts(sockets.length)) {
      const isKept = editing?.keep === styleKey(style, columns);
      // Without a look at the heights: a candidate that is too wide need not be placed.
      const most = Math.min(1, options.width / totalWidth(sockets, columns)) * style.geometry.cardWidth;
      if (!isKept && best !== undefined && most <= best.liking * CLEARLY_BETTER) continue;
      const builder = compose(sockets, columns);
      const bounds = builder.bounds();
      const zoom = Math.min(1, options.width / bounds.width, options.height / bounds.height);
      const turns = detours(builder);
      const liking = zoom * style.geometry.cardWidth * Math.max(LEAST_LIKED, 1 - DETOUR_COST * turns);
      if (isKept && liking >= KEPT_SHARE * (best?.liking ?? 0)) return finished({ builder, style, columns, liking });
      if (best === undefined || liking > best.liking * CLEARLY_BETTER) best = { builder, style, columns, liking };
      if (editing?.keep === undefined && zoom >= READABLE_ZOOM && turns <= FEW_DETOURS) return finished(best);
    }
  }
  return best === undefined ? new SceneBuilder().build(options.density) : finished(best);
}

function finished({ builder, style, columns }: Liked): Scene {
  // Shorter labels leave room for those of the links that may come.
  const labels = style.keepsRoom === true ? { ...style.geometry, linkLabelWidth: EDIT_LABEL_WIDTH } : style.geometry;
  placeLinkLabels(builder, labels);
  return builder.build(style.geometry.density, styleKey(style, columns));
}

/** Ways to draw, the most readable first. */
function styles(density: Density, keepsRoom: boolean): readonly LayoutStyle[] {
  const densities: readonly Density[] = density === 'full' ? ['full', 'compact'] : ['compact'];
  const rows = [1, 2] as const;
  return densities.flatMap((own) =>
    rows.flatMap((row) =>
      [true, false].map((modulesAbove) => ({ geometry: geometryOf(own), rows: row, modulesAbove, keepsRoom })),
    ),
  );
}

/** Sockets below one another, side by side, or in a square. */
function columnCounts(sockets: number): readonly number[] {
  if (sockets === 1) return [1];
  return [1, sockets, ...(sockets > 3 ? [Math.ceil(Math.sqrt(sockets))] : [])];
}

function totalWidth(sockets: readonly SocketLayout[], columns: number): number {
  let widest = 1;
  for (let first = 0; first < sockets.length; first += columns) {
    const row = sockets.slice(first, first + columns);
    const width = row.reduce((sum, socket) => sum + socket.width, (row.length - 1) * SOCKET_GAP);
    widest = Math.max(widest, width);
  }
  return widest;
}

function socketParts(
  document: TopologyDocument,
  sockets: number,
  groups: readonly RootGroup[],
  index: number,
): SocketParts {
  const numaNode = groups[0]?.bridge.numaNode ?? 0;
  return { index, numaNode, groups, host: document.host, sockets, hasMemory: index === 0 };
}

/** Root links that do not run straight down make a drawing harder to read. */
function detours(builder: SceneBuilder): number {
  return builder.links.filter((link) => link.path.length > 2).length;
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

function compose(sockets: readonly SocketLayout[], columns: number): SceneBuilder {
  const builder = new SceneBuilder();
  const lane = sockets.length > 1 ? LANE : 0;
  const plates: Rect[] = [];
  let y = lane;
  for (let first = 0; first < sockets.length; first += columns) {
    let x = lane;
    for (const socket of sockets.slice(first, first + columns)) {
      plates.push(socket.place(builder, x, y));
      x += socket.width + SOCKET_GAP;
    }
    y = Math.ceil(builder.lowestY()) + SOCKET_GAP + lane;
  }
  addInterconnects(builder, plates);
  return builder;
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
