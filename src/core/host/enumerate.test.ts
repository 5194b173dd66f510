import { describe, expect, it } from 'vitest';
import { boot } from '../../../tests/support/boot.ts';
import type { BootedMachine } from '../../../tests/support/boot.ts';
import { GIB, MIB, TEST_BRIDGE, bar, functionsBelow, machine } from '../../../tests/support/machineBuilder.ts';
import type { FunctionNode } from '../../../tests/support/machineBuilder.ts';
import { buildConfigSpaces } from '../config/buildConfigSpace.ts';
import { findCapability } from '../config/capability.ts';
import { SRIOV, SRIOV_FIRST_VF_OFFSET } from '../config/extendedCapabilities.ts';
import { ConfigFabric } from '../models/configFabric.ts';
import { segmentBdfText } from '../pcie/bdf.ts';
import type { FirmwareState, HostBridgeSpec, MachineSpec } from '../pcie/machineSpec.ts';
import { enumerate, enumerateOptionsOf, runAtBoot } from './enumerate.ts';

const LINK = { maxGen: 4, maxWidth: 8 } as const;

function port(
  id: string,
  device: number,
  below: readonly FunctionNode[],
  more: Partial<FunctionNode> = {},
): FunctionNode {
  return { id, kind: 'downstreamPort', device, link: LINK, below, ...more };
}
function root(
  id: string,
  device: number,
  below: readonly FunctionNode[],
  more: Partial<FunctionNode> = {},
): FunctionNode {
  return { ...port(id, device, below, more), kind: 'rootPort' };
}
function endpoint(id: string, more: Partial<FunctionNode> = {}): FunctionNode {
  return { id, kind: 'endpoint', link: LINK, ...more };
}
function switchOf(id: string, below: readonly FunctionNode[]): FunctionNode {
  return { id, kind: 'upstreamPort', link: LINK, below };
}

function buses({ at }: BootedMachine, bdf: string): string {
  const { primary, secondary, subordinate } = at(`0000:${bdf}`)?.buses ?? {
    primary: -1,
    secondary: -1,
    subordinate: -1,
  };
  return `${primary}/${secondary}/${subordinate}`;
}
const found = ({ view }: BootedMachine): readonly string[] =>
  view.functions.map((entry) => segmentBdfText(entry.segment, entry.bdf).slice(5));
const messages = ({ view }: BootedMachine, severity: string): readonly string[] =>
  view.diagnostics.filter((entry) => entry.severity === severity).map((entry) => entry.message);

describe('finding functions', () => {
  it('needs function 0 of a device (F-2)', () => {
    expect(found(boot(machine([{ id: 'a', kind: 'rcEndpoint', device: 3, fn: 5 }])))).toEqual([]);
  });

  it('looks at further functions, over holes, if the first says there are several (F-3)', () => {
    const nodes = [0, 2, 5].map((fn): FunctionNode => ({ id: `f${fn}`, kind: 'rcEndpoint', device: 3, fn }));
    const booted = boot(machine(nodes));
    expect(found(booted)).toEqual(['00:03.0', '00:03.2', '00:03.5']);
    expect(booted.view.functions.map((entry) => entry.multiFunction)).toEqual([true, true, true]);
  });

  it('finds nothing but device 0 below a port (F-1, C-3)', () => {
    expect(found(boot(machine([root('r', 1, [endpoint('a'), endpoint('b', { device: 1 })])])))).toEqual([
      '00:01.0',
      '01:00.0',
    ]);
  });

  it('finds all devices of a conventional bus', () => {
    const below = [2, 5].map((device): FunctionNode => ({ id: `d${device}`, kind: 'pciDevice', device }));
    expect(found(boot(machine([{ id: 'b', kind: 'pciBridge', device: 1, below }])))).toEqual([
      '00:01.0',
      '01:02.0',
      '01:05.0',
    ]);
  });

  it('waits for a function that answers "retry", where the root port lets it see that (C-4)', () => {
    const spec = machine([root('r', 1, [endpoint('a')])]);
    const fabric = new ConfigFabric(spec, buildConfigSpaces(spec));
    fabric.setNotReady('a', 3);
    const waits: number[] = [];
    const process = enumerate(enumerateOptionsOf(spec));
    let step = process.next();
    while (step.done !== true) {
      const request = step.value;
      if (request.kind === 'delay') waits.push(request.duration_ps);
      if (request.kind === 'configWrite')
        fabric.write(request.segment, request.bdf, request.offset, request.bytes, request.value);
      step = process.next(
        request.kind === 'configRead'
          ? fabric.read(request.segment, request.bdf, request.offset, request.bytes)
          : undefined,
      );
    }
    expect(waits.length).toBe(3);
    expect(step.value.functions.length).toBe(2);
  });

  it('does not find what is behind a disabled link', () => {
    expect(found(boot(machine([root('r', 1, [endpoint('a')], { link: { ...LINK, disabled: true } })])))).toEqual([
      '00:01.0',
    ]);
  });

  it('finds virtual functions through their physical one, and their BARs in its VF BARs', () => {
    const virtual = [1, 2].map((fn): FunctionNode =>
      endpoint(`v${fn}`, {
        device: 0,
        fn,
        virtualFunctionOf: 'p',
        bars: [bar(0, 16384, 64, true)],
        identity: { deviceId: 0x1234 },
      }),
    );
    const booted = boot(machine([root('r', 1, [endpoint('p', { bars: [bar(0, MIB, 64, true)] }), ...virtual])]));
    expect(found(booted)).toEqual(['00:01.0', '01:00.0', '01:00.1', '01:00.2']);
    const [first, second] = [booted.at('0000:01:00.1'), booted.at('0000:01:00.2')];
    expect([first?.vendorId, first?.deviceId, first?.physicalFunction]).toEqual([0x1b36, 0x1234, 1]);
    expect((second?.bars[0]?.address ?? 0) - (first?.bars[0]?.address ?? 0)).toBe(16384);
    expect(
      booted.fabric.read(0, second?.bdf ?? first?.bdf ?? booted.view.functions[0]?.bdf ?? expect.fail(), 0, 4),
    ).toBe(0xffffffff);
  });
});

describe('virtual functions on the next bus', () => {
  it('get a bus number before any bridge below is numbered (N-2)', () => {
    const nodes = [
      root('r0', 1, [endpoint('p', { device: 0 }), endpoint('v', { device: 0, fn: 1, virtualFunctionOf: 'p' })]),
      root('r1', 2, [endpoint('b')]),
    ];
    const spec = machine(nodes);
    const configs = buildConfigSpaces(spec);
    const physical = configs.get('p') ?? expect.fail();
    const sriov = findCapability(physical, SRIOV) ?? 0;
    physical.pokeFields(SRIOV_FIRST_VF_OFFSET, sriov, { offset: 0x100 });
    const view = runAtBoot(enumerate(enumerateOptionsOf(spec)), new ConfigFabric(spec, configs));
    expect(view.functions.map((entry) => segmentBdfText(entry.segment, entry.bdf).slice(5))).toEqual([
      '00:01.0',
      '01:00.0',
      '02:00.0',
      '00:02.0',
      '03:00.0',
    ]);
    expect(view.functions[0]?.buses).toEqual({ primary: 0, secondary: 1, subordinate: 2 });
    expect(view.functions[2]?.physicalFunction).toBe(1);
  });
});

describe('a header of another layout', () => {
  it('is found and left alone', () => {
    const bytes = new Uint8Array(256);
    bytes.set([0x4c, 0x10, 0x56, 0xac, 0x07, 0, 0x10, 0x02, 0, 0, 0x07, 0x06, 0, 0, 0x02, 0]);
    const configImage = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    const identity = { vendorId: 0x104c, deviceId: 0xac56, classCode: 0x060700 };
    const booted = boot(
      machine([{ id: 'c', kind: 'pciDevice', device: 4, configImage, identity }], { start: 'firmware' }),
    );
    expect(found(booted)).toEqual(['00:04.0']);
    expect(Array.from(booted.configs.get('c')?.bytes ?? [])).toEqual(Array.from(bytes));
  });
});

describe('alternative routing IDs (F-4)', () => {
  it('reach functions beyond the seventh, and every function of the device through its chain', () => {
    const nodes = [
      endpoint('f0', { device: 0, fn: 0 }),
      endpoint('f2', { device: 0, fn: 2 }),
      endpoint('v', { device: 1, fn: 4, virtualFunctionOf: 'f0' }),
    ];
    const booted = boot(machine([root('r', 1, nodes)]));
    expect(found(booted)).toEqual(['00:01.0', '01:00.0', '01:00.2', '01:01.4']);
  });
});

describe('numbering', () => {
  const TREE = [
    root('r0', 1, [switchOf('u', [port('d0', 0, [endpoint('a')]), port('d1', 1, [])])]),
    root('r1', 2, [endpoint('b')]),
  ];

  it('gives an empty port a number of its own (N-6)', () => {
    const booted = boot(machine(TREE));
    expect(['00:01.0', '01:00.0', '02:00.0', '02:01.0', '00:02.0'].map((bdf) => buses(booted, bdf))).toEqual([
      '0/1/4',
      '1/2/4',
      '2/3/3',
      '2/4/4',
      '0/5/5',
    ]);
  });

  function firmware(numbers: Readonly<Record<string, readonly [number, number, number]>>): MachineSpec {
    const state = (id: string): { readonly firmware?: FirmwareState } => {
      const [primary, secondary, subordinate] = numbers[id] ?? [];
      return primary === undefined || secondary === undefined || subordinate === undefined
        ? {}
        : { firmware: { buses: { primary, secondary, subordinate } } };
    };
    const spec = machine(TREE, { start: 'firmware' });
    return { ...spec, functions: spec.functions.map((entry) => ({ ...entry, ...state(entry.id) })) };
  }

  it('keeps what firmware numbered consistently, and numbers the rest after it (N-3, N-5)', () => {
    const booted = boot(firmware({ r0: [0, 16, 31], u: [16, 17, 31], d0: [17, 20, 20] }));
    expect(['00:01.0', '10:00.0', '11:00.0', '11:01.0', '00:02.0'].map((bdf) => buses(booted, bdf))).toEqual([
      '0/16/31',
      '16/17/31',
      '17/20/20',
      '17/21/21',
      '0/32/32',
    ]);
  });

  it('clears and reassigns what is inconsistent, and says so (N-4)', () => {
    const booted = boot(firmware({ r0: [0, 9, 4] }));
    expect(buses(booted, '00:01.0')).toBe('0/1/4');
    expect(messages(booted, 'warning')).toEqual([
      'pci 0000:00:01.0: bridge configuration invalid ([bus 09-04]), reconfiguring',
    ]);
  });

  it('renumbers everything on request (N-9)', () => {
    const booted = boot(firmware({ r0: [0, 16, 31], u: [16, 17, 31] }), { kernelParameters: ['pci=assign-busses'] });
    expect(buses(booted, '00:01.0')).toBe('0/1/4');
  });

  it('reserves numbers for hot-plug ports if asked to (N-7)', () => {
    const nodes = [root('r0', 1, [], { slot: { number: 1, hotPlug: true } }), root('r1', 2, [endpoint('b')])];
    expect(buses(boot(machine(nodes)), '00:02.0')).toBe('0/2/2');
    const reserved = boot(machine(nodes), { kernelParameters: ['pci=hpbussize=4'] });
    expect([buses(reserved, '00:01.0'), buses(reserved, '00:02.0')]).toEqual(['0/1/4', '0/5/5']);
  });

  it("splits what firmware's range has spare between the hot-plug ports of a bus (N-7)", () => {
    const slot = { number: 1, hotPlug: true };
    const nodes = [
      root('r0', 1, [switchOf('u', [port('d0', 0, [], { slot }), port('d1', 1, [], { slot })])], {
        firmware: { buses: { primary: 0, secondary: 1, subordinate: 20 } },
      }),
    ];
    const booted = boot(machine(nodes, { start: 'firmware' }));
    expect(buses(booted, '01:00.0').startsWith('1/2/')).toBe(true);
    const [first, second] = [booted.at('0000:02:00.0')?.buses, booted.at('0000:02:01.0')?.buses];
    expect((first?.subordinate ?? 0) - (first?.secondary ?? 0)).toBeGreaterThan(5);
    expect(second?.subordinate).toBeLessThanOrEqual(20);
  });

  it('leaves what has no number unreachable, and reports it (N-8)', () => {
    const short: HostBridgeSpec = { ...TEST_BRIDGE, lastBus: 3 };
    const booted = boot(machine(TREE, { hostBridges: [short] }));
    expect(found(booted)).toEqual(['00:01.0', '01:00.0', '02:00.0', '03:00.0', '02:01.0', '00:02.0']);
    expect(booted.view.diagnostics.map((entry) => entry.code)).toEqual(['NO_BUS_NUMBER', 'NO_BUS_NUMBER']);
    expect(booted.at('0000:00:02.0')?.buses).toBeUndefined();
  });

  it('serves several host bridges, on one segment or several (N-10, C-1)', () => {
    const hostBridges: readonly HostBridgeSpec[] = [
      { ...TEST_BRIDGE, id: 'h0', lastBus: 0x7f },
      { ...TEST_BRIDGE, id: 'h1', rootBus: 0x80 },
      { ...TEST_BRIDGE, id: 'h2', segment: 0x10000 },
    ];
    const functions = hostBridges.flatMap(({ id }) =>
      functionsBelow(id, [root(`${id}r`, 1, [endpoint(`${id}e`, { bars: [bar(0, MIB, 64, true)] })])]),
    );
    const booted = boot(machine([], { hostBridges, functions }));
    expect(booted.view.functions.map((entry) => segmentBdfText(entry.segment, entry.bdf))).toEqual([
      '0000:00:01.0',
      '0000:01:00.0',
      '0000:80:01.0',
      '0000:81:00.0',
      '10000:00:01.0',
      '10000:01:00.0',
    ]);
    expect(
      booted.view.functions.map((entry) => entry.bars[0]?.address).filter((address) => address !== undefined),
    ).toEqual([0x40_0000_0000, 0x80_0000_0000, 0xc0_0000_0000]);
  });
});

describe('resources', () => {
  /** Two inner switches with 4 MiB and 1 MiB each: 5 MiB windows with 4 MiB alignment do not pack into their sum. */
  const inner = (id: string): FunctionNode =>
    switchOf(
      id,
      [4, 1].map((size, i) =>
        port(`${id}d${i}`, i, [endpoint(`${id}e${i}`, { bars: [bar(0, size * MIB, 64, true)] })]),
      ),
    );
  const NESTED = [root('r', 1, [switchOf('u', [port('d0', 0, [inner('a')]), port('d1', 1, [inner('b')])])])];

  it("fit under the packed rule where the kernel's sum is too small (W-6)", () => {
    expect(boot(machine(NESTED)).view.diagnostics).toEqual([]);
    const strict = boot(machine(NESTED, { windowRule: 'strict' }));
    expect(messages(strict, 'error')).toContain(
      "pci 0000:02:01.0: bridge window [mem size 0x00500000 64bit pref]: can't assign; no space",
    );
    expect(messages(strict, 'error')).toContain(
      "pci 0000:09:00.0: can't enable device: BAR 0 [mem size 0x00400000 64bit pref] not assigned",
    );
    expect(strict.at('0000:09:00.0')?.bars[0]?.address).toBeUndefined();
    expect(strict.fabric.read(0, strict.at('0000:09:00.0')?.bdf ?? expect.fail(), 4, 2)).toBe(0);
  });

  it('fit after windows that firmware made too small are released, if the kernel is told to (X-7)', () => {
    const window = (base: number): FirmwareState => ({ memoryWindow: { base, limit: base + MIB - 1 } });
    const numbers = [
      [0, 1, 3],
      [1, 2, 3],
      [2, 3, 3],
    ] as const;
    const state = (index: 0 | 1 | 2): FirmwareState => {
      const [primary, secondary, subordinate] = numbers[index];
      return { ...window(0xd0000000), buses: { primary, secondary, subordinate } };
    };
    const nodes = [
      root(
        'r',
        1,
        [
          {
            ...switchOf('u', [
              port('d', 0, [endpoint('e', { bars: [bar(0, 4 * MIB, 32, false)] })], { firmware: state(2) }),
            ]),
            firmware: state(1),
          },
        ],
        { firmware: state(0) },
      ),
    ];
    const spec = machine(nodes, { start: 'firmware' });
    expect(messages(boot(spec), 'error')).toEqual([
      "pci 0000:03:00.0: BAR 0 [mem size 0x00400000]: can't assign; no space",
    ]);
    const again = boot(spec, { kernelParameters: ['pci=realloc'] });
    expect(messages(again, 'error')).toEqual([]);
    expect(again.at('0000:03:00.0')?.bars[0]?.address).toBe(0xc0000000);
    expect(again.at('0000:00:01.0')?.windows?.memory).toEqual({ base: 0xc0000000, limit: 0xc03fffff });
  });

  it('drop what is only wished for before what is needed (W-4)', () => {
    const slot = { number: 1, hotPlug: true };
    const nodes = [
      root('r0', 1, [endpoint('a', { bars: [bar(0, MIB, 32, false)] })], { slot }),
      root('r1', 2, [], { slot }),
    ];
    const hostBridges = [{ ...TEST_BRIDGE, windows: { memory32: { base: 0xc0000000, limit: 0xc01fffff } } }];
    const booted = boot(machine(nodes, { hostBridges }));
    expect(booted.at('0000:01:00.0')?.bars[0]?.address).toBe(0xc0000000);
    expect(messages(booted, 'error')).toEqual([]);
    expect(messages(booted, 'note').length).toBeGreaterThan(0);
  });

  it('put 64-bit non-prefetchable memory below 4 GiB and 32-bit prefetchable into the memory window (5.1)', () => {
    const booted = boot(
      machine([root('r', 1, [endpoint('a', { bars: [bar(0, 2 * MIB, 64, false), bar(2, MIB, 32, true)] })])]),
    );
    expect(booted.at('0000:01:00.0')?.bars.map((entry) => entry.address)).toEqual([0xc0000000, 0xc0200000]);
    expect(booted.at('0000:00:01.0')?.windows).toEqual({
      io: undefined,
      memory: { base: 0xc0000000, limit: 0xc02fffff },
      prefetchable: undefined,
    });
  });

  it('go below 4 GiB when there is nothing above', () => {
    const hostBridges = [{ ...TEST_BRIDGE, windows: { memory32: { base: 0xc0000000, limit: 0xcfffffff } } }];
    const booted = boot(
      machine([root('r', 1, [endpoint('a', { bars: [bar(0, 16 * MIB, 64, true)] })])], { hostBridges }),
    );
    expect(booted.at('0000:01:00.0')?.bars[0]?.address).toBe(0xc0000000);
  });

  it('a function whose BAR fits nowhere stays disabled, and its neighbours work (X-6)', () => {
    const nodes = [
      root('r0', 1, [endpoint('big', { bars: [bar(0, 512 * GIB, 64, true)] })]),
      root('r1', 2, [endpoint('a', { bars: [bar(0, MIB, 64, true)] })]),
    ];
    const booted = boot(machine(nodes));
    expect(booted.at('0000:01:00.0')?.bars[0]?.address).toBeUndefined();
    expect(booted.at('0000:00:01.0')?.windows?.prefetchable).toBeUndefined();
    expect(booted.at('0000:02:00.0')?.bars[0]?.address).toBe(0x40_0000_0000);
    expect(booted.fabric.read(0, booted.at('0000:02:00.0')?.bdf ?? expect.fail(), 4, 2)).toBe(6);
  });

  it('keep firmware addresses that lie in their windows, and move the others (X-9)', () => {
    const nodes = [
      root(
        'r',
        1,
        [endpoint('a', { bars: [bar(0, MIB, 32, false)], firmware: { command: 6, bars: { 0: 0xd0100000 } } })],
        {
          firmware: {
            buses: { primary: 0, secondary: 1, subordinate: 1 },
            memoryWindow: { base: 0xd0000000, limit: 0xd02fffff },
          },
        },
      ),
      root(
        's',
        2,
        [endpoint('b', { bars: [bar(0, MIB, 32, false)], firmware: { command: 6, bars: { 0: 0xd0100000 } } })],
        {
          firmware: {
            buses: { primary: 0, secondary: 2, subordinate: 2 },
            memoryWindow: { base: 0xd0000000, limit: 0xd02fffff },
          },
        },
      ),
    ];
    const booted = boot(machine(nodes, { start: 'firmware' }));
    expect(booted.at('0000:01:00.0')?.bars[0]?.address).toBe(0xd0100000);
    expect(booted.at('0000:02:00.0')?.bars[0]?.address).toBe(0xc0000000);
    expect(messages(booted, 'warning')).toEqual([
      "pci 0000:00:02.0: bridge window [mem 0xd0000000-0xd02fffff]: can't claim; address conflict with [mem 0xd0000000-0xd02fffff]",
      "pci 0000:02:00.0: BAR 0 [mem 0xd0100000-0xd01fffff]: can't claim; no compatible bridge window",
    ]);
  });

  it('never ask more than a hundred requests a function', () => {
    const spec = machine([
      root('r', 1, [
        switchOf(
          'u',
          Array.from({ length: 30 }, (_, i) =>
            port(`d${i}`, i, [endpoint(`e${i}`, { bars: [bar(0, MIB, 64, true)] })]),
          ),
        ),
      ]),
    ]);
    const fabric = new ConfigFabric(spec, buildConfigSpaces(spec));
    let requests = 0;
    const counting = {
      read: (...place: Parameters<ConfigFabric['read']>): number => (requests++, fabric.read(...place)),
      write: (...place: Parameters<ConfigFabric['write']>): void => (requests++, fabric.write(...place)),
    };
    runAtBoot(enumerate(enumerateOptionsOf(spec)), counting);
    expect(requests / spec.functions.length).toBeLessThan(100);
  });
});
