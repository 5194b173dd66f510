/* Names of things as the page says them, in one table, so that header, table and live region agree. */
import type { RunWay } from '../engine/protocol.ts';
import type { MapType, PeerVerdict, PhysicsAnswer, RouteClass } from '../core/pcie/verdict.ts';

export interface WayWords {
  readonly name: string;
  /** After the name, in the heading of its scene. */
  readonly path: string;
  /** Who moves the bytes of the second leg. */
  readonly mover: string;
}

const WAY_WORDS: Readonly<Record<RunWay, WayWords>> = {
  p2p: { name: 'P2P', path: 'device to device', mover: 'Device DMA' },
  bounce: { name: 'Bounce', path: 'up to DRAM and down again', mover: 'Device DMA' },
  copy: { name: 'Bounce', path: 'up to DRAM, copied, down again', mover: 'CPU copy' },
  flows: { name: 'Flows', path: 'all at once', mover: 'Devices and CPU' },
};

export function wayWords(way: RunWay): WayWords {
  return WAY_WORDS[way];
}

export interface VerdictWords {
  readonly name: string;
  readonly meaning: string;
}

const VERDICT_WORDS: Readonly<Record<MapType, VerdictWords>> = {
  BUS_ADDR: { name: 'Bus address', meaning: 'stays below the common bridge' },
  THRU_HOST_BRIDGE: { name: 'Through the host bridge', meaning: 'up and down again' },
  NOT_SUPPORTED: { name: 'Not supported', meaning: 'the driver refuses' },
};

/** What the kernel decides, in words. */
export function verdictWords(mapType: MapType): VerdictWords {
  return VERDICT_WORDS[mapType];
}

const ROUTE_WORDS: Readonly<Record<RouteClass, string>> = {
  internal: 'inside one device',
  belowSwitch: 'below the switch',
  rootComplex: 'through the root complex',
  betweenRootComplexes: 'between root complexes',
};

/** What runs on the same machine as the transfer, to be put behind other words; empty where nothing does. */
export function besideFlows({ flows }: { readonly flows?: readonly unknown[] | undefined }): string {
  const count = flows?.length ?? 0;
  if (count === 0) return '';
  return count === 1 ? ', beside a flow' : `, beside ${count} flows`;
}

/** Where the hardware sends the requests, in words; `both` where that was changed while they went. */
export function routeWords(routeClass: RouteClass | 'both'): string {
  if (routeClass === 'both') return 'in part below the switch, in part through the root complex';
  return ROUTE_WORDS[routeClass];
}

const PHYSICS_WORDS: Readonly<Record<PhysicsAnswer['outcome'], string>> = {
  arrives: 'arrives',
  arrivesCorrupt: 'arrives corrupt',
  dropped: 'vanishes',
  unsupportedRequest: 'unsupported',
  completerAbort: 'aborted',
  timeout: 'times out',
  iommuFault: 'IOMMU fault',
};

/** What becomes of a request in hardware, after `a write` or `a read`. */
export function physicsWords(outcome: PhysicsAnswer['outcome']): string {
  return PHYSICS_WORDS[outcome];
}

const LABEL_WORDS: Readonly<Record<PeerVerdict['label'], string>> = {
  'same device': 'both functions are one device',
  PIX: 'at most one switch between them',
  PXB: 'several switches between them, no host bridge',
  PHB: 'one host bridge between them',
  NODE: 'two host bridges of one NUMA node',
  SYS: 'two NUMA nodes',
};

/** What a topology matrix means by its label. It looks at the tree only: ACS does not change it. */
export function labelWords(label: PeerVerdict['label']): string {
  return LABEL_WORDS[label];
}
