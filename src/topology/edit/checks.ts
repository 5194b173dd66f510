/*
 * The live checks of the editor: everything a document alone can tell, with a fix where there is one. What only the
 * enumerated machine knows is added by the store.
 */
import type { Check, ChecksOf } from './api.ts';
import { memoryChannels, peerRedirected, transferEndsExist, transferHasEngine } from './checkJob.ts';
import { limitedLinks, sharedUplinks, shortLinks, unreachable } from './checkLinks.ts';
import type { Rule } from './checkTools.ts';
import {
  busNumbers,
  duplicateNames,
  emptyPorts,
  functionZero,
  memoryWindows,
  missingPorts,
  payloadSizes,
} from './checkTree.ts';
import { siteOf } from './places.ts';
import { validateDocument } from '../validate.ts';

const RULES: readonly Rule[] = [
  unreachable,
  shortLinks,
  payloadSizes,
  memoryWindows,
  peerRedirected,
  busNumbers,
  functionZero,
  transferEndsExist,
  transferHasEngine,
  memoryChannels,
  sharedUplinks,
  limitedLinks,
  duplicateNames,
  missingPorts,
  emptyPorts,
];

/** Codes of validation that a rule here says better. */
const REPLACED: ReadonlySet<string> = new Set([
  'LINK_NARROWER_THAN_CARD',
  'LINK_SLOWER_THAN_CARD',
  'MPS_DIFFERS_FROM_PORT',
  'TRANSFER_END_MISSING',
  'TRANSFER_END_HAS_NO_BYTES',
  'TRANSFER_WITHIN_ONE_DEVICE',
  'TRANSFER_WITHOUT_ENGINE',
  'CHANNELS_UNEVEN',
  'BUS_NUMBERS_RUN_OUT',
  'FUNCTION_ZERO_MISSING',
  'ONLY_DEVICE_ZERO_BELOW_PORTS',
]);

const RANK = { error: 0, warning: 1, note: 2 } as const;

/** @returns errors first, then warnings, then notes; within these in the order of the rules. */
export const checksOf: ChecksOf = (document, nameOf) => {
  const site = siteOf(document, nameOf);
  const checks: Check[] = [];
  const places = new Map<string, number>();
  const report = (check: Check): void => {
    // Several findings of one key stay apart, in an order that does not change.
    const place = places.get(check.key) ?? 0;
    places.set(check.key, place + 1);
    checks.push(place === 0 ? check : { ...check, key: `${check.key} #${place}` });
  };
  for (const rule of RULES) rule(site, report);
  for (const diagnostic of validateDocument(document)) {
    if (REPLACED.has(diagnostic.code)) continue;
    const [list, id] = diagnostic.path.split('/');
    const node = list === 'functions' || list === 'hostBridges' ? id : undefined;
    report({ ...diagnostic, node, fixes: [], key: `${diagnostic.code} ${diagnostic.path}` });
  }
  return [...checks].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
};
