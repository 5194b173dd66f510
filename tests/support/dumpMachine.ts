/*
 * A machine from a register dump, for tests: every function keeps its image, and what a document would say is
 * decoded from it. Deliberately small and independent of the importer.
 */
import { listCapabilities, listExtendedCapabilities } from '../../src/core/config/capability.ts';
import type { ConfigReader } from '../../src/core/config/capability.ts';
import {
  acsControlOf,
  barAddress,
  bridgeBuses,
  bridgeWindows,
  classCodeOf,
  deviceControlOf,
  headerLayoutOf,
  linkRegistersOf,
  mpsSupportedOf,
  portTypeOf,
  slotOf,
} from '../../src/core/config/decode.ts';
import { EXPRESS } from '../../src/core/config/expressCapability.ts';
import { LINK_GENS, LINK_WIDTHS } from '../../src/core/pcie/link.ts';
import type { LinkEndSpec } from '../../src/core/pcie/machineSpec.ts';
import type { BarSpec, FunctionKind, FunctionSpec, MachineSpec } from '../../src/core/pcie/machineSpec.ts';
import { busOf, deviceOf, functionOf, segmentBdfText } from '../../src/core/pcie/bdf.ts';
import { hex } from '../../src/base/bits.ts';
import type { DumpBlock } from './lspciDump.ts';
import { TEST_BRIDGE, TEST_HOST } from './machineBuilder.ts';

/** Registers of a block; beyond its end, zeros. */
export function readerOf(block: DumpBlock): ConfigReader {
  return {
    read: (offset, bytes) => {
      let value = 0;
      for (let i = bytes - 1; i >= 0; i--) value = value * 256 + (block.bytes[offset + i] ?? 0);
      return value;
    },
  };
}

/** `resource.txt`: start, end and flags of each resource of each function. */
export function parseResources(text: string): ReadonlyMap<string, readonly (readonly [number, number, number])[]> {
  const all = new Map<string, (readonly [number, number, number])[]>();
  let current: (readonly [number, number, number])[] = [];
  for (const line of text.split('\n')) {
    const head = /^\[(.*)\]$/.exec(line);
    if (head !== null) {
      current = [];
      all.set(head[1] ?? '', current);
      continue;
    }
    const [start, end, flags] = line.split(' ').map(Number);
    if (start !== undefined && end !== undefined && flags !== undefined) current.push([start, end, flags]);
  }
  return all;
}

const IO_FLAG = 0x100;

function kindOf(config: ConfigReader, express: boolean): FunctionKind {
  const type = express ? portTypeOf(config) : undefined;
  const layout = headerLayoutOf(config);
  if (layout === 1) {
    return type === 'rootPort' ||
      type === 'upstreamPort' ||
      type === 'downstreamPort' ||
      type === 'pcieToPciBridge' ||
      type === 'pciToPcieBridge'
      ? type
      : 'pciBridge';
  }
  if (classCodeOf(config) >>> 8 === 0x0600) return 'hostBridge';
  if (type === 'endpoint' || type === 'legacyEndpoint' || type === 'rcEndpoint' || type === 'rcEventCollector')
    return type;
  return express ? 'endpoint' : 'pciDevice';
}

function linkOf(config: ConfigReader): { readonly link?: LinkEndSpec } {
  const registers = linkRegistersOf(config);
  const maxGen = LINK_GENS.find((gen) => gen === registers?.maxSpeed);
  const maxWidth = LINK_WIDTHS.find((width) => width === registers?.maxWidth);
  const gen = LINK_GENS.find((candidate) => candidate === registers?.speed);
  if (registers === undefined || maxGen === undefined || maxWidth === undefined) return {};
  return {
    link: {
      maxGen,
      maxWidth,
      ...(gen === undefined ? {} : { observed: { gen, width: registers.width, active: registers.active } }),
    },
  };
}

/** BARs with the sizes the kernel found; type bits from the registers. */
function barsOf(
  config: ConfigReader,
  resources: readonly (readonly [number, number, number])[],
  count: number,
): readonly BarSpec[] {
  return resources.slice(0, count).flatMap(([start, end, flags], index): readonly BarSpec[] => {
    if (end <= start || flags === 0) return [];
    const low = config.read(0x10 + 4 * index, 4);
    const isIo = (flags & IO_FLAG) !== 0;
    // Legacy IDE ports have no register of their own.
    if (isIo !== ((low & 1) === 1)) return [];
    return [
      {
        index,
        space: isIo ? 'io' : 'memory',
        widthBits: !isIo && ((low >> 1) & 3) === 2 ? 64 : 32,
        prefetchable: !isIo && (low & 8) !== 0,
        sizeBytes: end - start + 1,
      },
    ];
  });
}

/** @param parentOf id of the bridge or host bridge whose bus the function is on. */
function functionOfBlock(
  block: DumpBlock,
  parent: string,
  resources: readonly (readonly [number, number, number])[],
): FunctionSpec {
  const config = readerOf(block);
  const express = listCapabilities(config).some((entry) => entry.id === EXPRESS.id);
  const layout = headerLayoutOf(config);
  const bars = barsOf(config, resources, layout === 1 ? 2 : 6);
  const windows = layout === 1 ? bridgeWindows(config) : undefined;
  const acs = acsControlOf(config);
  const control = deviceControlOf(config);
  const slot = express ? slotOf(config) : undefined;
  const subsystem = listCapabilities(config).find((entry) => entry.id === 0x0d)?.offset;
  const ids = layout === 0 ? config.read(0x2c, 4) : subsystem === undefined ? 0 : config.read(subsystem + 4, 4);
  const id = segmentBdfText(block.segment, block.bdf).replaceAll(':', '-');
  const serial = listExtendedCapabilities(config).find((entry) => entry.id === 3)?.offset;
  return {
    id,
    name: id,
    parent,
    device: deviceOf(block.bdf),
    fn: functionOf(block.bdf),
    kind: kindOf(config, express),
    identity: {
      vendorId: config.read(0, 2),
      deviceId: config.read(2, 2),
      revision: config.read(8, 1),
      classCode: classCodeOf(config),
      subsystemVendorId: ids % 2 ** 16,
      subsystemId: Math.floor(ids / 2 ** 16),
    },
    bars,
    ...(resources[6] !== undefined && resources[6][1] > resources[6][0]
      ? { romBytes: resources[6][1] - resources[6][0] + 1 }
      : {}),
    ...(express
      ? {
          mpsSupportedBytes: mpsSupportedOf(config),
          mpsBytes: control.mpsBytes,
          mrrsBytes: control.mrrsBytes,
          ...linkOf(config),
        }
      : {}),
    ...(acs === undefined ? {} : { acs: { capability: acs.capability, control: acs.control } }),
    ...(slot === undefined ? {} : { slot }),
    ...(serial === undefined
      ? {}
      : { serialNumber: hex(config.read(serial + 8, 4), 8) + hex(config.read(serial + 4, 4), 8) }),
    interruptPin: ([0, 1, 2, 3, 4] as const)[config.read(0x3d, 1)] ?? 0,
    firmware: {
      command: config.read(4, 2),
      ...(layout === 1 ? { buses: bridgeBuses(config) } : {}),
      ...(windows?.io === undefined ? {} : { ioWindow: windows.io }),
      ...(windows?.memory === undefined ? {} : { memoryWindow: windows.memory }),
      ...(windows?.prefetchable === undefined ? {} : { prefetchableWindow: windows.prefetchable }),
      bars: Object.fromEntries(bars.map((bar) => [bar.index, barAddress(config, bar.index)])),
    },
    configImage: Array.from(block.bytes, (byte) => hex(byte, 2)).join(''),
  };
}

function sriovOf(block: DumpBlock): number | undefined {
  return listExtendedCapabilities(readerOf(block)).find((entry) => entry.id === 0x10)?.offset;
}

/** The physical function whose enabled virtual functions include this block. */
function physicalOf(block: DumpBlock, blocks: readonly DumpBlock[]): DumpBlock | undefined {
  return blocks.find((candidate) => {
    const sriov = candidate.segment === block.segment ? sriovOf(candidate) : undefined;
    if (sriov === undefined) return false;
    const registers = readerOf(candidate);
    const index =
      (block.bdf - candidate.bdf - registers.read(sriov + 0x14, 2)) / Math.max(1, registers.read(sriov + 0x16, 2));
    return Number.isInteger(index) && index >= 0 && index < registers.read(sriov + 0x10, 2);
  });
}

/** The kernel lists VF BARs as resources 7 to 12 of the physical function, all virtual functions together. */
function asVirtual(
  spec: FunctionSpec,
  physical: DumpBlock,
  resources: readonly (readonly [number, number, number])[],
): FunctionSpec {
  const registers = readerOf(physical);
  const sriov = sriovOf(physical) ?? 0;
  const total = registers.read(sriov + 0x0e, 2);
  const bars = resources.slice(7, 13).flatMap(([start, end], index): readonly BarSpec[] => {
    if (end <= start) return [];
    const low = registers.read(sriov + 0x24 + 4 * index, 4);
    return [
      {
        index,
        space: 'memory',
        widthBits: ((low >> 1) & 3) === 2 ? 64 : 32,
        prefetchable: (low & 8) !== 0,
        sizeBytes: (end - start + 1) / total,
      },
    ];
  });
  return {
    ...spec,
    identity: { ...spec.identity, vendorId: registers.read(0, 2), deviceId: registers.read(sriov + 0x1a, 2) },
    bars,
    virtualFunctionOf: segmentBdfText(physical.segment, physical.bdf).replaceAll(':', '-'),
  };
}

/**
 * A machine in the state of its dump.
 * @param resources text of `resource.txt`, for BAR sizes.
 */
export function dumpMachine(blocks: readonly DumpBlock[], resources: string): MachineSpec {
  const sizes = parseResources(resources);
  const rootBuses = new Set<string>();
  const bridges = blocks.filter((block) => headerLayoutOf(readerOf(block)) === 1);
  const specs = blocks.flatMap((block): readonly FunctionSpec[] => {
    const physical = readerOf(block).read(0, 4) === 0xffffffff ? physicalOf(block, blocks) : undefined;
    if (readerOf(block).read(0, 4) === 0xffffffff && physical === undefined) return [];
    const above = bridges.find(
      (bridge) => bridge.segment === block.segment && bridgeBuses(readerOf(bridge)).secondary === busOf(block.bdf),
    );
    const root = `root-${block.segment}-${busOf(block.bdf)}`;
    if (above === undefined) rootBuses.add(root);
    const parent = above === undefined ? root : segmentBdfText(above.segment, above.bdf).replaceAll(':', '-');
    const spec = functionOfBlock(block, parent, sizes.get(segmentBdfText(block.segment, block.bdf)) ?? []);
    return [
      physical === undefined
        ? spec
        : asVirtual(spec, physical, sizes.get(segmentBdfText(physical.segment, physical.bdf)) ?? []),
    ];
  });
  const roots = [...rootBuses].map((id) => ({
    id,
    segment: Number(id.split('-')[1]),
    rootBus: Number(id.split('-')[2]),
  }));
  return {
    host: TEST_HOST,
    hostBridges: roots.map(({ id, segment, rootBus }) => {
      const next = roots
        .filter((other) => other.segment === segment && other.rootBus > rootBus)
        .map((other) => other.rootBus);
      return { ...TEST_BRIDGE, id, name: id, segment, rootBus, lastBus: Math.min(256, ...next) - 1 };
    }),
    functions: specs,
    start: 'firmware',
    windowRule: 'packed',
  };
}
