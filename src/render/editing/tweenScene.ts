/*
 * A drawing on its way to the next one: what is in both moves, what is new stands at its place. Plain data in and out.
 */
import type { Scene } from '../layout/sceneModel.ts';

/** Numbers that are places or lengths; all others (lanes, generations, counts) are the new ones. */
const PLACES: ReadonlySet<string> = new Set([
  'x',
  'y',
  'width',
  'height',
  'fromX',
  'toX',
  'pinX',
  'labelX',
  'labelY',
  'portX',
  'upstreamX',
  'crossingY',
  'riserX',
  'writeY',
  'readY',
]);

/** A value between two of the same shape; the second where the shapes differ. */
function between<T>(from: unknown, to: T, share: number, key = ''): T {
  if (typeof to === 'number') {
    const isPlace = PLACES.has(key) && typeof from === 'number';
    // T is number here; arithmetic widens it.
    return (isPlace ? from + (to - from) * share : to) as T;
  }
  if (Array.isArray(to)) {
    if (!Array.isArray(from) || from.length !== to.length) return to;
    return to.map((item, index) => between(from[index], item, share, key === 'taps' ? 'x' : key)) as T;
  }
  if (typeof to !== 'object' || to === null || typeof from !== 'object' || from === null) return to;
  const entries = Object.entries(to).map(([name, value]) => [
    name,
    between(Reflect.get(from, name), value, share, name),
  ]);
  return Object.fromEntries(entries) as T;
}

function moved<T>(from: readonly T[], to: readonly T[], share: number, key: (shape: T) => string): readonly T[] {
  const known = new Map(from.map((shape) => [key(shape), shape]));
  return to.map((shape) => {
    const before = known.get(key(shape));
    return before === undefined ? shape : between(before, shape, share);
  });
}

/**
 * The drawing at a moment of a change. Tree items are those of the new one: the keyboard does not wait.
 * @param share 0 = as before, 1 = as it will be.
 */
export function tweenScene(from: Scene, to: Scene, share: number): Scene {
  if (share >= 1 || from.density !== to.density) return to;
  return {
    ...to,
    hosts: moved(from.hosts, to.hosts, share, (host) => String(host.numaNode)),
    plates: moved(from.plates, to.plates, share, (plate) => plate.node),
    cards: moved(from.cards, to.cards, share, (card) => card.node),
    slots: moved(from.slots, to.slots, share, (slot) => slot.port),
    ports: moved(from.ports, to.ports, share, (port) => `${port.node} ${port.side}`),
    links: moved(from.links, to.links, share, (link) => `${link.upper} ${link.lower ?? ''}`),
    stubs: moved(from.stubs, to.stubs, share, (stub) => stub.lower),
    dimms: moved(from.dimms, to.dimms, share, (dimm) => dimm.label),
  };
}

/** How far something kept its place: the move of a node that is in both drawings, of its middle where it was folded; none if there is none. */
export function moveOf(from: Scene, to: Scene, nodes: readonly string[]): { readonly x: number; readonly y: number } {
  const items = (scene: Scene) => new Map(scene.tree.map((item) => [item.id, item]));
  const [before, after] = [items(from), items(to)];
  for (const node of nodes) {
    const old = before.get(from.itemOfNode.get(node) ?? '');
    const now = after.get(to.itemOfNode.get(node) ?? '');
    if (old === undefined || now === undefined) continue;
    const middle = old.shape === now.shape ? 0 : (now.rect.width - old.rect.width) / 2;
    return { x: now.rect.x - old.rect.x + middle, y: now.rect.y - old.rect.y };
  }
  return { x: 0, y: 0 };
}
