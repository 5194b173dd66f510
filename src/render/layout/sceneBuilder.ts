/*
 * Collects the shapes of a scene. Shapes are added in world coordinates; the tree gets its sibling counts and
 * the whole its bounds at the end.
 */
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import { around, bottom, grown } from './geometry.ts';
import type {
  CardShape,
  Density,
  DimmShape,
  HostShape,
  LinkShape,
  PlateShape,
  Point,
  PortShape,
  Rect,
  Scene,
  SlotShape,
  StubShape,
  TreeItem,
} from './sceneModel.ts';

type ItemParts = Pick<TreeItem, 'id' | 'node' | 'parent' | 'rect' | 'shape' | 'label' | 'collapsed'>;

/** Tree item of a function or host bridge. */
export function itemId(node: NodeId): string {
  return `node:${node}`;
}

export class SceneBuilder {
  readonly hosts: HostShape[] = [];
  readonly plates: PlateShape[] = [];
  readonly cards: CardShape[] = [];
  readonly slots: SlotShape[] = [];
  readonly ports: PortShape[] = [];
  readonly links: LinkShape[] = [];
  readonly stubs: StubShape[] = [];
  readonly dimms: DimmShape[] = [];
  readonly interconnects: (readonly Point[])[] = [];
  readonly #items: ItemParts[] = [];
  readonly #itemOfNode = new Map<NodeId, string>();

  /** Adds a tree item; `members` are the functions it stands for beside its own node. */
  addItem(item: ItemParts, members: readonly NodeId[] = []): void {
    this.#items.push(item);
    for (const node of members) this.#itemOfNode.set(node, item.id);
    if (item.node !== undefined) this.#itemOfNode.set(item.node, item.id);
  }

  /** Something drawn without an item of its own belongs to another node's item. */
  alias(node: NodeId, item: string): void {
    this.#itemOfNode.set(node, item);
  }

  /** Lower end of everything so far; 0 if there is nothing. */
  lowestY(): number {
    const shapes = [...this.hosts, ...this.plates, ...this.cards, ...this.slots];
    return Math.max(0, ...shapes.map((shape) => bottom(shape.rect)));
  }

  /** @param style of the drawing, for the next one to keep. */
  build(density: Density, style = ''): Scene {
    return {
      density,
      style,
      bounds: this.bounds(),
      hosts: this.hosts,
      plates: this.plates,
      cards: this.cards,
      slots: this.slots,
      ports: this.ports,
      links: this.links,
      stubs: this.stubs,
      dimms: this.dimms,
      interconnects: this.interconnects,
      tree: this.#tree(),
      itemOfNode: this.#itemOfNode,
    };
  }

  /** The smallest rectangle around everything so far. */
  bounds(): Rect {
    const rects: Rect[] = [];
    for (const shape of [...this.hosts, ...this.plates, ...this.cards, ...this.slots, ...this.ports])
      rects.push(shape.rect);
    for (const { label } of this.links) {
      rects.push({
        x: label.side === 'right' ? label.x : label.x - label.width,
        y: label.y,
        width: label.width,
        height: 1,
      });
    }
    // The line of text below a DIMM.
    for (const dimm of this.dimms) rects.push({ ...dimm.rect, height: dimm.rect.height + 24 });
    for (const path of [...this.links, ...this.stubs].map((shape) => shape.path).concat(this.interconnects)) {
      for (const point of path) rects.push({ x: point.x, y: point.y, width: 0, height: 0 });
    }
    return rects.length === 0 ? { x: 0, y: 0, width: 1, height: 1 } : grown(around(rects), 1);
  }

  #tree(): readonly TreeItem[] {
    const children = new Map<string | undefined, string[]>();
    for (const item of this.#items) {
      const list = children.get(item.parent);
      if (list === undefined) children.set(item.parent, [item.id]);
      else list.push(item.id);
    }
    const parts = new Map(this.#items.map((item) => [item.id, item]));
    const ordered: TreeItem[] = [];
    const visit = (ids: readonly string[], level: number): void => {
      ids.forEach((id, index) => {
        const item = parts.get(id);
        if (item === undefined) return;
        const below = children.get(id) ?? [];
        ordered.push({ ...item, level, index, siblings: ids.length, children: below });
        visit(below, level + 1);
      });
    };
    visit(children.get(undefined) ?? [], 1);
    return ordered;
  }
}
