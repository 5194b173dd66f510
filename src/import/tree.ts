/*
 * Who sits below whom, from the bus numbers of the bridges.
 *
 *   root bus 00 ─ 00:01.0 (secondary 01, subordinate 05) ─ bus 01 ─ 01:00.0 (02…05) ─ bus 02 ─ …
 *
 * A bridge owns the bus whose number is its secondary. A bus that nobody owns is a root bus; unless a bridge's
 * range covers it: then the bridges between them are missing from the text, and are put in as assumptions.
 */
import type { FunctionKind, NodeId } from '../core/pcie/machineSpec.ts';
import { drivesLink, isBridge } from '../topology/documentIndex.ts';
import { UNKNOWN_CLASS_CODE } from './classNames.ts';
import { emptyFacts, type FunctionFacts } from './facts.ts';
import { placeText } from './gather.ts';
import type { ImportLog } from './importLog.ts';
import { kindAt, type KindQuestion } from './kinds.ts';
import { MAX_IMPORTED_FUNCTIONS } from './limits.ts';
import { nothingAnswered } from './rawConfig.ts';

export interface RootBus {
  readonly segment: number;
  readonly bus: number;
  readonly nodes: TreeNode[];
}

export interface TreeNode {
  readonly facts: FunctionFacts;
  readonly parent: TreeNode | RootBus;
  readonly children: TreeNode[];
  kind: FunctionKind;
  /** The kind is a guess from the place in the tree. */
  kindAssumed: boolean;
  /** Not in the text: put in because buses below it are. */
  readonly missing: boolean;
  readonly physicalFunction: TreeNode | undefined;
  /** Set once all kinds are known (nodeIds.ts). */
  id: NodeId;
}

export interface ImportedTree {
  readonly roots: readonly RootBus[];
  /** Parents before children. */
  readonly nodes: readonly TreeNode[];
}

/** True for a bus, false for a bridge. */
export function isRootBus(parent: TreeNode | RootBus): parent is RootBus {
  return 'nodes' in parent;
}

const MAX_DEVICES = 32;
const busKey = (segment: number, bus: number): string => `${segment}:${bus}`;
const routingId = (facts: FunctionFacts): number => facts.bus * 256 + facts.device * 8 + facts.fn;

/** Secondary and subordinate bus of a bridge that has been numbered consistently, else undefined. */
function configuredBuses(facts: FunctionFacts): { secondary: number; subordinate: number } | undefined {
  const buses = facts.buses;
  if (facts.headerType !== 1 || buses === undefined) return undefined;
  return buses.secondary > facts.bus && buses.subordinate >= buses.secondary ? buses : undefined;
}

class TreeBuilder {
  readonly nodes: TreeNode[] = [];
  readonly roots = new Map<string, RootBus>();
  readonly #log: ImportLog;
  readonly #owners = new Map<string, FunctionFacts>();
  readonly #byFacts = new Map<FunctionFacts, TreeNode>();
  readonly #byBus = new Map<string, FunctionFacts[]>();

  constructor(log: ImportLog) {
    this.#log = log;
  }

  build(functions: readonly FunctionFacts[], virtual: ReadonlyMap<FunctionFacts, FunctionFacts>): void {
    for (const facts of functions) {
      if (virtual.has(facts)) continue;
      const key = busKey(facts.segment, facts.bus);
      const onBus = this.#byBus.get(key);
      if (onBus === undefined) this.#byBus.set(key, [facts]);
      else onBus.push(facts);
      this.#claimBus(facts);
    }
    // Buses in ascending order: a bridge's bus is always below its secondary bus, so parents come first.
    for (const [key, onBus] of this.#byBus) {
      const parent = this.#parentOf(key, onBus);
      if (parent === undefined) continue;
      for (const facts of onBus) this.#add(facts, parent, undefined, false);
    }
    for (const parent of [...this.roots.values(), ...this.nodes]) this.#addFunctionZero(parent);
    for (const [facts, physical] of virtual) {
      const owner = this.#byFacts.get(physical);
      if (owner !== undefined) this.#add(facts, owner.parent, owner, false);
    }
  }

  #claimBus(facts: FunctionFacts): void {
    const buses = configuredBuses(facts);
    if (buses === undefined) {
      if (facts.headerType === 1 && facts.buses !== undefined && facts.buses.secondary !== 0) {
        this.#log.warn(
          'BRIDGE_NUMBERS_INCONSISTENT',
          placeText(facts),
          `${placeText(facts)} claims buses ${facts.buses.secondary}…${facts.buses.subordinate}, which cannot lie below bus ${facts.bus}; nothing is put below it.`,
          'Take the output again after the machine has started completely.',
        );
      }
      return;
    }
    const key = busKey(facts.segment, buses.secondary);
    const other = this.#owners.get(key);
    if (other === undefined) {
      this.#owners.set(key, facts);
      return;
    }
    this.#log.warn(
      'BUS_CLAIMED_TWICE',
      placeText(facts),
      `${placeText(other)} and ${placeText(facts)} both lead to bus ${buses.secondary}; what is there is put below the first.`,
      'Take the output again; the bus numbers of one machine are unique.',
    );
  }

  #parentOf(key: string, onBus: readonly FunctionFacts[]): TreeNode | RootBus | undefined {
    const first = onBus[0];
    if (first === undefined) return undefined;
    const owner = this.#owners.get(key);
    if (owner !== undefined) return this.#byFacts.get(owner);
    const covering = this.#deepestCovering(first.segment, first.bus);
    if (covering !== undefined) return this.#missingBridges(covering, onBus);
    let root = this.roots.get(key);
    if (root === undefined) {
      root = { segment: first.segment, bus: first.bus, nodes: [] };
      this.roots.set(key, root);
    }
    return root;
  }

  /** The bridge with the smallest range that covers a bus it does not own. */
  #deepestCovering(segment: number, bus: number): TreeNode | undefined {
    let best: TreeNode | undefined;
    let bestSize = Infinity;
    for (const node of this.nodes) {
      const buses = configuredBuses(node.facts);
      if (buses === undefined || node.facts.segment !== segment) continue;
      if (bus <= buses.secondary || bus > buses.subordinate) continue;
      const size = buses.subordinate - buses.secondary;
      if (size < bestSize) {
        best = node;
        bestSize = size;
      }
    }
    return best;
  }

  /** Puts in the bridges between `above` and a bus inside its range. */
  #missingBridges(above: TreeNode, onBus: readonly FunctionFacts[]): TreeNode | undefined {
    const bus = onBus[0]?.bus ?? 0;
    const kind = this.#kind(above);
    if (!drivesLink(kind)) {
      return this.#addMissing(above, bus, bus, kind === 'upstreamPort' ? 'downstreamPort' : 'pciBridge');
    }
    const range = configuredBuses(above.facts);
    if (range === undefined) return undefined;
    const ports = onBus.some((facts) => facts.express?.portType === 'downstreamPort');
    const internal = ports ? bus : range.secondary + 1;
    const upstream = this.#addMissing(above, internal, range.subordinate, 'upstreamPort');
    if (upstream === undefined || internal === bus) return upstream;
    return this.#addMissing(upstream, bus, bus, 'downstreamPort');
  }

  #addMissing(above: TreeNode, secondary: number, subordinate: number, kind: FunctionKind): TreeNode | undefined {
    const range = configuredBuses(above.facts);
    const taken = new Set(above.children.map((child) => child.facts.device));
    const linkOnly = drivesLink(above.kind);
    const device = Array.from({ length: linkOnly ? 1 : MAX_DEVICES }, (_, number) => number).find(
      (number) => !taken.has(number),
    );
    if (device === undefined || range === undefined) {
      this.#log.warn(
        'FUNCTIONS_WITHOUT_BRIDGE',
        placeText(above.facts),
        `The text shows functions on bus ${secondary}, inside the range of ${placeText(above.facts)}, but no bridge that leads there; they are left out.`,
        'Paste the output for all functions: "sudo lspci -vvv" without -s.',
      );
      return undefined;
    }
    const facts = emptyFacts({ segment: above.facts.segment, bus: range.secondary, device, fn: 0 }, above.facts.header);
    facts.headerType = 1;
    facts.className = 'PCI bridge';
    facts.description = 'Not shown in the text';
    facts.classCode = 0x060400;
    facts.buses = { primary: range.secondary, secondary, subordinate: Math.max(secondary, subordinate) };
    facts.windows = {};
    const node = this.#add(facts, above, undefined, true);
    node.kind = kind;
    this.#owners.set(busKey(facts.segment, secondary), facts);
    return node;
  }

  /** A device without its function 0 would never be found (enumeration reference F-2). */
  #addFunctionZero(parent: TreeNode | RootBus): void {
    const siblings = isRootBus(parent) ? parent.nodes : parent.children;
    const devices = new Map<number, FunctionFacts>();
    for (const { facts } of siblings) {
      const known = devices.get(facts.device);
      if (known === undefined || facts.fn === 0) devices.set(facts.device, facts);
    }
    for (const first of devices.values()) {
      if (first.fn === 0) continue;
      const { segment, bus, device } = first;
      const facts = emptyFacts({ segment, bus, device, fn: 0 }, first.header);
      facts.headerType = 0;
      facts.classCode = UNKNOWN_CLASS_CODE;
      facts.description = 'Not shown in the text';
      facts.capabilities = 'none';
      const node = this.#add(facts, parent, undefined, true);
      node.kind = !isRootBus(parent) && drivesLink(parent.kind) ? 'endpoint' : 'pciDevice';
    }
  }

  #add(
    facts: FunctionFacts,
    parent: TreeNode | RootBus,
    physicalFunction: TreeNode | undefined,
    missing: boolean,
  ): TreeNode {
    const node: TreeNode = {
      facts,
      parent,
      children: [],
      kind: 'pciDevice',
      kindAssumed: false,
      missing,
      physicalFunction,
      id: '',
    };
    (isRootBus(parent) ? parent.nodes : parent.children).push(node);
    this.nodes.push(node);
    this.#byFacts.set(facts, node);
    if (!missing) this.#kind(node);
    return node;
  }

  #kind(node: TreeNode): FunctionKind {
    if (node.missing) return node.kind;
    const buses = configuredBuses(node.facts);
    const below = buses === undefined ? [] : (this.#byBus.get(busKey(node.facts.segment, buses.secondary)) ?? []);
    const question: KindQuestion = {
      facts: node.facts,
      parent: isRootBus(node.parent) ? undefined : node.parent.kind,
      bridgesBelow: below.some((facts) => facts.headerType === 1),
    };
    const answer = kindAt(question);
    node.kind = answer.kind;
    node.kindAssumed = answer.assumed;
    return node.kind;
  }
}

/** Virtual functions and the physical function each belongs to. */
function virtualFunctions(functions: readonly FunctionFacts[]): Map<FunctionFacts, FunctionFacts> {
  const byId = new Map(functions.map((facts) => [`${facts.segment}:${routingId(facts)}`, facts]));
  const virtual = new Map<FunctionFacts, FunctionFacts>();
  for (const facts of functions) {
    const sriov = facts.sriov;
    if (sriov === undefined || !sriov.enabled) continue;
    for (let number = 0; number < Math.min(sriov.count, MAX_IMPORTED_FUNCTIONS); number++) {
      const id = routingId(facts) + sriov.offset + sriov.stride * number;
      const found = byId.get(`${facts.segment}:${id}`);
      if (found !== undefined && found !== facts && found.sriov === undefined) virtual.set(found, facts);
    }
  }
  return virtual;
}

/** Functions that were there, without those whose registers read all ones. */
function answering(
  functions: readonly FunctionFacts[],
  virtual: ReadonlyMap<FunctionFacts, FunctionFacts>,
  log: ImportLog,
): FunctionFacts[] {
  return functions.filter((facts) => {
    if (facts.image === undefined || virtual.has(facts) || !nothingAnswered(facts.image)) return true;
    log.warn(
      'FUNCTION_DID_NOT_ANSWER',
      placeText(facts),
      `${placeText(facts)} read as all ones or zeros when the dump was taken; it is left out.`,
      'Look at it on the machine: it has lost its link or is powered off.',
    );
    return false;
  });
}

/** Device and function order; virtual functions after the real ones. */
function inOrder(a: TreeNode, b: TreeNode): number {
  const virtual = Number(a.physicalFunction !== undefined) - Number(b.physicalFunction !== undefined);
  return virtual || routingId(a.facts) - routingId(b.facts);
}

/**
 * Builds the tree.
 * @param functions sorted by segment, bus, device and function.
 */
export function buildTree(functions: readonly FunctionFacts[], log: ImportLog): ImportedTree {
  const virtual = virtualFunctions(functions);
  const builder = new TreeBuilder(log);
  builder.build(answering(functions, virtual, log), virtual);
  const ordered: TreeNode[] = [];
  const visit = (nodes: readonly TreeNode[]): void => {
    for (const node of [...nodes].sort(inOrder)) {
      ordered.push(node);
      if (isBridge(node.kind)) visit(node.children);
    }
  };
  const roots = [...builder.roots.values()];
  for (const root of roots) visit(root.nodes);
  return { roots, nodes: ordered };
}
