/*
 * Cards, switches and ports as plain data that outlives the document: copied, put on the clipboard, pasted with ids,
 * names, serial and slot numbers of their own.
 */
import * as v from 'valibot';
import { err, ok, type Result } from '../../base/result.ts';
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { serialNumber } from '../build.ts';
import { indexDocument } from '../documentIndex.ts';
import { functionSpec } from '../schema.ts';
import { MAX_FUNCTIONS } from '../schemaValues.ts';
import type { Clip, ClipTree, ClipText, CopySubtrees, ParseClip, Refusal } from './api.ts';
import { copiedName, type FreshNames, stemOf } from './freshNames.ts';
import { fixedInPlace, outermost, type Tree, treeOf } from './trees.ts';

/** Clips are shorter than documents; more than this is not read. */
const MOST_CHARACTERS = 8 * 2 ** 20;
const CLIP_KIND = 'peerlane.clip';

/** Firmware's numbers and what an importer saw are about one place in one machine. */
function clipped(fn: FunctionSpec, roots: ReadonlySet<NodeId>): FunctionSpec {
  const { firmware: _firmware, observed: _observed, ...rest } = fn;
  return roots.has(fn.id) ? { ...rest, parent: '' } : rest;
}

export function clipTree(tree: Tree): ClipTree {
  const roots = new Set(tree.roots.map((fn) => fn.id));
  return { root: tree.root.id, functions: tree.functions.map((fn) => clipped(fn, roots)) };
}

export const copySubtrees: CopySubtrees = (document, nodes) => {
  const index = indexDocument(document);
  const trees: ClipTree[] = [];
  for (const node of outermost(index, nodes)) {
    const fn = index.functions.get(node);
    if (fn === undefined) {
      return err<Refusal>({
        code: index.hostBridges.has(node) ? 'BELONGS_TO_ITS_OWNER' : 'NODE_MISSING',
        message: index.hostBridges.has(node)
          ? `${node} is a whole root complex; what is below it can be copied.`
          : `${node} is not in this machine.`,
      });
    }
    const fixed = fixedInPlace(index, fn);
    if (fixed !== undefined) return err(fixed);
    trees.push(clipTree(treeOf(index, fn)));
  }
  if (trees.length === 0) return err<Refusal>({ code: 'NOTHING_SELECTED', message: 'Nothing is selected to copy.' });
  return ok<Clip>({ kind: CLIP_KIND, version: 1, trees });
};

export const clipText: ClipText = (clip) => JSON.stringify(clip);

const clipFunction = v.strictObject({ ...functionSpec.entries, parent: v.string() });

const clipSchema = v.strictObject({
  kind: v.literal(CLIP_KIND),
  version: v.literal(1),
  trees: v.array(v.strictObject({ root: v.string(), functions: v.array(clipFunction) })),
});

/** Parents and physical functions are inside the tree, and there is a root that is its first function. */
function isClosed({ root, functions }: ClipTree): boolean {
  const ids = new Set<NodeId>();
  for (const fn of functions) {
    const isKnown = fn.parent === '' || ids.has(fn.parent);
    if (!isKnown || ids.has(fn.id)) return false;
    if (fn.virtualFunctionOf !== undefined && !ids.has(fn.virtualFunctionOf)) return false;
    ids.add(fn.id);
  }
  return functions[0]?.id === root && functions[0].parent === '';
}

export const parseClip: ParseClip = (text): Result<Clip, Refusal> => {
  const refused = (message: string): Result<Clip, Refusal> =>
    err({ code: 'CLIP_INVALID', message, fix: 'Copy a card, switch or port here first.' });
  if (text.length > MOST_CHARACTERS) return refused('The clipboard holds more than a machine has.');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused('The clipboard holds no part of a machine.');
  }
  const parsed = v.safeParse(clipSchema, value);
  if (!parsed.success) return refused('The clipboard holds no part of a machine.');
  const count = parsed.output.trees.reduce((sum, tree) => sum + tree.functions.length, 0);
  if (count === 0 || count > MAX_FUNCTIONS || !parsed.output.trees.every(isClosed)) {
    return refused('The part on the clipboard is damaged: its functions do not belong together.');
  }
  return ok(parsed.output);
};

/** A tree with ids, names, serial and slot numbers that the document does not have. Parents of roots stay empty. */
export function freshTree(tree: ClipTree, fresh: FreshNames): readonly FunctionSpec[] {
  const ids = freshIds(tree, fresh);
  const before = new Map(tree.functions.map((fn) => [fn.id, fn]));
  const names = new Map<NodeId, string>();
  const newId = (id: NodeId): NodeId => ids.get(id) ?? id;
  const rootId = newId(tree.root);
  return tree.functions.map((fn) => {
    const id = newId(fn.id);
    const isRootPeer = fn.parent === '' && fn.id !== tree.root;
    const ownerId = isRootPeer ? tree.root : fn.kind === 'downstreamPort' ? fn.parent : undefined;
    const owner = ownerId === undefined ? undefined : before.get(ownerId);
    const ownerName = ownerId === undefined ? undefined : names.get(ownerId);
    const name = copiedName(
      fn,
      { before: fn.id, after: id },
      owner === undefined || ownerName === undefined ? undefined : { before: owner.name, after: ownerName },
      fresh,
    );
    names.set(fn.id, name);
    // All functions of a card and all ports of a switch share one serial number.
    const serialOwner = fn.parent === '' ? rootId : fn.kind === 'downstreamPort' ? newId(fn.parent) : id;
    return {
      ...fn,
      id,
      name,
      parent: fn.parent === '' ? '' : newId(fn.parent),
      ...(fn.serialNumber === undefined ? {} : { serialNumber: serialNumber(serialOwner) }),
      ...(fn.slot === undefined ? {} : { slot: { ...fn.slot, number: fresh.slot() } }),
      ...(fn.virtualFunctionOf === undefined ? {} : { virtualFunctionOf: newId(fn.virtualFunctionOf) }),
    };
  });
}

/** New ids; those that begin with their owner's id (`sw0-p1`, `card0-f1`) begin with the new one's. */
function freshIds(tree: ClipTree, fresh: FreshNames): ReadonlyMap<NodeId, NodeId> {
  const ids = new Map<NodeId, NodeId>();
  const isOwned = (fn: ClipTree['functions'][number], owner: NodeId): boolean =>
    fn.id.startsWith(`${owner}-`) && (fn.parent === owner || (fn.parent === '' && owner === tree.root));
  for (const fn of tree.functions) {
    if (ids.has(fn.id)) continue;
    const owned = tree.functions.filter((other) => other !== fn && isOwned(other, fn.id));
    const suffix = (other: { readonly id: NodeId }): string => other.id.slice(fn.id.length);
    const id = fresh.id(stemOf(fn.id), (candidate) => owned.map((other) => `${candidate}${suffix(other)}`));
    ids.set(fn.id, id);
    for (const other of owned) ids.set(other.id, `${id}${suffix(other)}`);
  }
  return ids;
}
