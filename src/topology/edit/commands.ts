/*
 * The edits of the topology editor: document in, document out, with the name of the step and what is selected after it.
 * None throws and none changes its document; what cannot be done is refused with the reason.
 */
import { err, ok, type Result } from '../../base/result.ts';
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../document.ts';
import { indexDocument } from '../documentIndex.ts';
import { CONTROL_CHARACTERS, MAX_NAME_LENGTH } from '../schemaValues.ts';
import type {
  AddPart,
  Clip,
  EditResult,
  EditTarget,
  MoveSubtree,
  PartRequest,
  Refusal,
  RemoveSubtrees,
  Rename,
  UnplugCard,
} from './api.ts';
import { liftedTree, partCargo, requestedPart, treeCargo } from './cargo.ts';
import { clipTree } from './clip.ts';
import { finished, refusal } from './finish.ts';
import { FreshNames } from './freshNames.ts';
import { addSocket, hostWithoutBridge, withChannel, withRetimer } from './hostParts.ts';
import { partFunctions } from './partFunctions.ts';
import {
  type BusTarget,
  carried,
  deviceAt,
  isBusTarget,
  placedRoot,
  withFunctionZero,
  withoutFirmwareAbove,
  withPayloadOf,
} from './place.ts';
import { placeRefusal, type Site, siteOf } from './places.ts';
import { functionsBelow, outermost, treeOf } from './trees.ts';

function placeText(site: Site, target: EditTarget): string {
  return 'node' in target ? site.nameOf(target.node) : target.kind === 'memory' ? 'the memory' : 'the board';
}

function addHostPart(site: Site, request: PartRequest, target: EditTarget): EditResult {
  const { document } = site;
  if (request.part === 'socket') {
    const added = addSocket(document);
    return finished(document, added.document, { label: 'Add a CPU socket', selection: [added.id] });
  }
  if (request.part === 'dimm') {
    const after = { ...document, host: withChannel(document.host) };
    return finished(document, after, { label: 'Add a DIMM', selection: [] });
  }
  const port = 'node' in target ? target.node : '';
  const label = `Add a retimer below ${site.nameOf(port)}`;
  return finished(document, withRetimer(document, port), { label, selection: [port] });
}

/** A new port of a switch belongs to it: serial number and identity are the switch's. */
function likeItsSwitch(site: Site, fn: FunctionSpec): FunctionSpec {
  const owner = site.index.functions.get(fn.parent);
  if (fn.kind !== 'downstreamPort' || owner === undefined) return fn;
  const { serialNumber: _own, ...rest } = fn;
  return {
    ...rest,
    identity: owner.identity,
    ...(owner.serialNumber === undefined ? {} : { serialNumber: owner.serialNumber }),
  };
}

function addFunctions(site: Site, request: PartRequest, target: BusTarget): EditResult {
  const { document } = site;
  const device = deviceAt(site, target, new Set());
  if (device === undefined) return refusal('DEVICE_NUMBERS_EXHAUSTED', `The bus of ${target.node} is full.`);
  const place = { parent: target.node, device, onRootBus: target.kind === 'rootBus' };
  const made = partFunctions(request.part, request.options ?? {}, place, new FreshNames(document));
  const port = site.index.functions.get(target.node);
  const functions = made.map((fn) => withPayloadOf(port, likeItsSwitch(site, fn)));
  const [root] = functions;
  if (root === undefined) return refusal('WRONG_KIND', `${request.part} is no function.`);
  return finished(
    document,
    withoutFirmwareAbove({ ...document, functions: [...document.functions, ...functions] }, target.node),
    { label: `Add ${root.id} to ${placeText(site, target)}`, selection: [root.id] },
  );
}

export const addPart: AddPart = (document, request, target) => {
  const part = requestedPart(request);
  if (!part.ok) return part;
  const site = siteOf(document);
  const refused = placeRefusal(site, partCargo(site, part.value, request, target), target);
  if (refused !== undefined) return err(refused);
  return isBusTarget(target) ? addFunctions(site, request, target) : addHostPart(site, request, target);
};

export const moveSubtree: MoveSubtree = (document, node, target) => {
  const site = siteOf(document);
  const lifted = liftedTree(site, node);
  if (!lifted.ok) return lifted;
  const tree = lifted.value;
  const cargo = treeCargo(site, tree);
  const refused = placeRefusal(site, cargo, target);
  if (refused !== undefined) return err(refused);
  const device = isBusTarget(target) ? deviceAt(site, target, cargo.moving) : undefined;
  if (!isBusTarget(target) || device === undefined) {
    return refusal('TARGET_MISSING', `${cargo.name} cannot be put there.`);
  }
  const port = site.index.functions.get(target.node);
  const roots = new Set(tree.roots);
  const replaced = new Map(
    tree.functions.map((fn) => [
      fn.id,
      roots.has(fn) ? withPayloadOf(port, placedRoot(fn, tree.root, target, device)) : carried(fn),
    ]),
  );
  const moved = { ...document, functions: document.functions.map((fn) => replaced.get(fn.id) ?? fn) };
  const left = target.kind === 'port' ? moved : withFunctionZero(moved, tree.root.parent, tree.root.device);
  const after = withoutFirmwareAbove(left, target.node);
  return finished(document, after, { label: `Move ${node} to ${placeText(site, target)}`, selection: [node] });
};

/** Functions that go with these nodes, host bridges included. */
function goingWith(site: Site, nodes: readonly NodeId[]): Result<ReadonlySet<NodeId>, Refusal> {
  const { index, document } = site;
  const going = new Set<NodeId>();
  for (const node of nodes) {
    const fn = index.functions.get(node);
    if (fn !== undefined) {
      if (fn.kind === 'hostBridge' && fn.device === 0 && !nodes.includes(fn.parent)) {
        return refusal(
          'BELONGS_TO_ITS_OWNER',
          `${site.nameOf(node)} is part of the root complex ${fn.parent}.`,
          `Remove ${fn.parent} instead.`,
        );
      }
      for (const member of treeOf(index, fn).functions) going.add(member.id);
    } else if (index.hostBridges.has(node)) {
      going.add(node);
      for (const member of functionsBelow(index, node)) going.add(member.id);
    } else return refusal('NODE_MISSING', `${node} is not in this machine.`);
  }
  if (document.hostBridges.every((bridge) => going.has(bridge.id))) {
    return refusal(
      'LAST_ROOT_COMPLEX',
      'A machine keeps at least one root complex: every function hangs below one.',
      'Start from an empty machine instead.',
    );
  }
  return ok(going);
}

function removalLabel(nodes: readonly NodeId[]): string {
  const [first, second] = nodes;
  if (nodes.length === 1) return `Remove ${first}`;
  return nodes.length === 2 ? `Remove ${first} and ${second}` : `Remove ${first} and ${nodes.length - 1} more`;
}

export const removeSubtrees: RemoveSubtrees = (document, nodes) => {
  if (nodes.length === 0) return refusal('NOTHING_SELECTED', 'Nothing is selected to remove.');
  const site = siteOf(document);
  const tops = outermost(site.index, nodes);
  const found = goingWith(site, tops);
  if (!found.ok) return found;
  const going = found.value;
  const gone = document.hostBridges.filter((bridge) => going.has(bridge.id));
  const host = gone.reduce(
    (spec, _bridge, index) =>
      hostWithoutBridge({ ...document, host: spec, hostBridges: document.hostBridges.slice(index) }),
    document.host,
  );
  const kept: TopologyDocument = {
    ...document,
    host,
    hostBridges: document.hostBridges.filter((bridge) => !going.has(bridge.id)),
    functions: document.functions.filter((fn) => !going.has(fn.id)),
  };
  const removed = document.functions.filter((fn) => going.has(fn.id));
  const whole = removed.reduce((state, fn) => withFunctionZero(state, fn.parent, fn.device), kept);
  const parents = [...new Set(tops.map((node) => site.index.functions.get(node)?.parent ?? ''))];
  const selection = parents.filter((node) => node !== '' && !going.has(node));
  return finished(document, whole, { label: removalLabel(tops), selection });
};

export const rename: Rename = (document, node, name) => {
  const text = name.trim();
  if (text === '' || text.length > MAX_NAME_LENGTH || CONTROL_CHARACTERS.test(text)) {
    return refusal('NAME_INVALID', `A name has 1 to ${MAX_NAME_LENGTH} characters on one line.`);
  }
  const bridge = document.hostBridges.find(({ id }) => id === node);
  const fn = document.functions.find(({ id }) => id === node);
  const before = fn?.name ?? bridge?.name;
  if (before === undefined) return refusal('NODE_MISSING', `${node} is not in this machine.`);
  const follows = (other: FunctionSpec): boolean =>
    other.parent === node && other.kind === 'downstreamPort' && before !== '' && other.name.startsWith(before);
  const after: TopologyDocument = {
    ...document,
    hostBridges: document.hostBridges.map((other) => (other.id === node ? { ...other, name: text } : other)),
    functions: document.functions.map((other) => {
      if (other.id === node) return { ...other, name: text };
      if (!follows(other)) return other;
      return { ...other, name: (text + other.name.slice(before.length)).slice(0, MAX_NAME_LENGTH) };
    }),
  };
  return finished(document, after, { label: `Rename ${before === '' ? node : before} to ${text}`, selection: [node] });
};

export const unplugCard: UnplugCard = (document, port) => {
  const index = indexDocument(document);
  const card = (index.children.get(port) ?? []).find((fn) => fn.fn === 0 && fn.virtualFunctionOf === undefined);
  if (card === undefined || index.functions.get(port) === undefined) {
    return refusal('NODE_MISSING', `Nothing is plugged into ${port}.`);
  }
  const clip: Clip = { kind: 'peerlane.clip', version: 1, trees: [clipTree(treeOf(index, card))] };
  const removed = removeSubtrees(document, [card.id]);
  if (!removed.ok) return removed;
  return ok({ ...removed.value, label: `Unplug ${card.id} from ${port}`, selection: [port], card: clip });
};
