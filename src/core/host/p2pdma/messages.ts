/*
 * What the kernel would log about a pair, in our own words: which ports redirect and what to put on the
 * kernel command line, and why a pair was refused.
 */
import type { HostView } from '../hostView.ts';
import { functionAt } from './chain.ts';
import { bdfTextOf, identityText } from './hostBridgeBelief.ts';
import type { PairAnswer } from './pair.ts';

/** The kernel collects the redirectors in a buffer of this size, terminator included, and cuts what does not fit. */
const REDIRECTOR_LIST_BYTES = 128;

/** `0000:02:00.0;0000:02:01.0`: the value for `pci=disable_acs_redir=`, complete. */
export function redirectorList(view: HostView, answer: PairAnswer): string {
  return answer.redirectors.map((index) => bdfTextOf(functionAt(view, index))).join(';');
}

/**
 * The kernel parameter that clears every redirect between the two functions, or undefined if none redirects.
 * @spec semantics reference
 */
export function clearingParameter(view: HostView, answer: PairAnswer): string | undefined {
  return answer.redirectors.length === 0 ? undefined : `pci=disable_acs_redir=${redirectorList(view, answer)}`;
}

/**
 * Log lines for one classified pair, in the kernel's order.
 * @param verbose false: only the line about an unlisted host bridge, which the redirect case always logs.
 * @spec semantics reference D-14
 */
export function pairMessages(view: HostView, answer: PairAnswer, verbose: boolean): readonly string[] {
  const lines: string[] = [];
  const client = bdfTextOf(functionAt(view, answer.client));
  const provider = bdfTextOf(functionAt(view, answer.provider));
  const redirected = answer.redirectors.length > 0;
  if (redirected && verbose) {
    const list = redirectorList(view, answer).slice(0, REDIRECTOR_LIST_BYTES - 1);
    lines.push(
      `${client}: ACS redirects traffic on the way to the provider ${provider}`,
      `${client}: boot with pci=disable_acs_redir=${list} to keep this path direct`,
    );
  }
  if (redirected) lines.push(...unlistedBridges(view, answer));
  if (verbose && answer.mapType === 'NOT_SUPPORTED') {
    lines.push(
      `${client}: no peer-to-peer DMA with the provider ${provider}: ` +
        'they share neither an upstream bridge without redirect nor a whitelisted host bridge',
    );
  }
  return lines;
}

/** The kernel stops at the first host bridge that fails. */
function unlistedBridges(view: HostView, answer: PairAnswer): readonly string[] {
  for (const lookup of answer.hostBridgeTest?.whitelist?.lookups ?? []) {
    if (lookup.entry !== undefined) continue;
    if (lookup.representative === undefined) return [];
    const representative = functionAt(view, lookup.representative);
    return [
      `${bdfTextOf(representative)}: host bridge ${identityText(representative)} is not on the peer-to-peer whitelist`,
    ];
  }
  return [];
}
