/* Short ways to run flows, for tests. */
import { privateStorage } from '../../base/storage.ts';
import { KIB } from '../../base/units.ts';
import type { FlowReport } from '../../core/pcie/flowReport.ts';
import type { FlowSpec, FlowWork, TopologyDocument } from '../../topology/document.ts';
import type { RunReport, RunWay } from '../protocol.ts';
import { SimulatedMachine } from './simulatedMachine.ts';

type WorkOf<Kind extends FlowWork['kind']> = Extract<FlowWork, { kind: Kind }>;

/** A transfer as a flow. */
export function transferWork(
  from: string,
  to: string,
  change: Partial<WorkOf<'transfer'>> & Partial<WorkOf<'transfer'>['bounce']> = {},
): WorkOf<'transfer'> {
  const { chunkBytes = 16 * KIB, buffers = 1, completion = 'interrupt', ...rest } = change;
  return {
    kind: 'transfer',
    from,
    to,
    way: 'p2p',
    bytes: 256 * KIB,
    bounce: { chunkBytes, buffers, completion },
    ...rest,
  };
}

/** Operations of an access generator. */
export function accessWork(
  engine: string,
  target: string,
  change: Partial<WorkOf<'accesses'>> = {},
): WorkOf<'accesses'> {
  return {
    kind: 'accesses',
    engine,
    target,
    operation: 'read',
    operationBytes: 256,
    windowBytes: 64 * KIB,
    pattern: 'sequential',
    operations: 1000,
    outstanding: 32,
    ...change,
  };
}

export function flow(id: string, work: FlowWork, change: Partial<FlowSpec> = {}): FlowSpec {
  return { id, name: id, start_ps: 0, work, ...change };
}

export function flowMachine(
  document: TopologyDocument,
  flows: readonly FlowSpec[],
  way: RunWay = 'flows',
  seed = 1,
): SimulatedMachine {
  const made = SimulatedMachine.create({
    document: { ...document, flows },
    transfer: document.transfer,
    way,
    seed,
    storage: privateStorage,
  });
  if (!made.ok) throw new Error(made.error.map((problem) => problem.message).join('\n'));
  return made.value;
}

/** Runs flows to their end. */
export function runFlows(document: TopologyDocument, flows: readonly FlowSpec[], way: RunWay = 'flows'): RunReport {
  const machine = flowMachine(document, flows, way);
  machine.runUntil(Infinity, Infinity);
  if (machine.report === undefined) throw new Error('the flows ended without a report');
  return machine.report;
}

export function reportOf(report: RunReport, id: string): FlowReport {
  const found = report.flows?.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no flow ${id} in the report`);
  return found;
}
