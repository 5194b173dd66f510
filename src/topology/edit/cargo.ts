/*
 * What is about to be placed, in the words of the rules: a new part, something that is there, something copied.
 */
import { err, ok, type Result } from '../../base/result.ts';
import type { FunctionSpec } from '../../core/pcie/machineSpec.ts';
import { isBridge } from '../documentIndex.ts';
import { canHoldTransferEnd } from '../validateTransfer.ts';
import type { ClipTree, EditTarget, Part, PartRequest, Refusal } from './api.ts';
import { partOf } from './catalogue.ts';
import { FreshNames } from './freshNames.ts';
import { partFunctions } from './partFunctions.ts';
import { cargoOf } from './place.ts';
import type { Cargo, Site } from './places.ts';
import { fixedInPlace, treeOf, type Tree } from './trees.ts';

const NOTHING: ReadonlySet<string> = new Set();

function newCargo(name: string, functions: readonly FunctionSpec[]): Cargo | undefined {
  const [root] = functions;
  if (root === undefined) return undefined;
  return {
    name,
    kind: root.kind,
    functions: functions.length,
    bridges: functions.filter((fn) => isBridge(fn.kind)).length,
    link: root.link,
    mpsBytes: root.mpsSupportedBytes ?? root.mpsBytes ?? 128,
    moving: NOTHING,
    from: undefined,
    hasBytes: canHoldTransferEnd(root),
  };
}

/** The part of a request, if its numbers are within its options. */
export function requestedPart(request: PartRequest): Result<Part, Refusal> {
  const part = partOf(request.part);
  if (part === undefined) return err({ code: 'OPTION_OUT_OF_RANGE', message: `${request.part} is not a part.` });
  for (const option of part.options) {
    const value = request.options?.[option.id];
    if (value === undefined || (Number.isInteger(value) && value >= option.minimum && value <= option.maximum))
      continue;
    return err({
      code: 'OPTION_OUT_OF_RANGE',
      message: `${option.label}: ${value} is not a whole number from ${option.minimum} to ${option.maximum}.`,
    });
  }
  return ok(part);
}

/** What a part is at this kind of place: a DMA engine is integrated on a root bus and a card elsewhere. */
export function partCargo(site: Site, part: Part, request: PartRequest, target: EditTarget): Cargo {
  const place = { parent: 'node' in target ? target.node : '', device: 0, onRootBus: target.kind === 'rootBus' };
  const made = partFunctions(part.id, request.options ?? {}, place, new FreshNames(site.document));
  const cargo = newCargo(`the ${part.label}`, made);
  if (cargo !== undefined) return cargo;
  return {
    name: `the ${part.label}`,
    kind: part.id === 'retimer' || part.id === 'socket' ? part.id : 'dimm',
    functions: part.id === 'socket' ? 1 : 0,
    bridges: 0,
    link: undefined,
    mpsBytes: 128,
    moving: NOTHING,
    from: undefined,
    hasBytes: false,
  };
}

/** A tree of the document that may leave its place. */
export function liftedTree(site: Site, node: string): Result<Tree, Refusal> {
  const fn = site.index.functions.get(node);
  if (fn === undefined) {
    return err(
      site.index.hostBridges.has(node)
        ? { code: 'BELONGS_TO_ITS_OWNER', message: `${site.nameOf(node)} is a root complex and stays on the board.` }
        : { code: 'NODE_MISSING', message: `${node} is not in this machine.` },
    );
  }
  const fixed = fixedInPlace(site.index, fn);
  return fixed === undefined ? ok(treeOf(site.index, fn)) : err(fixed);
}

export function treeCargo(site: Site, tree: Tree): Cargo {
  return cargoOf(tree, site.nameOf(tree.root.id));
}

/** @returns undefined for a tree without functions, which no clip has. */
export function clipCargo(tree: ClipTree): Cargo | undefined {
  return newCargo(`the copy of ${tree.root}`, tree.functions);
}
