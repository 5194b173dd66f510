import { expect, test } from 'vitest';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { layoutMachine } from './layout/layoutMachine.ts';
import { TreeWalk, type WalkKey } from './treeNavigation.ts';

const scene = layoutMachine(defaultMachine, undefined, { density: 'full', width: 1048, height: 652 });

function walk(from: string, ...keys: readonly WalkKey[]): string | undefined {
  const tree = new TreeWalk(scene.tree);
  return keys.reduce<string>((id, key) => tree.step(id, key)?.id ?? '', from);
}

test('down leads from the root complex through port and switch to the first device', () => {
  expect(walk('node:pcie0', 'ArrowDown', 'ArrowDown')).toBe('node:sw0');
  expect(walk('node:sw0', 'ArrowDown', 'ArrowDown')).toBe('node:iopmem0');
  expect(walk('node:iopmem0', 'ArrowDown')).toBe('node:iopmem0');
});

test('up leads towards the root and stops there', () => {
  expect(walk('node:nic0', 'ArrowUp')).toBe('node:sw0-p1');
  expect(walk('node:nic0', 'ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowUp')).toBe('node:pcie0');
});

test('left and right go through everything at the same depth, across switches', () => {
  expect(walk('node:sw0', 'ArrowRight')).toBe('node:nvme0');
  expect(walk('node:sw0-p0', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight')).toBe('node:sw0-p3');
});

test('every item can be reached from the first with arrows alone', () => {
  const tree = new TreeWalk(scene.tree);
  const seen = new Set<string>();
  const open = [scene.tree[0]?.id ?? ''];
  while (open.length > 0) {
    const id = open.pop() ?? '';
    if (seen.has(id)) continue;
    seen.add(id);
    for (const key of ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'] as const)
      open.push(tree.step(id, key)?.id ?? id);
  }
  expect([...seen].toSorted()).toEqual(scene.tree.map((item) => item.id).toSorted());
});
