/*
 * Checks of the tree: payload sizes, empty and missing ports, numbers, names, memory windows.
 */
import { sizeText } from '../../base/format.ts';
import type { BarSpec, FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import { rootWindows } from '../../core/pcie/rootWindows.ts';
import { drivesLink } from '../documentIndex.ts';
import type { TopologyDocument } from '../document.ts';
import { changeFunction, changeFunctions, finding, fixBy, type Rule } from './checkTools.ts';
import { addPart, rename } from './commands.ts';
import { FreshNames } from './freshNames.ts';
import { withFunctionZero } from './place.ts';
import type { Site } from './places.ts';
import { functionsBelow, hostBridgeOf } from './trees.ts';

/** The function of the root bus that this one is below, itself included. */
function topOf(site: Site, fn: FunctionSpec): FunctionSpec {
  let top = fn;
  for (let steps = 0; steps <= site.index.functions.size; steps++) {
    const parent = site.index.functions.get(top.parent);
    if (parent === undefined) return top;
    top = parent;
  }
  return top;
}

/** Both ends of every link have one Max_Payload_Size, or packets are malformed (performance reference P-1). */
export const payloadSizes: Rule = (site, report) => {
  for (const fn of site.document.functions) {
    const parent = site.index.functions.get(fn.parent);
    if (fn.mpsBytes === undefined || parent?.mpsBytes === undefined || parent.mpsBytes === fn.mpsBytes) continue;
    const top = topOf(site, fn);
    const members = [top, ...functionsBelow(site.index, top.id)];
    const least = Math.min(...members.map((member) => member.mpsBytes ?? member.mpsSupportedBytes ?? 4096));
    const ids = new Set(members.map((member) => member.id));
    report(
      finding({
        code: 'MPS_MISMATCH',
        severity: 'warning',
        node: fn.id,
        message: `${site.nameOf(fn.id)} sends up to ${fn.mpsBytes} B of payload, ${site.nameOf(parent.id)} above it ${parent.mpsBytes} B: longer packets are malformed there.`,
        fix: 'Give every function below one root port the same Max Payload Size.',
        fixes: [
          fixBy(`Set all below ${site.nameOf(top.id)} to ${least} B`, [fn.id], (document) =>
            changeFunctions(document, (member) =>
              ids.has(member.id) && member.mpsBytes !== undefined ? { ...member, mpsBytes: least } : member,
            ),
          ),
        ],
      }),
    );
  }
};

/** One note for each switch or root complex with ports that hold nothing. */
export const emptyPorts: Rule = (site, report) => {
  const byOwner = new Map<NodeId, NodeId[]>();
  for (const fn of site.document.functions) {
    if (!drivesLink(fn.kind) || (site.index.children.get(fn.id) ?? []).length > 0) continue;
    byOwner.set(fn.parent, [...(byOwner.get(fn.parent) ?? []), fn.id]);
  }
  for (const [owner, ports] of byOwner) {
    const [first, ...rest] = ports;
    if (first === undefined) continue;
    const more = rest.length > 0 ? ` and ${rest.length} more` : '';
    report(
      finding({
        code: 'EMPTY_PORT',
        severity: 'note',
        node: first,
        part: ` of ${owner}`,
        message: `${site.nameOf(first)}${more} of ${site.nameOf(owner)} hold${rest.length > 0 ? '' : 's'} nothing.`,
        fix: 'Add a card or a switch there, or leave it for a hot add.',
      }),
    );
  }
};

export const missingPorts: Rule = (site, report) => {
  for (const { id } of site.document.hostBridges) {
    if ((site.index.children.get(id) ?? []).some((fn) => drivesLink(fn.kind))) continue;
    report(
      finding({
        code: 'NO_PORTS',
        severity: 'note',
        node: id,
        isHostBridge: true,
        message: `${site.nameOf(id)} has no port: no card can be plugged in.`,
        fix: 'Add a root port.',
        fixes: [
          {
            label: 'Add a root port',
            apply: (document) => addPart(document, { part: 'rootPort' }, { kind: 'rootBus', node: id }),
          },
        ],
      }),
    );
  }
};

/** The last bus a host bridge could own: up to the next of its segment. */
function roomUpTo(document: TopologyDocument, node: NodeId): number {
  const bridge = document.hostBridges.find(({ id }) => id === node);
  const later = document.hostBridges
    .filter((other) => other.segment === bridge?.segment && other.rootBus > (bridge?.rootBus ?? 0))
    .map((other) => other.rootBus - 1);
  return Math.min(255, ...later);
}

export const busNumbers: Rule = (site, report) => {
  const { document } = site;
  for (const bridge of document.hostBridges) {
    const needed = site.bridgesBelow.get(bridge.id) ?? 0;
    const available = bridge.lastBus - bridge.rootBus;
    if (needed <= available) continue;
    const most = roomUpTo(document, bridge.id);
    const name = site.nameOf(bridge.id);
    const fix = fixBy(`Let ${name} own buses up to ${most}`, [bridge.id], (state) => ({
      ...state,
      hostBridges: state.hostBridges.map((other) => (other.id === bridge.id ? { ...other, lastBus: most } : other)),
    }));
    report(
      finding({
        code: 'BUS_NUMBERS_SHORT',
        severity: 'warning',
        node: bridge.id,
        isHostBridge: true,
        message: `${needed} bridges below ${name} need a bus number each; ${Math.max(0, available)} are left after its root bus.`,
        fix: 'Give it a larger range, or move some of them below another host bridge.',
        fixes: most > bridge.lastBus ? [fix] : [],
      }),
    );
  }
};

export const functionZero: Rule = (site, report) => {
  for (const [bus, functions] of site.index.children) {
    const zero = new Set(functions.filter((fn) => fn.fn === 0).map((fn) => fn.device));
    const told = new Set<number>();
    for (const fn of functions) {
      if (fn.virtualFunctionOf !== undefined || zero.has(fn.device) || told.has(fn.device)) continue;
      told.add(fn.device);
      report(
        finding({
          code: 'FUNCTION_ZERO_MISSING',
          severity: 'warning',
          node: fn.id,
          message: `${site.nameOf(fn.id)} is function ${fn.fn} of a device without function 0: enumeration does not find it.`,
          fix: 'Make it function 0.',
          fixes: [
            fixBy(`Make ${site.nameOf(fn.id)} function 0`, [fn.id], (document) =>
              withFunctionZero(document, bus, fn.device),
            ),
          ],
        }),
      );
    }
  }
};

/** Root complexes have their dummies all alike; everything else is told apart by its name. */
export const duplicateNames: Rule = (site, report) => {
  const owners = new Map<string, NodeId>();
  for (const fn of site.document.functions) {
    if (fn.kind === 'hostBridge' || fn.name === '') continue;
    const first = owners.get(fn.name);
    if (first === undefined) {
      owners.set(fn.name, fn.id);
      continue;
    }
    report(
      finding({
        code: 'DUPLICATE_NAME',
        severity: 'note',
        node: fn.id,
        message: `${first} and ${fn.id} are both called ${fn.name}.`,
        fix: 'Rename one of them.',
        fixes: [
          {
            label: `Rename ${fn.id}`,
            apply: (document) => rename(document, fn.id, new FreshNames(document).nameLike(fn.name)),
          },
        ],
      }),
    );
  }
};

interface Demand {
  readonly fn: FunctionSpec;
  readonly bar: BarSpec;
}

/** Which window of its root complex a BAR is placed in: bridges forward what is not prefetchable below 4 GiB only. */
function isHigh(site: Site, { fn, bar }: Demand): boolean {
  return bar.widthBits === 64 && (bar.prefetchable || site.index.hostBridges.has(fn.parent));
}

function demandsOf(site: Site): ReadonlyMap<NodeId, readonly Demand[]> {
  const byBridge = new Map<NodeId, Demand[]>();
  for (const fn of site.document.functions) {
    const bridge = fn.bars.length === 0 ? undefined : hostBridgeOf(site.index, fn.id);
    if (bridge === undefined) continue;
    const list = byBridge.get(bridge) ?? [];
    byBridge.set(bridge, list);
    for (const bar of fn.bars) if (bar.space === 'memory') list.push({ fn, bar });
  }
  return byBridge;
}

const total = (demands: readonly Demand[]): number => demands.reduce((sum, { bar }) => sum + bar.sizeBytes, 0);

/** BARs that are larger together than the window they need: enumeration says the same, and which ones go without. */
export const memoryWindows: Rule = (site, report) => {
  const windows = rootWindows(site.document.hostBridges);
  const demands = demandsOf(site);
  site.document.hostBridges.forEach((bridge, place) => {
    const all = demands.get(bridge.id) ?? [];
    for (const high of [false, true]) {
      const wanted = all.filter((demand) => isHigh(site, demand) === high);
      const room = (windows[place] ?? [])
        .filter((window) => window.space === 'memory' && window.base >= 2 ** 32 === high)
        .reduce((sum, window) => sum + window.limit + 1 - window.base, 0);
      const largest = wanted.reduce<Demand | undefined>(
        (most, demand) => (most === undefined || demand.bar.sizeBytes > most.bar.sizeBytes ? demand : most),
        undefined,
      );
      if (largest === undefined || total(wanted) <= room) continue;
      const { fn, bar } = largest;
      const others = total(wanted) - bar.sizeBytes;
      const fitting = others >= room ? 0 : 2 ** Math.floor(Math.log2(room - others));
      const name = site.nameOf(fn.id);
      const resized = { ...bar, sizeBytes: fitting };
      const fix = fixBy(`Make BAR ${bar.index} of ${name} ${sizeText(fitting)}`, [fn.id], (document) =>
        changeFunction(document, fn.id, (owner) => ({
          ...owner,
          bars: owner.bars.map((other) => (other.index === bar.index ? resized : other)),
        })),
      );
      report(
        finding({
          code: 'BAR_DOES_NOT_FIT',
          severity: 'warning',
          node: fn.id,
          part: high ? ' 64' : ' 32',
          message: `BARs of ${sizeText(total(wanted))} need the ${high ? '64-bit' : '32-bit'} window of ${site.nameOf(bridge.id)}, which has ${sizeText(room)}; the largest is BAR ${bar.index} of ${name} with ${sizeText(bar.sizeBytes)}.`,
          fix: high
            ? 'Make it smaller, or give the root complex a larger window.'
            : 'Make it smaller, or 64-bit and prefetchable.',
          fixes: fitting >= 4096 && bar.resizableBytes === undefined ? [fix] : [],
        }),
      );
    }
  });
};
