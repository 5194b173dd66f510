/*
 * The verdict in one or two plain sentences, with the names and values that decided.
 */
import { hex } from '../../../base/bits.ts';
import { at } from '../../../base/invariant.ts';
import type { PeerRoute, RouteEnd } from '../../pcie/verdict.ts';
import type { HostView } from '../hostView.ts';
import { functionAt } from './chain.ts';
import { identityText } from './hostBridgeBelief.ts';
import { shortPlace } from './names.ts';
import type { ViewNames } from './names.ts';
import type { PairAnswer } from './pair.ts';
import { redirectBitsText } from './steps.ts';

interface Subject {
  readonly view: HostView;
  readonly names: ViewNames;
  readonly answer: PairAnswer;
  readonly route: PeerRoute;
}

/** What the kernel decides for the pair, why, and where the hardware disagrees. */
export function verdictSentence(subject: Subject): string {
  const physics = physicsRemark(subject);
  const policy = policySentence(subject);
  return physics === undefined ? policy : `${policy} ${physics}`;
}

function policySentence({ view, names, answer }: Subject): string {
  const client = title(view, names, answer.client);
  const provider = title(view, names, answer.provider);
  switch (answer.mapType) {
    case 'BUS_ADDR':
      return answer.provider === answer.client
        ? `${client} uses memory of its own: nothing has to leave it.`
        : `${client} reaches ${provider} directly with its bus address: both are below ${commonTitle(view, names, answer)} and no port between them redirects.`;
    case 'THRU_HOST_BRIDGE':
      return `${client} reaches ${provider} through the root complex only, because ${obstacle(view, names, answer)}; the kernel allows it, because ${belief(view, answer)}.`;
    case 'NOT_SUPPORTED':
      return `The kernel refuses peer-to-peer DMA from ${client} to ${provider}, because ${obstacle(view, names, answer)} and ${belief(view, answer)}.`;
  }
}

function obstacle(view: HostView, names: ViewNames, answer: PairAnswer): string {
  const first = answer.redirectors[0];
  if (first === undefined) {
    const together = functionAt(view, answer.provider).hostBridge === functionAt(view, answer.client).hostBridge;
    return together ? 'no bridge is above both' : 'they are below different host bridges';
  }
  const others = answer.redirectors.length - 1;
  const more = others === 0 ? '' : others === 1 ? ' and 1 other' : ` and ${others} others`;
  return `ACS on ${title(view, names, first)}${more} redirects (${redirectBitsText(functionAt(view, first))})`;
}

function belief(view: HostView, answer: PairAnswer): string {
  if (answer.hostBridgeTest?.cpuPasses === true) {
    return `it trusts every AMD CPU from family 17h on (this one is family ${hex(view.cpu.family, 2)}h)`;
  }
  const lookups = answer.hostBridgeTest?.whitelist?.lookups ?? [];
  if (answer.hostBridgeTest?.whitelist?.passes === true) {
    const listed = lookups.flatMap((lookup) =>
      lookup.representative === undefined ? [] : [identityText(functionAt(view, lookup.representative))],
    );
    return `it believes that the root complex ${[...new Set(listed)].join(' and ')} forwards peer traffic`;
  }
  const unlisted = lookups.find((lookup) => lookup.entry === undefined);
  if (unlisted === undefined) return 'the whitelist entry holds only below one host bridge';
  if (unlisted.representative === undefined) return 'nothing on its root bus identifies the host bridge';
  return `the host bridge ${identityText(functionAt(view, unlisted.representative))} is not on its whitelist`;
}

/** Policy and physics disagree in these cases, and users are bitten there. */
function physicsRemark({ answer, route }: Subject): string | undefined {
  if (route.writeEnd !== undefined)
    return `Hardware would not deliver it either: the request ${endWords(route.writeEnd)}.`;
  const write = staysBelow(route.routeClass);
  const read = staysBelow(route.readDataRouteClass ?? route.routeClass);
  if (answer.mapType === 'BUS_ADDR') {
    return write && read ? undefined : 'The packets nevertheless go up to the root complex.';
  }
  if (write && read) return 'In hardware the packets nevertheless stay below the root complex.';
  if (write) return 'In hardware writes stay below the root complex and only the data of reads goes through it.';
  if (read) return 'In hardware writes go through the root complex and the data of reads stays below it.';
  return undefined;
}

function endWords({ status }: RouteEnd): string {
  return status === 'acsViolation' ? 'ends as an ACS violation' : 'ends as unsupported';
}

function staysBelow(routeClass: PeerRoute['routeClass']): boolean {
  return routeClass === 'internal' || routeClass === 'belowSwitch';
}

/** `nic0 (04:00.0)` */
function title(view: HostView, names: ViewNames, index: number): string {
  const place = shortPlace(view, index);
  const { name } = at(names.functions, index);
  return name.includes(place) ? name : `${name} (${place})`;
}

function commonTitle(view: HostView, names: ViewNames, answer: PairAnswer): string {
  return answer.commonBridge === undefined ? 'one bridge' : title(view, names, answer.commonBridge);
}
