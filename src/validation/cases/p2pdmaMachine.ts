/*
 * From a worked case to a machine: the same tree as a machine description. ACS control is what firmware left,
 * the IOMMU is off, so that no policy changes it.
 */
import { GIB, MIB } from '../../base/units.ts';
import { invariant } from '../../base/invariant.ts';
import type {
  AcsSpec,
  BarSpec,
  FunctionKind,
  FunctionSpec,
  HostBridgeSpec,
  HostSpec,
  LinkEndSpec,
  MachineSpec,
} from '../../core/pcie/machineSpec.ts';
import { caseNodes } from './p2pdmaCase.ts';
import type { CaseHost, CaseNode, CaseNodeType, P2pdmaCase } from './p2pdmaCase.ts';

const KIND_OF_TYPE: Readonly<Record<CaseNodeType, FunctionKind>> = {
  HB: 'hostBridge',
  RP: 'rootPort',
  USP: 'upstreamPort',
  DSP: 'downstreamPort',
  EP: 'endpoint',
  RCIEP: 'rcEndpoint',
  PCI_BRIDGE: 'pcieToPciBridge',
  PCI_EP: 'pciDevice',
};

const CLASS_OF_TYPE: Readonly<Record<CaseNodeType, number>> = {
  HB: 0x060000,
  RP: 0x060400,
  USP: 0x060400,
  DSP: 0x060400,
  EP: 0x018002,
  RCIEP: 0x088000,
  PCI_BRIDGE: 0x060400,
  PCI_EP: 0x088000,
};

const LINK: LinkEndSpec = { maxGen: 4, maxWidth: 8 };
const HAS_LINK: readonly CaseNodeType[] = ['RP', 'USP', 'DSP', 'EP'];

/** Keeps ACS control as the case gives it, IOMMU or not. */
const KEEP_ACS = 'pci=config_acs=x@pci:0:0';

/** The same with an IOMMU that translates, where the case has I/O virtual addresses: what packets are sent in. */
export function machineToRun(row: P2pdmaCase): MachineSpec {
  const spec = machineOfCase(row);
  if (row.addressForm !== 'iova') return spec;
  return { ...spec, host: { ...spec.host, iommu: 'translate', kernelParameters: [KEEP_ACS] } };
}

/** The machine of a case. Functions keep their names; ids are made up. */
export function machineOfCase(row: P2pdmaCase): MachineSpec {
  const functions: FunctionSpec[] = [];
  const ids = new Map(caseNodes(row).map((node, index) => [node.name, `f${index}`]));
  const hostBridges = row.hosts.map((host, index) => hostBridgeOf(row, host, index));
  row.hosts.forEach((host, index) => {
    for (const node of host.tree) addFunctions({ node, parent: hostId(index), functions, ids });
  });
  return { host: hostOf(row), hostBridges, functions, start: 'cold', windowRule: 'packed' };
}

function hostId(index: number): string {
  return `host${index}`;
}

function hostBridgeOf(row: P2pdmaCase, host: CaseHost, index: number): HostBridgeSpec {
  const later = row.hosts
    .filter((other) => other.segment === host.segment && other.rootBus > host.rootBus)
    .map((other) => other.rootBus);
  return {
    id: hostId(index),
    name: host.name,
    segment: host.segment,
    rootBus: host.rootBus,
    lastBus: Math.min(256, ...later) - 1,
    numaNode: index,
  };
}

/** The kernel looks at CPU 0, which is in the first socket. */
function hostOf(row: P2pdmaCase): HostSpec {
  const first = row.hosts[0];
  invariant(first !== undefined, () => `case ${row.id} has no host`);
  const vendor = first.cpuVendor.toLowerCase();
  return {
    cpu: {
      model: `${first.cpuVendor} family ${first.cpuFamily.toString(16)}h`,
      vendor: vendor === 'intel' || vendor === 'amd' || vendor === 'hygon' ? vendor : 'other',
      family: first.cpuFamily,
      cores: 8,
    },
    memory: { sizeBytes: 4 * GIB, channels: 2, channelBytesPerSecond: 25.6e9, kind: 'DDR4-3200' },
    iommu: 'off',
  };
}

interface Addition {
  readonly node: CaseNode;
  readonly parent: string;
  readonly functions: FunctionSpec[];
  /** Id of each function by its name in the case. */
  readonly ids: ReadonlyMap<string, string>;
}

function addFunctions({ node, parent, functions, ids }: Addition): void {
  const id = ids.get(node.name) ?? node.name;
  const physical = node.virtualFunctionOf === undefined ? undefined : ids.get(node.virtualFunctionOf);
  functions.push({
    id,
    name: node.name,
    parent,
    device: node.device,
    fn: node.fn,
    kind: KIND_OF_TYPE[node.type],
    identity: {
      vendorId: node.vendorId,
      deviceId: node.deviceId,
      revision: 0,
      classCode: CLASS_OF_TYPE[node.type],
      subsystemVendorId: 0,
      subsystemId: 0,
    },
    bars: barsOf(node),
    ...(HAS_LINK.includes(node.type) ? { link: LINK } : {}),
    ...(node.acs === undefined ? {} : { acs: acsAsGiven(node.acs) }),
    ...(physical === undefined ? {} : { virtualFunctionOf: physical }),
  });
  for (const child of node.children) addFunctions({ node: child, parent: id, functions, ids });
}

/** Control is taken as given even where a case sets a bit that its capability does not offer. */
function acsAsGiven({ capability, control }: AcsSpec): AcsSpec {
  return { capability: capability | control, control };
}

/** Every device has memory that a peer could use, except virtual functions, whose memory belongs to the physical one. */
function barsOf(node: CaseNode): readonly BarSpec[] {
  if (node.virtualFunctionOf !== undefined) return [];
  if (node.type === 'EP' || node.type === 'RCIEP') {
    return [{ index: 4, space: 'memory', widthBits: 64, prefetchable: true, sizeBytes: MIB }];
  }
  if (node.type === 'PCI_EP') {
    return [{ index: 0, space: 'memory', widthBits: 32, prefetchable: false, sizeBytes: MIB }];
  }
  return [];
}
