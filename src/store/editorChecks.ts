/*
 * The checks of the editor with what the enumerated machine adds: BARs without an address, functions that were not
 * found, redirects as Linux has set them, what the kernel would log.
 */
import { shortBdf, sizeText } from '../base/format.ts';
import { err } from '../base/result.ts';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { FunctionDescription, MachineDescription } from '../engine/protocol.ts';
import type { Check, CheckCode, CheckFix, NameOf } from '../topology/edit/api.ts';
import { checksOf } from '../topology/edit/checks.ts';
import { finished } from '../topology/edit/finish.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { changeFunction, fixesFor } from './edits.ts';

/** Machine facts the checks read; a machine's whole description has them. */
export type CheckedMachine = Pick<MachineDescription, 'functions' | 'diagnostics' | 'verdict'>;

/** BDF of a function as sentences name it; its id where the machine does not know it. */
export function bdfNames(machine: Pick<MachineDescription, 'functions'> | undefined): NameOf {
  const bdfs = new Map((machine?.functions ?? []).map((fn) => [fn.id, fn.bdf]));
  return (node) => {
    const bdf = bdfs.get(node);
    return bdf === undefined ? node : `${node} (${shortBdf(bdf)})`;
  };
}

function check(code: CheckCode, node: NodeId, facts: Pick<Check, 'severity' | 'message' | 'fixes'> & { fix: string }) {
  return { code, node, path: `functions/${node}`, key: `${code} ${node}`, ...facts };
}

function fixBy(label: string, node: NodeId, change: (document: TopologyDocument) => TopologyDocument): CheckFix {
  return {
    label,
    apply: (document) => finished(document, change(document), { label, selection: [node] }),
  };
}

function smaller(node: NodeId, name: string, index: number, sizeBytes: number): CheckFix {
  const half = sizeBytes / 2;
  return fixBy(`Make BAR ${index} of ${name} ${sizeText(half)}`, node, (document) =>
    changeFunction(document, node, (fn) => ({
      ...fn,
      bars: fn.bars.map((bar) => (bar.index === index ? { ...bar, sizeBytes: half } : bar)),
    })),
  );
}

const LEAST_HALVED_BYTES = 8192;

function unplacedBars(document: TopologyDocument, fn: FunctionDescription, nameOf: NameOf): readonly Check[] {
  const spec = document.functions.find(({ id }) => id === fn.id);
  if (fn.bdf === undefined || spec === undefined || spec.virtualFunctionOf !== undefined) return [];
  const name = nameOf(fn.id);
  return fn.bars
    .filter((bar) => bar.address === undefined && spec.bars.some(({ index }) => index === bar.index))
    .map((bar) => {
      const fixes: CheckFix[] = [];
      if (document.windowRule === 'strict') {
        fixes.push(fixBy('Pack the windows', fn.id, (state) => ({ ...state, windowRule: 'packed' })));
      }
      const isResizable = spec.bars.some(
        ({ index, resizableBytes }) => index === bar.index && resizableBytes !== undefined,
      );
      if (bar.space === 'memory' && bar.sizeBytes >= LEAST_HALVED_BYTES && !isResizable) {
        fixes.push(smaller(fn.id, name, bar.index, bar.sizeBytes));
      }
      return {
        ...check('BAR_DOES_NOT_FIT', fn.id, {
          severity: 'error',
          message: `BAR ${bar.index} of ${name}, ${sizeText(bar.sizeBytes)}, got no address: it does not fit below its bridge.`,
          fix: 'Make it smaller, or give the host bridge a larger window.',
          fixes,
        }),
        key: `BAR_DOES_NOT_FIT ${fn.id} BAR ${bar.index}`,
      };
    });
}

function unfound(document: TopologyDocument, machine: CheckedMachine): readonly Check[] {
  const known = new Map(machine.functions.map((fn) => [fn.id, fn]));
  return document.functions.flatMap((fn) => {
    const found = known.get(fn.id);
    if (found === undefined || found.bdf !== undefined || fn.virtualFunctionOf !== undefined) return [];
    return [
      check('UNREACHABLE', fn.id, {
        severity: 'warning',
        message: `Enumeration did not find ${fn.id}: no configuration request reaches it.`,
        fix: 'Look at the link and the bus numbers above it.',
        fixes: [],
      }),
    ];
  });
}

function redirects(document: TopologyDocument, machine: CheckedMachine, nameOf: NameOf): readonly Check[] {
  const { verdict } = machine;
  const pair = new Set([document.transfer.from, document.transfer.to]);
  if (verdict === undefined || !pair.has(verdict.provider) || !pair.has(verdict.client)) return [];
  const [first, ...rest] = verdict.redirectors;
  if (first === undefined || verdict.commonBridge === undefined) return [];
  const bdfs = new Map(machine.functions.map((fn) => [fn.id, fn.bdf]));
  const fixes = fixesFor(document, verdict, (node) => bdfs.get(node)).map(({ label, document: fixed }): CheckFix => ({
    label,
    // The fix was made of this document; after another edit the checks are made anew.
    apply: (now) =>
      now === document
        ? finished(document, fixed, { label, selection: [first.node] })
        : err({ code: 'RESULT_INVALID', message: 'The machine has changed since; the checks are made anew.' }),
  }));
  const more = rest.length === 0 ? '' : ` and ${rest.length} more`;
  return [
    check('PEER_REDIRECTED', first.node, {
      severity: 'warning',
      message: `ACS on ${shortBdf(first.bdf)}${more} sends packets between ${nameOf(document.transfer.from)} and ${nameOf(document.transfer.to)} through the host.`,
      fix: 'Clear the redirect there to keep them inside the switch.',
      fixes,
    }),
  ];
}

const BDF_PATH = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/;

/** What the kernel would log about a function, unless a check says it with more. */
function logged(machine: CheckedMachine, told: ReadonlySet<NodeId>): readonly Check[] {
  const nodes = new Map(machine.functions.flatMap((fn) => (fn.bdf === undefined ? [] : [[fn.bdf, fn.id] as const])));
  return machine.diagnostics.flatMap((diagnostic) => {
    const node = BDF_PATH.test(diagnostic.path) ? nodes.get(diagnostic.path) : undefined;
    if (node === undefined || (diagnostic.code === 'NO_SPACE' && told.has(node))) return [];
    return [{ ...diagnostic, node, fixes: [], key: `${diagnostic.code} ${node} ${diagnostic.message}` }];
  });
}

const RANK = { error: 0, warning: 1, note: 2 } as const;

/**
 * Everything to be said of a machine, errors first.
 * @param machine the enumeration of this document; leave it out while a newer document is being built.
 */
export function editorChecks(
  document: TopologyDocument,
  machine: CheckedMachine | undefined,
  nameOf: NameOf = bdfNames(machine),
): readonly Check[] {
  const plain = checksOf(document, nameOf);
  if (machine === undefined) return plain;
  const bars = machine.functions.flatMap((fn) => unplacedBars(document, fn, nameOf));
  const turned = redirects(document, machine, nameOf);
  // The bridge and everything below it need not be told one by one.
  const isExplained = plain.some(({ code }) => code === 'UNREACHABLE' || code === 'BUS_NUMBERS_SHORT');
  const lost = isExplained ? [] : unfound(document, machine);
  const noRoom = new Set(bars.flatMap(({ node }) => (node === undefined ? [] : [node])));
  const kept = plain.filter(
    ({ code, node }) =>
      !(code === 'PEER_REDIRECTED' && turned.length > 0) &&
      !(code === 'BAR_DOES_NOT_FIT' && node !== undefined && noRoom.has(node)),
  );
  const all = [...bars, ...turned, ...lost, ...kept, ...logged(machine, noRoom)];
  const unique = new Map(all.map((row) => [row.key, row]));
  return [...unique.values()].toSorted((a, b) => RANK[a.severity] - RANK[b.severity]);
}
