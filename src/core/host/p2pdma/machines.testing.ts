/*
 * For tests only: small machines, written as nested functions.
 *
 *   machine({ tree: [port('rp0', 1, [endpoint('a', 0)])] })
 */
import type { FunctionKind, FunctionSpec, HostSpec, MachineSpec } from '../../pcie/machineSpec.ts';

export interface TestNode {
  readonly id: string;
  readonly kind: FunctionKind;
  readonly device: number;
  readonly fn: number;
  readonly identity: readonly [vendorId: number, deviceId: number];
  readonly acsControl: number | undefined;
  readonly virtualFunctionOf: string | undefined;
  readonly children: readonly TestNode[];
}

type NodeOptions = Partial<Omit<TestNode, 'id' | 'kind' | 'device' | 'children'>>;

function node(
  id: string,
  kind: FunctionKind,
  device: number,
  children: readonly TestNode[],
  options: NodeOptions,
): TestNode {
  return {
    fn: 0,
    identity: [0x11f8, 0xf115],
    acsControl: undefined,
    virtualFunctionOf: undefined,
    ...options,
    id,
    kind,
    device,
    children,
  };
}

export function hostFunction(id: string, vendorId: number, deviceId: number, device = 0): TestNode {
  return node(id, 'hostBridge', device, [], { identity: [vendorId, deviceId] });
}

export function rootPort(
  id: string,
  device: number,
  children: readonly TestNode[],
  options: NodeOptions = {},
): TestNode {
  return node(id, 'rootPort', device, children, options);
}

/** A switch: its upstream port and downstream ports, each given as [id, what is below it, ACS control]. */
export function pcieSwitch(
  id: string,
  ports: readonly (readonly [id: string, below: readonly TestNode[], acsControl?: number | undefined])[],
): TestNode {
  const downstream = ports.map(([portId, below, acsControl], device) =>
    node(portId, 'downstreamPort', device, below, { acsControl }),
  );
  return node(id, 'upstreamPort', 0, downstream, { identity: [0x11f8, 0x4052] });
}

export function endpoint(id: string, options: NodeOptions = {}): TestNode {
  return node(id, 'endpoint', 0, [], options);
}

export function integrated(id: string, device: number, options: NodeOptions = {}): TestNode {
  return node(id, 'rcEndpoint', device, [], options);
}

/** A bridge from PCI Express to a conventional bus. */
export function pciBridge(id: string, children: readonly TestNode[], device = 0): TestNode {
  return node(id, 'pcieToPciBridge', device, children, {});
}

export function conventional(id: string, device: number): TestNode {
  return node(id, 'pciDevice', device, [], {});
}

export interface TestHost {
  readonly id: string;
  readonly rootBus: number;
  readonly segment?: number;
  readonly numaNode?: number;
  readonly tree: readonly TestNode[];
}

/** A machine with one or several host bridges; by default an Intel CPU that proves nothing and no IOMMU. */
export function machine(
  hosts: readonly TestHost[],
  options: { readonly cpu?: Pick<HostSpec['cpu'], 'vendor' | 'family'>; readonly iommu?: HostSpec['iommu'] } = {},
): MachineSpec {
  const functions: FunctionSpec[] = [];
  const add = (parent: string, child: TestNode): void => {
    functions.push(functionSpec(parent, child));
    for (const below of child.children) add(child.id, below);
  };
  for (const host of hosts) {
    for (const child of host.tree) add(host.id, child);
  }
  return {
    host: {
      cpu: { model: 'test', cores: 1, vendor: 'intel', family: 6, ...options.cpu },
      memory: { sizeBytes: 2 ** 30, channels: 1, channelBytesPerSecond: 25.6e9, kind: 'DDR4' },
      iommu: options.iommu ?? 'off',
    },
    hostBridges: hosts.map((host, index) => ({
      id: host.id,
      name: host.id,
      segment: host.segment ?? 0,
      rootBus: host.rootBus,
      lastBus: 0xff,
      numaNode: host.numaNode ?? index,
    })),
    functions,
    start: 'cold',
    windowRule: 'packed',
  };
}

function functionSpec(parent: string, child: TestNode): FunctionSpec {
  const [vendorId, deviceId] = child.identity;
  return {
    id: child.id,
    name: child.id,
    parent,
    device: child.device,
    fn: child.fn,
    kind: child.kind,
    identity: { vendorId, deviceId, revision: 0, classCode: 0, subsystemVendorId: 0, subsystemId: 0 },
    bars: [],
    ...(child.acsControl === undefined ? {} : { acs: { capability: 0x7f, control: child.acsControl } }),
    ...(child.virtualFunctionOf === undefined ? {} : { virtualFunctionOf: child.virtualFunctionOf }),
  };
}
