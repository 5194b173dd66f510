/*
 * Which thing may go where. One table says which kinds a place takes; the rest counts what is free there.
 */
import type { FunctionKind, FunctionSpec, LinkEndSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { drivesLink, indexDocument, isBridge, linkPartner, type DocumentIndex } from '../documentIndex.ts';
import type { TopologyDocument } from '../document.ts';
import { MAX_FUNCTIONS, MAX_HOST_BRIDGES } from '../schemaValues.ts';
import type { EditTarget, NameOf, PartId, Refusal } from './api.ts';
import { hostBridgeOf } from './trees.ts';

/** What the rules ask about the thing to be placed. */
export interface Cargo {
  /** `nic0`, `A switch`: how sentences call it. */
  readonly name: string;
  /** Kind of its root; for parts that are no functions the part's id. */
  readonly kind: FunctionKind | Extract<PartId, 'retimer' | 'socket' | 'dimm'>;
  readonly functions: number;
  readonly bridges: number;
  /** Its card edge; undefined where it has none. */
  readonly link: LinkEndSpec | undefined;
  readonly mpsBytes: number;
  /** Functions that move: they free what they hold now. Empty for what is new. */
  readonly moving: ReadonlySet<NodeId>;
  /** Where it is now, if it is anywhere. */
  readonly from: NodeId | undefined;
  /** True if a transfer could start or end at it. */
  readonly hasBytes: boolean;
}

type PlaceKind = EditTarget['kind'];

const TAKES: Readonly<Record<PlaceKind, readonly Cargo['kind'][]>> = {
  machine: ['socket'],
  memory: ['dimm'],
  rootBus: ['rootPort', 'rcEndpoint', 'rcEventCollector'],
  port: ['endpoint', 'legacyEndpoint', 'upstreamPort', 'pcieToPciBridge'],
  switchBus: ['downstreamPort'],
  conventionalBus: ['pciDevice', 'pciBridge', 'pciToPcieBridge'],
  link: ['retimer'],
};

const PLACE_WORDS: Readonly<Record<PlaceKind, string>> = {
  machine: 'The board takes CPU sockets',
  memory: 'The memory controller takes DIMMs',
  rootBus: 'A root bus takes root ports and integrated engines',
  port: 'A port takes one card, switch or bridge',
  switchBus: 'The bus inside a switch takes downstream ports',
  conventionalBus: 'A PCI bus takes conventional devices',
  link: 'A link takes retimers',
};

const BELONGS: Readonly<Partial<Record<Cargo['kind'], string>>> = {
  rootPort: 'a root port belongs on the root bus of a host bridge',
  rcEndpoint: 'an integrated engine belongs on a root bus',
  rcEventCollector: 'an event collector belongs on a root bus',
  endpoint: 'a card belongs below a root port or a downstream port',
  legacyEndpoint: 'a card belongs below a root port or a downstream port',
  upstreamPort: 'a switch belongs below a root port or a downstream port',
  pcieToPciBridge: 'this bridge belongs below a root port or a downstream port',
  downstreamPort: 'a downstream port belongs on the bus of a switch',
  pciDevice: 'a conventional device belongs on the bus behind a PCIe-to-PCI bridge',
  pciBridge: 'a conventional bridge belongs on a PCI bus',
  pciToPcieBridge: 'this bridge belongs on a PCI bus',
  retimer: 'a retimer belongs on a link with a card at its end',
  socket: 'a CPU socket belongs on the board',
  dimm: 'a DIMM belongs at the memory controller',
};

const MOST_DEVICES = 32;
const MOST_RETIMERS = 2;
const MOST_CHANNELS = 64;
const MOST_SOCKETS = 8;

/** A document with what the rules look up, made once for all places. */
export interface Site {
  readonly document: TopologyDocument;
  readonly index: DocumentIndex;
  /** Bridges below each host bridge: each takes a bus number. */
  readonly bridgesBelow: ReadonlyMap<NodeId, number>;
  readonly nameOf: NameOf;
}

export function siteOf(document: TopologyDocument, nameOf: NameOf = (node) => node): Site {
  const index = indexDocument(document);
  const bridgesBelow = new Map<NodeId, number>();
  const roots = new Map<NodeId, NodeId | undefined>();
  const rootOf = (node: NodeId): NodeId | undefined => {
    const known = roots.get(node);
    if (known !== undefined) return known;
    const root = hostBridgeOf(index, node);
    roots.set(node, root);
    return root;
  };
  for (const fn of document.functions) {
    if (!isBridge(fn.kind)) continue;
    const root = rootOf(fn.parent);
    if (root !== undefined) bridgesBelow.set(root, (bridgesBelow.get(root) ?? 0) + 1);
  }
  return { document, index, bridgesBelow, nameOf };
}

function conventionalBus(kind: FunctionKind): boolean {
  return kind === 'pcieToPciBridge' || kind === 'pciBridge';
}

/** Every place of a machine, in the order of its tree. */
export function allTargets({ document, index }: Site): readonly EditTarget[] {
  const targets: EditTarget[] = [{ kind: 'machine' }, { kind: 'memory' }];
  const visit = (bus: NodeId, depth: number): void => {
    for (const fn of index.children.get(bus) ?? []) {
      if (drivesLink(fn.kind)) targets.push({ kind: 'port', node: fn.id });
      if (drivesLink(fn.kind) && linkPartner(index, fn) !== undefined) targets.push({ kind: 'link', node: fn.id });
      if (fn.kind === 'upstreamPort') targets.push({ kind: 'switchBus', node: fn.id });
      if (conventionalBus(fn.kind)) targets.push({ kind: 'conventionalBus', node: fn.id });
      // Deeper than buses can be numbered is a circle.
      if (depth < 256) visit(fn.id, depth + 1);
    }
  };
  for (const bridge of document.hostBridges) {
    targets.push({ kind: 'rootBus', node: bridge.id });
    visit(bridge.id, 0);
  }
  return targets;
}

/** The kind of place a node offers, whatever is to go there. */
function placeExists({ index }: Site, target: EditTarget): boolean {
  if (target.kind === 'machine' || target.kind === 'memory') return true;
  if (target.kind === 'rootBus') return index.hostBridges.has(target.node);
  const kind = index.functions.get(target.node)?.kind;
  if (kind === undefined) return false;
  if (target.kind === 'switchBus') return kind === 'upstreamPort';
  if (target.kind === 'conventionalBus') return conventionalBus(kind);
  return drivesLink(kind);
}

/** First device number that nothing on this bus has; undefined = none is left. Number 0 of a root bus is the host bridge's. */
export function freeDevice(site: Site, bus: NodeId, moving: ReadonlySet<NodeId> = new Set()): number | undefined {
  const taken = new Set<number>();
  for (const fn of site.index.children.get(bus) ?? []) if (!moving.has(fn.id)) taken.add(fn.device);
  const first = site.index.hostBridges.has(bus) ? 1 : 0;
  for (let device = first; device < MOST_DEVICES; device++) if (!taken.has(device)) return device;
  return undefined;
}

function refuse(code: Refusal['code'], message: string, fix?: string): Refusal {
  return { code, message, ...(fix === undefined ? {} : { fix }) };
}

function hostRefusal({ document }: Site, cargo: Cargo, target: EditTarget): Refusal | undefined {
  const { memory } = document.host;
  const sockets = memory.sockets ?? 1;
  if (target.kind === 'memory' && memory.channels + sockets > MOST_CHANNELS) {
    return refuse('LIMIT_REACHED', `${memory.channels} channels are there; ${MOST_CHANNELS} is the most.`);
  }
  if (target.kind !== 'machine') return undefined;
  const bridges = document.hostBridges.length;
  if (bridges >= MAX_HOST_BRIDGES || sockets >= MOST_SOCKETS) {
    return refuse('LIMIT_REACHED', `${cargo.name} is one too many: ${sockets} sockets are there.`);
  }
  const channels = memory.channels + Math.floor(memory.channels / sockets);
  return channels > MOST_CHANNELS
    ? refuse(
        'LIMIT_REACHED',
        `With its memory the machine would have ${channels} channels; ${MOST_CHANNELS} is the most.`,
      )
    : undefined;
}

function occupied({ index, nameOf }: Site, cargo: Cargo, port: NodeId): Refusal | undefined {
  const others = (index.children.get(port) ?? []).filter((fn) => !cargo.moving.has(fn.id));
  const first = others[0];
  if (first === undefined) return undefined;
  return refuse(
    'PORT_OCCUPIED',
    `${nameOf(port)} holds ${nameOf(first.id)}; a link has one device at its end.`,
    `Remove ${nameOf(first.id)}, or put a switch there.`,
  );
}

function retimerRefusal({ index, nameOf }: Site, port: NodeId): Refusal | undefined {
  const fn = index.functions.get(port);
  if (fn === undefined || linkPartner(index, fn) === undefined)
    return refuse('WRONG_KIND', `The link below ${nameOf(port)} has nothing at its end.`);
  return (fn.link?.retimers ?? 0) >= MOST_RETIMERS
    ? refuse('LIMIT_REACHED', `The link below ${nameOf(port)} has ${MOST_RETIMERS} retimers; more are not allowed.`)
    : undefined;
}

function busNumberRefusal(site: Site, cargo: Cargo, node: NodeId): Refusal | undefined {
  if (cargo.bridges === 0) return undefined;
  const { index, nameOf } = site;
  const root = hostBridgeOf(index, node);
  const bridge = root === undefined ? undefined : index.hostBridges.get(root);
  if (root === undefined || bridge === undefined) return undefined;
  const staying = cargo.from !== undefined && hostBridgeOf(index, cargo.from) === root;
  const needed = (site.bridgesBelow.get(root) ?? 0) + (staying ? 0 : cargo.bridges);
  const available = bridge.lastBus - bridge.rootBus;
  if (needed <= available || staying) return undefined;
  return refuse(
    'BUS_NUMBERS_EXHAUSTED',
    `${cargo.name} needs ${cargo.bridges} bus numbers and ${nameOf(root)} has ${Math.max(0, available - needed + cargo.bridges)} left of ${available}.`,
    'Use another host bridge, or give this one a larger range.',
  );
}

function isInside(index: DocumentIndex, node: NodeId, moving: ReadonlySet<NodeId>): boolean {
  let id: NodeId | undefined = node;
  for (let steps = 0; id !== undefined && steps <= index.functions.size; steps++) {
    if (moving.has(id)) return true;
    id = index.functions.get(id)?.parent;
  }
  return false;
}

/** Why a thing cannot go to a place; undefined if it can. */
export function placeRefusal(site: Site, cargo: Cargo, target: EditTarget): Refusal | undefined {
  const { document, index, nameOf } = site;
  const where = 'node' in target ? nameOf(target.node) : 'the machine';
  if (!placeExists(site, target)) return refuse('TARGET_MISSING', `${where} is no place of this kind.`);
  if (!TAKES[target.kind].includes(cargo.kind)) {
    return refuse(
      'WRONG_KIND',
      `${PLACE_WORDS[target.kind]}; ${BELONGS[cargo.kind] ?? `${cargo.name} stays where it is`}.`,
    );
  }
  if (!('node' in target)) return hostRefusal(site, cargo, target);
  if (target.kind === 'link') return retimerRefusal(site, target.node);
  if (isInside(index, target.node, cargo.moving)) {
    return refuse('INTO_ITSELF', `${where} is part of ${cargo.name}: nothing can be below itself.`);
  }
  if (cargo.from === target.node) return refuse('ALREADY_THERE', `${cargo.name} is there already.`);
  if (target.kind === 'port') {
    const taken = occupied(site, cargo, target.node);
    if (taken !== undefined) return taken;
  } else if (freeDevice(site, target.node, cargo.moving) === undefined) {
    return refuse('DEVICE_NUMBERS_EXHAUSTED', `All ${MOST_DEVICES} device numbers on the bus of ${where} are taken.`);
  }
  if (document.functions.length + cargo.functions - cargo.moving.size > MAX_FUNCTIONS) {
    return refuse('LIMIT_REACHED', `The machine would have more than ${MAX_FUNCTIONS} functions.`);
  }
  return busNumberRefusal(site, cargo, target.node);
}

/** The function of a document with this id. */
export function functionAt(site: Site, node: NodeId): FunctionSpec | undefined {
  return site.index.functions.get(node);
}
