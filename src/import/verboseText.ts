/*
 * Detail lines of `lspci -v`, `-vv` and `-vvv` → facts. The words are those of pciutils 3.0 to 3.14; where
 * versions differ, all spellings are read. A line is recognised by its first word, not by its indentation,
 * because indentation is what copying loses first.
 */
import { COMMAND } from '../core/config/header.ts';
import { insertFields } from '../core/config/register.ts';
import type { BarFacts, FunctionFacts, LineRef, Range } from './facts.ts';
import { plainText } from './lines.ts';
import { readCapabilityLine, readInsideCapability } from './verboseCapabilities.ts';
import { ADDRESS_LIMIT, flagIn, parseAddress, parseSize, type TextContext } from './verboseWords.ts';

const MAX_NUMA_NODE = 65_535;

type LineReader = (facts: FunctionFacts, text: string, at: LineRef) => boolean;

const REGION = /^(?:\[virtual\] )?(?:(Memory) at|(I\/O) ports at)\s+(?:\[virtual\] )?(<?[0-9a-z]+>?)(.*)$/i;

function barFacts(index: number, text: string): BarFacts | undefined {
  const match = REGION.exec(text);
  if (match === null) return undefined;
  const rest = match[4] ?? '';
  const size = /\[size=(\w+)\]/.exec(rest);
  const memory = match[1] !== undefined;
  const sizeBytes = size === null ? undefined : parseSize(size[1] ?? '');
  return {
    index,
    space: memory ? 'memory' : 'io',
    widthBits: memory && rest.includes('64-bit') ? 64 : 32,
    prefetchable: memory && rest.includes('prefetchable') && !rest.includes('non-prefetchable'),
    address: parseAddress(match[3] ?? ''),
    sizeBytes: sizeBytes !== undefined && Number.isInteger(Math.log2(sizeBytes)) ? sizeBytes : undefined,
  };
}

const readRegion: LineReader = (facts, text) => {
  const match = /^Region (\d+): (.*)$/.exec(text);
  const index = Number(match?.[1] ?? 6);
  const bar = index > 5 ? undefined : barFacts(index, match?.[2] ?? '');
  if (bar === undefined || facts.bars.some((other) => other.index === index)) return false;
  facts.bars.push(bar);
  return true;
};

/** `lspci -v` prints BARs in order, without their index. */
function readUnnumberedRegion(facts: FunctionFacts, text: string): boolean {
  const last = facts.bars.at(-1);
  const index = last === undefined ? 0 : last.index + (last.widthBits === 64 ? 2 : 1);
  const bar = index > 5 ? undefined : barFacts(index, text);
  if (bar === undefined) return false;
  facts.bars.push(bar);
  facts.barIndicesKnown = false;
  return true;
}

const readRom: LineReader = (facts, text) => {
  const match = /^Expansion ROM at (?:\[virtual\] )?(<?[0-9a-z]+>?)/i.exec(text);
  if (match === null) return false;
  const size = /\[size=(\w+)\]/.exec(text);
  facts.rom = {
    // A virtual address is the kernel's shadow of a ROM it never mapped.
    address: text.includes('[virtual]') ? undefined : parseAddress(match[1] ?? ''),
    sizeBytes: size === null ? undefined : parseSize(size[1] ?? ''),
  };
  return true;
};

const readBus: LineReader = (facts, text) => {
  const match = /primary=([0-9a-f]{2}), secondary=([0-9a-f]{2}), subordinate=([0-9a-f]{2})/i.exec(text);
  if (match === null) return false;
  facts.headerType ??= 1;
  facts.buses = {
    primary: parseInt(match[1] ?? '', 16),
    secondary: parseInt(match[2] ?? '', 16),
    subordinate: parseInt(match[3] ?? '', 16),
  };
  return true;
};

/** `fe400000-fe9fffff [size=6M]`; `None`, `[disabled]` and a base above the limit mean closed. */
function parseWindow(text: string): Range | undefined {
  const match = /([0-9a-f]{4,16})-([0-9a-f]{4,16})/i.exec(text);
  if (match === null || text.includes('[disabled]')) return undefined;
  const base = parseInt(match[1] ?? '', 16);
  const limit = parseInt(match[2] ?? '', 16);
  return base <= limit && limit < ADDRESS_LIMIT ? { base, limit } : undefined;
}

const windowReader =
  (kind: 'io' | 'memory' | 'prefetchable'): LineReader =>
  (facts, text) => {
    facts.headerType ??= 1;
    facts.windows = { ...facts.windows, [kind]: parseWindow(text) };
    return true;
  };

const readControl: LineReader = (facts, text) => {
  const bit = (name: string): 0 | 1 => (flagIn(text, name) === true ? 1 : 0);
  facts.command = insertFields(COMMAND, 0, {
    ioSpaceEnable: bit('I/O'),
    memorySpaceEnable: bit('Mem'),
    busMasterEnable: bit('BusMaster'),
    parityErrorResponse: bit('ParErr'),
    serrEnable: bit('SERR'),
    interruptDisable: bit('DisINTx'),
  });
  facts.detailed = true;
  return true;
};

/** `lspci -v`: `Flags: bus master, fast devsel, latency 0, IRQ 24, NUMA node 0, IOMMU group 1`. */
const readFlags: LineReader = (facts, text) => {
  facts.detailed = true;
  const numa = /NUMA node (\d{1,5})/.exec(text);
  if (numa !== null) facts.numaNode = Math.min(MAX_NUMA_NODE, Number(numa[1]));
  const group = /IOMMU group (\d+)/.exec(text);
  if (group !== null) facts.iommuGroup = group[1] ?? '';
  facts.command = insertFields(COMMAND, 0, {
    busMasterEnable: text.includes('bus master') ? 1 : 0,
    memorySpaceEnable: 1,
  });
  return true;
};

const readStatus: LineReader = (facts, text) => {
  const list = flagIn(text, 'Cap');
  if (list === undefined) return false;
  if (!list && facts.capabilities === 'hidden') facts.capabilities = 'none';
  facts.detailed = true;
  return true;
};

const readInterrupt: LineReader = (facts, text) => {
  const pin = /pin ([A-D])/.exec(text);
  if (pin === null) return false;
  facts.interruptPin = 'ABCD'.indexOf(pin[1] ?? 'A') + 1;
  return true;
};

const readSubsystem: LineReader = (facts, text) => {
  const numbers = /\[([0-9a-f]{4}):([0-9a-f]{4})\]$/i.exec(text) ?? /Device ([0-9a-f]{4}):([0-9a-f]{4})$/i.exec(text);
  if (numbers === null) return false;
  facts.subsystemVendorId ??= parseInt(numbers[1] ?? '', 16);
  facts.subsystemId ??= parseInt(numbers[2] ?? '', 16);
  return true;
};

const wordAfterColon = (text: string): string => plainText(text.slice(text.indexOf(':') + 1), 80);

/** Readers by the text before the first colon. */
const BY_KEY: ReadonlyMap<string, LineReader> = new Map<string, LineReader>([
  ['Control', readControl],
  ['Flags', readFlags],
  ['Status', readStatus],
  ['Interrupt', readInterrupt],
  ['Subsystem', readSubsystem],
  ['Bus', readBus],
  ['I/O behind bridge', windowReader('io')],
  ['Memory behind bridge', windowReader('memory')],
  ['Prefetchable memory behind bridge', windowReader('prefetchable')],
  [
    'Kernel driver in use',
    (facts, text) => {
      facts.driver = wordAfterColon(text);
      return true;
    },
  ],
  [
    'IOMMU group',
    (facts, text) => {
      facts.iommuGroup = wordAfterColon(text);
      return true;
    },
  ],
  [
    'NUMA node',
    (facts, text) => {
      const match = /^NUMA node: (\d{1,5})$/.exec(text);
      if (match !== null) facts.numaNode = Math.min(MAX_NUMA_NODE, Number(match[1]));
      return match !== null;
    },
  ],
  ...[0, 1, 2, 3, 4, 5].map((index): [string, LineReader] => [`Region ${index}`, readRegion]),
]);

/** Keys that can appear inside a capability with another meaning; there they are not the function's own. */
const ONLY_BEFORE_CAPABILITIES: ReadonlySet<string> = new Set([
  'Control',
  'Status',
  'Flags',
  ...[0, 1, 2, 3, 4, 5].map((n) => `Region ${n}`),
]);

/**
 * Reads one detail line.
 * @param text without indentation.
 * @returns whether anything in it was used.
 */
export function readDetailLine(facts: FunctionFacts, context: TextContext, text: string, at: LineRef): boolean {
  if (text.startsWith('Capabilities:')) return readCapabilityLine(facts, context, text);
  const colon = text.indexOf(':');
  const key = colon < 0 ? '' : text.slice(0, colon);
  const reader = BY_KEY.get(key);
  const inside = context.capability !== '';
  if (reader !== undefined && !(inside && ONLY_BEFORE_CAPABILITIES.has(key))) {
    return reader(facts, text, at);
  }
  if (inside) return readInsideCapability(facts, context, text, at);
  if (text.startsWith('Expansion ROM at')) return readRom(facts, text, at);
  if (REGION.test(text)) return readUnnumberedRegion(facts, text);
  return false;
}
