/*
 * The whole verdict for one ordered pair, in three layers: what the kernel decides and why, step by step; the IOMMU
 * groups; and what the hardware does with the packets. Where they contradict each other it says so.
 */
import { at } from '../../../base/invariant.ts';
import type { HostBridgeBelief, MapType, PeerVerdict, Redirector } from '../../pcie/verdict.ts';
import type { HostView } from '../hostView.ts';
import type { IommuGroups } from '../iommu/groups.ts';
import { functionAt } from './chain.ts';
import { bdfTextOf, cpuRulePasses, identityText, whitelistAnswer } from './hostBridgeBelief.ts';
import { disagreementsOf } from './disagreements.ts';
import { isolationOf } from './isolation.ts';
import { topologyLabel } from './label.ts';
import { clearingParameter } from './messages.ts';
import type { ViewNames } from './names.ts';
import { classifyPair } from './pair.ts';
import type { PairAnswer } from './pair.ts';
import { peerRoute, predictPair } from './peerRoute.ts';
import type { AddressForm } from './peerRoute.ts';
import { physicsOf } from './physics.ts';
import type { HardwareTruth } from './physics.ts';
import { verdictSentence } from './sentence.ts';
import { verdictSteps } from './steps.ts';

/** ACS Control within the ACS capability. */
const ACS_CONTROL_OFFSET = 0x06;

export interface VerdictOptions {
  /** Bus address inside the provider; default: its largest memory BAR. */
  readonly address?: number;
  /** What an earlier query stored for this pair: mappings use it (D-10). */
  readonly storedMapType?: MapType;
  /** Groups as the kernel formed them at boot. Together with `truth` this gives the other two layers. */
  readonly groups?: IommuGroups;
  readonly truth?: HardwareTruth;
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
  const { truth, groups, storedMapType } = options;
  const answer = classifyPair(view, provider, client);
  const idOf = (index: number): string => at(names.functions, index).id;
  const staleMapType = storedMapType === answer.mapType ? undefined : storedMapType;
  const form = addressFormOf(view, staleMapType ?? answer.mapType, truth?.translatesItself(client) === true);
  const relaxed = truth?.relaxesOrdering(client) === true;
  const paths = predictPair(view, pair, { form, relaxed, address: options.address });
  const route = peerRoute(view, names, paths, form);
  const kernelParameter = clearingParameter(view, answer);
  const isolation = groups === undefined ? undefined : isolationOf(names, groups, pair);
  const physics = truth === undefined ? undefined : physicsOf({ view, names, truth, pair, paths, form });
  const disagreements =
    isolation === undefined || physics === undefined
      ? undefined
      : disagreementsOf({ mapType: answer.mapType, staleMapType, route, isolation, physics });
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
    ...(isolation === undefined ? {} : { isolation }),
    ...(physics === undefined ? {} : { physics }),
    ...(disagreements === undefined ? {} : { disagreements }),
    ...(staleMapType === undefined ? {} : { staleMapType }),
  };
}

/**
 * What the client puts on the wire as address. A refused pair is given none; the route then shows what hardware would
 * do if a driver forced the transfer by mapping the BAR like any device memory.
 * @param translatesItself the client has ATS on and turns I/O virtual addresses into physical ones itself.
 * @spec semantics reference 1.5, 5.2, R-15, section 11
 */
export function addressFormOf(view: HostView, mapType: MapType, translatesItself = false): AddressForm {
  if (mapType === 'BUS_ADDR') return 'bus';
  if (view.iommu !== 'translate') return 'physical';
  return translatesItself ? 'translated' : 'iova';
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
