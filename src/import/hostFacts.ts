/*
 * What lspci does not show of a machine: processor, memory, IOMMU, address windows of the host bridges.
 * All of it is assumed, most of it from evidence.
 */
import { GIB, MIB } from '../base/units.ts';
import { ACS_LINUX_MASK, ACS_REDIRECT_MASK } from '../core/pcie/acs.ts';
import type { HostBridgeSpec, HostSpec, NodeId } from '../core/pcie/machineSpec.ts';
import { DDR4_3200_BYTES_PER_SECOND } from '../topology/build.ts';
import type { SizedFunction } from './barSizes.ts';
import type { FunctionFacts, Range } from './facts.ts';
import type { ImportLog } from './importLog.ts';
import { rootId } from './nodeIds.ts';
import type { ImportedTree, RootBus, TreeNode } from './tree.ts';

type Vendor = HostSpec['cpu']['vendor'];

const VENDORS: ReadonlyMap<number, Vendor> = new Map<number, Vendor>([
  [0x8086, 'intel'],
  [0x1022, 'amd'],
  [0x1002, 'amd'],
  [0x1d94, 'hygon'],
]);
/** Families of AMD host bridges, by device id; what is newer than all of them counts as 19h. */
const AMD_FAMILIES: ReadonlyMap<number, number> = new Map([
  [0x1450, 0x17],
  [0x15d0, 0x17],
  [0x1480, 0x17],
  [0x1630, 0x17],
  [0x14a4, 0x19],
  [0x14b5, 0x19],
  [0x14d8, 0x19],
  [0x153a, 0x1a],
  [0x1410, 0x15],
  [0x1422, 0x15],
  [0x1576, 0x15],
  [0x5a14, 0x15],
  [0x5a13, 0x15],
  [0x1510, 0x14],
  [0x1536, 0x16],
  [0x1566, 0x16],
  [0x9600, 0x10],
]);
const INTEL_FAMILY = 6;
const HYGON_FAMILY = 0x18;
const NEWEST_AMD_FAMILY = 0x19;

/** Functions that belong to the processor or its chipset: host bridges first, then root ports. */
function chipset(tree: ImportedTree): readonly TreeNode[] {
  const rootNodes = tree.roots.flatMap((root) => root.nodes);
  const bridges = rootNodes.filter((node) => node.kind === 'hostBridge');
  return [...bridges, ...rootNodes.filter((node) => node.kind === 'rootPort')];
}

function amdFamily(tree: ImportedTree): { readonly family: number; readonly reason: string } {
  for (const root of tree.roots) {
    for (const { facts } of root.nodes) {
      const named = /Family ([0-9a-f]{2})h/i.exec(facts.description);
      if (named !== null)
        return { family: parseInt(named[1] ?? '', 16), reason: `"${facts.description}" is on the root bus.` };
      const known =
        facts.vendorId === 0x1022 || facts.vendorId === 0x1002 ? AMD_FAMILIES.get(facts.deviceId ?? -1) : undefined;
      if (known !== undefined)
        return { family: known, reason: `Host bridge ${(facts.deviceId ?? 0).toString(16)} belongs to it.` };
    }
  }
  return { family: NEWEST_AMD_FAMILY, reason: 'The host bridge is made by AMD, and nothing says how old it is.' };
}

/** Vendor and family of the processor, which decide what the kernel trusts (semantics reference D-15). */
function describeCpu(tree: ImportedTree, log: ImportLog): HostSpec['cpu'] {
  const known = chipset(tree).find((node) => VENDORS.has(node.facts.vendorId ?? -1));
  const vendor = VENDORS.get(known?.facts.vendorId ?? -1) ?? 'other';
  const cores = 8;
  const because =
    known === undefined
      ? 'No host bridge or root port of a known processor vendor is in the text.'
      : `${known.facts.description === '' ? known.id : known.facts.description} is on the root bus.`;
  if (vendor === 'amd') {
    const { family, reason } = amdFamily(tree);
    log.assume(
      'CPU_ASSUMED',
      [],
      `The processor is an AMD of family ${family.toString(16)}h${family >= 0x17 ? ', whose root complexes the kernel trusts' : ''}.`,
      reason,
    );
    return { model: `AMD family ${family.toString(16)}h`, vendor, family, cores };
  }
  const family = vendor === 'intel' ? INTEL_FAMILY : vendor === 'hygon' ? HYGON_FAMILY : 0;
  const name = vendor === 'intel' ? 'an Intel' : vendor === 'hygon' ? 'a Hygon' : 'neither Intel nor AMD';
  log.assume('CPU_ASSUMED', [], `The processor is ${name}.`, because);
  return { model: vendor === 'intel' ? 'Intel' : vendor === 'hygon' ? 'Hygon' : 'CPU', vendor, family, cores };
}

/** Whether an IOMMU is on: Linux then forms groups, and redirects peer traffic where ports can. */
function describeIommu(tree: ImportedTree, log: ImportLog): HostSpec['iommu'] {
  const grouped = tree.nodes.find((node) => node.facts.iommuGroup !== undefined);
  if (grouped !== undefined) {
    log.assume(
      'IOMMU_ASSUMED',
      [],
      'The IOMMU is on and translates.',
      `lspci names IOMMU groups; whether they are in pass-through mode it does not say.`,
    );
    return 'translate';
  }
  const redirected = tree.nodes.find((node) => isSetByKernel(node.facts));
  if (redirected !== undefined) {
    log.assume(
      'IOMMU_ASSUMED',
      [],
      'The IOMMU is on and translates.',
      `ACS redirect is set on ${redirected.id}, which Linux does when an IOMMU is on.`,
    );
    return 'translate';
  }
  log.assume(
    'IOMMU_ASSUMED',
    [],
    'The IOMMU is off.',
    'lspci names no IOMMU groups, and no port has the ACS bits that Linux sets with an IOMMU.',
  );
  return 'off';
}

function isSetByKernel(facts: FunctionFacts): boolean {
  if (facts.acs === undefined) return false;
  const wanted = facts.acs.capability & ACS_LINUX_MASK;
  return (wanted & ACS_REDIRECT_MASK) !== 0 && (facts.acs.control & wanted) === wanted;
}

/**
 * Linux with an IOMMU sets ACS bits at boot. The text was taken after that: where it shows other values,
 * something else had the last word, and `config_acs` with `x` flags for all devices keeps what is shown.
 */
const KEEP_ACS = 'pci=config_acs=x@pci:0:0';

function keptAcs(tree: ImportedTree, iommu: HostSpec['iommu'], log: ImportLog): Pick<HostSpec, 'kernelParameters'> {
  if (iommu === 'off') return {};
  const different = tree.nodes.filter(({ facts: { acs } }) => {
    const wanted = acs === undefined ? 0 : acs.capability & ACS_LINUX_MASK;
    return acs !== undefined && (acs.control & wanted) !== wanted;
  });
  if (different.length === 0) return {};
  log.assume(
    'ACS_KEPT',
    different.map((node) => node.id),
    'ACS control registers stay as they are in the text.',
    'Linux with an IOMMU would have set more bits; a quirk, a boot parameter or setpci kept them clear.',
  );
  return { kernelParameters: [KEEP_ACS] };
}

/** Processor, memory and IOMMU. */
export function describeHost(tree: ImportedTree, log: ImportLog): HostSpec {
  const cpu = describeCpu(tree, log);
  const iommu = describeIommu(tree, log);
  log.assume('MEMORY_ASSUMED', [], 'Memory is 2 × DDR4-3200, 64 GiB.', 'lspci does not list memory.');
  return {
    cpu,
    memory: { sizeBytes: 64 * GIB, channels: 2, channelBytesPerSecond: DDR4_3200_BYTES_PER_SECOND, kind: 'DDR4-3200' },
    iommu,
    ...keptAcs(tree, iommu, log),
  };
}

const BELOW_4_GIB = 4 * GIB;

/** Grows over every resource that sits directly on a root bus. */
class Span {
  #range: Range | undefined;

  add(base: number, limit: number): void {
    const old = this.#range;
    this.#range =
      old === undefined ? { base, limit } : { base: Math.min(old.base, base), limit: Math.max(old.limit, limit) };
  }

  /** Rounded outwards to multiples of `granularity`; undefined if nothing was added. */
  rounded(granularity: number): Range | undefined {
    const range = this.#range;
    if (range === undefined) return undefined;
    const base = Math.floor(range.base / granularity) * granularity;
    return { base, limit: Math.ceil((range.limit + 1) / granularity) * granularity - 1 };
  }
}

/** Where 32-bit windows begin that no address in the text places (enumeration reference, section 6). */
const FIRST_FREE_ADDRESS = 0xc0000000;
const BRIDGE_ROOM_BYTES = 4 * MIB;

/** Room for 32-bit BARs whose bus address is unknown: twice their size, and a window for every bridge. */
function unplacedBytes(nodes: readonly TreeNode[], sized: ReadonlyMap<TreeNode, SizedFunction>): number {
  let bytes = 0;
  for (const node of nodes) {
    const bars = sized.get(node)?.bars ?? [];
    for (const bar of bars) if (node.facts.cpuAddressed.includes(bar.index)) bytes += 2 * bar.sizeBytes;
    const below = unplacedBytes(node.children, sized);
    bytes += below === 0 ? 0 : below + BRIDGE_ROOM_BYTES;
  }
  return bytes;
}

function rootWindows(root: RootBus, sized: ReadonlyMap<TreeNode, SizedFunction>): HostBridgeSpec['windows'] {
  const io = new Span();
  const low = new Span();
  const high = new Span();
  const addMemory = (range: Range): void => (range.limit < BELOW_4_GIB ? low : high).add(range.base, range.limit);
  for (const node of root.nodes) {
    const { windows, bars } = node.facts;
    if (windows?.io !== undefined) io.add(windows.io.base, windows.io.limit);
    if (windows?.memory !== undefined) addMemory(windows.memory);
    if (windows?.prefetchable !== undefined) addMemory(windows.prefetchable);
    const sizes = sized.get(node)?.bars ?? [];
    const rom = { address: node.facts.rom?.address, sizeBytes: sized.get(node)?.romBytes };
    if (rom.address !== undefined && rom.sizeBytes !== undefined) {
      addMemory({ base: rom.address, limit: rom.address + rom.sizeBytes - 1 });
    }
    for (const bar of bars) {
      const size = sizes.find((candidate) => candidate.index === bar.index)?.sizeBytes ?? 1;
      if (bar.address === undefined) continue;
      if (bar.space === 'io') io.add(bar.address, bar.address + size - 1);
      else addMemory({ base: bar.address, limit: bar.address + size - 1 });
    }
  }
  const ranges = { io: io.rounded(0x100), memory32: low.rounded(MIB), memory64: high.rounded(MIB) };
  const present = {
    ...(ranges.io === undefined ? {} : { io: ranges.io }),
    ...(ranges.memory32 === undefined ? {} : { memory32: ranges.memory32 }),
    ...(ranges.memory64 === undefined ? {} : { memory64: ranges.memory64 }),
  };
  return Object.keys(present).length === 0 ? undefined : present;
}

interface Claim extends Range {
  readonly root: RootBus;
}

/** What sits on a root bus and decodes memory addresses: windows of its bridges, BARs. */
function claimsOf(root: RootBus, sized: ReadonlyMap<TreeNode, SizedFunction>): readonly Claim[] {
  return root.nodes.flatMap((node) => {
    const windows = [node.facts.windows?.memory, node.facts.windows?.prefetchable].filter(
      (window) => window !== undefined,
    );
    const bars = (sized.get(node)?.bars ?? []).flatMap((spec) => {
      const address = node.facts.bars.find((bar) => bar.index === spec.index)?.address;
      if (spec.space === 'io' || address === undefined) return [];
      return [{ base: address, limit: address + spec.sizeBytes - 1 }];
    });
    return [...windows, ...bars].map((range) => ({ ...range, root }));
  });
}

/**
 * Host bridges that use the same bus addresses: real ones translate (POWER does), this model does not.
 * @simplifies Bus addresses and processor addresses are the same everywhere.
 */
function warnOfSharedAddresses(tree: ImportedTree, sized: ReadonlyMap<TreeNode, SizedFunction>, log: ImportLog): void {
  const claims = tree.roots.flatMap((root) => claimsOf(root, sized)).sort((a, b) => a.base - b.base);
  const clash = claims.find((claim, position) => {
    const next = claims[position + 1];
    return next !== undefined && next.root !== claim.root && next.base <= claim.limit;
  });
  if (clash === undefined) return;
  log.warn(
    'BUS_ADDRESSES_SHARED',
    'hostBridges',
    `Several host bridges use bus address 0x${clash.base.toString(16)}; here an address means one place only, so a device behind the other bridge cannot be reached.`,
    'Import the functions of one PCI segment alone.',
  );
}

/** The NUMA node most functions below a root bus name; ties go to the lower one. */
function numaNodeOf(nodes: readonly TreeNode[]): number {
  const votes = new Map<number, number>();
  const count = (list: readonly TreeNode[]): void => {
    for (const node of list) {
      const numa = node.facts.numaNode;
      if (numa !== undefined) votes.set(numa, (votes.get(numa) ?? 0) + 1);
      count(node.children);
    }
  };
  count(nodes);
  return [...votes].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0] ?? 0;
}

/** A host bridge for every root bus, with what lies below it. */
export function describeHostBridges(
  tree: ImportedTree,
  sized: ReadonlyMap<TreeNode, SizedFunction>,
  log: ImportLog,
): { readonly specs: readonly HostBridgeSpec[]; readonly ids: ReadonlyMap<RootBus, NodeId> } {
  const ids = new Map<RootBus, NodeId>();
  let free = FIRST_FREE_ADDRESS;
  const specs = tree.roots.map((root, position): HostBridgeSpec => {
    const id = rootId(position);
    ids.set(root, id);
    const next = tree.roots[position + 1];
    const unplaced = Math.ceil(unplacedBytes(root.nodes, sized) / MIB) * MIB;
    const placed = rootWindows(root, sized);
    const windows = unplaced === 0 ? placed : { ...placed, memory32: { base: free, limit: free + unplaced - 1 } };
    free += unplaced;
    const number = `${root.segment.toString(16).padStart(4, '0')}:${root.bus.toString(16).padStart(2, '0')}`;
    if (!root.nodes.some((node) => node.kind === 'hostBridge' || node.kind === 'rootPort')) {
      log.assume(
        'ROOT_BUS_ASSUMED',
        [id],
        `Bus ${number} is a root bus.`,
        'The text shows no bridge that leads to it.',
      );
    }
    return {
      id,
      name: `Root complex ${number}`,
      segment: root.segment,
      rootBus: root.bus,
      lastBus: next !== undefined && next.segment === root.segment ? next.bus - 1 : 255,
      numaNode: numaNodeOf(root.nodes),
      ...(windows === undefined ? {} : { windows }),
    };
  });
  warnOfSharedAddresses(tree, sized, log);
  log.assume(
    'PEER_POLICY_ASSUMED',
    specs.map((spec) => spec.id),
    'The root complex forwards peer reads and writes at full size.',
    'No register says what it does; real ones may split packets or refuse reads.',
  );
  return { specs, ids };
}
