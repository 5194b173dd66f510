/*
 * How much room each subtree needs, bottom up. A block is a subtree in its own coordinates: x from its left
 * edge, vertical place as a row number. Blocks of siblings never overlap because their intervals do not.
 *
 *   ┌──────── plate ────────┐      row L
 *   └──┬────────┬────────┬──┘
 *   ┌──┴─┐  ┌───┴──┐  ┌──┴─┐       row L + 1, or L + 2 beside a plate
 */
import type { FunctionSpec } from '../../core/pcie/machineSpec.ts';
import type { MachineFacts } from './facts.ts';
import { bundleWidth, onHalf, pinsWidth, portWidth, type Geometry } from './geometry.ts';
import type { Branch, Outlet } from './grouping.ts';

export interface LayoutStyle {
  readonly geometry: Geometry;
  /** Neighbouring cards below one owner may use two rows, the links of the second passing between the first. */
  readonly rows: 1 | 2;
  /** Memory modules stand above the end of what hangs on a wide host; else beyond it. */
  readonly modulesAbove: boolean;
  /** Empty ports keep the room of a card and its label: what is plugged in moves nothing else. */
  readonly keepsRoom?: boolean;
}

/** A port's extent around the centre of its link. */
export interface PortReach {
  readonly left: number;
  readonly right: number;
}

export interface PlacedBlock {
  readonly block: Block;
  /** Left edge in the coordinates of the owner's block. */
  readonly x: number;
  /** Second row of cards. */
  readonly secondRow: boolean;
  /** Two rows: labels have no room of their own. */
  readonly staggered: boolean;
}

export interface Block {
  readonly outlet: Outlet;
  readonly width: number;
  /** Where the connection to the owner comes in, from the left edge. */
  readonly anchorX: number;
  readonly reach: PortReach;
  /** Half the link, for neighbours' labels. */
  readonly linkHalf: number;
  /** Room the link's label wants at the right of the port. */
  readonly labelWidth: number;
  readonly plate: { readonly x: number; readonly width: number; readonly upstreamX: number } | undefined;
  readonly children: readonly PlacedBlock[];
}

const LABEL_GAP = 8;
/** Runs of cards from this length on use two rows where the style allows it. */
const RACK_LEAST = 4;
const DOTTED_HALF = 4;
export const CHIP_WIDTH = 92;

/** Around the link's centre: trained pins are centred on it, the others follow at the right. */
export function portReach(geometry: Geometry, lanes: number, trained: number): PortReach {
  const centred = pinsWidth(geometry, trained === 0 ? lanes : trained) / 2 + geometry.portPadding;
  return { left: centred, right: portWidth(geometry, lanes) - centred };
}

/** Lanes a port has. */
export function portLanes(fn: FunctionSpec | undefined): number {
  return fn?.link?.maxWidth ?? 1;
}

function branchWidth(branch: Branch, reach: PortReach, geometry: Geometry, keepsRoom: boolean): number {
  if (keepsRoom) return geometry.cardWidth;
  if (branch.kind === 'empty') return branch.hasSlot ? geometry.slotWidth : reach.left + reach.right + 2;
  if (branch.kind === 'device' && branch.quiet) return geometry.quietCardWidth;
  return geometry.cardWidth;
}

export class Measurer {
  readonly #style: LayoutStyle;
  readonly #facts: MachineFacts;

  constructor(style: LayoutStyle, facts: MachineFacts) {
    this.#style = style;
    this.#facts = facts;
  }

  /** The block of an outlet. */
  measure(outlet: Outlet): Block {
    const { geometry, keepsRoom = false } = this.#style;
    const { port, branch } = outlet;
    const link = port === undefined || branch.kind === 'empty' ? undefined : this.#facts.link(port.id);
    const reach = port === undefined ? { left: 4, right: 4 } : portReach(geometry, portLanes(port), link?.lanes ?? 0);
    const lanes = link?.lanes ?? (keepsRoom && port !== undefined ? portLanes(port) : 0);
    const own = {
      outlet,
      reach,
      linkHalf: lanes === 0 ? DOTTED_HALF : bundleWidth(geometry, lanes) / 2,
      labelWidth: link === undefined && !(keepsRoom && port !== undefined) ? 0 : geometry.linkLabelWidth,
    };
    if (branch.kind === 'plate') return { ...own, ...this.#plate(branch) };
    const width = Math.ceil(branchWidth(branch, reach, geometry, keepsRoom));
    return { ...own, width, anchorX: onHalf(width / 2), plate: undefined, children: [] };
  }

  /** Blocks side by side, from x = 0. @returns their places and the width of all. */
  sequence(
    outlets: readonly Outlet[],
    gap: number,
  ): { readonly placed: readonly PlacedBlock[]; readonly width: number } {
    const placed: PlacedBlock[] = [];
    let width = 0;
    for (const run of this.#runs(outlets.map((outlet) => this.measure(outlet)))) {
      const first = run[0];
      if (first === undefined) continue;
      const before = placed.at(-1);
      const leftmost = before === undefined ? 0 : width + gap;
      const shift =
        before === undefined ? leftmost : Math.max(leftmost, this.#afterLabel(before, first.block) - first.x);
      for (const item of run) placed.push({ ...item, x: Math.ceil(item.x + shift) });
      width = Math.max(...placed.map((item) => item.x + item.block.width));
    }
    return { placed, width };
  }

  /** Least x of a block whose left neighbour's link has a label or a BDF at its right. */
  #afterLabel(before: PlacedBlock, block: Block): number {
    const { geometry } = this.#style;
    const anchor = before.x + before.block.anchorX + before.block.reach.right + LABEL_GAP;
    const link = anchor + before.block.labelWidth + LABEL_GAP + block.linkHalf;
    const bdf = anchor + geometry.bdfWidth + LABEL_GAP / 2 + block.reach.left;
    return Math.max(before.staggered ? 0 : link, before.block.outlet.port === undefined ? 0 : bdf) - block.anchorX;
  }

  /** Splits siblings into single blocks and racks of two rows, each from x = 0. */
  #runs(blocks: readonly Block[]): readonly (readonly PlacedBlock[])[] {
    const runs: PlacedBlock[][] = [];
    let rack: Block[] = [];
    const flush = (): void => {
      if (rack.length >= RACK_LEAST) runs.push(this.#rack(rack));
      else for (const block of rack) runs.push([{ block, x: 0, secondRow: false, staggered: false }]);
      rack = [];
    };
    for (const block of blocks) {
      if (this.#style.rows === 2 && block.plate === undefined) rack.push(block);
      else {
        flush();
        runs.push([{ block, x: 0, secondRow: false, staggered: false }]);
      }
    }
    flush();
    return runs;
  }

  /** Every other card in a second row; its link passes between the cards of the first. */
  #rack(blocks: readonly Block[]): PlacedBlock[] {
    const { geometry } = this.#style;
    const linkWidth = Math.max(...blocks.map((block) => block.linkHalf)) * 2;
    const cardWidth = Math.max(...blocks.map((block) => block.width));
    const reach = Math.max(...blocks.map((block) => block.reach.left + block.reach.right));
    const bdf = geometry.bdfWidth === 0 ? 0 : geometry.bdfWidth + 1.5 * LABEL_GAP;
    const half = Math.ceil(Math.max((cardWidth + linkWidth + 14) / 2, reach + bdf + 4));
    const first = blocks[0]?.anchorX ?? 0;
    return blocks.map((block, index) => ({
      block,
      x: Math.round(first + index * half - block.anchorX),
      secondRow: index % 2 === 1,
      staggered: true,
    }));
  }

  #plate(branch: Extract<Branch, { kind: 'plate' }>): Pick<Block, 'width' | 'anchorX' | 'plate' | 'children'> {
    const { geometry } = this.#style;
    const { placed, width } = this.sequence(branch.outlets, geometry.cardGap);
    const last = placed.at(-1);
    // The BDF of the last port is inside the plate.
    const lastLabel =
      last === undefined || last.block.outlet.port === undefined
        ? 0
        : last.x + last.block.anchorX + last.block.reach.right + geometry.bdfWidth + 2 * LABEL_GAP;
    const least = geometry.leastPlateWidth + (branch.extra.length > 0 ? CHIP_WIDTH : 0);
    const plateWidth = Math.max(width, Math.ceil(lastLabel), least);
    const shift = Math.max(0, Math.floor((plateWidth - Math.max(width, lastLabel)) / 2));
    const upstreamX = onHalf(plateWidth / 2);
    return {
      width: plateWidth,
      anchorX: upstreamX,
      plate: { x: 0, width: plateWidth, upstreamX },
      children: placed.map((item) => ({ ...item, x: item.x + shift })),
    };
  }
}

/** Rows below a block's own row that its lower edge reaches: 1 for a card, 2 or more for a plate with children. */
export function childRow(children: readonly PlacedBlock[], ownRow: number, child: Block): number {
  if (child.plate !== undefined) return ownRow + 1;
  return children.some((sibling) => sibling.block.plate !== undefined) ? ownRow + 2 : ownRow + 1;
}
