/*
 * What a function is, in the words and pictures of the page, from its class code.
 */
import { sizeText } from '../../base/format.ts';
import { hex } from '../../base/bits.ts';
import { MIB } from '../../base/units.ts';
import type { BarSpec, FunctionSpec } from '../../core/pcie/machineSpec.ts';
import type { GlyphName } from './sceneModel.ts';

interface ClassWords {
  readonly words: string;
  readonly glyph: GlyphName;
  /** Chipset furniture: collapsed on the root bus (`root`), or wherever it is (`always`). */
  readonly quiet: 'never' | 'root' | 'always';
}

/** By base class and subclass (upper 16 bits of the class code); then by base class alone. */
const SUBCLASSES: Readonly<Record<number, ClassWords>> = {
  0x0101: { words: 'IDE controller', glyph: 'storage', quiet: 'root' },
  0x0104: { words: 'RAID controller', glyph: 'storage', quiet: 'never' },
  0x0106: { words: 'SATA controller', glyph: 'storage', quiet: 'root' },
  0x0107: { words: 'SAS controller', glyph: 'storage', quiet: 'never' },
  0x0108: { words: 'NVMe drive', glyph: 'drive', quiet: 'never' },
  0x0180: { words: 'Storage', glyph: 'storage', quiet: 'never' },
  0x0200: { words: 'Ethernet', glyph: 'network', quiet: 'never' },
  0x0207: { words: 'InfiniBand', glyph: 'network', quiet: 'never' },
  0x0300: { words: 'Display', glyph: 'display', quiet: 'never' },
  0x0302: { words: '3D controller', glyph: 'gpu', quiet: 'never' },
  0x0403: { words: 'Audio', glyph: 'audio', quiet: 'root' },
  0x0502: { words: 'CXL memory', glyph: 'memory', quiet: 'never' },
  0x0c03: { words: 'USB controller', glyph: 'usb', quiet: 'root' },
  0x0c04: { words: 'Fibre Channel', glyph: 'network', quiet: 'never' },
  0x0c05: { words: 'SMBus', glyph: 'chip', quiet: 'always' },
  0x0c06: { words: 'InfiniBand', glyph: 'network', quiet: 'never' },
  0x0880: { words: 'System peripheral', glyph: 'chip', quiet: 'always' },
};

const BASE_CLASSES: Readonly<Record<number, ClassWords>> = {
  0x00: { words: 'Device', glyph: 'chip', quiet: 'root' },
  0x01: { words: 'Storage', glyph: 'storage', quiet: 'never' },
  0x02: { words: 'Network', glyph: 'network', quiet: 'never' },
  0x03: { words: 'Display', glyph: 'display', quiet: 'never' },
  0x04: { words: 'Multimedia', glyph: 'audio', quiet: 'root' },
  0x05: { words: 'Memory', glyph: 'memory', quiet: 'root' },
  0x06: { words: 'Bridge', glyph: 'bridge', quiet: 'always' },
  0x07: { words: 'Communication', glyph: 'chip', quiet: 'root' },
  0x08: { words: 'System peripheral', glyph: 'chip', quiet: 'always' },
  0x09: { words: 'Input', glyph: 'usb', quiet: 'root' },
  0x0b: { words: 'Processor', glyph: 'accelerator', quiet: 'root' },
  0x0c: { words: 'Serial bus', glyph: 'usb', quiet: 'root' },
  0x0d: { words: 'Wireless', glyph: 'network', quiet: 'never' },
  0x10: { words: 'Encryption', glyph: 'chip', quiet: 'always' },
  0x11: { words: 'Performance counters', glyph: 'chip', quiet: 'always' },
  0x12: { words: 'Accelerator', glyph: 'accelerator', quiet: 'never' },
  0x13: { words: 'Instrumentation', glyph: 'chip', quiet: 'always' },
};

const UNKNOWN: ClassWords = { words: 'Device', glyph: 'chip', quiet: 'root' };

/** A memory BAR from this size on is worth a card of its own, even on the root bus. */
const NOTABLE_BAR_BYTES = MIB;

function classWords(fn: FunctionSpec): ClassWords {
  const { classCode } = fn.identity;
  return SUBCLASSES[classCode >> 8] ?? BASE_CLASSES[classCode >> 16] ?? UNKNOWN;
}

/** The largest memory BAR, or undefined. */
function largestMemoryBar(fn: FunctionSpec): BarSpec | undefined {
  const memory = fn.bars.filter((bar) => bar.space === 'memory');
  return memory.toSorted((a, b) => b.sizeBytes - a.sizeBytes)[0];
}

function hasModel(fn: FunctionSpec): boolean {
  return fn.model !== undefined && fn.model.type !== 'generic';
}

/** True for functions that are furniture where they are: chipset parts on a root bus, counters anywhere. */
export function isQuiet(fn: FunctionSpec, onRootBus: boolean): boolean {
  if (hasModel(fn)) return false;
  const { quiet } = classWords(fn);
  if (quiet === 'always') return true;
  if (quiet === 'never' || !onRootBus) return false;
  const ownMemory = fn.identity.classCode >> 16 === 0x05 ? (largestMemoryBar(fn)?.sizeBytes ?? 0) : 0;
  return ownMemory < NOTABLE_BAR_BYTES;
}

/** Functions that are no devices, for counting. */
const PORT_WORDS: Readonly<Partial<Record<FunctionSpec['kind'], string>>> = {
  rootPort: 'root port',
  upstreamPort: 'switch',
  downstreamPort: 'port',
  pcieToPciBridge: 'PCI bridge',
  pciToPcieBridge: 'PCIe bridge',
  pciBridge: 'PCI bridge',
};

const MODEL_WORDS: Readonly<Record<'iopmem' | 'nic' | 'nvme' | 'gpu' | 'dma', string>> = {
  iopmem: 'memory',
  nic: 'NIC',
  nvme: 'NVMe',
  gpu: 'GPU',
  dma: 'DMA',
};

/** What one function is, in a word: `NIC`, `NIC VF`. */
export function kindWord(fn: FunctionSpec): string {
  const { model, virtualFunctionOf } = fn;
  const word = model === undefined || model.type === 'generic' ? classWords(fn).words : MODEL_WORDS[model.type];
  return virtualFunctionOf === undefined ? word : `${word} VF`;
}

/** Several functions by what they are, the most first: devices (`64 × NIC VF, 1 × NIC`) and what leads to them. */
export function kindCounts(functions: readonly FunctionSpec[]): { readonly devices: string; readonly ports: string } {
  const counts = { devices: new Map<string, number>(), ports: new Map<string, number>() };
  for (const fn of functions) {
    const port = PORT_WORDS[fn.kind];
    const of = port === undefined ? counts.devices : counts.ports;
    const word = port ?? kindWord(fn);
    of.set(word, (of.get(word) ?? 0) + 1);
  }
  const text = (of: ReadonlyMap<string, number>): string =>
    [...of]
      .toSorted(([, a], [, b]) => b - a)
      .map(([word, count]) => `${count} × ${word}`)
      .join(', ');
  return { devices: text(counts.devices), ports: text(counts.ports) };
}

/** The picture of a device. */
export function glyphOf(fn: FunctionSpec): GlyphName {
  switch (fn.model?.type) {
    case 'iopmem':
      return 'memory';
    case 'nic':
      return 'network';
    case 'nvme':
      return 'drive';
    case 'gpu':
      return 'gpu';
    case 'dma':
      return 'engine';
    default:
      return classWords(fn).glyph;
  }
}

/** Memory behind BARs that others can write, in bytes; 0 where a device has only registers. */
export function writableBytes(fn: FunctionSpec): number {
  const { model } = fn;
  const barBytes = (index: number | undefined): number => fn.bars.find((bar) => bar.index === index)?.sizeBytes ?? 0;
  switch (model?.type) {
    case 'iopmem':
      return barBytes(4);
    case 'nvme':
      return barBytes(model.cmbBar);
    case 'gpu':
      return barBytes(model.apertureBar);
    case 'nic':
    case 'dma':
      return 0;
    default:
      return largestMemoryBar(fn)?.sizeBytes ?? 0;
  }
}

function idText(fn: FunctionSpec): string {
  return `${hex(fn.identity.vendorId, 4)}:${hex(fn.identity.deviceId, 4)}`;
}

function barText(bar: BarSpec | undefined): string {
  return bar === undefined ? 'No memory BAR' : `BAR${bar.index} ${sizeText(bar.sizeBytes)}, ${bar.widthBits}-bit`;
}

/** Drives are sold in powers of ten. */
function capacityText(bytes: number): string {
  return bytes >= 1e12 ? `${Number((bytes / 1e12).toFixed(2))} TB` : `${Number((bytes / 1e9).toFixed(1))} GB`;
}

/** Payload limits as enumeration left them, where the machine is known. */
export interface SizeLimits {
  readonly mpsBytes: number;
  readonly mrrsBytes: number;
}

/** The two lines of identity on a card. */
export function identityLines(fn: FunctionSpec, limits: SizeLimits | undefined): readonly [string, string] {
  const { model } = fn;
  switch (model?.type) {
    case 'iopmem':
      return [`Memory, ${idText(fn)}`, barText(fn.bars.find((bar) => bar.index === 4))];
    case 'nic':
      return [
        `Network, ${model.wireBitsPerSecond / 1e9} Gb/s`,
        `DMA engine, MPS ${limits === undefined ? '–' : `${limits.mpsBytes} B`}`,
      ];
    case 'nvme': {
      const cmb = fn.bars.find((bar) => bar.index === model.cmbBar);
      return [
        `NVMe drive, ${capacityText(model.capacityBytes)}`,
        `${cmb === undefined ? 'No CMB' : `CMB ${sizeText(cmb.sizeBytes)}`}, MRRS ${limits === undefined ? '–' : `${limits.mrrsBytes} B`}`,
      ];
    }
    case 'gpu':
      return [`GPU, ${idText(fn)}`, barText(fn.bars.find((bar) => bar.index === model.apertureBar))];
    case 'dma':
      return [`DMA engine, ${idText(fn)}`, barText(largestMemoryBar(fn))];
    default:
      return [`${classWords(fn).words}, ${idText(fn)}`, barText(largestMemoryBar(fn))];
  }
}
