import { describe, expect, it } from 'vitest';
import { dumpMachine } from '../../../tests/support/dumpMachine.ts';
import type { DumpBlock } from '../../../tests/support/lspciDump.ts';
import { parseDump } from '../../../tests/support/lspciDump.ts';
import { sharedFile, sharedFolder, skipWithoutShared } from '../../../tests/support/shared.ts';
import { boot } from '../../../tests/support/boot.ts';
import { machine } from '../../../tests/support/machineBuilder.ts';
import { hex } from '../../base/bits.ts';
import type { FunctionSpec, MachineSpec } from '../pcie/machineSpec.ts';
import { segmentBdfText } from '../pcie/bdf.ts';
import { buildConfigSpace, buildConfigSpaces } from './buildConfigSpace.ts';
import { findCapability, listCapabilities, listExtendedCapabilities } from './capability.ts';
import { ConfigSpace } from './configSpace.ts';
import {
  acsControlOf,
  barAddress,
  bridgeBuses,
  bridgeWindows,
  commandOf,
  deviceControlOf,
  portTypeOf,
} from './decode.ts';
import { DEVICE_CONTROL, EXPRESS } from './expressCapability.ts';
import { ACS } from './extendedCapabilities.ts';
import { lspciDump } from './lspciText.ts';
import { LONE_PLACE } from './places.ts';

const idOf = (block: DumpBlock): string => segmentBdfText(block.segment, block.bdf).replaceAll(':', '-');

function print(blocks: readonly DumpBlock[], configs: ReadonlyMap<string, ConfigSpace>): string {
  return lspciDump(
    blocks.flatMap((block) => {
      const config = configs.get(idOf(block));
      return config === undefined
        ? []
        : [{ segment: block.segment, bdf: block.bdf, config, description: block.description }];
    }),
  );
}

/** One line for 16 bytes of a function, sorted. */
function asText(blocks: readonly DumpBlock[]): string {
  return blocks
    .flatMap((block) => {
      const lines: string[] = [];
      for (let offset = 0; offset < block.bytes.length; offset += 16) {
        lines.push(
          `${idOf(block)} ${hex(offset, 3)} ${Array.from(block.bytes.subarray(offset, offset + 16), (byte) => hex(byte, 2)).join(' ')}`,
        );
      }
      return lines;
    })
    .sort()
    .join('\n');
}

/** Lines that differ, both ways. */
function differences(printed: string, expected: string): readonly string[] {
  if (printed === expected) return [];
  const [ours, theirs] = [printed.split('\n'), expected.split('\n')];
  const differing = Array.from(
    { length: Math.max(ours.length, theirs.length) },
    (_, i) => `${ours[i]} instead of ${theirs[i]}`,
  );
  return differing.filter((_, i) => ours[i] !== theirs[i]);
}

/** Each register that a document states, with its bits inverted: what is printed then comes from the document. */
function withSpoiledImage(spec: FunctionSpec): FunctionSpec {
  const bytes = Uint8Array.from({ length: (spec.configImage?.length ?? 0) / 2 }, (_, i) =>
    Number.parseInt((spec.configImage ?? '').slice(2 * i, 2 * i + 2), 16),
  );
  const invert = (offset: number, mask: readonly number[]): void =>
    mask.forEach((bits, i) => {
      if (offset + i < bytes.length) bytes[offset + i] = (bytes[offset + i] ?? 0) ^ bits;
    });
  const padded = new Uint8Array(4096);
  padded.set(bytes);
  const config = new ConfigSpace(padded);
  if (spec.virtualFunctionOf === undefined) invert(0x00, [0xff, 0xff, 0xff, 0xff]);
  invert(0x04, [0x47, 0x05]);
  invert(0x08, [0xff, 0xff, 0xff, 0xff]);
  if (spec.firmware?.buses !== undefined) invert(0x18, [0xff, 0xff, 0xff]);
  if (spec.firmware?.memoryWindow !== undefined) invert(0x20, [0xf0, 0xff, 0xf0, 0xff]);
  if (spec.firmware?.prefetchableWindow !== undefined) invert(0x24, [0xf0, 0xff, 0xf0, 0xff]);
  if (spec.firmware?.ioWindow !== undefined) invert(0x1c, [0xf0, 0xf0]);
  if (spec.virtualFunctionOf === undefined) {
    for (const bar of spec.bars)
      invert(
        0x10 + 4 * bar.index,
        bar.widthBits === 64 ? [0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff] : [0xfc, 0xff, 0xff, 0xff],
      );
  }
  const express = spec.mpsBytes === undefined ? undefined : findCapability(config, EXPRESS);
  if (express !== undefined) invert(express + DEVICE_CONTROL.offsetBytes, [0xe0, 0x70]);
  const acs = findCapability(config, ACS);
  if (acs !== undefined) invert(acs + 4, [0x7f, 0x00, 0x7f, 0x00]);
  return { ...spec, configImage: Array.from(bytes, (byte) => hex(byte, 2)).join('') };
}

const DUMPS: readonly (readonly [string, string, string])[] = [
  ...sharedFolder('fixtures/qemu').map(
    (name) => [name, `fixtures/qemu/${name}/lspci-xxxx.txt`, `fixtures/qemu/${name}/resource.txt`] as const,
  ),
  ...sharedFolder('fixtures/hardware/pciutils')
    .filter((name) => !name.includes('.lspci-'))
    .map((name) => [name, `fixtures/hardware/pciutils/${name}`, ''] as const),
  ...['2pa-pcidomain32bits', '32intel64-2p8co2t+8ve', '40intel64-2g2n4c+pcilocality'].map(
    (name) =>
      [name, `fixtures/hardware/hwloc/${name}/lspci-x.txt`, `fixtures/hardware/hwloc/${name}/resource.txt`] as const,
  ),
];

interface Dump {
  readonly blocks: readonly DumpBlock[];
  readonly spec: MachineSpec;
}
const read = new Map<string, Dump>();

/** Reading a dump takes longer than the tests on it. */
function specOf(dump: string, resources: string): Dump {
  const known = read.get(dump);
  if (known !== undefined) return known;
  const blocks = parseDump(sharedFile(dump) ?? '');
  const made = { blocks, spec: dumpMachine(blocks, resources === '' ? '' : (sharedFile(resources) ?? '')) };
  read.set(dump, made);
  return made;
}

describe.skipIf(skipWithoutShared('printing dumps back'))('a dumped machine', () => {
  it.each(DUMPS)('%s prints back as it was read', (_name, dump, resources) => {
    const { blocks, spec } = specOf(dump, resources);
    const printed = print(blocks, buildConfigSpaces(spec));
    expect(differences(asText(parseDump(printed)), asText(blocks))).toEqual([]);
  });

  it.each(DUMPS)('%s: what the document states is written over the image', (_name, dump, resources) => {
    const { blocks, spec } = specOf(dump, resources);
    const spoiled = { ...spec, functions: spec.functions.map(withSpoiledImage) };
    expect(differences(print(blocks, buildConfigSpaces(spoiled)), print(blocks, buildConfigSpaces(spec)))).toEqual([]);
  });

  it.each(DUMPS.filter(([, , resources]) => resources.includes('qemu')))(
    '%s keeps every register when software finds it again',
    (_name, dump, resources) => {
      const { blocks, spec } = specOf(dump, resources);
      const before = print(blocks, buildConfigSpaces(spec));
      const wide = { space: 'memory', base: 0, limit: 2 ** 52 - 1 } as const;
      const hostBridges = spec.hostBridges.map(({ segment, rootBus, lastBus, numaNode }) => ({
        segment,
        rootBus,
        lastBus,
        numaNode,
        windows: [{ space: 'io', base: 0, limit: 0xffffff } as const, wide],
      }));
      // Reservations for hot-plug are not wanted here: what the kernel could not place must stay closed.
      const { configs } = boot(spec, { hostBridges, kernelParameters: ['pci=hpiosize=0,hpmemsize=0'] });
      expect(differences(print(blocks, configs), before)).toEqual([]);
    },
  );
});

/** A root port as an unprivileged user sees it: the header, and a pointer to what is not shown. */
const SHORT_PORT: FunctionSpec = {
  id: 'rp',
  name: 'rp',
  parent: 'pcie0',
  device: 1,
  fn: 0,
  kind: 'rootPort',
  bars: [],
  identity: {
    vendorId: 0x8086,
    deviceId: 0x3408,
    revision: 0x22,
    classCode: 0x060400,
    subsystemVendorId: 0,
    subsystemId: 0,
  },
  link: { maxGen: 2, maxWidth: 4 },
  configImage: [
    '86 80 08 34 07 05 10 00 22 00 04 06 10 00 81 00',
    '00 00 00 00 00 00 00 00 00 01 03 00 41 41 00 00',
    '00 c0 10 c0 f1 ff 01 00 00 00 00 00 00 00 00 00',
    '00 00 00 00 40 00 00 00 00 00 00 00 0b 01 03 00',
  ]
    .join('')
    .replaceAll(' ', ''),
};

describe('an image of 64 bytes', () => {
  const image = SHORT_PORT.configImage ?? '';
  const config = buildConfigSpace(SHORT_PORT, { ...LONE_PLACE, start: 'firmware' });

  it('has the length that lspci -x prints', () => {
    expect(image.length).toBe(128);
    expect(config.knownBytes).toBe(64);
    expect(Array.from(config.bytes.subarray(0, 64), (byte) => hex(byte, 2)).join('')).toBe(image);
  });

  it('gets the PCI Express capability that its role needs, reached from its own pointer', () => {
    expect(listCapabilities(config).at(0)?.offset).toBe(0x40);
    expect(portTypeOf(config)).toBe('rootPort');
    expect(listExtendedCapabilities(config)).toEqual([]);
  });

  it('gets ACS when the document says so', () => {
    const withAcs = buildConfigSpace(
      { ...SHORT_PORT, acs: { capability: 0x1f, control: 0x1d } },
      { ...LONE_PLACE, start: 'firmware' },
    );
    expect(acsControlOf(withAcs)).toEqual({ offset: 0x100, capability: 0x1f, control: 0x1d });
  });

  it('decodes what the header says', () => {
    expect(bridgeBuses(config)).toEqual({ primary: 0, secondary: 1, subordinate: 3 });
    expect(bridgeWindows(config)).toEqual({
      io: { base: 0x4000, limit: 0x4fff },
      memory: { base: 0xc0000000, limit: 0xc01fffff },
      prefetchable: undefined,
    });
    expect(commandOf(config)).toEqual({ ioEnable: true, memoryEnable: true, busMaster: true, interruptDisable: true });
  });

  it('starts cold with its hardware facts and reset registers', () => {
    const cold = buildConfigSpace(SHORT_PORT, LONE_PLACE);
    expect(bridgeBuses(cold)).toEqual({ primary: 0, secondary: 0, subordinate: 0 });
    expect(cold.read(0x04, 2)).toBe(0);
    expect(cold.read(0x00, 4)).toBe(0x34088086);
  });

  it('is enumerated like any other function', () => {
    const spec = machine([{ ...SHORT_PORT, below: [{ id: 'e', kind: 'endpoint' }] }], { start: 'firmware' });
    expect(boot(spec).at('0000:01:00.0')?.kind).toBe('endpoint');
  });
});

describe('a stated capability', () => {
  const image = `${SHORT_PORT.configImage ?? ''}${'00'.repeat(4096 - 64)}`;

  it('that the image lacks is appended; one the document takes away is unlinked', () => {
    const added = buildConfigSpace(
      { ...SHORT_PORT, configImage: image, acs: { capability: 0x1f, control: 0 } },
      { ...LONE_PLACE, start: 'firmware' },
    );
    expect(acsControlOf(added)?.capability).toBe(0x1f);
    const asImage = Array.from(added.bytes, (byte) => hex(byte, 2)).join('');
    const removed = buildConfigSpace({ ...SHORT_PORT, configImage: asImage }, { ...LONE_PLACE, start: 'firmware' });
    expect(acsControlOf(removed)).toBeUndefined();
    expect(deviceControlOf(removed).mpsBytes).toBe(128);
    expect(barAddress(removed, 0)).toBe(0);
  });
});
