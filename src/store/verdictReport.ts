/* A verdict as plain text, for a ticket or a mail: answer, layers, contradictions, reasoning, route. */
import { shortBdf } from '../base/format.ts';
import type { PeerVerdict, RouteEnd, RouteHop } from '../core/pcie/verdict.ts';
import { labelWords, physicsWords, routeWords, verdictWords } from './words.ts';

function pathText(hops: readonly RouteHop[], end: RouteEnd | undefined): string {
  const path = hops.map((hop) => hop.text).join(' ') || '-';
  return end === undefined ? path : `${path}, refused at ${end.node}: ${end.reason}`;
}

function layerLines({ isolation, physics, disagreements = [] }: PeerVerdict): readonly string[] {
  return [
    ...(isolation === undefined ? [] : [`Isolation: ${isolation.sentence}`]),
    ...(isolation?.inaccuracies ?? []).map((row) => `  ${row.rule}: ${row.sentence}`),
    ...(physics === undefined
      ? []
      : [
          `Physics, write ${physicsWords(physics.write.outcome)}: ${physics.write.sentence}`,
          `Physics, read ${physicsWords(physics.read.outcome)}: ${physics.read.sentence}`,
        ]),
    ...(disagreements.length === 0 ? [] : ['', 'The layers disagree:']),
    ...disagreements.map((row) => `  [${row.severity}] ${row.code}: ${row.sentence}`),
  ];
}

/** @param nameOf what people call a function. */
export function verdictReport(verdict: PeerVerdict, nameOf: (node: string) => string): string {
  const { route } = verdict;
  const titled = (node: string, bdf: string): string => `${nameOf(node)} (${shortBdf(bdf)})`;
  return [
    `${titled(verdict.client, verdict.clientBdf)} to ${titled(verdict.provider, verdict.providerBdf)}: ${verdictWords(verdict.mapType).name}`,
    verdict.sentence,
    '',
    `Policy: ${verdict.mapType}, Linux returns ${verdict.returned}, chain ${verdict.chainDistance}`,
    ...(verdict.staleMapType === undefined
      ? []
      : [`Stored by an earlier query, and still used: ${verdict.staleMapType}`]),
    ...layerLines(verdict),
    '',
    `Label ${verdict.label}: ${labelWords(verdict.label)}; it ignores ACS`,
    `Route: ${routeWords(route.routeClass)}`,
    `  writes     ${pathText(route.write, route.writeEnd)}`,
    `  read data  ${pathText(route.readData, route.readDataEnd)}`,
    ...(route.deciding === undefined
      ? []
      : [`  decided at ${nameOf(route.deciding.node)}, ${route.deciding.register}: ${route.deciding.reason}`]),
    '',
    'Checked as Linux does:',
    ...verdict.steps.map(
      (step) =>
        `${step.deciding ? '>' : ' '} ${step.rule.padEnd(5)} ${step.where ?? ''} ${step.evidence}: ${step.outcome}`,
    ),
    ...(verdict.kernelParameter === undefined ? [] : ['', `To make it direct, boot with ${verdict.kernelParameter}`]),
  ].join('\n');
}
