/*
 * The third section: the worked cases of the semantics reference, layer by layer. How a case is checked is told from
 * outside: the command line has the check, with the format it reads.
 */
import { caseNodes, readP2pdmaCase } from './cases/p2pdmaCase.ts';
import type { Layer, PointVerdict, SemanticsPoint } from './points.ts';
import { MULTI_CLIENT_CASES, SEMANTICS_CASES } from './semanticsCases.ts';

/** What a check says of one case; undefined = that layer was not looked at. */
export interface SemanticsOutcome {
  readonly id: string;
  /** Layers that the case says something of. */
  readonly asked: readonly Layer[];
  readonly policy: boolean | undefined;
  readonly isolation: boolean | undefined;
  readonly path: boolean | undefined;
  /** What the kernel answers: map type and returned distance. */
  readonly answer: string;
  readonly reason: string | undefined;
}

export type SemanticsCheck = (line: string) => SemanticsOutcome;

/** Prefix of the points' ids. */
export const SEMANTICS_PREFIX = 'semantics:';

/** Lines of the cases, by the id of their points. */
export function semanticsLines(): ReadonlyMap<string, string> {
  return new Map(
    [...SEMANTICS_CASES, ...MULTI_CLIENT_CASES].map((line) => {
      const id = /"id":"([^"]+)"/.exec(line)?.[1] ?? '';
      return [`${SEMANTICS_PREFIX}${id}`, line];
    }),
  );
}

/** Inside: every layer the case asks for was looked at and agrees. One that was not leaves the case not run. */
export function semanticsPoint(line: string, check: SemanticsCheck): SemanticsPoint {
  const outcome = check(line);
  const { id, asked, policy, isolation, path, answer, reason } = outcome;
  const missing = asked.filter((layer) => outcome[layer] === undefined);
  const wrong = asked.some((layer) => outcome[layer] === false);
  const verdict: PointVerdict = wrong ? 'missed' : missing.length > 0 ? 'notRun' : 'inside';
  return {
    id: `${SEMANTICS_PREFIX}${id}`,
    section: 'semantics',
    title: caseTitle(line),
    verdict,
    asked,
    layers: { policy, isolation, path },
    answer,
    reason: reason ?? (verdict === 'notRun' ? `Not looked at: ${missing.join(', ')}.` : undefined),
  };
}

const HOST_WORDS: Readonly<Record<string, string>> = { intel: 'Intel', amd: 'AMD', hygon: 'Hygon' };

/** Who asks whom on which host, in words, from the case itself. */
export function caseTitle(line: string): string {
  const row = readP2pdmaCase(JSON.parse(line));
  if (!row.ok) return row.error;
  const { hosts, clients, provider } = row.value;
  const switches = caseNodes(row.value).filter(({ type }) => type === 'USP').length;
  const below = switches === 0 ? 'no switch' : switches === 1 ? 'one switch' : `${switches} switches`;
  const vendor = hosts[0]?.cpuVendor ?? '';
  const roots = hosts.length === 1 ? '' : `, ${hosts.length} host bridges`;
  const who = clients.map((client) => client ?? 'a device without PCI').join(' and ');
  return `${who} ${clients.length === 1 ? 'uses' : 'use'} the memory of ${provider}: ${below}, ${HOST_WORDS[vendor] ?? vendor} host${roots}`;
}
