/*
 * Gives measured blocks their place in the world and adds what they are made of.
 */
import { countText, durationText } from '../../base/format.ts';
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { isBridge } from '../../topology/documentIndex.ts';
import { glyphOf, identityLines, kindCounts, writableBytes } from './deviceClasses.ts';
import type { MachineFacts } from './facts.ts';
import { portWidth, right, type Geometry } from './geometry.ts';
import { CHIP_WIDTH, childRow, portLanes, portReach, type Block, type PlacedBlock } from './measure.ts';
import { itemId, type SceneBuilder } from './sceneBuilder.ts';
import type { ChipShape, Point, PortShape, Rect } from './sceneModel.ts';

/** Between a port's edge and the text beside it. */
const TEXT_GAP = 8;
/** Baselines of a port's BDF: above a lower edge, below an upper edge. */
const BDF_ABOVE_EDGE = 11;
/** In a host, where bytes cross above it. */
const BDF_ABOVE_HOST_EDGE = 7;
const BDF_BELOW_EDGE = 27;
const CHIP_INSET = 12;

export interface PlaceContext {
  readonly geometry: Geometry;
  readonly facts: MachineFacts;
  readonly builder: SceneBuilder;
  /** Upper edge of the first row below the hosts. */
  readonly firstRowY: number;
}

/** Where a connection starts: on the owner's lower edge, with the height of its horizontal run if it has one. */
export interface ConnectionStart {
  readonly x: number;
  readonly y: number;
  readonly trackY: number | undefined;
  /** Tree item of the owner, and its node for connections without a port. */
  readonly ownerItem: string;
  readonly ownerNode: NodeId;
}

function rowTop(context: PlaceContext, row: number): number {
  const { geometry, firstRowY } = context;
  return firstRowY + (row - 1) * (geometry.plateHeight + geometry.plateDrop);
}

interface PortParts {
  readonly fn: FunctionSpec;
  readonly x: number;
  readonly y: number;
  readonly side: 'top' | 'bottom';
  readonly trained: number;
  readonly showsLabel: boolean;
}

function bdfOffset(parts: PortParts): number {
  if (parts.side === 'top') return BDF_BELOW_EDGE;
  return parts.fn.kind === 'rootPort' ? -BDF_ABOVE_HOST_EDGE : -BDF_ABOVE_EDGE;
}

/** The shape of a port on an edge. */
export function portShape(context: PlaceContext, parts: PortParts): PortShape {
  const { geometry, facts } = context;
  const lanes = Math.max(portLanes(parts.fn), parts.trained);
  const reach = portReach(geometry, lanes, parts.trained);
  const x = Math.floor(parts.x - reach.left);
  const rect = {
    x,
    y: Math.round(parts.y - geometry.portHeight / 2),
    width: portWidth(geometry, lanes),
    height: geometry.portHeight,
  };
  return {
    node: parts.fn.id,
    x: parts.x,
    y: parts.y,
    side: parts.side,
    rect,
    lanes,
    trained: parts.trained,
    pinX: x + geometry.portPadding,
    label: parts.showsLabel ? facts.bdf(parts.fn.id) : '',
    labelX: right(rect) + TEXT_GAP,
    labelY: parts.y + bdfOffset(parts),
    labelWidth: parts.showsLabel ? geometry.bdfWidth : 0,
  };
}

/** The function at the lower end of a branch, whose port the link ends in. */
function lowerEnd(block: Block): FunctionSpec | undefined {
  const { branch } = block.outlet;
  if (branch.kind === 'plate') return branch.owner;
  return branch.kind === 'device' ? branch.functions[0] : undefined;
}

/** Adds a block below its owner, with the connection to it. */
export function placeBlock(
  context: PlaceContext,
  placed: PlacedBlock,
  originX: number,
  row: number,
  start: ConnectionStart,
): void {
  const { block } = placed;
  const { geometry, builder, facts } = context;
  const { port } = block.outlet;
  const x = originX + placed.x;
  const top = rowTop(context, row) + (placed.secondRow ? geometry.cardHeight + geometry.rowGap : 0);
  const lower = lowerEnd(block);
  const end = { x: x + block.anchorX, y: top };
  if (port === undefined) {
    if (lower !== undefined) {
      const path = connectionPath(start, end);
      builder.stubs.push({ upper: start.ownerNode, lower: lower.id, path, cornerRadius: geometry.innerCorner });
    }
    placeContent(context, block, { x, top, row, parent: start.ownerItem });
    return;
  }
  const link = lower === undefined ? undefined : facts.link(port.id);
  const trained = link?.lanes ?? 0;
  const upperPort = portShape(context, { fn: port, x: start.x, y: start.y, side: 'bottom', trained, showsLabel: true });
  builder.ports.push(upperPort);
  const retimers = port.link?.retimers ?? 0;
  const chips = retimers === 0 ? '' : `, ${countText(retimers, 'retimer')}`;
  const state = link === undefined ? 'empty' : `Gen${link.gen} x${link.lanes}${link.up ? '' : ', down'}${chips}`;
  builder.addItem({
    id: itemId(port.id),
    node: port.id,
    parent: start.ownerItem,
    rect: upperPort.rect,
    shape: 'port',
    label: `${port.kind === 'rootPort' ? 'Root port' : 'Downstream port'} ${facts.bdf(port.id)}, ${state}`,
  });
  if (lower !== undefined && link !== undefined) addLink(context, { block, start, end, upperPort, lower });
  placeContent(context, block, { x, top, row, parent: itemId(port.id) });
}

function connectionPath(start: ConnectionStart, end: Point): readonly Point[] {
  const from = { x: start.x, y: start.y };
  if (start.trackY === undefined || start.x === end.x) return [from, end];
  return [from, { x: start.x, y: start.trackY }, { x: end.x, y: start.trackY }, end];
}

interface LinkParts {
  readonly block: Block;
  readonly start: ConnectionStart;
  readonly end: Point;
  readonly upperPort: PortShape;
  readonly lower: FunctionSpec;
}

function addLink(context: PlaceContext, parts: LinkParts): void {
  const { geometry, builder, facts } = context;
  const { upperPort, end, lower, block } = parts;
  const link = facts.link(upperPort.node);
  if (link === undefined) return;
  const isPlate = block.plate !== undefined;
  const lowerPort = portShape(context, {
    fn: lower,
    x: end.x,
    y: end.y,
    side: 'top',
    trained: link.lanes,
    showsLabel: isPlate,
  });
  builder.ports.push(lowerPort);
  const path = connectionPath(parts.start, end);
  builder.links.push({
    upper: upperPort.node,
    lower: lower.id,
    lanes: link.lanes,
    untrained: Math.max(0, Math.min(upperPort.lanes, lowerPort.lanes) - link.lanes),
    gen: link.gen,
    up: link.up,
    retimers: block.outlet.port?.link?.retimers ?? 0,
    path,
    cornerRadius: Math.ceil(block.linkHalf) + geometry.innerCorner,
    // linkLabels.ts finds a place once everything stands.
    label: { x: upperPort.x, y: upperPort.y, side: 'right', width: 0 },
    isUplink: isPlate,
  });
}

interface ContentPlace {
  readonly x: number;
  readonly top: number;
  readonly row: number;
  readonly parent: string;
}

function placeContent(context: PlaceContext, block: Block, place: ContentPlace): void {
  const { branch } = block.outlet;
  switch (branch.kind) {
    case 'plate':
      placePlate(context, block, branch, place);
      return;
    case 'device':
      placeCard(context, block, branch, place);
      return;
    case 'empty':
      if (branch.hasSlot) placeSlot(context, block, place);
      return;
    default:
      return;
  }
}

/** What a card says that stands for several functions: of a collapsed switch what is below it, of a device its kinds. */
function heapLines(functions: readonly FunctionSpec[], identity: string): readonly [string, string] {
  const [first, ...others] = functions;
  const isFolded = first !== undefined && isBridge(first.kind);
  const { devices, ports } = kindCounts(isFolded ? others : functions);
  if (!isFolded) return [identity, devices];
  return devices === '' ? [ports, ''] : [devices, ports];
}

function placeCard(
  context: PlaceContext,
  block: Block,
  branch: Extract<Block['outlet']['branch'], { kind: 'device' }>,
  place: ContentPlace,
): void {
  const { geometry, builder, facts } = context;
  const [first] = branch.functions;
  if (first === undefined) return;
  const rect = { x: place.x, y: place.top, width: block.width, height: geometry.cardHeight };
  const members = branch.functions.map((fn) => fn.id);
  const lines = identityLines(first, facts.limits(first));
  const count = members.length;
  builder.cards.push({
    node: first.id,
    members,
    rect,
    kind: branch.quiet ? 'quiet' : 'device',
    glyph: glyphOf(first),
    name: first.name,
    bdf: facts.bdf(first.id),
    lines: count > 1 ? heapLines(branch.functions, lines[0]) : lines,
    folded: isBridge(first.kind),
    memoryBytes: writableBytes(first),
    portX: place.x + block.anchorX,
  });
  const link = block.outlet.port === undefined ? undefined : facts.link(block.outlet.port.id);
  const folded = isBridge(first.kind);
  const parts = [
    first.name,
    facts.bdf(first.id),
    folded ? 'collapsed' : lines[0],
    ...(count > 1 ? heapLines(branch.functions, '') : []),
    link === undefined ? 'no link of its own' : `Gen${link.gen} x${link.lanes}`,
  ];
  builder.addItem(
    {
      id: itemId(first.id),
      node: first.id,
      parent: place.parent,
      rect,
      shape: 'card',
      collapsed: folded,
      label: parts.filter((part) => part !== '').join(', '),
    },
    members,
  );
}

function placeSlot(context: PlaceContext, block: Block, place: ContentPlace): void {
  const { geometry, builder, facts } = context;
  const { port } = block.outlet;
  if (port === undefined) return;
  const bus = facts.secondaryBus(port.id);
  builder.slots.push({
    port: port.id,
    rect: { x: place.x, y: place.top, width: block.width, height: geometry.slotHeight },
    lines: ['Empty slot', `x${portLanes(port)}${bus === '' ? '' : `, ${bus}`}`],
  });
}

function plateNote(owner: FunctionSpec): string {
  if (owner.kind !== 'upstreamPort') return '';
  const how = owner.switch?.forwarding === 'storeAndForward' ? 'store and forward' : 'cut-through';
  const latency_ps = owner.switch?.latency_ps;
  return latency_ps === undefined ? how : `${how} ${durationText(latency_ps).replace('.0', '')}`;
}

function placePlate(
  context: PlaceContext,
  block: Block,
  branch: Extract<Block['outlet']['branch'], { kind: 'plate' }>,
  place: ContentPlace,
): void {
  const { geometry, builder, facts } = context;
  const { owner } = branch;
  const rect = { x: place.x, y: place.top, width: block.width, height: geometry.plateHeight };
  const upstreamX = place.x + block.anchorX;
  const taps = block.children.map((child) => place.x + child.x + child.block.anchorX);
  const downstream = branch.outlets.filter((outlet) => outlet.port?.kind === 'downstreamPort').length;
  const subtitle =
    branch.of === 'switch'
      ? `1 upstream, ${countText(downstream, 'downstream port')}`
      : countText(branch.outlets.length, 'device');
  const item = itemId(owner.id);
  const chips = branch.extra.length === 0 ? [] : [plateChip(branch.extra, rect, geometry, facts)];
  builder.plates.push({
    node: owner.id,
    kind: branch.of,
    rect,
    title: owner.name,
    subtitle,
    note: plateNote(owner),
    upstreamX,
    bus: {
      y: rect.y + geometry.busDepth,
      fromX: Math.min(upstreamX, ...taps),
      toX: Math.max(upstreamX, ...taps),
      label: facts.secondaryBus(owner.id),
      taps,
    },
    chips,
  });
  const words = branch.of === 'switch' ? 'Switch' : 'Bridge';
  const own = { id: item, node: owner.id, parent: place.parent, rect, shape: 'plate' } as const;
  builder.addItem({
    ...own,
    label: [words, owner.name, facts.bdf(owner.id), subtitle].filter((part) => part !== '').join(', '),
  });
  for (const child of block.children) {
    placeBlock(context, child, place.x, childRow(block.children, place.row, child.block), {
      x: place.x + child.x + child.block.anchorX,
      y: rect.y + rect.height,
      trackY: undefined,
      ownerItem: item,
      ownerNode: owner.id,
    });
  }
  for (const chip of chips) addChipItem(builder, chip, item);
}

/** A stack of functions beside a switch's upstream port. */
function plateChip(extra: readonly FunctionSpec[], plate: Rect, geometry: Geometry, facts: MachineFacts): ChipShape {
  const width = CHIP_WIDTH;
  const rect = {
    x: right(plate) - CHIP_INSET - width,
    y: plate.y + geometry.busDepth - geometry.chipHeight - 6,
    width,
    height: geometry.chipHeight,
  };
  return stackChip(extra, rect, facts, 'functions');
}

/** Several functions as one chip; one function alone is named. */
export function stackChip(
  functions: readonly FunctionSpec[],
  rect: Rect,
  facts: MachineFacts,
  words: string,
): ChipShape {
  const [first] = functions;
  const one = functions.length === 1 && first !== undefined;
  return {
    node: first?.id ?? '',
    members: functions.map((fn) => fn.id),
    rect,
    kind: 'stack',
    name: one ? first.name : `${functions.length} ${words}`,
    bdf: one ? facts.bdf(first.id) : '',
  };
}

export function addChipItem(builder: SceneBuilder, chip: ChipShape, parent: string): void {
  builder.addItem(
    {
      id: itemId(chip.node),
      node: chip.node,
      parent,
      rect: chip.rect,
      shape: 'chip',
      label: [chip.name, chip.bdf].filter((part) => part !== '').join(', '),
    },
    chip.members,
  );
}
