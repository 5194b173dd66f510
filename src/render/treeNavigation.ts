/*
 * The machine as a tree for keyboard and screen reader. Arrows walk it as it is drawn: up is towards the root,
 * down to the first thing below, left and right among siblings (and on to the next subtree at the ends).
 */
import type { TreeItem } from './layout/sceneModel.ts';

export type WalkKey = 'ArrowUp' | 'ArrowDown' | 'ArrowLeft' | 'ArrowRight' | 'Home' | 'End';

export class TreeWalk {
  readonly #items: readonly TreeItem[];
  readonly #byId: ReadonlyMap<string, TreeItem>;

  constructor(items: readonly TreeItem[]) {
    this.#items = items;
    this.#byId = new Map(items.map((item) => [item.id, item]));
  }

  item(id: string): TreeItem | undefined {
    return this.#byId.get(id);
  }

  get first(): TreeItem | undefined {
    return this.#items[0];
  }

  /** Where a key leads; the same item if there is nothing that way. */
  step(from: string, key: WalkKey): TreeItem | undefined {
    const item = this.#byId.get(from);
    if (item === undefined) return this.first;
    switch (key) {
      case 'ArrowUp':
        return this.#byId.get(item.parent ?? '') ?? item;
      case 'ArrowDown':
        return this.#byId.get(item.children[0] ?? '') ?? item;
      case 'ArrowLeft':
        return this.#beside(item, -1);
      case 'ArrowRight':
        return this.#beside(item, 1);
      case 'Home':
        return this.first;
      case 'End':
        return this.#items.at(-1);
      default:
        return item;
    }
  }

  #beside(item: TreeItem, by: 1 | -1): TreeItem {
    const row = this.#items.filter((candidate) => candidate.level === item.level);
    return row[row.indexOf(item) + by] ?? item;
  }
}

/** The walking key of an event, if it is one. */
export function walkKey(key: string): WalkKey | undefined {
  switch (key) {
    case 'ArrowUp':
    case 'ArrowDown':
    case 'ArrowLeft':
    case 'ArrowRight':
    case 'Home':
    case 'End':
      return key;
    default:
      return undefined;
  }
}
