/*
 * Short ways to write functions with sensible identities and BARs, for presets and tests. Identities are
 * those of the enumeration reference, section 9; where it leaves one open, a common real device is used.
 */
import { GIB, KIB, MIB } from '../base/units.ts';
import type { LinkGen, LinkWidth } from '../core/pcie/link.ts';
import type {
  BarSpec,
  FunctionIdentity,
  FunctionKind,
  FunctionSpec,
  HostBridgeSpec,
  HostSpec,
  LinkEndSpec,
  NodeId,
} from '../core/pcie/machineSpec.ts';
import { DOCUMENT_VERSION, type TopologyDocument, type TransferSpec } from './document.ts';

/** ACS capability bits of ports (enumeration reference 8.4). */
export const ROOT_PORT_ACS_CAPABILITY = 0x1f;
export const DOWNSTREAM_PORT_ACS_CAPABILITY = 0x5f;

const DEFAULT_MPS_BYTES = 256;
const DEFAULT_MRRS_BYTES = 512;

/** Identity from `vendor:device` in hexadecimal (`'11f8:f115'`), the 24-bit class code and a revision. */
export function identity(ids: string, classCode: number, revision = 0): FunctionIdentity {
  const [vendor = '0', device = '0'] = ids.split(':');
  const vendorId = parseInt(vendor, 16);
  const deviceId = parseInt(device, 16);
  return { vendorId, deviceId, revision, classCode, subsystemVendorId: vendorId, subsystemId: deviceId };
}

/** A 64-bit memory BAR. */
export function memoryBar(index: number, sizeBytes: number, prefetchable: boolean): BarSpec {
  return { index, space: 'memory', widthBits: 64, prefetchable, sizeBytes };
}

/**
 * A serial number from a name: the same in all functions of a device and all ports of one switch
 * (enumeration reference 8.5), different for different names. FNV-1a, twice 32 bits.
 */
export function serialNumber(owner: string): string {
  let low = 0x811c9dc5;
  let high = 0x01000193;
  for (let index = 0; index < owner.length; index++) {
    low = Math.imul(low ^ owner.charCodeAt(index), 0x01000193);
    high = Math.imul(high ^ owner.charCodeAt(index), 0x85ebca6b) ^ (high >>> 13);
  }
  return (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0');
}

/** Where a function sits. `device` and `fn` default to 0. */
export interface Place {
  readonly parent: NodeId;
  readonly device?: number;
  readonly fn?: number;
}

export interface LinkOptions {
  readonly gen: LinkGen;
  readonly width: LinkWidth;
  /** The link is known to train below both ends' capability. */
  readonly limitWidth?: LinkWidth;
  readonly limitGen?: LinkGen;
}

function linkEnd(options: LinkOptions): LinkEndSpec {
  return {
    maxGen: options.gen,
    maxWidth: options.width,
    ...(options.limitGen === undefined ? {} : { limitGen: options.limitGen }),
    ...(options.limitWidth === undefined ? {} : { limitWidth: options.limitWidth }),
  };
}

interface FunctionParts extends Place {
  readonly id: NodeId;
  readonly name: string;
  readonly kind: FunctionKind;
  readonly identity: FunctionIdentity;
  readonly bars?: readonly BarSpec[];
}

function functionSpec(parts: FunctionParts, more: Partial<FunctionSpec>): FunctionSpec {
  return {
    id: parts.id,
    name: parts.name,
    parent: parts.parent,
    device: parts.device ?? 0,
    fn: parts.fn ?? 0,
    kind: parts.kind,
    identity: parts.identity,
    bars: parts.bars ?? [],
    mpsSupportedBytes: DEFAULT_MPS_BYTES,
    mpsBytes: DEFAULT_MPS_BYTES,
    mrrsBytes: DEFAULT_MRRS_BYTES,
    ...more,
  };
}

/** The 00.0 function of a root bus. `ids` default: the host bridge that the kernel does not trust. */
export function hostBridgeFunction(id: NodeId, parent: NodeId, ids = '8086:29c0'): FunctionSpec {
  return {
    id,
    name: 'Host bridge',
    parent,
    device: 0,
    fn: 0,
    kind: 'hostBridge',
    identity: identity(ids, 0x060000),
    bars: [],
  };
}

export interface PortOptions extends LinkOptions {
  readonly slot?: number;
  readonly hotPlug?: boolean;
  /** ACS control bits. Default 0, as after reset. */
  readonly acsControl?: number;
}

function portParts(options: PortOptions, capability: number): Partial<FunctionSpec> {
  return {
    link: linkEnd(options),
    acs: { capability, control: (options.acsControl ?? 0) & capability },
    ...(options.slot === undefined ? {} : { slot: { number: options.slot, hotPlug: options.hotPlug ?? false } }),
  };
}

/** A root port on a root bus. */
export function rootPort(id: NodeId, place: Place, options: PortOptions & { readonly ids?: string }): FunctionSpec {
  const ids = options.ids ?? '1b36:000c';
  return functionSpec(
    { ...place, id, name: `Root port ${id}`, kind: 'rootPort', identity: identity(ids, 0x060400) },
    { ...portParts(options, ROOT_PORT_ACS_CAPABILITY), serialNumber: serialNumber(id) },
  );
}

export interface SwitchOptions {
  readonly upstream: LinkOptions;
  /** Downstream ports in order; port k gets the id `SWITCH-pk` and device number k. */
  readonly downstream: readonly PortOptions[];
  readonly latency_ps?: number;
  readonly forwarding?: 'cutThrough' | 'storeAndForward';
  readonly name?: string;
}

/** Id of downstream port `port` of a switch made by {@link switchPorts}. */
export function portId(switchId: NodeId, port: number): NodeId {
  return `${switchId}-p${port}`;
}

/** A switch below a root or downstream port: its upstream port (`id`) and its downstream ports. */
export function switchPorts(id: NodeId, place: Place, options: SwitchOptions): readonly FunctionSpec[] {
  const name = options.name ?? `Switch ${id}`;
  const ports = identity('11f8:4052', 0x060400);
  const upstream = functionSpec(
    { ...place, id, name, kind: 'upstreamPort', identity: ports },
    {
      link: linkEnd(options.upstream),
      serialNumber: serialNumber(id),
      switch: {
        forwarding: options.forwarding ?? 'cutThrough',
        ...(options.latency_ps === undefined ? {} : { latency_ps: options.latency_ps }),
      },
    },
  );
  const downstream = options.downstream.map((port, index) =>
    functionSpec(
      {
        id: portId(id, index),
        name: `${name} port ${index}`,
        parent: id,
        device: index,
        kind: 'downstreamPort',
        identity: ports,
      },
      { ...portParts(port, DOWNSTREAM_PORT_ACS_CAPABILITY), serialNumber: serialNumber(id) },
    ),
  );
  return [upstream, ...downstream];
}

function endpointParts(id: NodeId, link: LinkOptions): Partial<FunctionSpec> {
  return { link: linkEnd(link), serialNumber: serialNumber(id) };
}

/** Memory endpoint 11f8:f115 (enumeration reference 9.1). */
export function iopmem(
  id: NodeId,
  parent: NodeId,
  options: LinkOptions & { readonly capacityBytes: number },
): FunctionSpec {
  return functionSpec(
    {
      parent,
      id,
      name: id,
      kind: 'endpoint',
      identity: identity('11f8:f115', 0x018002, 2),
      bars: [memoryBar(4, options.capacityBytes, true)],
    },
    { ...endpointParts(id, options), model: { type: 'iopmem' } },
  );
}

/** Network adapter; the identity is that of a common two-port 100 GbE card. */
export function nic(
  id: NodeId,
  parent: NodeId,
  options: LinkOptions & { readonly wireBitsPerSecond: number },
): FunctionSpec {
  return functionSpec(
    {
      parent,
      id,
      name: id,
      kind: 'endpoint',
      identity: identity('15b3:101d', 0x020000),
      bars: [memoryBar(0, 32 * MIB, true)],
    },
    {
      ...endpointParts(id, options),
      interruptPin: 1,
      capabilities: { msix: { vectors: 64, bar: 0, tableOffset: 0x2000, pbaOffset: 0x3000 } },
      model: { type: 'nic', wireBitsPerSecond: options.wireBitsPerSecond },
    },
  );
}

export interface NvmeOptions extends LinkOptions {
  readonly capacityBytes: number;
  readonly readBytesPerSecond: number;
  readonly writeBytesPerSecond: number;
  /** Controller memory buffer in BAR 4; absent = none. */
  readonly cmbBytes?: number;
}

/** NVMe drive: BAR 0 registers, BAR 4 controller memory buffer. */
export function nvme(id: NodeId, parent: NodeId, options: NvmeOptions): FunctionSpec {
  const cmb = options.cmbBytes;
  return functionSpec(
    {
      parent,
      id,
      name: id,
      kind: 'endpoint',
      identity: identity('1b36:0010', 0x010802, 2),
      bars: [memoryBar(0, 16 * KIB, false), ...(cmb === undefined ? [] : [memoryBar(4, cmb, true)])],
    },
    {
      ...endpointParts(id, options),
      interruptPin: 1,
      capabilities: { msix: { vectors: 65, bar: 0, tableOffset: 0x2000, pbaOffset: 0x3000 } },
      model: {
        type: 'nvme',
        capacityBytes: options.capacityBytes,
        readBytesPerSecond: options.readBytesPerSecond,
        writeBytesPerSecond: options.writeBytesPerSecond,
        ...(cmb === undefined ? {} : { cmbBar: 4 }),
      },
    },
  );
}

/** Accelerator: BAR 0 registers, BAR 2 aperture. The identity is that of a common data-centre card. */
export function gpu(
  id: NodeId,
  parent: NodeId,
  options: LinkOptions & { readonly apertureBytes: number },
): FunctionSpec {
  return functionSpec(
    {
      parent,
      id,
      name: id,
      kind: 'endpoint',
      identity: identity('10de:20b5', 0x030200, 0xa1),
      bars: [
        { index: 0, space: 'memory', widthBits: 32, prefetchable: false, sizeBytes: 16 * MIB },
        memoryBar(2, options.apertureBytes, true),
      ],
    },
    {
      ...endpointParts(id, options),
      interruptPin: 1,
      capabilities: { msix: { vectors: 6, bar: 0, tableOffset: 0xb90000, pbaOffset: 0xba0000 } },
      model: { type: 'gpu', apertureBar: 2 },
    },
  );
}

/** Memory-to-memory engine inside the root complex; it runs the second leg of bounces to devices without one. */
export function rootComplexDma(id: NodeId, place: Place): FunctionSpec {
  return functionSpec(
    {
      ...place,
      id,
      name: id,
      kind: 'rcEndpoint',
      identity: identity('8086:2021', 0x088000, 4),
      bars: [memoryBar(0, 16 * KIB, false)],
    },
    { interruptPin: 1, serialNumber: serialNumber(id), model: { type: 'dma' } },
  );
}

/** DDR4-3200: 8 bytes · 3200 MT/s (performance reference, section 6). */
export const DDR4_3200_BYTES_PER_SECOND = 25.6e9;

/** The default host: 8 cores, two channels of DDR4-3200, 64 GiB, IOMMU off. */
export function host(more: Partial<HostSpec> = {}): HostSpec {
  return {
    cpu: { model: 'CPU 0', vendor: 'intel', family: 6, cores: 8 },
    memory: { sizeBytes: 64 * GIB, channels: 2, channelBytesPerSecond: DDR4_3200_BYTES_PER_SECOND, kind: 'DDR4-3200' },
    iommu: 'off',
    ...more,
  };
}

/** The first host bridge: segment 0, buses 00 to ff. */
export function hostBridge(id: NodeId, more: Partial<HostBridgeSpec> = {}): HostBridgeSpec {
  return { id, name: 'Root complex', segment: 0, rootBus: 0, lastBus: 255, numaNode: 0, ...more };
}

/** A job with the default staging: chunks of 1 MiB, one buffer, interrupts. */
export function transfer(from: NodeId, to: NodeId, more: Partial<TransferSpec> = {}): TransferSpec {
  return { from, to, bytes: 64 * MIB, bounce: { chunkBytes: MIB, buffers: 1, completion: 'interrupt' }, ...more };
}

/** A cold machine whose windows are packed (enumeration reference W-6). */
export function machineDocument(
  parts: Pick<TopologyDocument, 'name' | 'description' | 'hostBridges' | 'functions' | 'transfer'> &
    Partial<TopologyDocument>,
): TopologyDocument {
  return { version: DOCUMENT_VERSION, host: host(), start: 'cold', windowRule: 'packed', assumptions: [], ...parts };
}

/** The same machine with an IOMMU that translates. Linux then sets ACS bits at boot; firmware had left them clear. */
export function withIommu(document: TopologyDocument): TopologyDocument {
  return { ...document, host: { ...document.host, iommu: 'translate' } };
}
