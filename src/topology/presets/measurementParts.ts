/*
 * Pieces of the machines that published measurements were made on.
 */
import { GIB, KIB, MIB } from '../../base/units.ts';
import type { FunctionSpec, HostBridgeSpec, HostSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { host, identity, type LinkOptions, memoryBar, nvme, serialNumber } from '../build.ts';
import type { Assumption, FlowSpec, FlowWork } from '../document.ts';

/** Performance reference, section 6: 8 B · MT/s. */
const DDR3_1600_BYTES_PER_SECOND = 12.8e9;
const DDR4_2400_BYTES_PER_SECOND = 19.2e9;
const DDR4_3200_BYTES_PER_SECOND = 25.6e9;
const DDR5_4800_BYTES_PER_SECOND = 38.4e9;

export interface CardOptions extends LinkOptions {
  readonly name?: string;
  /** `vendor:device`. */
  readonly ids?: string;
  /** Default 16 MiB. */
  readonly memoryBytes?: number;
  /** Default 250 ns. */
  readonly readLatency_ps?: number;
  readonly tags?: number;
  /** Default 256. */
  readonly mpsBytes?: number;
  readonly mrrsBytes?: number;
  /** Adds a digest to every TLP. */
  readonly ecrc?: boolean;
}

/** An add-in card with an engine that reads and writes as it is told, and memory of its own behind BAR 4. */
export function card(id: NodeId, parent: NodeId, options: CardOptions): FunctionSpec {
  const mpsBytes = options.mpsBytes ?? 256;
  return {
    id,
    name: options.name ?? `Test card ${id}`,
    parent,
    device: 0,
    fn: 0,
    kind: 'endpoint',
    identity: identity(options.ids ?? '11f8:f115', 0x120000, 2),
    bars: [memoryBar(0, 16 * KIB, false), memoryBar(4, options.memoryBytes ?? 16 * MIB, true)],
    mpsSupportedBytes: mpsBytes,
    mpsBytes,
    mrrsBytes: options.mrrsBytes ?? 512,
    link: { maxGen: options.gen, maxWidth: options.width },
    serialNumber: serialNumber(id),
    interruptPin: 1,
    ...(options.ecrc === true ? { ecrc: true } : {}),
    model: {
      type: 'gpu',
      apertureBar: 4,
      readLatency_ps: options.readLatency_ps ?? 250_000,
      ...(options.tags === undefined ? {} : { tags: options.tags }),
    },
  };
}

/** A drive whose media is what `readBytesPerSecond` says and whose link is what limits otherwise. */
export function drive(
  id: NodeId,
  parent: NodeId,
  options: LinkOptions & { readonly name: string; readonly readBytesPerSecond: number },
): FunctionSpec {
  const { name, gen, width, readBytesPerSecond } = options;
  const spec = nvme(id, parent, {
    gen,
    width,
    capacityBytes: 1.6e12,
    readBytesPerSecond,
    writeBytesPerSecond: readBytesPerSecond / 2,
  });
  return { ...spec, name };
}

/** Dual-socket server CPUs of the pcie-bench figures: E5 v1 to v4. */
export const E5_HOST: HostSpec = host({
  cpu: { model: 'Xeon E5', vendor: 'intel', family: 6, cores: 8 },
  memory: {
    sizeBytes: 64 * GIB,
    channels: 4,
    channelBytesPerSecond: DDR3_1600_BYTES_PER_SECOND,
    kind: 'DDR3-1600',
  },
});

export const BROADWELL_HOST: HostSpec = host({
  cpu: { model: 'Xeon E5-2650 v4', vendor: 'intel', family: 6, cores: 12 },
  memory: {
    sizeBytes: 128 * GIB,
    channels: 4,
    channelBytesPerSecond: DDR4_2400_BYTES_PER_SECOND,
    kind: 'DDR4-2400',
  },
});

export const EPYC_HOST: HostSpec = host({
  cpu: { model: 'EPYC 7302', vendor: 'amd', family: 0x17, cores: 16 },
  memory: {
    sizeBytes: 256 * GIB,
    channels: 8,
    channelBytesPerSecond: DDR4_3200_BYTES_PER_SECOND,
    kind: 'DDR4-3200',
  },
});

export const SAPPHIRE_HOST: HostSpec = host({
  cpu: { model: 'Xeon Gold 6442Y', vendor: 'intel', family: 6, cores: 24 },
  memory: {
    sizeBytes: 256 * GIB,
    channels: 8,
    channelBytesPerSecond: DDR5_4800_BYTES_PER_SECOND,
    kind: 'DDR5-4800',
  },
});

/** A desktop of 2016 or later: two channels, one socket. */
export const CLIENT_HOST: HostSpec = host({
  cpu: { model: 'Core i7', vendor: 'intel', family: 6, cores: 4 },
  memory: {
    sizeBytes: 32 * GIB,
    channels: 2,
    channelBytesPerSecond: DDR4_2400_BYTES_PER_SECOND,
    kind: 'DDR4-2400',
  },
});

/** The same host with other facts about its memory. */
export function withMemory(spec: HostSpec, change: Partial<HostSpec['memory']>): HostSpec {
  return { ...spec, memory: { ...spec.memory, ...change } };
}

/** A root complex that passes peer traffic both ways. */
export function forwarding(
  more: Partial<NonNullable<HostBridgeSpec['peerToPeer']>> = {},
): NonNullable<HostBridgeSpec['peerToPeer']> {
  return { write: 'forward', read: 'forward', ...more };
}

export function flow(id: NodeId, name: string, work: FlowWork, start_ps = 0): FlowSpec {
  return { id, name, start_ps, work };
}

export type AccessWork = Extract<FlowWork, { kind: 'accesses' }>;

/** An access generator; sequential within 64 KiB unless told otherwise. */
export function accesses(
  work: Pick<AccessWork, 'engine' | 'target' | 'operation' | 'operationBytes' | 'operations' | 'outstanding'> &
    Partial<AccessWork>,
): AccessWork {
  return { kind: 'accesses', windowBytes: 64 * KIB, pattern: 'sequential', ...work };
}

/** A transfer among the flows: chunks of 1 MiB, one buffer, interrupts, unless told otherwise. */
export function transferFlow(
  work: Pick<Extract<FlowWork, { kind: 'transfer' }>, 'from' | 'to' | 'way' | 'bytes'> &
    Partial<Extract<FlowWork, { kind: 'transfer' }>>,
): FlowWork {
  return { kind: 'transfer', bounce: { chunkBytes: MIB, buffers: 1, completion: 'interrupt' }, ...work };
}

/** What a scenario had to assume because the publication does not say it. */
export function assumed(nodes: readonly NodeId[], message: string, reason: string): Assumption {
  return { code: 'MEASUREMENT_SCENARIO', nodes, message, reason };
}
