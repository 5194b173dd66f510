/* Short ways to run a job, for tests. */
import { privateStorage } from '../../base/storage.ts';
import { KIB } from '../../base/units.ts';
import type { HopRecorder } from '../../core/sim/hopRecorder.ts';
import type { TopologyDocument, TransferSpec, TransferWay } from '../../topology/document.ts';
import type { RunReport } from '../protocol.ts';
import { SimulatedMachine } from './simulatedMachine.ts';

export interface RunOptions extends Partial<Pick<TransferSpec, 'bytes' | 'force'>>, Partial<TransferSpec['bounce']> {
  readonly seed?: number;
  readonly hops?: HopRecorder;
}

/** A machine with its job, at time 0. */
export function machineFor(
  document: TopologyDocument,
  [from, to, way]: readonly [string, string, TransferWay],
  options: RunOptions = {},
): SimulatedMachine {
  const transfer: TransferSpec = {
    from,
    to,
    bytes: options.bytes ?? 64 * KIB,
    bounce: {
      chunkBytes: options.chunkBytes ?? 16 * KIB,
      buffers: options.buffers ?? 1,
      completion: options.completion ?? 'interrupt',
    },
    force: options.force ?? false,
  };
  const made = SimulatedMachine.create({
    document,
    transfer,
    way,
    seed: options.seed ?? 1,
    storage: privateStorage,
    ...(options.hops === undefined ? {} : { hops: options.hops }),
  });
  if (!made.ok) throw new Error(made.error.map((problem) => problem.message).join('\n'));
  return made.value;
}

/** Runs a job to its end. */
export function runJob(
  document: TopologyDocument,
  job: readonly [string, string, TransferWay],
  options: RunOptions = {},
): RunReport {
  const machine = machineFor(document, job, options);
  machine.runUntil(Infinity, Infinity);
  if (machine.report === undefined) throw new Error(`${job.join(' ')} ended without a report`);
  return machine.report;
}

/** One line for each check that is not ok, and the outcome: `finished` where all is well. */
export function verdictOf(report: RunReport): string {
  const broken = report.checks.filter((check) => !check.ok).map(({ name, detail }) => `${name}: ${detail}`);
  return [report.outcome, ...broken].join('; ');
}
