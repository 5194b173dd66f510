/*
 * Checks of what the machine is to do: the transfer's ends and their path, and the memory it uses.
 */
import { ACS_BITS, ACS_REDIRECT_MASK } from '../../core/pcie/acs.ts';
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../document.ts';
import { hasDmaEngine } from '../validateTransfer.ts';
import type { CheckFix } from './api.ts';
import { changeFunction, finding, fixBy, type Rule } from './checkTools.ts';
import type { Site } from './places.ts';
import { holdsBytes, transferEnds } from './references.ts';

function withEnds(document: TopologyDocument, ends: { readonly from: NodeId; readonly to: NodeId }): TopologyDocument {
  return { ...document, transfer: { ...document.transfer, ...ends } };
}

/** Another pair, if the machine has one. */
function otherPair(document: TopologyDocument): readonly CheckFix[] {
  const ends = transferEnds(document);
  const { from, to } = document.transfer;
  if (ends.from === ends.to || (ends.from === from && ends.to === to)) return [];
  const label = `Transfer from ${ends.from} to ${ends.to}`;
  return [fixBy(label, [ends.from, ends.to], (state) => withEnds(state, transferEnds(state)))];
}

export const transferEndsExist: Rule = ({ document, index }, report) => {
  const { from, to } = document.transfer;
  const lacking = [...new Set([from, to])].filter((id) => {
    const fn = index.functions.get(id);
    return fn === undefined || !holdsBytes(fn);
  });
  const isOne = from === to;
  if (lacking.length === 0 && !isOne) return;
  const fixes = otherPair(document);
  const message =
    lacking.length === 0
      ? `The transfer starts and ends at ${from}.`
      : `The transfer names ${lacking.join(' and ')}, which ${lacking.length > 1 ? 'have' : 'has'} no bytes to move.`;
  report(
    finding({
      code: 'TRANSFER_END_MISSING',
      severity: 'warning',
      node: undefined,
      message,
      fix:
        fixes.length > 0
          ? 'Choose two devices with bytes.'
          : 'Add two devices, at least one of which moves bytes itself.',
      fixes,
    }),
  );
};

export const transferHasEngine: Rule = ({ document, index, nameOf }, report) => {
  const { from, to } = document.transfer;
  const start = index.functions.get(from);
  const end = index.functions.get(to);
  if (start === undefined || end === undefined || from === to) return;
  if (!holdsBytes(start) || !holdsBytes(end) || hasDmaEngine(start) || hasDmaEngine(end)) return;
  const engine = document.functions.find((fn) => fn.id !== to && hasDmaEngine(fn) && holdsBytes(fn));
  report(
    finding({
      code: 'TRANSFER_WITHOUT_ENGINE',
      severity: 'warning',
      node: from,
      message: `Neither ${nameOf(from)} nor ${nameOf(to)} moves bytes by itself.`,
      fix: 'Let one end be a NIC, a drive or a GPU.',
      fixes:
        engine === undefined
          ? []
          : [
              fixBy(`Transfer from ${engine.id}`, [engine.id], (state) =>
                withEnds(state, { from: engine.id, to: state.transfer.to }),
              ),
            ],
    }),
  );
};

function chain(site: Site, node: NodeId): readonly FunctionSpec[] {
  const found: FunctionSpec[] = [];
  let fn = site.index.functions.get(node);
  while (fn !== undefined && found.length <= site.index.functions.size) {
    found.push(fn);
    fn = site.index.functions.get(fn.parent);
  }
  return found;
}

/** The two ports below the switch in which a pair meets; none where it meets elsewhere. */
export function meetingPorts(site: Site, from: NodeId, to: NodeId): readonly FunctionSpec[] {
  const first = chain(site, from);
  const second = chain(site, to);
  const meet = first.findIndex((fn) => second.includes(fn));
  const common = first[meet];
  if (common?.kind !== 'upstreamPort') return [];
  return [first[meet - 1], second[second.indexOf(common) - 1]].filter((fn) => fn !== undefined);
}

/** `P2P Request Redirect` and its like, as set in these control bits. */
function redirectWords(control: number): string {
  const rows = [
    [ACS_BITS.p2pRequestRedirect, 'P2P Request Redirect'],
    [ACS_BITS.p2pCompletionRedirect, 'P2P Completion Redirect'],
    [ACS_BITS.p2pEgressControl, 'P2P Egress Control'],
  ] as const;
  return rows.flatMap(([bit, name]) => ((control & bit) === 0 ? [] : [name])).join(', ');
}

/**
 * Bits firmware left that turn this pair's packets up to the root complex. Where an IOMMU is on, Linux sets them itself;
 * that is for the machine's own verdict to tell.
 */
export const peerRedirected: Rule = (site, report) => {
  const { document, nameOf } = site;
  if (document.host.iommu !== 'off') return;
  const { from, to } = document.transfer;
  for (const port of meetingPorts(site, from, to)) {
    const bits = (port.acs?.control ?? 0) & (port.acs?.capability ?? 0) & ACS_REDIRECT_MASK;
    if (bits === 0) continue;
    const words = redirectWords(bits);
    const name = nameOf(port.id);
    report(
      finding({
        code: 'PEER_REDIRECTED',
        severity: 'warning',
        node: port.id,
        message: `${words} on ${name} sends packets between ${nameOf(from)} and ${nameOf(to)} through the host.`,
        fix: 'Clear it there to keep them inside the switch.',
        fixes: [
          fixBy(`Clear ${words} on ${name}`, [port.id], (state) =>
            changeFunction(state, port.id, (fn) =>
              fn.acs === undefined ? fn : { ...fn, acs: { ...fn.acs, control: fn.acs.control & ~ACS_REDIRECT_MASK } },
            ),
          ),
        ],
      }),
    );
  }
};

export const memoryChannels: Rule = ({ document }, report) => {
  const { channels, sockets = 1 } = document.host.memory;
  const over = channels % sockets;
  if (over === 0) return;
  const even = channels - over + sockets;
  report(
    finding({
      code: 'HOST_MEMORY_UNEVEN',
      severity: 'warning',
      node: undefined,
      message: `${channels} channels cannot be shared evenly by ${sockets} sockets: ${channels - over} are used.`,
      fix: `Make the number a multiple of ${sockets}.`,
      fixes:
        even > 64
          ? []
          : [
              fixBy(`Make them ${even} channels`, [], (state) => ({
                ...state,
                host: { ...state.host, memory: { ...state.host.memory, channels: even } },
              })),
            ],
    }),
  );
};
