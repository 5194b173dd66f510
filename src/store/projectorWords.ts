/* The one sentence beside a projected machine: what its bytes do, and once it has run, what came of it. */
import { durationText, rateText, sizeText } from '../base/format.ts';
import type { MachineView } from '../engine/clientInterface.ts';
import type { MachineDescription, RunReport, RunWay } from '../engine/protocol.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { routeTaken, type RouteTaken } from './routeTaken.ts';

const ROUTE_SENTENCES: Readonly<Record<RouteTaken, string>> = {
  internal: 'The bytes never leave the device.',
  belowSwitch: 'The bytes turn round inside the switch.',
  rootComplex: 'The bytes go up to the root complex and come down again.',
  betweenRootComplexes: 'The bytes cross from one root complex to another.',
  both: 'Some bytes turned round inside the switch, some went up to the root complex.',
};

const WAY_SENTENCES: Readonly<Record<Exclude<RunWay, 'p2p'>, string>> = {
  bounce: 'The bytes go up to memory and come down again.',
  copy: 'The bytes go up to memory, the CPU copies them, and they come down again.',
  flows: 'All flows run at once and share the links.',
};

export interface ProjectedRun {
  readonly way: RunWay;
  readonly machine: MachineDescription | undefined;
  readonly report: RunReport | undefined;
  readonly view: MachineView | undefined;
}

function wayOfBytes({ way, machine, view }: ProjectedRun, document: TopologyDocument): string | undefined {
  if (way !== 'p2p') return WAY_SENTENCES[way];
  const route = routeTaken(document, machine, view);
  return route === undefined ? undefined : ROUTE_SENTENCES[route];
}

/** @returns undefined while the machine is being built. */
export function projectedSentence(run: ProjectedRun, document: TopologyDocument): string | undefined {
  const { machine, report, way } = run;
  const refused = machine?.plan.refused;
  if (refused !== undefined) return refused.message;
  const path = wayOfBytes(run, document);
  if (report === undefined) return path;
  if (report.outcome !== 'finished') return report.reason ?? 'The run did not finish.';
  const moved = way === 'flows' ? sizeText(report.bytes) : sizeText(document.transfer.bytes);
  const result = `${moved} in ${durationText(report.duration_ps)}, ${rateText(report.throughputBytesPerSecond)}.`;
  return path === undefined ? result : `${path} ${result}`;
}
