/*
 * What the kernel decides for one (provider, client) pair: distance, map type and what decided it.
 * Policy only; where a TLP really goes is route.ts.
 */
import { ACS_REDIRECT_MASK } from '../../pcie/acs.ts';
import type { MapType } from '../../pcie/verdict.ts';
import type { HostFunction, HostView } from '../hostView.ts';
import { chainOf, functionAt } from './chain.ts';
import { cpuRulePasses, whitelistAnswer } from './hostBridgeBelief.ts';
import type { WhitelistAnswer } from './hostBridgeBelief.ts';

/** The kernel's answer for one ordered pair; all numbers are indices into {@link HostView.functions}. */
export interface PairAnswer {
  readonly provider: number;
  readonly client: number;
  readonly providerChain: readonly number[];
  readonly clientChain: readonly number[];
  /** First element of the provider's chain that is also in the client's. */
  readonly commonBridge: number | undefined;
  readonly chainDistance: number;
  /** What was read for D-4, in that order; empty without a common bridge. */
  readonly examined: readonly number[];
  /** Those of `examined` that redirect. */
  readonly redirectors: readonly number[];
  readonly mapType: MapType;
  /** Set when the pair was a candidate for the host bridge (D-9); the whitelist only if the CPU test failed. */
  readonly hostBridgeTest: { readonly cpuPasses: boolean; readonly whitelist: WhitelistAnswer | undefined } | undefined;
}

/**
 * True if the function has an ACS capability whose control has request redirect, completion redirect or
 * egress control set. Source validation, translation blocking, upstream forwarding and direct translated
 * do not count, nor does isolation without the capability.
 * @spec semantics reference D-4
 */
export function isRedirector(fn: HostFunction): boolean {
  return fn.acs !== undefined && (fn.acs.control & ACS_REDIRECT_MASK) !== 0;
}

/**
 * Classifies one pair.
 * @param provider index of the function whose BAR memory is the target.
 * @param client index of the function that masters the DMA.
 * @throws InvariantError if an index is outside the view.
 * @spec semantics reference D-1 … D-9
 */
export function classifyPair(view: HostView, provider: number, client: number): PairAnswer {
  const providerChain = chainOf(view, provider);
  const clientChain = chainOf(view, client);
  const commonBridge = providerChain.find((index) => clientChain.includes(index));
  const examined = commonBridge === undefined ? [] : examinedFunctions(providerChain, clientChain, commonBridge);
  const redirectors = examined.filter((index) => isRedirector(functionAt(view, index)));
  const chainDistance =
    commonBridge === undefined
      ? providerChain.length + clientChain.length
      : providerChain.indexOf(commonBridge) + clientChain.indexOf(commonBridge);
  const answer = { provider, client, providerChain, clientChain, commonBridge, chainDistance, examined, redirectors };
  if (commonBridge !== undefined && redirectors.length === 0) {
    return { ...answer, mapType: 'BUS_ADDR', hostBridgeTest: undefined };
  }
  const hostBridgeTest = testHostBridges(view, provider, client);
  const passes = hostBridgeTest.cpuPasses || hostBridgeTest.whitelist?.passes === true;
  return { ...answer, mapType: passes ? 'THRU_HOST_BRIDGE' : 'NOT_SUPPORTED', hostBridgeTest };
}

/** The provider's chain up to and including the common bridge, then the client's up to but excluding it (D-5). */
function examinedFunctions(
  providerChain: readonly number[],
  clientChain: readonly number[],
  commonBridge: number,
): readonly number[] {
  return [
    ...providerChain.slice(0, providerChain.indexOf(commonBridge) + 1),
    ...clientChain.slice(0, clientChain.indexOf(commonBridge)),
  ];
}

function testHostBridges(view: HostView, provider: number, client: number): NonNullable<PairAnswer['hostBridgeTest']> {
  if (cpuRulePasses(view.cpu)) return { cpuPasses: true, whitelist: undefined };
  const whitelist = whitelistAnswer(view, functionAt(view, provider).hostBridge, functionAt(view, client).hostBridge);
  return { cpuPasses: false, whitelist };
}
