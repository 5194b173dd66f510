/* The one sentence beside a projected machine: what its bytes do, and once it has run, what came of it. */
import { durationText, rateText, sizeText } from '../base/format.ts';
import type { RouteClass } from '../core/pcie/verdict.ts';
import type { MachineDescription, RunReport, RunWay } from '../engine/protocol.ts';
import type { TransferSpec } from '../topology/document.ts';

const ROUTE_SENTENCES: Readonly<Record<RouteClass, string>> = {
  internal: 'The bytes never leave the device.',
  belowSwitch: 'The bytes turn round inside the switch.',
  rootComplex: 'The bytes go up to the root complex and come down again.',
  betweenRootComplexes: 'The bytes cross from one root complex to another.',
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
}

function wayOfBytes({ way, machine }: ProjectedRun): string | undefined {
  if (way !== 'p2p') return WAY_SENTENCES[way];
  const route = machine?.verdict?.route.routeClass;
  return route === undefined ? undefined : ROUTE_SENTENCES[route];
}

/** @returns undefined while the machine is being built. */
export function projectedSentence(run: ProjectedRun, transfer: TransferSpec): string | undefined {
  const { machine, report, way } = run;
  const refused = machine?.plan.refused;
  if (refused !== undefined) return refused.message;
  const path = wayOfBytes(run);
  if (report === undefined) return path;
  if (report.outcome !== 'finished') return report.reason ?? 'The run did not finish.';
  const moved = way === 'flows' ? sizeText(report.bytes) : sizeText(transfer.bytes);
  const result = `${moved} in ${durationText(report.duration_ps)}, ${rateText(report.throughputBytesPerSecond)}.`;
  return path === undefined ? result : `${path} ${result}`;
}
