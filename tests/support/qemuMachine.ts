/*
 * From the description of a QEMU machine to a MachineSpec: the tree comes from its `-device` arguments, the
 * facts of each device (IDs, BAR sizes) from what QEMU's monitor says of it, and the state that firmware left
 * from the monitor's answers of a start without a kernel.
 */
import type {
  BarSpec,
  FirmwareState,
  FunctionKind,
  FunctionSpec,
  HostBridgeSpec,
  MachineSpec,
} from '../../src/core/pcie/machineSpec.ts';
import type { HostBridgeDescription } from '../../src/core/host/enumerate.ts';
import { TEST_BRIDGE, TEST_HOST } from './machineBuilder.ts';

interface Topology {
  readonly machine: string;
  readonly qemu_args: readonly string[];
  readonly guest?: { readonly kernel_append?: string };
}

interface MonitorRegion {
  readonly bar: number;
  readonly size: number;
  readonly address: number;
  readonly type: 'memory' | 'io';
  readonly prefetch?: boolean;
  readonly mem_type_64?: boolean;
}

interface MonitorRange {
  readonly base: number;
  readonly limit: number;
}

interface MonitorDevice {
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
  readonly qdev_id: string;
  readonly class_info: { readonly class: number };
  readonly id: { readonly vendor: number; readonly device: number };
  readonly regions: readonly MonitorRegion[];
  readonly pci_bridge?: {
    readonly bus: {
      readonly number: number;
      readonly secondary: number;
      readonly subordinate: number;
      readonly io_range: MonitorRange;
      readonly memory_range: MonitorRange;
      readonly prefetchable_range: MonitorRange;
    };
    readonly devices?: readonly MonitorDevice[];
  };
}

type MonitorAnswer = readonly { readonly bus: number; readonly devices: readonly MonitorDevice[] }[];

/** One `-device type,key=value,…`. */
interface DeviceArgument {
  readonly type: string;
  readonly properties: ReadonlyMap<string, string>;
}

/** The `-device` arguments in order. */
export function deviceArguments(topology: Topology): readonly DeviceArgument[] {
  return topology.qemu_args.flatMap((word, index) => {
    if (topology.qemu_args[index - 1] !== '-device') return [];
    const [type = '', ...pairs] = word.split(',');
    return [
      {
        type,
        properties: new Map(
          pairs.map((pair): [string, string] => [pair.split('=')[0] ?? '', pair.split('=')[1] ?? '']),
        ),
      },
    ];
  });
}

/** Role of each device model; the rest of their facts is asked from the monitor. */
const KINDS: Readonly<
  Record<string, { readonly kind: FunctionKind; readonly onRootBus?: FunctionKind; readonly hotPlug?: boolean }>
> = {
  'pcie-root-port': { kind: 'rootPort', hotPlug: true },
  ioh3420: { kind: 'rootPort', hotPlug: true },
  'cxl-rp': { kind: 'rootPort', hotPlug: true },
  'x3130-upstream': { kind: 'upstreamPort' },
  'xio3130-downstream': { kind: 'downstreamPort', hotPlug: true },
  'pci-bridge': { kind: 'pciBridge' },
  'i82801b11-bridge': { kind: 'pciBridge' },
  nvme: { kind: 'endpoint', onRootBus: 'rcEndpoint' },
  e1000e: { kind: 'endpoint', onRootBus: 'rcEndpoint' },
  'qemu-xhci': { kind: 'endpoint', onRootBus: 'rcEndpoint' },
  'cxl-type3': { kind: 'endpoint' },
  'virtio-net-pci': { kind: 'endpoint' },
  'virtio-serial-pci': { kind: 'endpoint' },
  'virtio-blk-pci': { kind: 'endpoint' },
  'virtio-balloon-pci': { kind: 'endpoint' },
  'virtio-rng-pci': { kind: 'endpoint' },
};

/** Device numbers of the first root bus that the machine itself uses. */
const BUILT_IN_SLOTS: Readonly<Record<string, readonly number[]>> = { q35: [0, 0x1f], pc: [0, 1], virt: [0] };

/** Devices that are no function of any bus. */
const NOT_PCI: ReadonlySet<string> = new Set(['intel-iommu', 'nvdimm', 'nvme-ns', 'nvme-subsys']);
/** Extra root buses. */
const EXPANDERS: ReadonlySet<string> = new Set(['pxb-pcie', 'pxb-cxl', 'spapr-pci-host-bridge']);

function flatten(devices: readonly MonitorDevice[]): readonly MonitorDevice[] {
  return devices.flatMap((device) => [device, ...flatten(device.pci_bridge?.devices ?? [])]);
}

/** The next free device number of a bus. */
class SlotCounter {
  readonly #used = new Map<string, Set<number>>();

  reserve(bus: string, slot: number): void {
    const used = this.#used.get(bus) ?? new Set<number>();
    this.#used.set(bus, used.add(slot));
  }

  next(bus: string, from: number): number {
    let slot = from;
    while (this.#used.get(bus)?.has(slot) === true) slot++;
    return slot;
  }
}

function window(range: MonitorRange): { readonly base: number; readonly limit: number } | undefined {
  return range.base > range.limit ? undefined : { base: range.base, limit: range.limit };
}

/** Where an address says "not mapped". */
const UNMAPPED = -1;

function firmwareOf(device: MonitorDevice, romAddress: number | undefined): FirmwareState {
  const bus = device.pci_bridge?.bus;
  const io = bus && window(bus.io_range);
  const memory = bus && window(bus.memory_range);
  const prefetchable = bus && window(bus.prefetchable_range);
  const bars = device.regions
    .filter((region) => region.address !== UNMAPPED && region.bar < 6)
    .map((region): [number, number] => [region.bar, region.address]);
  return {
    // Firmware leaves decoding on in what it assigned.
    command: 0x7,
    ...(bus === undefined
      ? {}
      : { buses: { primary: bus.number, secondary: bus.secondary, subordinate: bus.subordinate } }),
    ...(io === undefined ? {} : { ioWindow: io }),
    ...(memory === undefined ? {} : { memoryWindow: memory }),
    ...(prefetchable === undefined ? {} : { prefetchableWindow: prefetchable }),
    bars: Object.fromEntries(romAddress === undefined ? bars : [...bars, [6, romAddress]]),
  };
}

function barsOf(device: MonitorDevice): readonly BarSpec[] {
  return device.regions
    .filter((region) => region.bar < 6)
    .map((region) => ({
      index: region.bar,
      space: region.type,
      widthBits: region.mem_type_64 === true ? 64 : 32,
      prefetchable: region.prefetch === true,
      sizeBytes: region.size,
    }));
}

export interface QemuMachine {
  readonly spec: MachineSpec;
  /** Host bridges as the guest's firmware described them to its kernel. */
  readonly hostBridges: readonly HostBridgeDescription[];
}

/**
 * @param topology text of `topo.json`. @param monitor text of `query-pci-firmware.json` (or `query-pci.json`).
 * @param kernelLog text of `dmesg-pci.txt`: what firmware told of root windows.
 * @param romAddressOf ROM register a function had, which the monitor does not tell.
 */
export function qemuMachine(
  topology: string,
  monitor: string,
  kernelLog: string,
  start: MachineSpec['start'],
  romAddressOf: (bus: number, device: number, fn: number) => number | undefined = () => undefined,
): QemuMachine {
  const described: Topology = JSON.parse(topology);
  const answer: MonitorAnswer = JSON.parse(monitor);
  const devices = answer.flatMap((bus) => flatten(bus.devices));
  const byId = new Map(devices.filter((device) => device.qdev_id !== '').map((device) => [device.qdev_id, device]));
  const tree = new TreeOfArguments(described, byId, romAddressOf);
  const builtIn = (answer.find((bus) => bus.bus === 0)?.devices ?? []).filter(
    (device) => device.qdev_id === '' && device.id.vendor !== 0,
  );
  const functions = [
    ...builtIn.map((device) =>
      specOf(
        device,
        {
          id: `builtin-${device.slot.toString(16)}.${device.function}`,
          parent: 'pcie.0',
          kind: device.class_info.class === 0x0600 ? ('hostBridge' as const) : ('pciDevice' as const),
          device: device.slot,
          fn: device.function,
        },
        undefined,
      ),
    ),
    ...tree.functions,
  ];
  const hostBridges = hostBridgesFrom(kernelLog);
  return {
    spec: { host: TEST_HOST, hostBridges: tree.hostBridges(hostBridges), functions, start, windowRule: 'packed' },
    hostBridges,
  };
}

interface Position {
  readonly id: string;
  readonly parent: string;
  readonly kind: FunctionKind;
  readonly device: number;
  readonly fn: number;
  readonly hotPlug?: boolean;
}

function specOf(facts: MonitorDevice, position: Position, romAddress: number | undefined): FunctionSpec {
  const { hotPlug, ...rest } = position;
  const rom = facts.regions.find((region) => region.bar === 6);
  return {
    ...rest,
    name: position.id,
    identity: {
      vendorId: facts.id.vendor,
      deviceId: facts.id.device,
      revision: 0,
      classCode: facts.class_info.class * 256,
      subsystemVendorId: 0,
      subsystemId: 0,
    },
    bars: barsOf(facts),
    ...(rom === undefined ? {} : { romBytes: rom.size }),
    ...(hotPlug === true ? { slot: { number: 1, hotPlug } } : {}),
    ...(facts.pci_bridge === undefined || position.kind === 'pciBridge' ? {} : { link: { maxGen: 1, maxWidth: 1 } }),
    firmware: firmwareOf(facts, romAddress),
  };
}

/** Walks the arguments as QEMU does: parents are named by `bus=`, device numbers by `addr=` or the next free one. */
class TreeOfArguments {
  readonly functions: FunctionSpec[] = [];
  readonly #slots = new SlotCounter();
  readonly #kindOfBus = new Map<string, FunctionKind | 'root'>([
    ['pcie.0', 'root'],
    ['pci.0', 'root'],
  ]);
  readonly #expanders = new Map<string, string>();

  constructor(
    topology: Topology,
    facts: ReadonlyMap<string, MonitorDevice>,
    romAddressOf: (bus: number, device: number, fn: number) => number | undefined,
  ) {
    // Device 0 is the host bridge, 1f the chipset's own.
    for (const slot of BUILT_IN_SLOTS[topology.machine.split(',')[0] ?? ''] ?? []) this.#slots.reserve('pcie.0', slot);
    for (const { type, properties } of deviceArguments(topology)) {
      if (NOT_PCI.has(type)) continue;
      const id = properties.get('id') ?? type;
      const bus = (properties.get('bus') ?? 'pcie.0').replace(/^pci\.0$/, 'pcie.0').replace(/^(phb\d+)\.0$/, '$1');
      const onRoot = this.#kindOfBus.get(bus) === 'root' || bus === 'pcie.0';
      const [slotText, fnText] = (properties.get('addr') ?? '').split('.');
      const device =
        slotText === undefined || slotText === '' ? this.#slots.next(bus, 0) : Number.parseInt(slotText, 16);
      this.#slots.reserve(bus, device);
      if (EXPANDERS.has(type)) {
        const segment = type === 'spapr-pci-host-bridge' ? Number(properties.get('index')) : 0;
        this.#expanders.set(`${segment}:${Number(properties.get('bus_nr') ?? 0)}`, id);
        this.#kindOfBus.set(id, 'root');
      }
      const known = facts.get(id) ?? facts.get('');
      if (known === undefined || known.id.vendor === 0) continue;
      const role = KINDS[type];
      const kind =
        role === undefined
          ? EXPANDERS.has(type)
            ? 'hostBridge'
            : 'pciDevice'
          : onRoot
            ? (role.onRootBus ?? role.kind)
            : role.kind;
      const fn = fnText === undefined ? 0 : Number(fnText);
      const hotPlug = role?.hotPlug === true && properties.get('hotplug') !== 'off';
      const name = EXPANDERS.has(type) ? `${id}-function` : id;
      const position = { id: name, parent: bus, kind, device, fn, hotPlug };
      this.functions.push(specOf(known, position, romAddressOf(known.bus, known.slot, known.function)));
      if (!EXPANDERS.has(type)) this.#kindOfBus.set(id, kind);
      this.#addVirtualFunctions(
        id,
        Number(/lab\.sriov=(\d+)/.exec(topology.guest?.kernel_append ?? '')?.[1] ?? 0),
        properties,
      );
    }
  }

  /** `lab.sriov=N`: N virtual functions were enabled; this model's lie right behind the physical one. */
  #addVirtualFunctions(physical: string, count: number, properties: ReadonlyMap<string, string>): void {
    const of = this.functions.at(-1);
    if (of === undefined || !properties.has('sriov_max_vfs')) return;
    for (let index = 0; index < count; index++) {
      const id = `${physical}-vf${index}`;
      const { firmware: _none, ...spec } = of;
      this.functions.push({ ...spec, id, name: id, fn: of.fn + 1 + index, virtualFunctionOf: physical });
    }
  }

  /** Host bridges with the names the arguments give their buses. */
  hostBridges(described: readonly HostBridgeDescription[]): readonly HostBridgeSpec[] {
    return described.map(({ segment, rootBus, lastBus, numaNode }) => {
      const id =
        segment === 0 && rootBus === 0
          ? 'pcie.0'
          : (this.#expanders.get(`${segment}:${rootBus}`) ?? `root-${segment}-${rootBus}`);
      return { ...TEST_BRIDGE, id, name: id, segment, rootBus, lastBus, numaNode };
    });
  }
}

/** Below 1 MiB lies the legacy video window, which the kernel never hands out. */
const LOWEST_MEMORY = 2 ** 20;

/** `pci_bus 0000:80: root bus resource [mem 0xf8000000-0xfbffffff window]` and its like. */
export function hostBridgesFrom(kernelLog: string): readonly HostBridgeDescription[] {
  const bridges = new Map<
    string,
    {
      segment: number;
      rootBus: number;
      lastBus: number;
      windows: { space: 'io' | 'memory'; base: number; limit: number }[];
    }
  >();
  const pattern =
    /pci_bus ([0-9a-f]{4,8}):([0-9a-f]{2}): root bus resource \[(io|mem|bus) +(?:0x)?([0-9a-f]+)-(?:0x)?([0-9a-f]+)/g;
  for (const [, segment = '0', bus = '0', what, base = '0', limit = '0'] of kernelLog.matchAll(pattern)) {
    const key = `${segment}:${bus}`;
    const rootBus = Number.parseInt(bus, 16);
    const bridge = bridges.get(key) ?? { segment: Number.parseInt(segment, 16), rootBus, lastBus: 255, windows: [] };
    bridges.set(key, bridge);
    const range = { base: Number.parseInt(base, 16), limit: Number.parseInt(limit, 16) };
    if (what === 'bus') bridge.lastBus = range.limit;
    else if (what === 'io') bridge.windows.push({ space: 'io', ...range });
    else if (range.base >= LOWEST_MEMORY) bridge.windows.push({ space: 'memory', ...range });
  }
  return [...bridges.values()].map((bridge) => ({ ...bridge, numaNode: 0 }));
}
