import { describe, expect, test } from 'vitest';
import type { TopologyDocument } from '../../topology/document.ts';
import { addPart } from '../../topology/edit/commands.ts';
import { targetsFor } from '../../topology/edit/targets.ts';
import type { PartId } from '../../topology/edit/api.ts';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import { layoutMachine } from '../layout/layoutMachine.ts';
import type { Scene } from '../layout/sceneModel.ts';
import { targetAt, targetPlaces } from './targets.ts';
import { moveOf, tweenScene } from './tweenScene.ts';

const NONE: ReadonlySet<string> = new Set();

function drawn(document: TopologyDocument, keep?: string, collapsed = NONE): Scene {
  const editing = { collapsed, keep };
  return layoutMachine(document, undefined, { density: 'full', width: 864, height: 636, editing });
}

function added(document: TopologyDocument, part: PartId, port: string): TopologyDocument {
  const result = addPart(document, { part }, { kind: 'port', node: port });
  if (!result.ok) throw new Error(result.error.message);
  return result.value.document;
}

function rectOf(scene: Scene, node: string) {
  return scene.tree.find((item) => item.id === scene.itemOfNode.get(node))?.rect;
}

describe('the drawing of a machine that is being built', () => {
  const before = drawn(defaultMachine);
  const after = drawn(added(defaultMachine, 'gpu', 'sw0-p3'), before.style);

  test.each(['pcie0', 'sw0', 'iopmem0', 'nic0', 'iopmem1', 'nvme0'])(
    '%s keeps its place when a card is plugged into the empty slot',
    (node) => expect(rectOf(after, node)).toEqual(rectOf(before, node)),
  );

  test('the whole is as large as before', () => expect(after.bounds).toEqual(before.bounds));

  test('a switch that is folded is one card, with everything below it', () => {
    const folded = drawn(defaultMachine, before.style, new Set(['sw0']));
    expect(folded.plates).toEqual([]);
    expect(folded.tree.find((item) => item.node === 'sw0')?.collapsed).toBe(true);
    expect(folded.itemOfNode.get('nic0')).toBe(folded.itemOfNode.get('sw0'));
  });

  test('a folded switch is counted by kind, and its middle is what the eye keeps', () => {
    const folded = drawn(defaultMachine, before.style, new Set(['sw0']));
    expect(folded.cards.find((card) => card.node === 'sw0')?.lines).toEqual(['2 × memory, 1 × NIC', '4 × port']);
    expect(folded.tree.find((item) => item.node === 'sw0')?.label).toContain('2 × memory, 1 × NIC');
    const middle = (scene: Scene): number => {
      const rect = rectOf(scene, 'sw0');
      return rect === undefined ? Number.NaN : rect.x + rect.width / 2;
    };
    expect(moveOf(before, folded, ['sw0']).x).toBe(middle(folded) - middle(before));
    expect(moveOf(before, after, ['sw0']).x).toBe(0);
  });

  test('halfway, things stand between their places, and lanes are those of the new drawing', () => {
    const { functions } = defaultMachine;
    const shorter = {
      ...defaultMachine,
      functions: functions.filter((fn) => fn.id !== 'iopmem0' && fn.id !== 'sw0-p0'),
    };
    const small = drawn(shorter, before.style);
    const half = tweenScene(before, small, 0.5);
    const [from, to, between] = [before, small, half].map((scene) => scene.cards.find((card) => card.node === 'nic0'));
    expect(between?.rect.x).toBeCloseTo(((from?.rect.x ?? 0) + (to?.rect.x ?? 0)) / 2);
    expect(half.links.map((link) => link.lanes)).toEqual(small.links.map((link) => link.lanes));
    expect(tweenScene(before, small, 1)).toBe(small);
  });

  test('the view can follow what is in both drawings', () => {
    expect(moveOf(before, after, ['nobody', 'pcie0'])).toEqual({ x: 0, y: 0 });
  });
});

describe('places on the drawing', () => {
  const scene = drawn(defaultMachine);
  const places = targetPlaces(scene, targetsFor(defaultMachine, { kind: 'part', request: { part: 'gpu' } }));

  test('letting go in an empty slot means its port', () => {
    const slot = scene.slots.find((shape) => shape.port === 'sw0-p3');
    const at = { x: (slot?.rect.x ?? 0) + 40, y: (slot?.rect.y ?? 0) + 40 };
    expect(targetAt(places, at)?.key).toBe('port:sw0-p3');
  });

  test('a port that is taken is found too, and refuses', () => {
    const port = scene.ports.find((shape) => shape.node === 'sw0-p1' && shape.side === 'bottom');
    const found = targetAt(places, { x: port?.x ?? 0, y: port?.y ?? 0 });
    expect(found?.key).toBe('port:sw0-p1');
    expect(found?.offer.legal).toBe(false);
  });

  test('nothing is found beside everything', () => {
    expect(
      targetAt(
        places.filter((place) => place.offer.target.kind === 'port'),
        { x: -500, y: -500 },
      ),
    ).toBeUndefined();
  });
});
