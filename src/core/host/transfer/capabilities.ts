/*
 * What the installed drivers can do with each function: who can move bytes, whose bytes have addresses.
 */
import { engineBarOf, largestMemoryBarOf } from '../../config/devices/engineBar.ts';
import type { DeviceModel } from '../../pcie/machineSpec.ts';
import type { HostBar, HostFunction, HostView } from '../hostView.ts';

/** A range of bus addresses. */
export interface AddressRange {
  readonly address: number;
  readonly sizeBytes: number;
}

export interface DeviceCapability {
  /** Index into the view's functions. */
  readonly fn: number;
  readonly driver: DeviceModel['type'];
  /** Its DMA engine. `inner`: it moves bytes between the device and any bus address; else between two bus addresses. */
  readonly engine: { readonly registers: number; readonly inner: boolean } | undefined;
  /** Bus addresses of the very bytes a transfer means: its memory. */
  readonly window: AddressRange | undefined;
  /** Addressable memory of the device that its engine can move to and from those bytes (a controller memory buffer). */
  readonly buffer: AddressRange | undefined;
  /** Bytes it can give or take; 0 = it has none of its own, Infinity = a stream. */
  readonly capacityBytes: number;
  /** Why a part is missing that such a device has. */
  readonly missing: string | undefined;
}

/** What a driver knows of its device beyond what configuration space says: its own documentation. */
export interface DeviceKnowledge {
  readonly fn: number;
  /** @simplifies Drivers bind by the document's device model instead of a table of vendor and device IDs. */
  readonly model: DeviceModel;
}

function rangeOf(bar: HostBar | undefined): AddressRange | undefined {
  return bar?.address === undefined ? undefined : { address: bar.address, sizeBytes: bar.sizeBytes };
}

function barAt(fn: HostFunction, index: number | undefined): HostBar | undefined {
  return fn.bars.find((bar) => bar.index === index && bar.space === 'memory');
}

/** BAR that is the device's memory, by its driver. */
function memoryBarOf(fn: HostFunction, model: DeviceModel): HostBar | undefined {
  switch (model.type) {
    case 'iopmem':
      return barAt(fn, 4) ?? largestMemoryBarOf(fn.bars);
    case 'generic':
      return largestMemoryBarOf(fn.bars);
    case 'gpu':
      return barAt(fn, model.apertureBar);
    case 'nvme':
      return barAt(fn, model.cmbBar);
    case 'nic':
    case 'dma':
      return undefined;
  }
}

function capacityOf(model: DeviceModel, memory: HostBar | undefined): number {
  if (model.type === 'nic') return Infinity;
  if (model.type === 'nvme') return model.capacityBytes;
  return memory?.sizeBytes ?? 0;
}

const HAS_ENGINE: ReadonlySet<DeviceModel['type']> = new Set<DeviceModel['type']>(['nic', 'dma', 'nvme', 'gpu']);

/**
 * Why a BAR cannot be used, or undefined if it can: without an address nobody reaches it, and with one that another
 * function also has (domains whose bus addresses repeat) nobody knows whom he reaches.
 */
function unusable(bar: HostBar, fn: HostFunction, owners: readonly AddressOwner[]): string | undefined {
  const range = rangeOf(bar);
  if (range === undefined) return `its BAR ${bar.index} has no address`;
  const end = range.address + range.sizeBytes;
  const other = owners.find((one) => one.fn !== fn.index && one.base < end && one.end > range.address);
  return other === undefined
    ? undefined
    : `the bus addresses of its BAR ${bar.index} are those of another function, too`;
}

/** A range of bus addresses some function answers. */
export interface AddressOwner {
  readonly fn: number;
  readonly base: number;
  /** First address after it. */
  readonly end: number;
}

function addressOwners(view: HostView): readonly AddressOwner[] {
  return view.functions.flatMap((fn) =>
    fn.bars.flatMap(({ space, address, sizeBytes }) =>
      space === 'memory' && address !== undefined ? [{ fn: fn.index, base: address, end: address + sizeBytes }] : [],
    ),
  );
}

/** Capability of one function. @param owners who else has addresses; default: nobody. */
export function capabilityOf(
  fn: HostFunction,
  model: DeviceModel,
  owners: readonly AddressOwner[] = [],
): DeviceCapability {
  const memory = memoryBarOf(fn, model);
  const engineBar = HAS_ENGINE.has(model.type) ? engineBarOf(fn.bars, memory?.index) : undefined;
  const problems = [memory, engineBar].map((bar) => (bar === undefined ? undefined : unusable(bar, fn, owners)));
  const registers = problems[1] === undefined ? engineBar?.address : undefined;
  const range = problems[0] === undefined ? rangeOf(memory) : undefined;
  const isBuffer = model.type === 'nvme';
  return {
    fn: fn.index,
    driver: model.type,
    engine: registers === undefined ? undefined : { registers, inner: model.type !== 'dma' },
    window: isBuffer ? undefined : range,
    buffer: isBuffer ? range : undefined,
    capacityBytes: capacityOf(model, memory),
    missing: problems.find((problem) => problem !== undefined),
  };
}

/** Capabilities by function index. */
export function capabilitiesOf(
  view: HostView,
  knowledge: readonly DeviceKnowledge[],
): ReadonlyMap<number, DeviceCapability> {
  const owners = addressOwners(view);
  const found = new Map<number, DeviceCapability>();
  for (const { fn, model } of knowledge) {
    const known = view.functions[fn];
    if (known !== undefined) found.set(fn, capabilityOf(known, model, owners));
  }
  return found;
}
