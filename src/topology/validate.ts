/*
 * What a document of the right shape can still have wrong. Errors stop a machine from being built; warnings
 * and notes are shown beside it. Every rule looks at the whole document and reports all it finds.
 *
 * Rules about the tree are here; about single functions in validateFunctions.ts; about the job in
 * validateTransfer.ts; about flows in validateFlows.ts.
 */
import type { Diagnostic, Severity } from '../base/diagnostic.ts';
import type { FunctionKind, FunctionSpec, NodeId } from '../core/pcie/machineSpec.ts';
import type { TopologyDocument } from './document.ts';
import { drivesLink, indexDocument, isBridge, type DocumentIndex } from './documentIndex.ts';
import { checkFlows } from './validateFlows.ts';
import { checkFunctions } from './validateFunctions.ts';
import { checkMemory } from './validateMemory.ts';
import { checkTransfer } from './validateTransfer.ts';

/** Collects what a rule finds. `path` points into the document. */
export type Report = (severity: Severity, code: string, path: string, message: string, fix: string) => void;

/**
 * Checks a document that has passed the schema.
 * @returns everything found, in the order of the document; empty if all is well.
 */
export function validateDocument(document: TopologyDocument): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const report: Report = (severity, code, path, message, fix) => {
    diagnostics.push({ code, severity, path, message, fix });
  };
  const index = indexDocument(document);
  checkIds(document, report);
  checkHostBridges(document, report);
  checkMemory(document, report);
  checkParents(document, index, report);
  checkCycles(document, index, report);
  checkPlaces(index, report);
  checkBusNumbers(document, index, report);
  checkFunctions(document, index, report);
  checkTransfer(document, index, report);
  checkFlows(document, index, report);
  return diagnostics;
}

function checkIds(document: TopologyDocument, report: Report): void {
  const seen = new Set<NodeId>();
  const check = (id: NodeId, path: string): void => {
    if (seen.has(id))
      report('error', 'ID_USED_TWICE', path, `The id ${id} is used twice.`, 'Give one of the two another id.');
    seen.add(id);
  };
  for (const bridge of document.hostBridges) check(bridge.id, `hostBridges/${bridge.id}`);
  for (const fn of document.functions) check(fn.id, `functions/${fn.id}`);
}

function checkHostBridges(document: TopologyDocument, report: Report): void {
  if (document.hostBridges.length === 0) {
    report(
      'error',
      'NO_HOST_BRIDGE',
      'hostBridges',
      'The machine has no host bridge.',
      'Add one; every function hangs below one.',
    );
  }
  const ordered = [...document.hostBridges].sort((a, b) => a.segment - b.segment || a.rootBus - b.rootBus);
  ordered.forEach((bridge, position) => {
    const path = `hostBridges/${bridge.id}`;
    if (bridge.rootBus > bridge.lastBus) {
      report(
        'error',
        'BUS_RANGE_REVERSED',
        path,
        `The last bus ${bridge.lastBus} of ${bridge.id} is below its root bus ${bridge.rootBus}.`,
        'Exchange the two numbers.',
      );
    }
    const next = ordered[position + 1];
    if (next !== undefined && next.segment === bridge.segment && next.rootBus <= bridge.lastBus) {
      report(
        'error',
        'BUS_RANGES_OVERLAP',
        path,
        `${bridge.id} owns buses ${bridge.rootBus}…${bridge.lastBus} and ${next.id} starts at ${next.rootBus} in the same segment.`,
        `Let ${bridge.id} end at bus ${next.rootBus - 1}, or use another segment.`,
      );
    }
    for (const [name, window] of Object.entries(bridge.windows ?? {})) {
      if (window.base > window.limit) {
        report(
          'error',
          'WINDOW_REVERSED',
          `${path}/windows/${name}`,
          `The window's limit ${window.limit} is below its base ${window.base}.`,
          'Exchange the two, or remove the window.',
        );
      }
    }
  });
}

/** Which kinds a function may sit below; `host` stands for a root bus. Conventional buses take conventional functions. */
const USUAL_PARENTS: Readonly<Partial<Record<FunctionKind, readonly (FunctionKind | 'host')[]>>> = {
  hostBridge: ['host'],
  rootPort: ['host'],
  rcEndpoint: ['host'],
  rcEventCollector: ['host'],
  upstreamPort: ['rootPort', 'downstreamPort', 'pciToPcieBridge'],
  downstreamPort: ['upstreamPort'],
};

function checkParents(document: TopologyDocument, index: DocumentIndex, report: Report): void {
  for (const fn of document.functions) {
    const path = `functions/${fn.id}/parent`;
    const parent = index.functions.get(fn.parent);
    if (parent === undefined && !index.hostBridges.has(fn.parent)) {
      report(
        'error',
        'PARENT_MISSING',
        path,
        `${fn.id} sits below ${fn.parent}, which does not exist.`,
        'Name a host bridge, a port or a bridge of this document.',
      );
      continue;
    }
    if (parent !== undefined && !isBridge(parent.kind)) {
      report(
        'error',
        'PARENT_IS_NOT_A_BRIDGE',
        path,
        `${fn.id} sits below ${fn.parent}, which is ${parent.kind} and has no bus behind it.`,
        'Name a host bridge, a port or a bridge.',
      );
      continue;
    }
    const usual = USUAL_PARENTS[fn.kind];
    const kind = parent === undefined ? 'host' : parent.kind;
    if (usual !== undefined && !usual.includes(kind)) {
      report(
        fn.kind === 'downstreamPort' || fn.kind === 'upstreamPort' ? 'warning' : 'error',
        'PARENT_UNUSUAL',
        path,
        `${fn.id} is ${fn.kind} and sits below ${kind === 'host' ? 'a root bus' : kind}; it belongs below ${usual.join(' or ')}.`,
        'Move it, or change its kind.',
      );
    }
  }
}

function checkCycles(document: TopologyDocument, index: DocumentIndex, report: Report): void {
  const reachesRoot = new Set<NodeId>();
  const inCycle = new Set<NodeId>();
  for (const start of document.functions) {
    const path: FunctionSpec[] = [];
    const onPath = new Set<NodeId>();
    let fn: FunctionSpec | undefined = start;
    while (fn !== undefined && !reachesRoot.has(fn.id) && !inCycle.has(fn.id) && !onPath.has(fn.id)) {
      path.push(fn);
      onPath.add(fn.id);
      fn = index.functions.get(fn.parent);
    }
    if (fn !== undefined && onPath.has(fn.id)) {
      const loop = path.slice(path.indexOf(fn)).map((member) => member.id);
      report(
        'error',
        'PARENTS_IN_A_CIRCLE',
        `functions/${fn.id}/parent`,
        `${loop.join(' → ')} → ${fn.id}: these functions sit below each other in a circle.`,
        'Put one of them below a host bridge.',
      );
    }
    const verdict = fn !== undefined && (onPath.has(fn.id) || inCycle.has(fn.id)) ? inCycle : reachesRoot;
    for (const member of path) verdict.add(member.id);
  }
}

function checkPlaces(index: DocumentIndex, report: Report): void {
  for (const [parentId, functions] of index.children) {
    const parent = index.functions.get(parentId);
    const functionZero = new Set(functions.filter((fn) => fn.fn === 0).map((fn) => fn.device));
    let previous: FunctionSpec | undefined;
    for (const fn of functions) {
      const path = `functions/${fn.id}`;
      const place = `${fn.device}.${fn.fn}`;
      if (previous !== undefined && previous.device === fn.device && previous.fn === fn.fn) {
        report(
          'error',
          'PLACE_TAKEN',
          path,
          `${previous.id} and ${fn.id} are both device ${place} below ${parentId}.`,
          'Change the device or function number of one.',
        );
      }
      previous = fn;
      if (fn.virtualFunctionOf !== undefined) continue;
      if (!functionZero.has(fn.device)) {
        report(
          'warning',
          'FUNCTION_ZERO_MISSING',
          path,
          `${fn.id} is device ${place} below ${parentId}, but the device has no function 0, so enumeration will not find it.`,
          'Add a function 0, or make this one function 0.',
        );
      }
      if (fn.device !== 0 && parent !== undefined && drivesLink(parent.kind)) {
        report(
          'warning',
          'ONLY_DEVICE_ZERO_BELOW_PORTS',
          path,
          `${fn.id} is device ${place} below ${parentId}; a link leads to device 0 only, so enumeration will not find it.`,
          'Use device 0, or put it below a port of its own.',
        );
      }
    }
  }
}

/** Every bridge takes at least one bus number (enumeration reference N-6, N-8). */
function checkBusNumbers(document: TopologyDocument, index: DocumentIndex, report: Report): void {
  const rootOf = new Map<NodeId, NodeId>();
  const bridges = new Map<NodeId, number>();
  for (const fn of document.functions) {
    if (!isBridge(fn.kind)) continue;
    const path: NodeId[] = [];
    let id: NodeId | undefined = fn.id;
    while (
      id !== undefined &&
      !index.hostBridges.has(id) &&
      !rootOf.has(id) &&
      path.length <= document.functions.length
    ) {
      path.push(id);
      id = index.functions.get(id)?.parent;
    }
    const root = id === undefined ? undefined : (rootOf.get(id) ?? id);
    if (root === undefined || !index.hostBridges.has(root)) continue;
    for (const member of path) rootOf.set(member, root);
    bridges.set(root, (bridges.get(root) ?? 0) + 1);
  }
  for (const bridge of document.hostBridges) {
    const needed = bridges.get(bridge.id) ?? 0;
    const available = bridge.lastBus - bridge.rootBus;
    if (needed > available) {
      report(
        'warning',
        'BUS_NUMBERS_RUN_OUT',
        `hostBridges/${bridge.id}`,
        `${needed} bridges below ${bridge.id} need a bus number each, but only ${Math.max(0, available)} are left after its root bus.`,
        'Raise lastBus, or move some of them below another host bridge.',
      );
    }
  }
}
