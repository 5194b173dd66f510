/*
 * Short descriptions of machines for tests: a tree of functions becomes a MachineSpec.
 */
import type {
  BarSpec,
  FunctionIdentity,
  FunctionKind,
  FunctionSpec,
  HostBridgeSpec,
  HostSpec,
  MachineSpec,
  NodeId,
} from '../../src/core/pcie/machineSpec.ts';

export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

export interface FunctionNode extends Partial<Omit<FunctionSpec, 'id' | 'parent' | 'identity' | 'kind'>> {
  readonly id: NodeId;
  readonly kind: FunctionKind;
  readonly identity?: Partial<FunctionIdentity>;
  readonly below?: readonly FunctionNode[];
}

const DEFAULT_IDENTITY: Readonly<Record<FunctionKind, { vendorId: number; deviceId: number; classCode: number }>> = {
  hostBridge: { vendorId: 0x8086, deviceId: 0x29c0, classCode: 0x060000 },
  rootPort: { vendorId: 0x1b36, deviceId: 0x000c, classCode: 0x060400 },
  upstreamPort: { vendorId: 0x11f8, deviceId: 0x4052, classCode: 0x060400 },
  downstreamPort: { vendorId: 0x11f8, deviceId: 0x4052, classCode: 0x060400 },
  endpoint: { vendorId: 0x1b36, deviceId: 0x0010, classCode: 0x010802 },
  legacyEndpoint: { vendorId: 0x1b36, deviceId: 0x0010, classCode: 0x010802 },
  rcEndpoint: { vendorId: 0x8086, deviceId: 0x0b25, classCode: 0x088000 },
  rcEventCollector: { vendorId: 0x8086, deviceId: 0x0b26, classCode: 0x080700 },
  pcieToPciBridge: { vendorId: 0x1b36, deviceId: 0x000e, classCode: 0x060400 },
  pciToPcieBridge: { vendorId: 0x1b36, deviceId: 0x000e, classCode: 0x060400 },
  pciBridge: { vendorId: 0x1b36, deviceId: 0x0001, classCode: 0x060400 },
  pciDevice: { vendorId: 0x8086, deviceId: 0x100e, classCode: 0x020000 },
};

export const TEST_HOST: HostSpec = {
  cpu: { model: 'CPU 0', vendor: 'intel', family: 6, cores: 8 },
  memory: { sizeBytes: 64 * GIB, channels: 2, channelBytesPerSecond: 25.6e9, kind: 'DDR4-3200' },
  iommu: 'off',
};

export const TEST_BRIDGE: HostBridgeSpec = {
  id: 'pcie0',
  name: 'pcie0',
  segment: 0,
  rootBus: 0,
  lastBus: 255,
  numaNode: 0,
};

/** A memory BAR: `64`/`32` bits wide, prefetchable or not. */
export function bar(index: number, sizeBytes: number, widthBits: 32 | 64, prefetchable: boolean): BarSpec {
  return { index, space: 'memory', widthBits, prefetchable, sizeBytes };
}

export function ioBar(index: number, sizeBytes: number): BarSpec {
  return { index, space: 'io', widthBits: 32, prefetchable: false, sizeBytes };
}

/** Flattens a tree below `parent`. Devices without a number get the next free one among their siblings. */
export function functionsBelow(parent: NodeId, nodes: readonly FunctionNode[]): readonly FunctionSpec[] {
  return nodes.flatMap((node, index) => {
    const { below = [], identity, ...rest } = node;
    const spec: FunctionSpec = {
      name: node.id,
      device: index,
      fn: 0,
      bars: [],
      ...rest,
      parent,
      identity: { revision: 0, subsystemVendorId: 0, subsystemId: 0, ...DEFAULT_IDENTITY[node.kind], ...identity },
    };
    return [spec, ...functionsBelow(node.id, below)];
  });
}

/** A machine with one host bridge, cold, packed; parts can be replaced. */
export function machine(nodes: readonly FunctionNode[], parts: Partial<MachineSpec> = {}): MachineSpec {
  const bridge = parts.hostBridges?.[0] ?? TEST_BRIDGE;
  return {
    host: TEST_HOST,
    hostBridges: [bridge],
    functions: functionsBelow(bridge.id, nodes),
    start: 'cold',
    windowRule: 'packed',
    ...parts,
  };
}
