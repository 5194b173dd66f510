import { describe, expect, it } from 'vitest';
import { functionsBelow, machine } from '../../../tests/support/machineBuilder.ts';
import type { FunctionNode } from '../../../tests/support/machineBuilder.ts';
import { buildConfigSpaces } from '../config/buildConfigSpace.ts';
import { linkRegistersOf } from '../config/decode.ts';
import { bdf } from '../pcie/bdf.ts';
import type { MachineSpec } from '../pcie/machineSpec.ts';
import { ConfigFabric } from './configFabric.ts';

const LINK = { maxGen: 4, maxWidth: 8 } as const;
const TREE: readonly FunctionNode[] = [
  { id: 'hb', kind: 'hostBridge' },
  {
    id: 'rp',
    kind: 'rootPort',
    device: 1,
    link: LINK,
    slot: { number: 1, hotPlug: true },
    below: [
      {
        id: 'u',
        kind: 'upstreamPort',
        link: { maxGen: 3, maxWidth: 16 },
        below: [
          {
            id: 'd',
            kind: 'downstreamPort',
            device: 2,
            link: LINK,
            below: [{ id: 'e', kind: 'endpoint', link: { maxGen: 5, maxWidth: 4 } }],
          },
        ],
      },
    ],
  },
];

function build(spec: MachineSpec = machine(TREE)): {
  readonly fabric: ConfigFabric;
  readonly configs: ReturnType<typeof buildConfigSpaces>;
} {
  const configs = buildConfigSpaces(spec);
  return { fabric: new ConfigFabric(spec, configs), configs };
}

/** Numbers the bridges of TREE by hand: 01, 02, 03. */
function number(fabric: ConfigFabric): void {
  fabric.write(0, bdf(0, 1, 0), 0x18, 4, 0x00ff0100);
  fabric.write(0, bdf(1, 0, 0), 0x18, 4, 0x00ff0201);
  fabric.write(0, bdf(2, 2, 0), 0x18, 4, 0x00030302);
  fabric.write(0, bdf(1, 0, 0), 0x1a, 1, 3);
  fabric.write(0, bdf(0, 1, 0), 0x1a, 1, 3);
}

describe('routing of configuration requests', () => {
  it('reaches the root bus at once, and nothing below an unnumbered bridge (C-2)', () => {
    const { fabric } = build();
    expect(fabric.nodeAt(0, bdf(0, 0, 0))).toBe('hb');
    expect(fabric.nodeAt(0, bdf(0, 1, 0))).toBe('rp');
    expect(fabric.read(0, bdf(1, 0, 0), 0, 4)).toBe(0xffffffff);
  });

  it('follows secondary and subordinate numbers, also while they are being assigned (C-2)', () => {
    const { fabric } = build();
    number(fabric);
    expect([bdf(1, 0, 0), bdf(2, 2, 0), bdf(3, 0, 0)].map((id) => fabric.nodeAt(0, id))).toEqual(['u', 'd', 'e']);
    expect(fabric.nodeAt(0, bdf(4, 0, 0))).toBeUndefined();
    fabric.write(0, bdf(0, 1, 0), 0x1a, 1, 2);
    expect(fabric.nodeAt(0, bdf(3, 0, 0))).toBeUndefined();
  });

  it('answers ones and swallows writes where no function is (C-3)', () => {
    const { fabric } = build();
    number(fabric);
    for (const id of [bdf(0, 5, 0), bdf(0, 1, 1), bdf(3, 1, 0), bdf(2, 0, 0)]) {
      fabric.write(0, id, 4, 2, 6);
      expect(fabric.read(0, id, 0, 4)).toBe(0xffffffff);
      expect(fabric.read(0, id, 0, 2)).toBe(0xffff);
    }
    expect(fabric.read(7, bdf(0, 0, 0), 0, 4)).toBe(0xffffffff);
  });

  it('captures the routing ID a function is written at', () => {
    const { fabric } = build();
    number(fabric);
    expect(fabric.routingIdOf('e')).toBeUndefined();
    fabric.write(0, bdf(3, 0, 0), 0x0c, 1, 0x10);
    expect(fabric.routingIdOf('e')).toBe(bdf(3, 0, 0));
  });

  it('keeps segments and bus ranges apart', () => {
    const bridge = { name: 'h', numaNode: 0 } as const;
    const hostBridges = [
      { ...bridge, id: 'h0', segment: 0, rootBus: 0, lastBus: 0x7f },
      { ...bridge, id: 'h1', segment: 0, rootBus: 0x80, lastBus: 0xff },
      { ...bridge, id: 'h2', segment: 0x10000, rootBus: 0, lastBus: 0xff },
    ];
    const functions = hostBridges.flatMap(({ id }) => functionsBelow(id, [{ id: `${id}f`, kind: 'rcEndpoint' }]));
    const { fabric } = build(machine([], { hostBridges, functions }));
    expect([
      fabric.nodeAt(0, bdf(0, 0, 0)),
      fabric.nodeAt(0, bdf(0x80, 0, 0)),
      fabric.nodeAt(0x10000, bdf(0, 0, 0)),
    ]).toEqual(['h0f', 'h1f', 'h2f']);
    expect(fabric.segmentOf('h2f')).toBe(0x10000);
  });

  it('repeats a retried read itself while retry is not visible (C-4)', () => {
    const { fabric } = build();
    number(fabric);
    fabric.setNotReady('e', 2);
    expect(fabric.read(0, bdf(3, 0, 0), 0, 4)).toBe(0x00101b36);
    fabric.setNotReady('e', 2);
    fabric.write(0, bdf(0, 1, 0), 0x9c, 2, 0x10);
    const reads = [1, 2, 3].map(() => fabric.read(0, bdf(3, 0, 0), 0, 4));
    expect(reads).toEqual([0xffff0001, 0xffff0001, 0x00101b36]);
  });
});

describe('links', () => {
  it('report the lower of both ends at both ends, and down where nothing is', () => {
    const { configs } = build(machine([...TREE, { id: 'empty', kind: 'rootPort', device: 2, link: LINK }]));
    const status = (id: string): string => {
      const registers = linkRegistersOf(configs.get(id) ?? expect.fail());
      return `gen ${registers?.speed} x${registers?.width}${registers?.active === true ? ' active' : ''}`;
    };
    expect(['rp', 'u', 'd', 'e', 'empty'].map(status)).toEqual([
      'gen 3 x8 active',
      'gen 3 x8',
      'gen 4 x4 active',
      'gen 4 x4',
      'gen 1 x0',
    ]);
  });

  it('go down when disabled, with everything below reset and unreachable', () => {
    const { fabric, configs } = build();
    number(fabric);
    fabric.write(0, bdf(0, 1, 0), 0x90, 2, 0x10);
    expect(fabric.linkBelow('rp').up).toBe(false);
    expect(fabric.nodeAt(0, bdf(1, 0, 0))).toBeUndefined();
    expect(configs.get('d')?.read(0x18, 4)).toBe(0);
    expect(linkRegistersOf(configs.get('u') ?? expect.fail())).toMatchObject({ speed: 1, width: 0 });
    fabric.write(0, bdf(0, 1, 0), 0x90, 2, 0);
    expect(fabric.nodeAt(0, bdf(1, 0, 0))).toBe('u');
    expect(linkRegistersOf(configs.get('rp') ?? expect.fail())).toMatchObject({ speed: 3, width: 8, active: true });
  });

  it('can be told that they trained to less', () => {
    const { fabric, configs } = build();
    fabric.setLinkBelow('rp', { up: true, gen: 1, width: 2 });
    for (const id of ['rp', 'u'])
      expect(linkRegistersOf(configs.get(id) ?? expect.fail())).toMatchObject({ speed: 1, width: 2 });
  });
});

describe('a secondary bus reset', () => {
  it('resets everything below, bus numbers of lower bridges too, and holds it unreachable', () => {
    const { fabric, configs } = build();
    number(fabric);
    const resets: string[] = [];
    for (const [id, config] of configs) config.onReset((kind) => resets.push(`${id} ${kind}`));
    fabric.write(0, bdf(3, 0, 0), 4, 2, 6);
    fabric.write(0, bdf(0, 1, 0), 0x3e, 2, 0x40);
    expect(resets).toEqual(['u hot', 'd hot', 'e hot']);
    expect(fabric.nodeAt(0, bdf(1, 0, 0))).toBeUndefined();
    fabric.write(0, bdf(0, 1, 0), 0x3e, 2, 0);
    expect(fabric.nodeAt(0, bdf(1, 0, 0))).toBe('u');
    expect(configs.get('u')?.read(0x18, 4)).toBe(0);
    expect(configs.get('e')?.read(4, 2)).toBe(0);
    expect(fabric.routingIdOf('e')).toBeUndefined();
  });
});
