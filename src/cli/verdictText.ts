/*
 * A verdict as text for a terminal: the answer first, then the reasoning, then the route.
 */
import type { PeerVerdict, RouteHop, VerdictStep } from '../core/pcie/verdict.ts';
import { plainTable } from './table.ts';

/**
 * Lines of one verdict.
 * @param kernelLog what the kernel would log about the pair.
 * @param nameOf turns an id into what people call it.
 */
export function verdictText(
  verdict: PeerVerdict,
  kernelLog: readonly string[],
  nameOf: (node: string) => string,
): string {
  const titled = (node: string, place: string): string => `${nameOf(node)} (${place})`;
  const { route } = verdict;
  const summary = plainTable([
    ['client', titled(verdict.client, verdict.clientBdf), 'masters the DMA'],
    ['provider', titled(verdict.provider, verdict.providerBdf), 'owns the memory'],
    ['map type', verdict.mapType],
    ['distance', String(verdict.chainDistance), verdict.returned < 0 ? 'callers get −1' : ''],
    ['common bridge', verdict.commonBridge === undefined ? 'none' : nameOf(verdict.commonBridge)],
    ['redirectors', verdict.redirectors.map(({ node, bdf }) => titled(node, bdf)).join(', ') || 'none'],
    ['label', verdict.label, 'in topology matrices of other tools; ignores ACS'],
    ['route', route.routeClass, route.addressForm === undefined ? '' : `with ${ADDRESS_FORMS[route.addressForm]}`],
  ]);
  return [
    verdict.sentence,
    '',
    summary,
    'Reasoning of the kernel (> decides):',
    stepsText(verdict.steps, nameOf),
    'Packets in hardware:',
    routeText(verdict),
    ...(route.deciding === undefined
      ? []
      : [`Decided at ${nameOf(route.deciding.node)}, ${route.deciding.register}: ${route.deciding.reason}.`, '']),
    ...isolationText(verdict, nameOf),
    ...physicsText(verdict),
    ...disagreementText(verdict),
    ...(kernelLog.length === 0 ? [] : ['The kernel would log:', ...kernelLog.map((line) => `  ${line}`), '']),
    ...(verdict.kernelParameter === undefined ? [] : [`To make it direct, boot with ${verdict.kernelParameter}`, '']),
  ].join('\n');
}

function isolationText({ isolation }: PeerVerdict, nameOf: (node: string) => string): readonly string[] {
  if (isolation === undefined) return [];
  const members = (group: readonly string[]): string => group.map(nameOf).join(', ') || 'none';
  const rows = isolation.sameGroup
    ? [['both', members(isolation.clientGroup)]]
    : [
        ['client', members(isolation.clientGroup)],
        ['provider', members(isolation.providerGroup)],
      ];
  return ['IOMMU groups:', ...(isolation.active ? [plainTable(rows)] : []), `  ${isolation.sentence}`, ''];
}

function physicsText({ physics }: PeerVerdict): readonly string[] {
  if (physics === undefined) return [];
  const rows = [
    ['write', physics.write.outcome, physics.write.sentence],
    ['read', physics.read.outcome, physics.read.sentence],
  ];
  return ['In this hardware:', plainTable(rows)];
}

function disagreementText({ disagreements }: PeerVerdict): readonly string[] {
  if (disagreements === undefined || disagreements.length === 0) return [];
  const lines = disagreements.map(({ severity, code, sentence }) => `  ${severity} ${code}: ${sentence}`);
  return ['The layers disagree:', ...lines, ''];
}

const ADDRESS_FORMS = {
  bus: 'a bus address',
  physical: 'a physical address',
  iova: 'an IOVA',
  translated: 'a physical address that the client got by ATS',
} as const;

function stepsText(steps: readonly VerdictStep[], nameOf: (node: string) => string): string {
  return plainTable(
    steps.map((step) => [
      step.deciding ? '>' : ' ',
      step.rule,
      [step.node === undefined ? '' : nameOf(step.node), step.where ?? ''].filter((part) => part !== '').join(' '),
      step.evidence,
      step.outcome,
    ]),
  );
}

function routeText({ route }: PeerVerdict): string {
  const path = (hops: readonly RouteHop[]): string => hops.map((hop) => hop.text).join(' ') || '–';
  const endText = (end: typeof route.writeEnd): string =>
    end === undefined ? '' : `refused at ${end.node}: ${end.reason}`;
  return plainTable([
    ['writes', path(route.write), endText(route.writeEnd)],
    ['read data', path(route.readData), endText(route.readDataEnd)],
  ]);
}
