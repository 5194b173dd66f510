/*
 * The whole verdict for one ordered pair: what the kernel decides and why, step by step, beside the route
 * the packets really take.
 */
import { at } from '../../../base/invariant.ts';
import type { HostBridgeBelief, MapType, PeerVerdict, Redirector } from '../../pcie/verdict.ts';
import type { HostView } from '../hostView.ts';
import { functionAt } from './chain.ts';
import { bdfTextOf, cpuRulePasses, identityText, whitelistAnswer } from './hostBridgeBelief.ts';
import { topologyLabel } from './label.ts';
import { clearingParameter } from './messages.ts';
import type { ViewNames } from './names.ts';
import { classifyPair } from './pair.ts';
import type { PairAnswer } from './pair.ts';
import { peerRoute, predictPair } from './peerRoute.ts';
import type { AddressForm } from './peerRoute.ts';
import { verdictSentence } from './sentence.ts';
import { verdictSteps } from './steps.ts';

/** ACS Control within the ACS capability. */
const ACS_CONTROL_OFFSET = 0x06;

export interface VerdictOptions {
  /** Bus address inside the provider; default: its largest memory BAR. */
  readonly address?: number;
  /** What an earlier query stored for this pair. */
  readonly storedMapType?: MapType;
}

/**
 * @param provider index of the function whose BAR memory is the target.
 * @param client index of the function that masters the DMA.
 * @throws InvariantError if an index is outside the view.
 * @spec semantics reference D-22
 */
export function peerVerdict(
  view: HostView,
  pair: { readonly provider: number; readonly client: number },
  names: ViewNames,
  options: VerdictOptions = {},
): PeerVerdict {
  const { provider, client } = pair;
  const answer = classifyPair(view, provider, client);
  const idOf = (index: number): string => at(names.functions, index).id;
  const addressForm = addressFormOf(view, answer.mapType);
  const paths = predictPair(view, pair, addressForm, options.address);
  const route = peerRoute(view, names, paths, addressForm);
  const kernelParameter = clearingParameter(view, answer);
  const stale = options.storedMapType !== undefined && options.storedMapType !== answer.mapType;
  return {
    provider: idOf(provider),
    client: idOf(client),
    providerBdf: bdfTextOf(functionAt(view, provider)),
    clientBdf: bdfTextOf(functionAt(view, client)),
    mapType: answer.mapType,
    chainDistance: answer.chainDistance,
    returned: answer.mapType === 'NOT_SUPPORTED' ? -1 : answer.chainDistance,
    providerChain: answer.providerChain.map(idOf),
    clientChain: answer.clientChain.map(idOf),
    ...(answer.commonBridge === undefined ? {} : { commonBridge: idOf(answer.commonBridge) }),
    redirectors: answer.redirectors.flatMap((index) => redirectorOf(view, names, index)),
    hostBridges: beliefs(view, names, answer),
    cpuRulePasses: cpuRulePasses(view.cpu),
    label: topologyLabel(view, answer),
    steps: verdictSteps(view, names, answer),
    route,
    sentence: verdictSentence({ view, names, answer, route }),
    ...(kernelParameter === undefined ? {} : { kernelParameter }),
    ...(stale && options.storedMapType !== undefined ? { staleMapType: options.storedMapType } : {}),
  };
}

/**
 * What the client is given as address. A refused pair is given none; the route then shows what hardware would
 * do with the physical address if a driver forced the transfer.
 * @spec semantics reference 1.5, 5.2, section 11
 */
export function addressFormOf(view: HostView, mapType: MapType): AddressForm {
  if (mapType === 'BUS_ADDR') return 'bus';
  return mapType === 'THRU_HOST_BRIDGE' && view.iommu === 'translate' ? 'iova' : 'physical';
}

function redirectorOf(view: HostView, names: ViewNames, index: number): readonly Redirector[] {
  const fn = functionAt(view, index);
  if (fn.acs === undefined) return [];
  return [
    {
      node: at(names.functions, index).id,
      bdf: bdfTextOf(fn),
      acsControl: fn.acs.control,
      registerOffset: fn.acs.offset + ACS_CONTROL_OFFSET,
    },
  ];
}

function beliefs(view: HostView, names: ViewNames, answer: PairAnswer): readonly HostBridgeBelief[] {
  const provider = functionAt(view, answer.provider).hostBridge;
  const client = functionAt(view, answer.client).hostBridge;
  return whitelistAnswer(view, provider, client).lookups.map((lookup) => {
    const representative = lookup.representative === undefined ? undefined : functionAt(view, lookup.representative);
    return {
      hostBridge: at(names.hostBridges, lookup.hostBridge).id,
      ...(representative === undefined
        ? {}
        : { representative: `${bdfTextOf(representative)} ${identityText(representative)}` }),
      whitelisted: lookup.entry !== undefined,
      sameOnly: lookup.entry?.sameOnly === true,
    };
  });
}
