/*
 * Parts of the host that are not functions: sockets, memory channels, retimers on a link.
 */
import type { HostBridgeSpec, HostSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { hostBridge, hostBridgeFunction } from '../build.ts';
import type { TopologyDocument } from '../document.ts';
import { isBridge } from '../documentIndex.ts';
import { FreshNames } from './freshNames.ts';
import { type Site, siteOf } from './places.ts';
import { functionsBelow } from './trees.ts';

const LAST_BUS = 255;

/** One more channel of each socket, with as much memory behind it as behind the others. */
export function withChannel(host: HostSpec): HostSpec {
  const { memory } = host;
  const sockets = memory.sockets ?? 1;
  const channels = memory.channels + sockets;
  const sizeBytes = Math.round((memory.sizeBytes / memory.channels) * channels);
  return { ...host, memory: { ...memory, channels, sizeBytes } };
}

function withSocket(host: HostSpec, by: 1 | -1): HostSpec {
  const { memory, cpu } = host;
  const sockets = memory.sockets ?? 1;
  const share = (value: number): number => value + by * Math.floor(value / sockets);
  return {
    ...host,
    cpu: { ...cpu, cores: Math.min(4096, share(cpu.cores)) },
    memory: { ...memory, channels: share(memory.channels), sizeBytes: share(memory.sizeBytes), sockets: sockets + by },
  };
}

interface BusRange {
  readonly segment: number;
  readonly rootBus: number;
  readonly lastBus: number;
  /** The host bridge whose range ends earlier for it. */
  readonly shortened: NodeId | undefined;
}

/** The highest bus number that firmware gave to anything below a host bridge. */
function highestBus(site: Site, bridge: HostBridgeSpec): number {
  return functionsBelow(site.index, bridge.id).reduce(
    (highest, fn) => Math.max(highest, fn.firmware?.buses?.subordinate ?? 0),
    bridge.rootBus,
  );
}

/** The upper half of the first range whose lower half is enough for what is there; else a segment of its own. */
function newRange(document: TopologyDocument): BusRange {
  const site = siteOf(document);
  for (const bridge of document.hostBridges) {
    const size = bridge.lastBus - bridge.rootBus + 1;
    const needed = (site.bridgesBelow.get(bridge.id) ?? 0) + 1;
    const half = Math.floor(size / 2);
    const rootBus = bridge.rootBus + size - half;
    if (half < 2 || needed > half || highestBus(site, bridge) >= rootBus) continue;
    return { segment: bridge.segment, rootBus, lastBus: bridge.lastBus, shortened: bridge.id };
  }
  const segment = Math.max(...document.hostBridges.map((bridge) => bridge.segment)) + 1;
  return { segment, rootBus: 0, lastBus: LAST_BUS, shortened: undefined };
}

/** A root complex with cores and memory channels of its own, and its host bridge function. */
export function addSocket(document: TopologyDocument): { readonly document: TopologyDocument; readonly id: NodeId } {
  const fresh = new FreshNames(document);
  const id = fresh.id('pcie');
  const range = newRange(document);
  const numaNode = Math.max(-1, ...document.hostBridges.map((bridge) => bridge.numaNode)) + 1;
  const model = document.functions.find((fn) => fn.kind === 'hostBridge');
  const ids = (value: number): string => value.toString(16).padStart(4, '0');
  const { vendorId, deviceId } = model?.identity ?? { vendorId: 0x8086, deviceId: 0x29c0 };
  const bridge: HostBridgeSpec = hostBridge(id, {
    name: fresh.nameLike('Root complex'),
    segment: range.segment,
    rootBus: range.rootBus,
    lastBus: range.lastBus,
    numaNode,
  });
  const shortened = document.hostBridges.map((other) =>
    other.id === range.shortened ? { ...other, lastBus: range.rootBus - 1 } : other,
  );
  return {
    id,
    document: {
      ...document,
      host: withSocket(document.host, 1),
      hostBridges: [...shortened, bridge],
      functions: [...document.functions, hostBridgeFunction(fresh.id('hb'), id, `${ids(vendorId)}:${ids(deviceId)}`)],
    },
  };
}

/** The host when a root complex goes: with the socket it stood for, if each has one. */
export function hostWithoutBridge({ host, hostBridges }: TopologyDocument): HostSpec {
  const { sockets = 1, channels } = host.memory;
  return sockets > 1 && sockets === hostBridges.length && channels % sockets === 0 ? withSocket(host, -1) : host;
}

/** The link below a port with one more retimer. */
export function withRetimer(document: TopologyDocument, port: NodeId): TopologyDocument {
  return {
    ...document,
    functions: document.functions.map((fn) =>
      fn.id === port && fn.link !== undefined && isBridge(fn.kind)
        ? { ...fn, link: { ...fn.link, retimers: (fn.link.retimers ?? 0) + 1 } }
        : fn,
    ),
  };
}
