/*
 * The kernel's reasoning as a list of steps with the evidence of each. Exactly one step is the deciding one:
 * the first redirector if there is any, otherwise the common bridge or the test of the root complex.
 */
import { hex } from '../../../base/bits.ts';
import { at } from '../../../base/invariant.ts';
import { ACS_BITS } from '../../pcie/acs.ts';
import type { VerdictStep } from '../../pcie/verdict.ts';
import type { HostFunction, HostView } from '../hostView.ts';
import { functionAt } from './chain.ts';
import { identityText } from './hostBridgeBelief.ts';
import type { WhitelistAnswer, WhitelistLookup } from './hostBridgeBelief.ts';
import { shortPlace } from './names.ts';
import type { ViewNames } from './names.ts';
import { isRedirector } from './pair.ts';
import type { PairAnswer } from './pair.ts';

/** @spec semantics reference D-1 … D-9, D-15 … D-19 */
export function verdictSteps(view: HostView, names: ViewNames, answer: PairAnswer): readonly VerdictStep[] {
  return [
    chainStep(view, names, answer),
    distanceStep(answer),
    ...answer.examined.map((index) => acsStep(view, names, answer, index)),
    ...(answer.hostBridgeTest === undefined ? [] : hostBridgeSteps(view, names, answer, answer.hostBridgeTest)),
    resultStep(answer),
  ];
}

function chainStep(view: HostView, names: ViewNames, answer: PairAnswer): VerdictStep {
  const text = (chain: readonly number[]): string => chain.map((index) => shortPlace(view, index)).join(', ');
  const evidence = `provider: ${text(answer.providerChain)}; client: ${text(answer.clientChain)}`;
  const { commonBridge } = answer;
  if (commonBridge === undefined) return { rule: 'D-1', evidence, outcome: 'no common bridge', deciding: false };
  return {
    rule: 'D-1',
    node: at(names.functions, commonBridge).id,
    where: shortPlace(view, commonBridge),
    evidence,
    outcome: answer.provider === answer.client ? 'the same function' : 'common bridge',
    deciding: false,
  };
}

function distanceStep(answer: PairAnswer): VerdictStep {
  const { commonBridge, providerChain, clientChain, chainDistance } = answer;
  const parts =
    commonBridge === undefined
      ? [providerChain.length, clientChain.length]
      : [providerChain.indexOf(commonBridge), clientChain.indexOf(commonBridge)];
  return {
    rule: commonBridge === undefined ? 'D-3' : 'D-2',
    evidence: `${parts[0]} + ${parts[1]} steps to ${commonBridge === undefined ? 'the root buses' : 'the common bridge'}`,
    outcome: `distance ${chainDistance}`,
    deciding: false,
  };
}

function acsStep(view: HostView, names: ViewNames, answer: PairAnswer, index: number): VerdictStep {
  const fn = functionAt(view, index);
  return {
    rule: 'D-5',
    node: at(names.functions, index).id,
    where: shortPlace(view, index),
    evidence: fn.acs === undefined ? 'no ACS' : `ACS control 0x${hex(fn.acs.control, 4)}`,
    outcome: isRedirector(fn) ? `redirects: ${redirectBitsText(fn)}` : 'clear',
    deciding: answer.redirectors[0] === index,
  };
}

/** The bits of a function's ACS control that redirect, in words. */
export function redirectBitsText(fn: HostFunction): string {
  const control = fn.acs?.control ?? 0;
  const bits: string[] = [];
  if ((control & ACS_BITS.p2pRequestRedirect) !== 0) bits.push('request redirect');
  if ((control & ACS_BITS.p2pCompletionRedirect) !== 0) bits.push('completion redirect');
  if ((control & ACS_BITS.p2pEgressControl) !== 0) bits.push('egress control');
  return bits.join(', ');
}

function hostBridgeSteps(
  view: HostView,
  names: ViewNames,
  answer: PairAnswer,
  test: NonNullable<PairAnswer['hostBridgeTest']>,
): readonly VerdictStep[] {
  const undecided = answer.redirectors.length === 0;
  const cpu: VerdictStep = {
    rule: 'D-15',
    evidence: `CPU 0: ${view.cpu.vendor}, family ${hex(view.cpu.family, 2)}h`,
    outcome: test.cpuPasses ? 'trusted to forward between its ports' : 'proves nothing',
    deciding: undecided && test.cpuPasses,
  };
  if (test.whitelist === undefined) return [cpu];
  const { lookups } = test.whitelist;
  return [
    cpu,
    ...lookups.map((lookup) => whitelistStep(view, names, lookup)),
    {
      rule: 'D-19',
      evidence: lookups.length === 1 ? 'both functions are below one host bridge' : 'two host bridges',
      outcome: whitelistOutcome(test.whitelist),
      deciding: undecided,
    },
  ];
}

function whitelistStep(view: HostView, names: ViewNames, lookup: WhitelistLookup): VerdictStep {
  const node = at(names.hostBridges, lookup.hostBridge).id;
  if (lookup.representative === undefined) {
    return {
      rule: 'D-17',
      node,
      evidence: 'the first device of the root bus is neither at 00.0 nor a root port',
      outcome: 'not on the whitelist',
      deciding: false,
    };
  }
  const { entry } = lookup;
  return {
    rule: 'D-18',
    node,
    where: identityText(functionAt(view, lookup.representative)),
    evidence: `first device of the root bus: ${shortPlace(view, lookup.representative)}`,
    outcome:
      entry === undefined
        ? 'not on the whitelist'
        : `on the whitelist (${entry.platform})${entry.sameOnly ? ', for peers below the same host bridge only' : ''}`,
    deciding: false,
  };
}

function whitelistOutcome(whitelist: WhitelistAnswer): string {
  if (whitelist.passes) return 'the kernel believes that it forwards peer traffic';
  const sameOnly = whitelist.lookups.length > 1 && whitelist.lookups.every((lookup) => lookup.entry !== undefined);
  return sameOnly ? 'the entry does not hold between two host bridges' : 'the kernel does not believe that it forwards';
}

function resultStep(answer: PairAnswer): VerdictStep {
  const direct = answer.mapType === 'BUS_ADDR';
  return {
    rule: direct ? 'D-6' : 'D-9',
    evidence: direct
      ? 'a common bridge and no redirect'
      : answer.redirectors.length > 0
        ? `${answer.redirectors.length} redirecting function${answer.redirectors.length === 1 ? '' : 's'}`
        : 'no common bridge',
    outcome: answer.mapType,
    deciding: direct,
  };
}
