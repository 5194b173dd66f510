/*
 * What a function's configuration space says about its surroundings: multi-function bit, port number,
 * serial number, negotiated link, virtual functions. Computed from the whole machine.
 */
import type { FunctionKind, FunctionSpec, LinkEndSpec, MachineSpec, NodeId } from '../pcie/machineSpec.ts';
import type { LinkGen, LinkWidth } from '../pcie/link.ts';

/** A trained link, or one that is down. */
export interface LinkState {
  readonly up: boolean;
  /** Negotiated; 1 and 0 on a link that is down. */
  readonly gen: LinkGen;
  readonly width: LinkWidth | 0;
}

export const LINK_DOWN: LinkState = { up: false, gen: 1, width: 0 };
/** What a port without a link description can do. */
export const DEFAULT_LINK_END: LinkEndSpec = { maxGen: 1, maxWidth: 1 };

export interface FunctionPlace {
  /** More than one function (not counting virtual ones) in this device. */
  readonly multiFunction: boolean;
  /** Whether the registers hold what firmware left, or are at reset. */
  readonly start: 'cold' | 'firmware';
  /** Link Capabilities port number: 0 on endpoints and upstream ports. */
  readonly portNumber: number;
  /** 16 hexadecimal digits; the same for all functions of a device and all ports of a switch. */
  readonly serialNumber: string;
  /** The link this function's port is on; undefined on root-complex internals and conventional functions. */
  readonly link: LinkState | undefined;
  /** Something sits below this port. */
  readonly occupied: boolean;
  /** Power limit of the slot this function is in or has, in watts; 0 = none. */
  readonly slotPowerWatts: number;
  /** With virtual functions in this device, the function after this one (0 = none): they need ARI. */
  readonly ariNextFunction: number | undefined;
  /** The virtual functions of this physical function. */
  readonly virtualFunctions: readonly FunctionSpec[];
}

/** A lone single function after reset. */
export const LONE_PLACE: FunctionPlace = {
  multiFunction: false,
  start: 'cold',
  portNumber: 0,
  serialNumber: '0000000000000001',
  link: undefined,
  occupied: false,
  slotPowerWatts: 0,
  ariNextFunction: undefined,
  virtualFunctions: [],
};

const BRIDGE_KINDS: ReadonlySet<FunctionKind> = new Set<FunctionKind>([
  'rootPort',
  'upstreamPort',
  'downstreamPort',
  'pcieToPciBridge',
  'pciToPcieBridge',
  'pciBridge',
]);
const LINK_BELOW_KINDS: ReadonlySet<FunctionKind> = new Set<FunctionKind>([
  'rootPort',
  'downstreamPort',
  'pciToPcieBridge',
]);
const CONVENTIONAL_KINDS: ReadonlySet<FunctionKind> = new Set<FunctionKind>(['hostBridge', 'pciBridge', 'pciDevice']);

/** Has a type 1 header. */
export function isBridgeKind(kind: FunctionKind): boolean {
  return BRIDGE_KINDS.has(kind);
}

/** Its port leads away from the root: the upper end of a link. */
export function hasLinkBelow(kind: FunctionKind): boolean {
  return LINK_BELOW_KINDS.has(kind);
}

/** Has no PCI Express capability. */
export function isConventionalKind(kind: FunctionKind): boolean {
  return CONVENTIONAL_KINDS.has(kind);
}

/**
 * The lower of both ends, in rate and in width, and not above either end's limit.
 * @spec PCIe Base 5.0 §4.2.4 (outcome of training only)
 * @simplifies Links train in no time to the best both ends allow.
 */
export function negotiateLink(upper: LinkEndSpec | undefined, lower: LinkEndSpec | undefined): LinkState {
  const ends = [upper ?? lower ?? DEFAULT_LINK_END, lower ?? upper ?? DEFAULT_LINK_END];
  if (ends.some((end) => end.disabled === true)) return LINK_DOWN;
  const gens = ends.flatMap((end) => [end.maxGen, end.limitGen ?? end.maxGen]);
  const widths = ends.flatMap((end) => [end.maxWidth, end.limitWidth ?? end.maxWidth]);
  const lowest = <T extends number>(values: readonly T[]): T => values.reduce((a, b) => (b < a ? b : a));
  return { up: true, gen: lowest(gens), width: lowest(widths) };
}

/** Slot power by width, as add-in cards are allowed: 75 W for x16, else 25 W. */
function slotPower(port: FunctionSpec | undefined): number {
  if (port?.slot === undefined) return 0;
  return (port.link?.maxWidth ?? 1) >= 16 ? 75 : 25;
}

/** Two 32-bit FNV-1a hashes of a name as 16 hexadecimal digits: distinct, repeatable serial numbers. */
function serialFrom(name: string): string {
  const hash = (seed: number): string => {
    let value = seed;
    for (let i = 0; i < name.length; i++) value = Math.imul(value ^ name.charCodeAt(i), 0x01000193);
    return (value >>> 0).toString(16).padStart(8, '0');
  };
  return hash(0x811c9dc5) + hash(0x050c5d1f);
}

/** Number of the next physical function of a device; 0 after the last. */
function nextFunction(spec: FunctionSpec, device: readonly FunctionSpec[]): number {
  const later = device
    .filter((other) => other.virtualFunctionOf === undefined && other.fn > spec.fn)
    .map((other) => other.fn);
  return later.length === 0 ? 0 : Math.min(...later);
}

/** Index over a machine's functions, for the places. */
class Surroundings {
  readonly byId: ReadonlyMap<NodeId, FunctionSpec>;
  readonly children: ReadonlyMap<NodeId, readonly FunctionSpec[]>;
  private readonly _machine: MachineSpec;

  constructor(machine: MachineSpec) {
    this._machine = machine;
    this.byId = new Map(machine.functions.map((spec) => [spec.id, spec]));
    const children = new Map<NodeId, FunctionSpec[]>();
    for (const spec of machine.functions) {
      const siblings = children.get(spec.parent);
      if (siblings === undefined) children.set(spec.parent, [spec]);
      else siblings.push(spec);
    }
    this.children = children;
  }

  place(spec: FunctionSpec): FunctionPlace {
    const siblings = this.children.get(spec.parent) ?? [];
    const device = siblings.filter((other) => other.device === spec.device);
    const first = device.find((other) => other.fn === 0) ?? spec;
    const parent = this.byId.get(spec.parent);
    const below = this.children.get(spec.id) ?? [];
    const hasVirtual = siblings.some((other) => device.some((physical) => physical.id === other.virtualFunctionOf));
    return {
      multiFunction: device.filter((other) => other.virtualFunctionOf === undefined).length > 1,
      start: this._machine.start,
      portNumber: hasLinkBelow(spec.kind) ? 1 + siblings.filter((other) => hasLinkBelow(other.kind)).indexOf(spec) : 0,
      serialNumber: spec.serialNumber ?? this.#serial(spec, first, parent),
      link: this.#link(spec, first, parent, below),
      occupied: below.length > 0,
      slotPowerWatts: hasLinkBelow(spec.kind) ? slotPower(spec) : slotPower(parent),
      ariNextFunction: hasVirtual && spec.virtualFunctionOf === undefined ? nextFunction(spec, device) : undefined,
      virtualFunctions: siblings.filter((other) => other.virtualFunctionOf === spec.id),
    };
  }

  #serial(spec: FunctionSpec, first: FunctionSpec, parent: FunctionSpec | undefined): string {
    if (spec.kind === 'downstreamPort' && parent !== undefined) return parent.serialNumber ?? serialFrom(parent.id);
    return first.serialNumber ?? serialFrom(first.id);
  }

  #link(
    spec: FunctionSpec,
    first: FunctionSpec,
    parent: FunctionSpec | undefined,
    below: readonly FunctionSpec[],
  ): LinkState | undefined {
    if (hasLinkBelow(spec.kind)) {
      const partner = below.find((other) => other.device === 0 && other.fn === 0);
      return partner === undefined ? LINK_DOWN : negotiateLink(spec.link, partner.link);
    }
    if (parent === undefined || !hasLinkBelow(parent.kind)) return undefined;
    return negotiateLink(parent.link, spec.link ?? first.link);
  }
}

/** The place of every function of a machine, by its id. */
export function placesOf(machine: MachineSpec): ReadonlyMap<NodeId, FunctionPlace> {
  const surroundings = new Surroundings(machine);
  return new Map(machine.functions.map((spec) => [spec.id, surroundings.place(spec)]));
}
