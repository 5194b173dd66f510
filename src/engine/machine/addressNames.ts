/*
 * One byte under its four names: offset in a memory, bus address, physical address, and the I/O virtual address a function
 * uses for it. Everything is read off the machine as it is now: BARs and bridges' windows out of configuration space, RAM
 * and windows as the root complex decodes them, the IOMMU's tables out of host memory.
 *
 *   memory + offset ── BAR, or RAM ──▶ bus address ═ host bridge ═▶ physical address ◀── page tables of the domain ── IOVA
 */
import { addressText } from '../../base/format.ts';
import { barAddress, bridgeWindows, commandOf } from '../../core/config/decode.ts';
import { indexOfId } from '../../core/host/p2pdma/names.ts';
import type { HardwareFunction } from '../../core/models/hardware.ts';
import { SystemAddressMap } from '../../core/models/systemAddressMap.ts';
import { bdfText } from '../../core/pcie/bdf.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import { rootWindows } from '../../core/pcie/rootWindows.ts';
import type { AddressName, AddressNames, AddressQuestion, MemoryPlace } from '../protocol.ts';
import type { BootedHardware } from './boot.ts';
import type { DescribedMemory } from './describe.ts';
import { iovaOf, physicalOf } from './iommuNames.ts';

interface Machine {
  readonly booted: BootedHardware;
  readonly memories: readonly DescribedMemory[];
}

/** What answers at an address, and how it gets there. */
interface Answerer {
  readonly at: MemoryPlace | undefined;
  readonly why: string;
  /** The way to it, or why there is none. */
  readonly bus: string;
  readonly physical: string;
}

/** @returns undefined if the machine has no such function. */
export function nameAddress(
  booted: BootedHardware,
  memories: readonly DescribedMemory[],
  node: NodeId,
  question: AddressQuestion,
): AddressNames | undefined {
  const machine = { booted, memories };
  const fn = indexOfId(booted.names, node);
  if (fn === undefined) return undefined;
  switch (question.by) {
    case 'memory': {
      const start = addressOf(machine, question);
      if (start.address === undefined) return nameless({ memory: question.memory, offset: question.offset }, start.why);
      return namesOf(machine, fn, start.address);
    }
    case 'iova': {
      const { value, why } = physicalOf(booted, fn, question.address);
      const iova = { value: question.address, why };
      if (value !== undefined) return { ...namesOf(machine, fn, value), iova };
      const none = { value: undefined, why: 'The IOVA leads nowhere.' };
      return { place: { at: undefined, why: none.why }, bus: none, physical: none, iova };
    }
    default:
      return namesOf(machine, fn, question.address);
  }
}

function nameless(at: MemoryPlace, why: string): AddressNames {
  const none: AddressName = { value: undefined, why };
  return { place: { at, why }, bus: none, physical: none, iova: none };
}

function namesOf(machine: Machine, fn: number, address: number): AddressNames {
  const answerer = answererAt(machine, address);
  return {
    place: { at: answerer.at, why: answerer.why },
    bus: { value: address, why: answerer.bus },
    physical: { value: address, why: answerer.physical },
    iova: iovaOf(machine.booted, fn, address),
  };
}

/** The bus address of a byte of a memory. */
function addressOf(
  { booted, memories }: Machine,
  place: MemoryPlace,
): { readonly address: number | undefined; readonly why: string } {
  const described = memories[place.memory];
  if (described === undefined || place.offset < 0 || place.offset >= described.description.sizeBytes) {
    return { address: undefined, why: 'There is no such byte in this memory.' };
  }
  if (described.description.node === 'host') {
    const { ranges } = booted.hardware.hostMemory;
    const range = ranges.find(({ offset, sizeBytes }) => place.offset >= offset && place.offset < offset + sizeBytes);
    return range === undefined
      ? { address: undefined, why: 'No address leads to this part of host memory.' }
      : { address: range.base + (place.offset - range.offset), why: '' };
  }
  const { node, label } = described.description;
  const name = nameOf(booted, node);
  const bar = barOf(booted, described);
  if (bar === undefined) {
    return { address: undefined, why: `${label} of ${name} is behind no BAR: only its own engine reaches it.` };
  }
  const fn = booted.hardware.functionOf(node);
  const base = baseOf(booted, fn, bar);
  if (base === undefined) return { address: undefined, why: `BAR ${bar} of ${name} has no address.` };
  return { address: base + place.offset, why: '' };
}

/** The BAR a device's memory is behind. */
function barOf({ devices }: BootedHardware, { memory }: DescribedMemory): number | undefined {
  const entries = [...devices.values()].flatMap((device) => device.memories);
  return entries.find((entry) => entry.memory === memory)?.bar;
}

/** What the BAR's register says; of a virtual function, what software worked out for it. Undefined = no address. */
function baseOf(booted: BootedHardware, fn: HardwareFunction, bar: number): number | undefined {
  if (fn.spec.virtualFunctionOf === undefined) {
    const base = barAddress(fn.config, bar);
    return base === 0 ? undefined : base;
  }
  const index = indexOfId(booted.names, fn.spec.id);
  const found = index === undefined ? undefined : booted.view.functions[index];
  return found?.bars.find((candidate) => candidate.index === bar)?.address;
}

function nameOf({ hardware }: BootedHardware, node: NodeId | 'host'): string {
  return hardware.spec.functions.find(({ id }) => id === node)?.name ?? node;
}

function answererAt(machine: Machine, address: number): Answerer {
  const { hardware } = machine.booted;
  const { hostBridges } = hardware.spec;
  const windows = rootWindows(hostBridges);
  const index = windows.findIndex((rows) =>
    rows.some(({ space, base, limit }) => space === 'memory' && address >= base && address <= limit),
  );
  const bridge = hostBridges[index];
  if (bridge === undefined) return ramAt(machine, address);
  const window = windows[index]?.find(
    ({ space, base, limit }) => space === 'memory' && address >= base && address <= limit,
  );
  const range = window === undefined ? '' : ` ${addressText(window.base)}…${addressText(window.limit)}`;
  const physical = `In the window${range} of host bridge ${bridge.name}, which passes addresses on unchanged.`;
  const target = barAt(machine, address);
  if (target === undefined) {
    const nobody = 'No BAR contains this address: a request ends as Unsupported Request.';
    return { at: undefined, why: nobody, bus: nobody, physical };
  }
  const { fn, bar, base, sizeBytes } = target;
  const name = nameOf(machine.booted, fn.spec.id);
  const place = `BAR ${bar} of ${name}, ${addressText(base)}…${addressText(base + sizeBytes - 1)}`;
  const memory = machine.memories.findIndex(
    (entry) => entry.description.node === fn.spec.id && barOf(machine.booted, entry) === bar,
  );
  const inMemory = memory >= 0 && address - base < (machine.memories[memory]?.description.sizeBytes ?? 0);
  return {
    at: inMemory ? { memory, offset: address - base } : undefined,
    why: inMemory ? `${place}.` : `${place}: registers, not memory.`,
    bus: wayTo(machine, fn, address),
    physical,
  };
}

function ramAt({ booted }: Machine, address: number): Answerer {
  const { hardware } = booted;
  const map = new SystemAddressMap(hardware.spec.hostBridges, hardware.hostMemory);
  const offset = map.ramOffsetOf(address);
  if (offset < 0) {
    const nobody = 'Neither RAM nor the window of a host bridge is there: nobody answers.';
    return { at: undefined, why: nobody, bus: nobody, physical: nobody };
  }
  const range = hardware.hostMemory.ranges.find(({ base, sizeBytes }) => address >= base && address < base + sizeBytes);
  const words =
    range === undefined ? 'RAM' : `RAM at ${addressText(range.base)}…${addressText(range.base + range.sizeBytes - 1)}`;
  return {
    at: { memory: 0, offset },
    why: `${words}.`,
    bus: 'No window of a bridge: requests go up to the root complex.',
    physical: `${words}, behind the memory controller.`,
  };
}

/** The BAR that contains an address, whether its function decodes it or not. */
function barAt({ booted }: Machine, address: number) {
  for (const fn of booted.hardware.functions) {
    for (const { index, space, sizeBytes: specified } of fn.spec.bars) {
      if (space !== 'memory') continue;
      const base = baseOf(booted, fn, index);
      const sizeBytes = viewSize(booted, fn, index) ?? specified;
      if (base !== undefined && address >= base && address < base + sizeBytes)
        return { fn, bar: index, base, sizeBytes };
    }
  }
  return undefined;
}

/** Resizable BARs are as large as software has made them. */
function viewSize(booted: BootedHardware, fn: HardwareFunction, bar: number): number | undefined {
  const index = indexOfId(booted.names, fn.spec.id);
  const found = index === undefined ? undefined : booted.view.functions[index];
  return found?.bars.find((candidate) => candidate.index === bar)?.sizeBytes;
}

/** Through which windows an address reaches a function, or which register keeps it away. */
function wayTo({ booted }: Machine, fn: HardwareFunction, address: number): string {
  const { hardware } = booted;
  const name = nameOf(booted, fn.spec.id);
  if (fn.spec.virtualFunctionOf === undefined && !commandOf(fn.config).memoryEnable) {
    return `Memory Space Enable of ${name} is clear: it does not answer.`;
  }
  const ports: string[] = [];
  for (let parent = fn.spec.parent; ;) {
    const port = hardware.functions.find(({ spec }) => spec.id === parent);
    if (port === undefined) break;
    if (!commandOf(port.config).memoryEnable) {
      return `Memory Space Enable of ${portName(booted, port)} is clear: nothing gets down to ${name}.`;
    }
    const { memory, prefetchable } = bridgeWindows(port.config);
    const passes = [memory, prefetchable].some(
      (window) => window !== undefined && address >= window.base && address <= window.limit,
    );
    if (!passes) return `No window of ${portName(booted, port)} contains it: nothing gets down to ${name}.`;
    ports.unshift(portName(booted, port));
    parent = port.spec.parent;
  }
  return ports.length === 0 ? `${name} sits on the root bus.` : `Down the windows of ${ports.join(', ')} to ${name}.`;
}

function portName({ names, view }: BootedHardware, port: HardwareFunction): string {
  const index = indexOfId(names, port.spec.id);
  const found = index === undefined ? undefined : view.functions[index];
  return found === undefined ? port.spec.name : bdfText(found.bdf);
}
