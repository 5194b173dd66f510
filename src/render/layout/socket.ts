/*
 * One socket: the host plate with its root complexes, the DIMMs at its right, and below it everything that
 * hangs on its root buses.
 *
 *        ┌ CPU ┬ root complex ┬ memory ┐══ DIMM
 *        └─────┴──┬───────────┴──┬─────┘══ DIMM
 *   ┌── switch ───┴──┐   ┌───────┘
 *
 * With a few root ports the plate is as wide as its text and links run sideways where they must. With many,
 * it is as wide as what hangs on it, so that links run straight.
 */
import { rateText } from '../../base/format.ts';
import { hex } from '../../base/bits.ts';
import type { HostSpec } from '../../core/pcie/machineSpec.ts';
import type { MachineFacts } from './facts.ts';
import { onHalf, type Geometry } from './geometry.ts';
import type { RootGroup } from './grouping.ts';
import { childRow, Measurer, type Block, type LayoutStyle, type PlacedBlock } from './measure.ts';
import { addChipItem, placeBlock, stackChip, type PlaceContext } from './placeTree.ts';
import { addDimms, dimmsWidth } from './dimms.ts';
import { itemId, type SceneBuilder } from './sceneBuilder.ts';
import type { ChipShape, HostShape, Rect, RootComplexSection } from './sceneModel.ts';
import { assignTracks, placePorts, type PortWish, type Tracks } from './transit.ts';

export interface SocketParts {
  readonly index: number;
  readonly numaNode: number;
  readonly groups: readonly RootGroup[];
  readonly host: HostSpec;
  /** Sockets in all: cores are shared out. */
  readonly sockets: number;
  /** Host memory is drawn at the first socket, where the model has it. */
  readonly hasMemory: boolean;
}

interface MeasuredSection {
  readonly group: RootGroup;
  /** In the coordinates of the socket's content. */
  readonly x: number;
  readonly width: number;
  readonly blocks: readonly PlacedBlock[];
}

/** Up to this many root ports the plate keeps its least width. */
const FEW_PORTS = 3;
const PORT_MARGIN = 16;
const TEXT_INSET = 16;
const GATE_TOP = 36;
const GATE_HEIGHT = 20;
const FIRST_TRACK_DEPTH = 36;
const TRACK_TAIL = 28;
const COMPACT_TRACK_DEPTH = 16;
const COMPACT_TRACK_TAIL = 14;
const ENGINE_CHIP_WIDTH = 112;
const COMPACT_CHIP_WIDTH = 60;
const STACK_CHIP_WIDTH = 104;
const COMPACT_STACK_WIDTH = 74;
/** More engines than this are one stack. */
const MOST_ENGINES = 2;
const CHIP_GAP = 8;

export class SocketLayout {
  readonly width: number;
  readonly #parts: SocketParts;
  readonly #style: LayoutStyle;
  readonly #facts: MachineFacts;
  readonly #sections: readonly MeasuredSection[];
  readonly #hostX: number;
  readonly #hostWidth: number;
  readonly #contentX: number;
  /** Section boundaries: section k runs from boundary k to boundary k + 1. */
  readonly #boundaries: readonly number[];
  readonly #portXs: readonly number[];
  readonly #tracks: Tracks;

  constructor(parts: SocketParts, style: LayoutStyle, facts: MachineFacts) {
    this.#parts = parts;
    this.#style = style;
    this.#facts = facts;
    this.#sections = this.#measureSections();
    const last = this.#sections.at(-1);
    const contentWidth = last === undefined ? 0 : last.x + last.width;
    const memory = this.#memoryWidth() + this.#dimmsWidth();
    const text = style.geometry.cpuWidth + this.#leastSections() + this.#memoryWidth();
    const leastHost = Math.max(text, this.#leastForPorts());
    const few = this.#blocks().length <= FEW_PORTS && this.#sections.length === 1;
    this.#hostWidth = few ? leastHost : Math.max(leastHost, contentWidth - this.#dimmsWidth());
    const places = few
      ? this.#placeNarrow(contentWidth, leastHost + this.#dimmsWidth())
      : this.#placeWide(contentWidth, memory);
    this.#hostX = places.hostX;
    this.#contentX = places.contentX;
    this.#hostWidth = places.hostWidth;
    this.#boundaries = this.#chooseBoundaries();
    this.#portXs = placePorts(this.#wishes());
    this.#tracks = this.#assignTracks();
    this.width = Math.max(this.#hostX + this.#hostWidth + this.#dimmsWidth(), this.#contentX + contentWidth);
  }

  /** From the host's upper edge to the first row below it. */
  get firstRowDepth(): number {
    const { geometry } = this.#style;
    const tail = geometry.density === 'full' ? TRACK_TAIL : COMPACT_TRACK_TAIL;
    const drop = Math.max(geometry.hostDrop, this.#tracks.depth === 0 ? 0 : this.#tracks.depth + tail);
    return geometry.hostHeight + Math.ceil(drop);
  }

  /** Adds everything at its place. @returns where lines to other sockets may leave, on the plate's upper edge. */
  place(builder: SceneBuilder, originX: number, originY: number): Rect {
    const { geometry } = this.#style;
    const rect = { x: originX + this.#hostX, y: originY, width: this.#hostWidth, height: geometry.hostHeight };
    const host = this.#hostShape(rect, originX);
    builder.hosts.push(host);
    host.sections.forEach((section, index) => {
      const title = [section.title, section.busLabel].join(' ');
      builder.addItem({
        id: itemId(section.hostBridge),
        node: section.hostBridge,
        parent: undefined,
        rect: host.sections.length === 1 ? rect : section.rect,
        shape: 'plate',
        label: `${title}, ${host.cpu.title}, ${host.cpu.subtitle}`,
      });
      for (const self of this.#sections[index]?.group.self ?? []) builder.alias(self.id, itemId(section.hostBridge));
    });
    this.#placeBlocks(builder, originX, originY);
    for (const section of host.sections) {
      for (const chip of section.chips) addChipItem(builder, chip, itemId(section.hostBridge));
    }
    if (this.#parts.hasMemory) addDimms(builder, geometry, this.#parts.host.memory, rect);
    return rect;
  }

  #placeBlocks(builder: SceneBuilder, originX: number, originY: number): void {
    const { geometry } = this.#style;
    const context: PlaceContext = { geometry, facts: this.#facts, builder, firstRowY: originY + this.firstRowDepth };
    const edgeY = originY + geometry.hostHeight;
    let port = 0;
    for (const section of this.#sections) {
      for (const placed of section.blocks) {
        const depth = this.#tracks.depths[port];
        placeBlock(context, placed, originX + this.#contentX + section.x, childRow(section.blocks, 0, placed.block), {
          x: originX + (this.#portXs[port] ?? 0),
          y: edgeY,
          trackY: depth === undefined ? undefined : edgeY + depth,
          ownerItem: itemId(section.group.bridge.id),
          ownerNode: section.group.bridge.id,
        });
        port += 1;
      }
    }
  }

  #measureSections(): readonly MeasuredSection[] {
    const { geometry } = this.#style;
    const measurer = new Measurer(this.#style, this.#facts);
    const sections: MeasuredSection[] = [];
    let x = 0;
    for (const group of this.#parts.groups) {
      const { placed, width } = measurer.sequence(group.outlets, geometry.blockGap);
      const least = this.#parts.groups.length === 1 ? width : Math.max(width, this.#leastSection(group));
      const shift = Math.floor((least - width) / 2);
      const blocks = placed.map((item) => ({ ...item, x: item.x + shift }));
      sections.push({ group, x, width: least, blocks });
      x += least + geometry.blockGap;
    }
    return sections;
  }

  #blocks(): readonly { readonly block: Block; readonly anchorX: number; readonly section: number }[] {
    return this.#sections.flatMap((section, index) =>
      section.blocks.map((placed) => ({
        block: placed.block,
        anchorX: section.x + placed.x + placed.block.anchorX,
        section: index,
      })),
    );
  }

  #chipWidths(group: RootGroup): readonly number[] {
    const compact = this.#style.geometry.density === 'compact';
    const engine = compact ? COMPACT_CHIP_WIDTH : ENGINE_CHIP_WIDTH;
    const stack = compact ? COMPACT_STACK_WIDTH : STACK_CHIP_WIDTH;
    const engines = group.engines.length > MOST_ENGINES ? [stack] : group.engines.map(() => engine);
    return [...engines, ...(group.quiet.length > 0 ? [stack] : [])];
  }

  /** Least width of a root complex's section: its title, and its chips in one row. */
  #leastSection(group: RootGroup): number {
    const chips = this.#chipWidths(group).reduce((sum, width) => sum + width + CHIP_GAP, 2 * TEXT_INSET);
    return Math.max(this.#style.geometry.sectionWidth, chips);
  }

  #leastSections(): number {
    return this.#sections.reduce((sum, section) => sum + this.#leastSection(section.group), 0);
  }

  /** Width that all ports with their text need side by side. */
  #leastForPorts(): number {
    const { geometry } = this.#style;
    const ports = this.#blocks().map(({ block }) => this.#roomAt(block));
    const width = ports.reduce((sum, room) => sum + room.left + room.right, 0);
    return Math.ceil(geometry.cpuWidth + width + 3 * PORT_MARGIN);
  }

  /** Room a port and its text take on the plate's edge. */
  #roomAt(block: Block): { readonly left: number; readonly right: number } {
    const text = block.outlet.port === undefined ? 0 : this.#style.geometry.bdfWidth + PORT_MARGIN / 2;
    return { left: block.reach.left + 4, right: block.reach.right + text };
  }

  #memoryWidth(): number {
    return this.#parts.hasMemory ? this.#style.geometry.memoryWidth : 0;
  }

  #dimmsWidth(): number {
    return this.#parts.hasMemory ? dimmsWidth(this.#style.geometry) : 0;
  }

  /** Leftmost and rightmost place of a port on the plate, from the plate's left edge. */
  #portRange(block: Block): { readonly least: number; readonly most: number } {
    const { geometry } = this.#style;
    return {
      least: geometry.cpuWidth + block.reach.left + PORT_MARGIN,
      most: this.#hostWidth - block.reach.right - geometry.bdfWidth - 2 * PORT_MARGIN,
    };
  }

  /** The plate keeps its width; the widest block's link runs straight down, the DIMMs end where the content does. */
  #placeNarrow(contentWidth: number, groupWidth: number): { hostX: number; contentX: number; hostWidth: number } {
    const hostWidth = this.#hostWidth;
    const widest = this.#blocks().toSorted((a, b) => b.block.width - a.block.width)[0];
    if (widest === undefined) return { hostX: 0, contentX: 0, hostWidth };
    const range = this.#portRange(widest.block);
    const wish = contentWidth - groupWidth;
    // A unit of slack: ports stand on half units.
    const hostX = Math.ceil(
      Math.max(widest.anchorX - range.most + 1, Math.min(wish, widest.anchorX - range.least - 1)),
    );
    // A plate that would stand left of everything else moves the content instead.
    return hostX < 0 ? { hostX: 0, contentX: -hostX, hostWidth } : { hostX, contentX: 0, hostWidth };
  }

  /** The plate reaches from the first port to the DIMMs, which stand above the content's end. */
  #placeWide(contentWidth: number, memory: number): { hostX: number; contentX: number; hostWidth: number } {
    const first = this.#blocks()[0];
    const least = first === undefined ? 0 : this.#portRange(first.block).least;
    const hostX = Math.min(0, Math.floor((first?.anchorX ?? 0) - least));
    // Every root complex keeps the room its title and chips need, above what hangs on it.
    const last = this.#sections.at(-1);
    const sections = last === undefined ? 0 : last.x + this.#leastSection(last.group) + this.#memoryWidth();
    const above = memory > 0 && this.#style.modulesAbove ? this.#dimmsWidth() : 0;
    const end = Math.max(contentWidth - above, hostX + this.#hostWidth, sections);
    return { hostX: 0, contentX: -hostX, hostWidth: end - hostX };
  }

  #chooseBoundaries(): readonly number[] {
    const { geometry } = this.#style;
    const boundaries = [this.#hostX + geometry.cpuWidth];
    const end = this.#hostX + this.#hostWidth - this.#memoryWidth();
    const leasts = this.#sections.map((section) => this.#leastSection(section.group));
    for (let index = 1; index < this.#sections.length; index += 1) {
      const wish = this.#contentX + (this.#sections[index]?.x ?? 0) - geometry.blockGap / 2;
      const least = (boundaries[index - 1] ?? 0) + (leasts[index - 1] ?? 0);
      const most = end - leasts.slice(index).reduce((sum, width) => sum + width, 0);
      boundaries.push(Math.round(Math.max(least, Math.min(wish, most))));
    }
    return [...boundaries, end];
  }

  #wishes(): readonly PortWish[] {
    const lastSection = this.#sections.length - 1;
    return this.#blocks().map(({ block, anchorX, section }) => {
      const range = this.#portRange(block);
      const room = this.#roomAt(block);
      const leastX = Math.max(this.#hostX + range.least, (this.#boundaries[section] ?? 0) + block.reach.left + 4);
      // The last root complex may use the edge below the memory controller too.
      const sectionEnd = (this.#boundaries[section + 1] ?? 0) - room.right - 4;
      const mostX = section === lastSection ? this.#hostX + range.most : sectionEnd;
      const targetX = this.#contentX + anchorX;
      return { targetX, leastX, mostX: Math.max(leastX, mostX), ...room };
    });
  }

  #assignTracks(): Tracks {
    const blocks = this.#blocks();
    const crossings = blocks.map(({ block, anchorX }, index) => ({
      fromX: this.#portXs[index] ?? 0,
      toX: onHalf(this.#contentX + anchorX),
      width: 2 * block.linkHalf,
    }));
    return assignTracks(crossings, this.#style.geometry.density === 'full' ? FIRST_TRACK_DEPTH : COMPACT_TRACK_DEPTH);
  }

  #hostShape(rect: Rect, originX: number): HostShape {
    const { geometry } = this.#style;
    const { host, hasMemory, index, sockets } = this.#parts;
    const cores = Math.max(1, Math.round(host.cpu.cores / sockets));
    const memory = hasMemory
      ? {
          rect: {
            x: rect.x + rect.width - geometry.memoryWidth,
            y: rect.y,
            width: geometry.memoryWidth,
            height: rect.height,
          },
          lines: [
            `${host.memory.channels} ${host.memory.channels === 1 ? 'channel' : 'channels'} ${host.memory.kind}`,
            `${rateText(host.memory.channels * host.memory.channelBytesPerSecond).replace(/0(?=\u00a0)/, '')} peak`,
          ] as const,
        }
      : undefined;
    return {
      numaNode: this.#parts.numaNode,
      rect,
      cpu: {
        rect: { x: rect.x, y: rect.y, width: geometry.cpuWidth, height: rect.height },
        title: sockets > 1 || host.cpu.model.length > 10 ? `CPU ${index}` : host.cpu.model,
        subtitle: `${cores} ${cores === 1 ? 'core' : 'cores'}`,
        boxes: coreBoxes(geometry, rect, cores),
      },
      sections: this.#sections.map((section, at) => this.#sectionShape(section, at, rect, originX)),
      memory,
      crossingY: rect.y + geometry.crossingDepth + 0.5,
      riserX: onHalf(rect.x + rect.width - 12),
    };
  }

  #sectionShape(section: MeasuredSection, at: number, host: Rect, originX: number): RootComplexSection {
    const x = originX + (this.#boundaries[at] ?? 0);
    const width = originX + (this.#boundaries[at + 1] ?? 0) - x;
    const rect = { x, y: host.y, width, height: host.height };
    const gateWidth = Math.min(width - 28, 216);
    const gate = { x: x + 15, y: host.y + GATE_TOP, width: gateWidth, height: GATE_HEIGHT };
    const { bridge } = section.group;
    return {
      hostBridge: bridge.id,
      rect,
      title: this.#sections.length > 1 && this.#style.geometry.density === 'compact' ? '' : 'Root complex',
      busLabel: `${hex(bridge.segment, 4)}:${hex(bridge.rootBus, 2)}`,
      gate,
      chips: this.#chips(section.group, rect),
    };
  }

  #chips(group: RootGroup, rect: Rect): readonly ChipShape[] {
    const { geometry } = this.#style;
    const compact = geometry.density === 'compact';
    const y = rect.y + (compact ? 30 : GATE_TOP + GATE_HEIGHT + 3);
    const widths = this.#chipWidths(group);
    let x = rect.x + 15;
    const place = (index: number): Rect => {
      const width = widths[index] ?? 0;
      const chip = { x, y, width, height: geometry.chipHeight };
      x += width + CHIP_GAP;
      return chip;
    };
    const isStack = group.engines.length > MOST_ENGINES;
    const engines = isStack
      ? [stackChip(group.engines, place(0), this.#facts, 'DMA engines')]
      : group.engines.map((fn, index): ChipShape => ({
          node: fn.id,
          members: [fn.id],
          rect: place(index),
          kind: 'engine',
          name: fn.name,
          bdf: this.#facts.bdf(fn.id),
        }));
    if (group.quiet.length === 0) return engines;
    return [...engines, stackChip(group.quiet, place(engines.length), this.#facts, 'functions')];
  }
}

/** Boxes of cores: each core up to eight, then eight that stand for all. */
function coreBoxes(geometry: Geometry, host: Rect, cores: number): readonly Rect[] {
  if (geometry.density === 'compact') return [{ x: host.x + 28, y: host.y + 29, width: 23, height: 36 }];
  const shown = Math.min(cores, 8);
  return Array.from({ length: shown }, (_, index) => ({
    x: host.x + TEXT_INSET + (index % 4) * 28,
    y: host.y + 40 + Math.floor(index / 4) * 20,
    width: 24,
    height: 16,
  }));
}
