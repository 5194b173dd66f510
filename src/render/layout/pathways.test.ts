import { expect, test } from 'vitest';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { findPreset } from '../../topology/presets/presets.ts';
import { benchDescription, benchDocument } from '../benchMachine.ts';
import { layoutMachine } from './layoutMachine.ts';
import { Pathways } from './pathways.ts';
import type { Scene } from './sceneModel.ts';
import type { Track } from './track.ts';

interface Drawn {
  readonly document: TopologyDocument;
  readonly scene: Scene;
  readonly ways: Pathways;
  readonly segment: (upper: NodeId, direction: 0 | 1) => number;
}

function drawn(document: TopologyDocument): Drawn {
  const machine = benchDescription(document);
  const scene = layoutMachine(document, machine, { density: 'full', width: 1048, height: 652 });
  const parents = new Map(document.functions.map((fn) => [fn.id, fn.parent]));
  const ways = new Pathways(scene, machine, parents);
  const segment = (upper: NodeId, direction: 0 | 1): number =>
    (machine.links.find((link) => link.upper === upper)?.index ?? Number.NaN) * 2 + direction;
  return { document, scene, ways, segment };
}

function preset(id: string): Drawn {
  const found = findPreset(id);
  if (found === undefined) throw new Error(`no preset ${id}`);
  return drawn(found.document);
}

const at = (track: Track | undefined, distance: number): readonly number[] => {
  const out = new Float64Array(4);
  track?.pointAt(distance, out);
  return [out[0] ?? 0, out[1] ?? 0].map((value) => Math.round(value * 10) / 10);
};
const startOf = (track: Track | undefined): readonly number[] => at(track, 0);
const endOf = (track: Track | undefined): readonly number[] => at(track, track?.length ?? 0);

/** The way from one segment on to another joins both without a gap. */
function expectJoined({ ways }: Drawn, from: number, to: number): void {
  const inner = ways.inner(from, to);
  expect(inner, `${from} to ${to}`).toBeDefined();
  expect(startOf(inner)).toEqual(endOf(ways.segment(from)));
  expect(endOf(inner)).toEqual(startOf(ways.segment(to)));
}

test('a peer write turns round inside the switch without a gap', () => {
  const machine = preset('default');
  expectJoined(machine, machine.segment('sw0-p1', 1), machine.segment('sw0-p0', 0));
});

test('a redirected write goes up, turns round in the root complex, and comes down again', () => {
  const machine = preset('acs-redirect-allowed');
  expectJoined(machine, machine.segment('sw0-p1', 1), machine.segment('rp0', 1));
  expectJoined(machine, machine.segment('rp0', 1), machine.segment('rp0', 0));
  expectJoined(machine, machine.segment('rp0', 0), machine.segment('sw0-p0', 0));
});

test('links of different switches do not meet inside one', () => {
  const machine = drawn(benchDocument());
  expect(machine.ways.inner(machine.segment('s0r0x0-p0', 1), machine.segment('s0r0x1-p0', 0))).toBeUndefined();
});

test('writes to memory end at the module that holds the address, one block after the other', () => {
  const { ways, scene, segment } = preset('default');
  const root = segment('rp0', 1);
  const memory = ways.segmentCount;
  scene.dimms.forEach((dimm, index) => {
    const place = ways.placeOf(memory, index * 256, 256);
    expect(ways.isMemory(place)).toBe(true);
    const [x, y] = endOf(ways.inner(root, place));
    expect(x).toBe(dimm.rect.x);
    expect(y).toBe(dimm.bus.writeY);
  });
});

test('what the cores and the engine in the root complex send leaves by the root port', () => {
  const { ways, segment } = preset('default');
  const down = segment('rp0', 0);
  for (const node of ['cpu', 'dma0']) {
    const place = ways.insidePlace(node);
    expect(place).toBeDefined();
    expect(endOf(ways.inner(place ?? -1, down))).toEqual(startOf(ways.segment(down)));
  }
});

test('memory is reached from every socket', () => {
  const { ways, segment } = drawn(benchDocument());
  const place = ways.placeOf(ways.segmentCount, 0, 256);
  const near = ways.inner(segment('s0r0', 1), place);
  const far = ways.inner(segment('s3r1', 1), place);
  expect(near).toBeDefined();
  expect(far?.length ?? 0).toBeGreaterThan(near?.length ?? Infinity);
  expect(endOf(far)).toEqual(endOf(near));
});
