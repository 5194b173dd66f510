/*
 * Which hardware model stands for a real device. Every choice is a guess from class, identity and BARs, and
 * is listed as an assumption.
 */
import { MIB } from '../base/units.ts';
import { engineBarOf } from '../core/config/devices/engineBar.ts';
import type { LinkGen } from '../core/pcie/link.ts';
import { linkBytesPerSecond } from '../core/pcie/link.ts';
import type { BarSpec, DeviceModel, LinkEndSpec } from '../core/pcie/machineSpec.ts';
import type { FunctionFacts } from './facts.ts';
import type { ImportLog } from './importLog.ts';
import type { TreeNode } from './tree.ts';

/** Prefetchable BARs of this size and more are taken for device memory. */
const GPU_APERTURE_BYTES = 64 * MIB;
const CMB_BYTES = MIB;

const classOf = (facts: FunctionFacts): number => Math.floor((facts.classCode ?? 0) / 256);
const baseClassOf = (facts: FunctionFacts): number => Math.floor((facts.classCode ?? 0) / 65536);

interface BarLike {
  readonly index: number;
  readonly space: 'memory' | 'io';
  readonly prefetchable: boolean;
  readonly sizeBytes: number | undefined;
}

/** The largest memory BAR that passes, the first of equals. */
function largest<Bar extends BarLike>(bars: readonly Bar[], passes: (bar: Bar) => boolean): Bar | undefined {
  return bars
    .filter((bar) => bar.space === 'memory' && passes(bar))
    .sort((a, b) => (b.sizeBytes ?? 0) - (a.sizeBytes ?? 0) || a.index - b.index)[0];
}

function apertureOf<Bar extends BarLike>(bars: readonly Bar[]): Bar | undefined {
  return largest(bars, (bar) => bar.prefetchable && (bar.sizeBytes ?? GPU_APERTURE_BYTES) >= GPU_APERTURE_BYTES);
}

/** DMA engines of Intel root complexes, by device id: Crystal Beach / CBDMA and their successor. */
const DMA_ENGINES: readonly (readonly [low: number, high: number])[] = [
  [0x3429, 0x3433],
  [0x3c20, 0x3c2f],
  [0x0e20, 0x0e2f],
  [0x2f20, 0x2f2f],
  [0x6f20, 0x6f2f],
  [0x2021, 0x2021],
  [0x0b00, 0x0b00],
  [0x0b25, 0x0b25],
];

function isDmaEngine(facts: FunctionFacts): boolean {
  const named = /crystal beach|cbdma|quickdata|switch dma|data streaming accelerator/i.test(facts.description);
  if (facts.vendorId !== 0x8086) return named;
  const id = facts.deviceId ?? 0;
  return named || DMA_ENGINES.some(([low, high]) => id >= low && id <= high);
}

function isIopmem(facts: FunctionFacts): boolean {
  return facts.vendorId === 0x11f8 && facts.deviceId === 0xf115;
}

function isAccelerator(facts: FunctionFacts): boolean {
  const code = classOf(facts);
  return code === 0x0302 || code === 0x0300 || code === 0x0380 || code === 0x1200;
}

/** Prefixes of ids by base class, and by class where that says more. */
const ROLES: ReadonlyMap<number, string> = new Map([
  [0x0106, 'sata'],
  [0x0108, 'nvme'],
  [0x0403, 'audio'],
  [0x0601, 'isa'],
  [0x0806, 'iommu'],
  [0x0c03, 'usb'],
  [0x0c05, 'smbus'],
]);
const BASE_ROLES: ReadonlyMap<number, string> = new Map([
  [0x01, 'disk'],
  [0x02, 'nic'],
  [0x03, 'vga'],
  [0x05, 'mem'],
  [0x12, 'acc'],
]);

/** What people would call a device: `nvme`, `nic`, `gpu`, …; `dev` where nothing better is known. */
export function deviceRole(facts: FunctionFacts): string {
  if (isIopmem(facts)) return 'iopmem';
  if (isAccelerator(facts) && apertureOf(facts.bars) !== undefined) return 'gpu';
  if (classOf(facts) === 0x0880 && isDmaEngine(facts)) return 'dma';
  return ROLES.get(classOf(facts)) ?? BASE_ROLES.get(baseClassOf(facts)) ?? 'dev';
}

/** Sequential rates of drives by the generation of their link (performance reference, section 6: x4). */
const DRIVE_RATES: Readonly<Record<LinkGen, { readonly read: number; readonly write: number }>> = {
  1: { read: 0.9e9, write: 0.8e9 },
  2: { read: 1.8e9, write: 1.2e9 },
  3: { read: 3.5e9, write: 2e9 },
  4: { read: 7e9, write: 4e9 },
  5: { read: 14e9, write: 8e9 },
  6: { read: 28e9, write: 16e9 },
};
const DRIVE_BYTES = 3.84e12;

/** Wire rates by words of the description; the first that fits decides. Gb/s of all ports together. */
const WIRE_RATES: readonly (readonly [pattern: RegExp, gigabits: number])[] = [
  [/ConnectX-8/i, 800],
  [/ConnectX-7|BlueField-3/i, 400],
  [/ConnectX-6 Lx/i, 50],
  [/ConnectX-6|BlueField-2/i, 200],
  [/ConnectX-5/i, 100],
  [/ConnectX-4 Lx/i, 50],
  [/ConnectX-4/i, 100],
  [/ConnectX-3/i, 40],
  [/E830/i, 200],
  [/E810-C|BCM575\d\d/i, 100],
  [/E810|XXV710|BCM574\d\d/i, 25],
  [/XL710/i, 40],
  [/X710|X722|X557|X55\d|X54\d|X520|82599|10-?Gigabit|10GbE|10G\b|virtio/i, 10],
  [/2\.5G/i, 2.5],
  [/Fast Ethernet|10\/100|RTL-?8139/i, 0.1],
  [/Gigabit|I350|I210|I219|82574|82576|82540|82579|NetXtreme BCM57\d\d /i, 1],
];
/** A 32-bit conventional bus at 33 MHz feeds one gigabit. */
const CONVENTIONAL_GIGABITS = 1;
const ROUND_WIRE_RATES: readonly number[] = [400, 200, 100, 50, 40, 25, 10, 1];

/** Model of one device, with what had to be assumed for it. `bars` have sizes. */
export function chooseModel(
  node: TreeNode,
  bars: readonly BarSpec[],
  link: LinkEndSpec | undefined,
  log: ImportLog,
): DeviceModel | undefined {
  const facts = node.facts;
  const role = deviceRole(facts);
  if (role === 'iopmem' && bars.some((bar) => bar.index === 4 && bar.space === 'memory')) return { type: 'iopmem' };
  if (role === 'nvme') return driveModel(node, bars, link, log);
  if (role === 'nic') return nicModel(node, bars, link, log);
  if (role === 'dma') {
    if (engineBarOf(bars, undefined) === undefined) return generic(node, log);
    log.assume(
      'MODEL_DMA',
      [node.id],
      'DMA engines of the root complex copy between any two bus addresses.',
      'Their class is "System peripheral" and their identity that of a DMA engine.',
    );
    return { type: 'dma' };
  }
  const aperture = isAccelerator(facts) ? apertureOf(bars) : undefined;
  if (aperture !== undefined) {
    log.assume(
      'MODEL_GPU',
      [node.id],
      `The memory of ${node.id} is behind BAR ${aperture.index}, and it can copy by itself.`,
      `Its class is ${facts.className === '' ? 'display or accelerator' : `"${facts.className}"`} and BAR ${aperture.index} is prefetchable and has ${aperture.sizeBytes / MIB} MiB.`,
    );
    return { type: 'gpu', apertureBar: aperture.index };
  }
  return generic(node, log);
}

function generic(node: TreeNode, log: ImportLog): DeviceModel {
  log.assume(
    'MODEL_GENERIC',
    [node.id],
    'Devices of other classes are plain memory behind their BARs and never move bytes by themselves.',
    'Nothing models these classes.',
  );
  return { type: 'generic' };
}

function driveModel(
  node: TreeNode,
  bars: readonly BarSpec[],
  link: LinkEndSpec | undefined,
  log: ImportLog,
): DeviceModel {
  const table = node.facts.msix?.bar;
  const cmb = largest(bars, (bar) => bar.index !== 0 && bar.index !== table && bar.sizeBytes >= CMB_BYTES);
  const gen = link?.maxGen ?? 3;
  const width = link?.limitWidth ?? link?.maxWidth ?? 4;
  const share = Math.min(1, width / 4);
  const rates = DRIVE_RATES[gen];
  const model = {
    type: 'nvme' as const,
    capacityBytes: DRIVE_BYTES,
    readBytesPerSecond: rates.read * share,
    writeBytesPerSecond: rates.write * share,
  };
  log.assume(
    'DRIVE_RATE_ASSUMED',
    [node.id],
    `Drives read ${model.readBytesPerSecond / 1e9} GB/s, write ${model.writeBytesPerSecond / 1e9} GB/s and hold 3.84 TB.`,
    `lspci does not say; these are usual figures for Gen${gen} x${width}.`,
  );
  if (cmb === undefined) return model;
  log.assume(
    'DRIVE_CMB_ASSUMED',
    [node.id],
    `BAR ${cmb.index} of ${node.id} is a controller memory buffer of ${cmb.sizeBytes / MIB} MiB.`,
    'It is a large memory BAR that is neither the registers nor the interrupt table.',
  );
  return { ...model, cmbBar: cmb.index };
}

function nicModel(
  node: TreeNode,
  bars: readonly BarSpec[],
  link: LinkEndSpec | undefined,
  log: ImportLog,
): DeviceModel {
  if (engineBarOf(bars, undefined) === undefined && node.physicalFunction === undefined) return generic(node, log);
  const named = WIRE_RATES.find(([pattern]) => pattern.test(node.facts.description));
  const linkGigabits =
    link === undefined
      ? CONVENTIONAL_GIGABITS
      : (8 * linkBytesPerSecond(link.maxGen, link.limitWidth ?? link.maxWidth)) / 1e9;
  const gigabits = named?.[1] ?? ROUND_WIRE_RATES.find((rate) => rate <= linkGigabits) ?? 1;
  log.assume(
    'WIRE_RATE_ASSUMED',
    [node.id],
    `The wire of ${node.id} carries ${gigabits} Gb/s.`,
    named === undefined
      ? 'lspci does not say; it is the highest usual rate that its link can feed.'
      : `lspci does not say; it is the usual rate of "${node.facts.description}".`,
  );
  return { type: 'nic', wireBitsPerSecond: gigabits * 1e9 };
}
