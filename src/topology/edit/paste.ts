/*
 * Pasting and duplicating: trees of a clip with fresh names, at a named place or at the first that takes them.
 */
import { err, ok, type Result } from '../../base/result.ts';
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../document.ts';
import type { Clip, ClipTree, DuplicateSubtrees, EditTarget, PasteClip, Refusal } from './api.ts';
import { clipCargo } from './cargo.ts';
import { copySubtrees, freshTree } from './clip.ts';
import { finished, refusal } from './finish.ts';
import { FreshNames } from './freshNames.ts';
import { deviceAt, isBusTarget, placedRoot, withoutFirmwareAbove, withPayloadOf } from './place.ts';
import { allTargets, placeRefusal, type Site, siteOf } from './places.ts';

interface Pasted {
  readonly document: TopologyDocument;
  readonly root: NodeId;
  readonly target: EditTarget;
}

function pasteTree(site: Site, tree: ClipTree, target: EditTarget, fresh: FreshNames): Result<Pasted, Refusal> {
  const cargo = clipCargo(tree);
  if (cargo === undefined) return refusal('CLIP_INVALID', 'There is nothing in this copy.');
  const refused = placeRefusal(site, cargo, target);
  if (refused !== undefined) return err(refused);
  const device = isBusTarget(target) ? deviceAt(site, target, cargo.moving) : undefined;
  const functions = freshTree(tree, fresh);
  const [root] = functions;
  if (!isBusTarget(target) || device === undefined || root === undefined) {
    return refusal('TARGET_MISSING', `${cargo.name} cannot be put there.`);
  }
  const port = site.index.functions.get(target.node);
  const placed = functions.map((fn): FunctionSpec => {
    if (fn.parent !== '') return fn;
    const put = withPayloadOf(port, placedRoot(fn, root, target, device));
    // A port belongs to the switch it is on.
    return put.kind === 'downstreamPort' && port?.serialNumber !== undefined
      ? { ...put, serialNumber: port.serialNumber }
      : put;
  });
  const { document } = site;
  const after = withoutFirmwareAbove({ ...document, functions: [...document.functions, ...placed] }, target.node);
  return ok({ document: after, root: root.id, target });
}

/** The first legal place after `beside` in the order of the tree, else the first of all. */
function firstPlace(site: Site, tree: ClipTree, beside: NodeId | undefined): EditTarget | undefined {
  const cargo = clipCargo(tree);
  if (cargo === undefined) return undefined;
  const targets = allTargets(site);
  const at = targets.findIndex((target) => 'node' in target && target.node === beside);
  const ordered = at < 0 ? targets : [...targets.slice(at), ...targets.slice(0, at)];
  return ordered.find((target) => placeRefusal(site, cargo, target) === undefined);
}

function pasteTrees(
  document: TopologyDocument,
  trees: readonly ClipTree[],
  choose: (site: Site, tree: ClipTree) => EditTarget | undefined,
): Result<{ readonly document: TopologyDocument; readonly roots: readonly NodeId[] }, Refusal> {
  const fresh = new FreshNames(document);
  let current = document;
  const roots: NodeId[] = [];
  for (const tree of trees) {
    const site = siteOf(current);
    const target = choose(site, tree);
    if (target === undefined) {
      return refusal(
        'NO_FREE_PLACE',
        `There is no free place for a copy of ${tree.root}.`,
        'Add a port, or remove what is in one.',
      );
    }
    const pasted = pasteTree(site, tree, target, fresh);
    if (!pasted.ok) return pasted;
    current = pasted.value.document;
    roots.push(pasted.value.root);
  }
  return ok({ document: current, roots });
}

function stepName(word: string, roots: readonly NodeId[]): string {
  const rest = roots.length - 1;
  return `${word} ${roots[0] ?? 'nothing'}${rest > 0 ? ` and ${rest} more` : ''}`;
}

export const pasteClip: PasteClip = (document, clip, target) => {
  if (clip.trees.length === 0) return refusal('CLIP_INVALID', 'There is nothing to paste.');
  let first = true;
  const pasted = pasteTrees(document, clip.trees, (site, tree) => {
    // The named place takes the first tree, and buses take the others too.
    const cargo = clipCargo(tree);
    const wanted = target !== undefined && cargo !== undefined;
    if (wanted && (first || placeRefusal(site, cargo, target) === undefined)) {
      first = false;
      return target;
    }
    return firstPlace(site, tree, target !== undefined && 'node' in target ? target.node : undefined);
  });
  if (!pasted.ok) return pasted;
  const { roots } = pasted.value;
  return finished(document, pasted.value.document, { label: stepName('Paste', roots), selection: roots });
};

export const duplicateSubtrees: DuplicateSubtrees = (document, nodes) => {
  const copied: Result<Clip, Refusal> = copySubtrees(document, nodes);
  if (!copied.ok) return copied;
  const parents = new Map(document.functions.map((fn) => [fn.id, fn.parent]));
  const pasted = pasteTrees(document, copied.value.trees, (site, tree) =>
    firstPlace(site, tree, parents.get(tree.root)),
  );
  if (!pasted.ok) return pasted;
  const { roots } = pasted.value;
  return finished(document, pasted.value.document, { label: stepName('Duplicate as', roots), selection: roots });
};
