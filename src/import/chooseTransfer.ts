/*
 * The job an imported machine opens with: the pair most people would ask about first.
 */
import { MIB } from '../base/units.ts';
import { engineBarOf } from '../core/config/devices/engineBar.ts';
import type { FunctionSpec, NodeId } from '../core/pcie/machineSpec.ts';
import { transfer } from '../topology/build.ts';
import type { TransferSpec } from '../topology/document.ts';
import { canHoldTransferEnd, hasDmaEngine } from '../topology/validateTransfer.ts';

const DEFAULT_BYTES = 64 * MIB;
/** Pairs of more functions than this are not compared one by one. */
const MAX_CANDIDATES = 128;

/** What a device can be for a job. */
function rolesOf(fn: FunctionSpec): readonly string[] {
  switch (fn.model?.type) {
    case 'nvme':
      return fn.model.cmbBar === undefined ? ['drive'] : ['drive', 'memory'];
    case 'nic':
      return ['nic'];
    case 'gpu':
      return ['gpu', 'memory'];
    case 'iopmem':
      return ['memory'];
    default:
      return largestMemory(fn) >= MIB ? ['memory'] : [];
  }
}

/** Most wanted first. */
const WISHES: readonly (readonly [from: string, to: string])[] = [
  ['drive', 'gpu'],
  ['nic', 'gpu'],
  ['nic', 'memory'],
  ['gpu', 'gpu'],
  ['drive', 'memory'],
  ['gpu', 'memory'],
  ['memory', 'nic'],
  ['memory', 'drive'],
  // Without memory to address on either side: only a bounce can run.
  ['nic', 'drive'],
  ['drive', 'drive'],
];

function largestMemory(fn: FunctionSpec): number {
  const model = fn.model;
  const named = model?.type === 'gpu' ? model.apertureBar : model?.type === 'nvme' ? model.cmbBar : undefined;
  const bars = fn.bars.filter((bar) => bar.space === 'memory' && (named === undefined || bar.index === named));
  return Math.max(0, ...bars.map((bar) => bar.sizeBytes));
}

/** Ancestors of a function, nearest first. */
function chainOf(fn: FunctionSpec, byId: ReadonlyMap<NodeId, FunctionSpec>): readonly NodeId[] {
  const chain: NodeId[] = [];
  let id: NodeId | undefined = fn.parent;
  while (id !== undefined) {
    chain.push(id);
    id = byId.get(id)?.parent;
  }
  return chain;
}

/** Smaller is better: steps to the common bridge, or a large number and the root complex. */
function distance(a: FunctionSpec, b: FunctionSpec, byId: ReadonlyMap<NodeId, FunctionSpec>): number {
  const left = chainOf(a, byId);
  const right = chainOf(b, byId);
  const common = left.find((id) => right.includes(id));
  if (common === undefined) return 1000;
  const steps = left.indexOf(common) + right.indexOf(common);
  return byId.has(common) ? steps : 100 + steps;
}

/** Same slot: functions of one device are not an interesting pair. */
function sameDevice(a: FunctionSpec, b: FunctionSpec): boolean {
  return a.parent === b.parent && a.device === b.device;
}

interface Choice {
  readonly from: FunctionSpec;
  readonly to: FunctionSpec;
  readonly score: number;
}

function best(
  from: readonly FunctionSpec[],
  to: readonly FunctionSpec[],
  byId: ReadonlyMap<NodeId, FunctionSpec>,
): Choice | undefined {
  let choice: Choice | undefined;
  for (const source of from.slice(0, MAX_CANDIDATES)) {
    for (const target of to.slice(0, MAX_CANDIDATES)) {
      if (source === target || sameDevice(source, target)) continue;
      if (!canMove(source) && !canMove(target)) continue;
      const score = distance(source, target, byId);
      if (choice === undefined || score < choice.score) choice = { from: source, to: target, score };
    }
  }
  return choice;
}

/** A device that can run a job needs somewhere for its engine's registers. */
function canMove(fn: FunctionSpec): boolean {
  const model = fn.model;
  if (model === undefined || !hasDmaEngine(fn)) return false;
  const memory = model.type === 'gpu' ? model.apertureBar : model.type === 'nvme' ? model.cmbBar : undefined;
  return engineBarOf(fn.bars, memory) !== undefined;
}

/**
 * Chooses the default job.
 * @returns undefined only for a machine without functions. A machine without a capable pair gets one that the
 *   planner will refuse, with `capable` false.
 */
export function chooseTransfer(
  functions: readonly FunctionSpec[],
): { readonly transfer: TransferSpec; readonly capable: boolean } | undefined {
  const byId = new Map(functions.map((fn) => [fn.id, fn]));
  const ends = functions.filter((fn) => canHoldTransferEnd(fn) && fn.virtualFunctionOf === undefined);
  const withRole = (role: string): FunctionSpec[] => ends.filter((fn) => rolesOf(fn).includes(role));
  for (const [fromRole, toRole] of WISHES) {
    const choice = best(withRole(fromRole), withRole(toRole), byId);
    if (choice === undefined) continue;
    const target = rolesOf(choice.to).includes('memory') ? largestMemory(choice.to) : DEFAULT_BYTES;
    const source =
      rolesOf(choice.from).includes('memory') && !canMove(choice.from) ? largestMemory(choice.from) : DEFAULT_BYTES;
    const bytes = Math.max(4096, Math.min(DEFAULT_BYTES, target, source));
    return { transfer: transfer(choice.from.id, choice.to.id, { bytes }), capable: true };
  }
  const first = ends[0] ?? functions[0];
  if (first === undefined) return undefined;
  const second = ends[1] ?? functions.find((fn) => fn !== first) ?? first;
  const room = [first, second].map(largestMemory).filter((bytes) => bytes > 0);
  const bytes = Math.max(4096, Math.min(DEFAULT_BYTES, ...room));
  return { transfer: transfer(first.id, second.id, { bytes }), capable: false };
}
