/*
 * Dumps of machines nobody on this project wrote. Each comes as registers and as text: both are imported and
 * must agree, and both must agree with what the kernel and lspci said elsewhere about the same machine.
 */
import { describe, expect, test } from 'vitest';
import { processorTime_ms } from '../../tests/support/processorTime.ts';
import { sharedFile, sharedFolder, skipWithoutShared } from '../../tests/support/shared.ts';
import { MIB } from '../base/units.ts';
import { bdf, segmentBdfText } from '../core/pcie/bdf.ts';
import type { FunctionSpec } from '../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { parseDocument } from '../topology/parseDocument.ts';
import { serializeDocument } from '../topology/serializeDocument.ts';
import { importText, type ImportResult } from './importText.ts';

const absent = skipWithoutShared('real dumps');
const QEMU = sharedFolder('fixtures/qemu').filter(
  (name) => sharedFile(`fixtures/qemu/${name}/lspci-xxxx.txt`) !== undefined,
);
/** Text of whole machines and of parts, and dumps of registers. */
const HARDWARE = [
  'hwloc/2pa-pcidomain32bits/lspci-vvv.txt',
  'hwloc/2pa-pcidomain32bits/lspci-x.txt',
  'hwloc/32intel64-2p8co2t+8ve/lspci-vvv.txt',
  'hwloc/32intel64-2p8co2t+8ve/lspci-x.txt',
  'hwloc/40intel64-2g2n4c+pcilocality/lspci-vvv.txt',
  'hwloc/40intel64-2g2n4c+pcilocality/lspci-x.txt',
  'pciee/supermicro-4028gr-tvrt/lspci.vvv.txt',
  'pciee/thinkstation-p920/lspci.full.txt',
  'py-lspci/pci_data.txt',
  'stelline/asus-esc8000a-e12/lspci-vvv-some.txt',
  ...sharedFolder('fixtures/hardware/pciutils')
    .filter((name) => !/lspci-(?:tv|pp)/.test(name))
    .map((name) => `pciutils/${name}`),
];

function file(path: string): string {
  return sharedFile(`fixtures/${path}`) ?? '';
}

function imported(...paths: readonly string[]): ImportResult {
  const result = importText(
    paths.map((path) => ({ name: path, text: file(path) })),
    { keepIdentifiers: true },
  );
  if (!result.ok)
    throw new Error(result.error.map((problem) => `${problem.code} ${problem.path} ${problem.message}`).join('\n'));
  return result.value;
}

/** Bus of every function: the secondary bus of its parent, or the root bus. */
function places(document: TopologyDocument): Map<string, FunctionSpec> {
  const byId = new Map(document.functions.map((fn) => [fn.id, fn]));
  const roots = new Map(document.hostBridges.map((bridge) => [bridge.id, bridge]));
  const segmentOf = (fn: FunctionSpec): number => {
    const parent = byId.get(fn.parent);
    return parent === undefined ? (roots.get(fn.parent)?.segment ?? 0) : segmentOf(parent);
  };
  return new Map(
    document.functions.map((fn) => {
      const bus = byId.get(fn.parent)?.firmware?.buses?.secondary ?? roots.get(fn.parent)?.rootBus ?? 0;
      return [segmentBdfText(segmentOf(fn), bdf(bus, fn.device, fn.fn)), fn];
    }),
  );
}

/** `00:01.0/03:00.0` of every function, from the document's tree. */
function paths(document: TopologyDocument): Set<string> {
  const names = new Map([...places(document)].map(([place, fn]) => [fn.id, place]));
  const byId = new Map(document.functions.map((fn) => [fn.id, fn]));
  const pathOf = (fn: FunctionSpec): string => {
    const parent = byId.get(fn.parent);
    const own = names.get(fn.id) ?? '';
    return parent === undefined ? own : `${pathOf(parent)}/${own.slice(own.indexOf(':') + 1)}`;
  };
  return new Set(document.functions.map(pathOf));
}

/** The ways `lspci -PP` printed. */
function printedPaths(text: string): Set<string> {
  const found = text.split('\n').flatMap((line) => /^[0-9a-f:./]+(?= )/.exec(line)?.[0] ?? []);
  return new Set(found.map((path) => (/^[0-9a-f]{4,}:/.test(path) ? path : `0000:${path}`)));
}

/** `[function]` and its BARs by index, from sysfs. */
function sysfsBars(text: string): Map<string, Map<number, { address: number; sizeBytes: number }>> {
  const found = new Map<string, Map<number, { address: number; sizeBytes: number }>>();
  let current = new Map<number, { address: number; sizeBytes: number }>();
  let index = 0;
  for (const line of text.split('\n')) {
    const header = /^\[([0-9a-f:.]+)\]/.exec(line);
    if (header !== null) {
      current = new Map();
      found.set(header[1] ?? '', current);
      index = 0;
      continue;
    }
    const [start = '', end = '', flags = ''] = line.trim().split(/\s+/);
    if (!start.startsWith('0x')) continue;
    if (index < 6 && Number(flags) !== 0 && Number(end) !== 0) {
      current.set(index, { address: Number(start), sizeBytes: Number(end) - Number(start) + 1 });
    }
    index++;
  }
  return found;
}

/**
 * POWER: bus addresses differ from the processor's, and lspci and sysfs print the processor's (and the width the
 * kernel gave the resource), so text and registers cannot agree
 * about addresses.
 */
const CPU_ADDRESSES = new Set(['ppc64-pseries-three-domains']);

function withoutAddresses(seen: unknown): unknown {
  const { bars: _bars, firmware, ...rest } = Object(seen);
  return { ...rest, buses: firmware.buses };
}

/** What registers and text must both say about a function. */
function view(fn: FunctionSpec): unknown {
  const { command: _command, ...firmware } = fn.firmware ?? {};
  return {
    kind: fn.kind,
    place: `${fn.device}.${fn.fn}`,
    revision: fn.identity.revision,
    classCode: fn.identity.classCode,
    link: fn.link,
    mps: [fn.mpsSupportedBytes, fn.mpsBytes, fn.mrrsBytes],
    acs: fn.acs,
    slot: fn.slot,
    serialNumber: fn.serialNumber,
    interruptPin: fn.interruptPin ?? 0,
    ats: fn.capabilities?.ats,
    firmware,
    bars: fn.bars.map(({ index, space, widthBits, prefetchable }) => ({ index, space, widthBits, prefetchable })),
    virtual: fn.virtualFunctionOf !== undefined,
  };
}

/** UEFI opened windows of 512 MiB for a BAR of 256 MiB: alignment and windows allow more than there is. */
const ROOMY_WINDOWS = new Set(['switch-3-endpoints-uefi']);

/** Ports 1f0, 3f6, 170 and 376 of an IDE controller in compatibility mode: the kernel adds them, no register has them. */
const isLegacyIde = (fn: FunctionSpec): boolean => fn.identity.classCode === 0x010180;

describe.skipIf(absent).each(QEMU)('qemu/%s', (name) => {
  const folder = `qemu/${name}`;
  const raw = imported(`${folder}/lspci-xxxx.txt`);
  const text = imported(`${folder}/lspci-vvv.txt`);
  const both = imported(`${folder}/lspci-xxxx.txt`, `${folder}/lspci-vvv.txt`);

  test('the tree is the one lspci -PP prints', () => {
    const printed = printedPaths(file(`${folder}/lspci-pp.txt`));
    expect(paths(raw.document)).toEqual(printed);
    expect(paths(text.document)).toEqual(printed);
  });

  test('registers and text say the same', () => {
    const seen = (fn: FunctionSpec | undefined): unknown =>
      fn && (CPU_ADDRESSES.has(name) ? withoutAddresses(view(fn)) : view(fn));
    const fromText = places(text.document);
    for (const [place, fn] of places(raw.document))
      expect([place, seen(fromText.get(place))]).toEqual([place, seen(fn)]);
  });

  test('sizes and addresses are those of sysfs', () => {
    const truth = sysfsBars(file(`${folder}/resource.txt`));
    for (const [place, fn] of places(both.document)) {
      if (fn.virtualFunctionOf !== undefined) continue;
      const stated = new Map([...(truth.get(place) ?? [])].filter(([, bar]) => bar.sizeBytes >= 4));
      if (CPU_ADDRESSES.has(name)) {
        expect([place, fn.bars.map((bar) => bar.sizeBytes)]).toEqual([
          place,
          [...stated.values()].map((bar) => bar.sizeBytes),
        ]);
        continue;
      }
      const bars = new Map(
        fn.bars.map((bar) => [bar.index, { address: fn.firmware?.bars?.[bar.index] ?? 0, sizeBytes: bar.sizeBytes }]),
      );
      expect([place, bars]).toEqual([
        place,
        isLegacyIde(fn) ? new Map([...stated].filter(([index]) => index > 3)) : stated,
      ]);
    }
  });

  test('sizes that registers cannot say are bounded by the neighbours, and right for device memory', () => {
    const truth = places(both.document);
    const starts = [...truth.values()].flatMap((fn) => Object.values(fn.firmware?.bars ?? {}));
    for (const [place, fn] of places(raw.document)) {
      for (const bar of fn.bars) {
        const address = fn.firmware?.bars?.[bar.index];
        const real = truth.get(place)?.bars.find((other) => other.index === bar.index)?.sizeBytes ?? 0;
        if (address === undefined || bar.space === 'io') continue;
        expect(starts.filter((start) => start > address && start < address + bar.sizeBytes)).toEqual([]);
        if (real >= 64 * MIB && !ROOMY_WINDOWS.has(name))
          expect([place, bar.index, bar.sizeBytes]).toEqual([place, bar.index, real]);
      }
    }
  });

  test('nothing is odd but what is known to be', () => {
    const odd = (result: ImportResult): readonly string[] =>
      result.warnings.map((warning) => warning.code).filter((code) => code !== 'NO_CAPABLE_PAIR');
    expect(odd(raw)).toEqual(CPU_ADDRESSES.has(name) ? ['BUS_ADDRESSES_SHARED'] : []);
    expect(odd(text)).toEqual([]);
  });

  test('documents are valid and survive being saved', () => {
    for (const { document } of [raw, text, both]) {
      expect(parseDocument(serializeDocument(document))).toEqual({ ok: true, value: document });
    }
  });
});

describe.skipIf(absent).each(absent ? [] : HARDWARE)('hardware/%s', (path) => {
  const result = imported(`hardware/${path}`);

  test('imports into a valid document that survives being saved', () => {
    expect(parseDocument(serializeDocument(result.document))).toEqual({ ok: true, value: result.document });
    expect(result.counts.problem).toBe(0);
  });
});

describe.skipIf(absent)('hardware in two views', () => {
  test.each(['2pa-pcidomain32bits', '32intel64-2p8co2t+8ve', '40intel64-2g2n4c+pcilocality'])(
    'hwloc/%s: the text and the first 64 bytes give one machine',
    (name) => {
      const folder = `hardware/hwloc/${name}`;
      const text = places(imported(`${folder}/lspci-vvv.txt`).document);
      const raw = places(imported(`${folder}/lspci-x.txt`).document);
      expect([...text.keys()]).toEqual([...raw.keys()]);
      for (const [place, fn] of raw) {
        const other = text.get(place);
        expect([place, other?.kind, other?.firmware?.buses]).toEqual([place, fn.kind, fn.firmware?.buses]);
      }
    },
  );

  test.each([
    ['pciutils/tree-asus-p6t6', 'pciutils/tree-asus-p6t6.txt', 'pciutils/tree-asus-p6t6.lspci-pp.txt'],
    ['pciutils/tree-fsl-p2020', 'pciutils/tree-fsl-p2020.txt', 'pciutils/tree-fsl-p2020.lspci-pp.txt'],
    [
      'the server with eight V100',
      'pciee/supermicro-4028gr-tvrt/lspci.vvv.txt',
      'pciee/supermicro-4028gr-tvrt/lspci.vvv.txt',
    ],
  ])('%s: the tree is the one lspci -PP prints', (_name, dump, printed) => {
    expect(paths(imported(`hardware/${dump}`).document)).toEqual(printedPaths(file(`hardware/${printed}`)));
  });
});

describe.skipIf(absent).each(['lspci-xxxx.txt', 'lspci-vvv.txt'])('qemu/sriov-nvme/%s', (name) => {
  test('has four virtual functions, whose own registers do not know who they are', () => {
    const { document } = imported(`qemu/sriov-nvme/${name}`);
    const virtual = document.functions.filter((fn) => fn.virtualFunctionOf !== undefined);
    expect(virtual.map((fn) => [fn.id, fn.virtualFunctionOf, fn.fn, fn.bars])).toEqual(
      [1, 2, 3, 4].map((number) => [`nvme0-vf${number - 1}`, 'nvme0', number, []]),
    );
    for (const fn of virtual)
      expect(fn.identity).toMatchObject({ vendorId: 0x1b36, deviceId: 0x0010, classCode: 0x010802 });
  });
});

describe.skipIf(absent)('the server with eight V100', () => {
  const server = (): ImportResult => imported('hardware/pciee/supermicro-4028gr-tvrt/lspci.vvv.txt');
  const gpusOf = ({ document }: ImportResult): readonly FunctionSpec[] =>
    document.functions.filter((fn) => fn.model?.type === 'gpu' && fn.observed?.description?.includes('V100'));

  test('has eight accelerators, two by two below the downstream ports of four switches', () => {
    const { document } = server();
    const gpus = gpusOf(server());
    expect(gpus).toHaveLength(8);
    const ports = gpus.map((gpu) => document.functions.find((fn) => fn.id === gpu.parent));
    expect(ports.every((port) => port?.kind === 'downstreamPort')).toBe(true);
    expect(new Set(ports.map((port) => port?.parent)).size).toBe(4);
  });
  test('its idle links are taken at full speed, and that is said', () => {
    const result = server();
    for (const gpu of gpusOf(result)) expect(gpu.link).toMatchObject({ maxGen: 3, maxWidth: 16 });
    expect(result.assumptions.map((assumption) => assumption.code)).toContain('LINK_SPEED_FROM_CAPABILITY');
  });
  test('two sockets are two host bridges', () => {
    expect(server().document.hostBridges.map((bridge) => [bridge.rootBus, bridge.numaNode])).toEqual(
      expect.arrayContaining([
        [0x00, 0],
        [0x80, 1],
      ]),
    );
  });
});

test.skipIf(absent)('the largest dump imports in less than 300 ms', () => {
  const inputs = [{ name: 'a', text: file('hardware/pciee/supermicro-4028gr-tvrt/lspci.vvv.txt') }];
  // The first run also compiles; the best of five is the importer's own time.
  const runs = Array.from({ length: 5 }, () => processorTime_ms(() => void importText(inputs)));
  expect(Math.min(...runs)).toBeLessThan(300);
});
