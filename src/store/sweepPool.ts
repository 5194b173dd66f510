/*
 * Runs many machines, a few at a time: each slot has an engine of its own and takes the next job when it is free.
 * Where there are no workers the engine runs on the page's thread in slices, so the page stays usable with one slot.
 */
import type { EngineClient } from '../engine/clientInterface.ts';
import type { EngineEvent, MachineDescription, RunReport } from '../engine/protocol.ts';
import type { TopologyDocument, TransferWay } from '../topology/document.ts';
import { failureOf } from './session.ts';

/** One run: a point of a sweep, one way. */
export interface SweepJob {
  readonly point: number;
  readonly way: TransferWay;
  readonly document: TopologyDocument;
  /** Its flows run alone, instead of the transfer. */
  readonly runsFlows?: boolean;
}

export type SweepOutcome =
  | { readonly kind: 'finished'; readonly report: RunReport; readonly machine: MachineDescription }
  /** The planner or the driver refuses this way, with its reason. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The machine cannot be built, the run broke off, or the engine stopped. */
  | { readonly kind: 'failed'; readonly reason: string };

export interface SweepPoolOptions {
  readonly jobs: readonly SweepJob[];
  readonly makeClient: () => EngineClient;
  /** Engines at once, at least 1. */
  readonly slots: number;
  readonly seed: number;
  readonly onOutcome: (job: SweepJob, outcome: SweepOutcome) => void;
}

export interface SweepRun {
  /** Resolves when every job has an outcome, or when the run was cancelled. */
  readonly done: Promise<void>;
  /** Stops all engines at once; no outcome is told any more. */
  readonly cancel: () => void;
}

/** How many engines may run beside the page: one processor stays with it, and without workers there is one engine. */
export function slotsFor(processors: number, hasWorkers: boolean): number {
  return hasWorkers ? Math.max(1, Math.floor(processors) - 1) : 1;
}

/** What the engine says on its own while a run is under way; a machine that breaks answers nothing else. */
function watch(client: EngineClient): {
  readonly broken: Promise<never>;
  readonly report: () => RunReport | undefined;
  readonly stop: () => void;
} {
  let report: RunReport | undefined;
  let fail: (reason: Error) => void = () => {};
  const broken = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  // Nobody may be waiting for it when the run ends well.
  broken.catch(() => {});
  const stop = client.listen((event: EngineEvent) => {
    if (event.kind === 'finished') report = event.report;
    if (event.kind === 'failed' && event.requestId === undefined) fail(new Error(event.message));
  });
  return { broken, report: () => report, stop };
}

function outcomeOf(report: RunReport | undefined, machine: MachineDescription): SweepOutcome {
  if (report === undefined) return { kind: 'failed', reason: 'The run stopped before the transfer ended.' };
  if (report.outcome === 'finished') return { kind: 'finished', report, machine };
  const reason = report.reason ?? 'No reason was given.';
  return { kind: report.outcome, reason };
}

/** Builds one machine and runs it to its end. @throws if the engine does. */
async function runJob(client: EngineClient, job: SweepJob, seed: number): Promise<SweepOutcome> {
  const machine = await client.load(
    job.document,
    job.document.transfer,
    job.runsFlows === true ? 'flows' : job.way,
    seed,
  );
  const { refused } = machine.plan;
  if (refused !== undefined) return { kind: 'refused', reason: refused.message };
  const { broken, report, stop } = watch(client);
  try {
    await Promise.race([client.runUntil(Infinity), broken]);
    return outcomeOf(report(), machine);
  } finally {
    stop();
  }
}

/** Starts the jobs in their order. */
export function runSweep({ jobs, makeClient, slots, seed, onOutcome }: SweepPoolOptions): SweepRun {
  const clients = new Set<EngineClient>();
  const pool = { cancelled: false, next: 0 };
  const open = (): EngineClient => {
    const client = makeClient();
    clients.add(client);
    return client;
  };
  const close = (client: EngineClient): void => {
    clients.delete(client);
    client.dispose();
  };
  const work = async (): Promise<void> => {
    let client: EngineClient | undefined;
    while (!pool.cancelled) {
      const job = jobs[pool.next];
      pool.next += 1;
      if (job === undefined) break;
      try {
        client ??= open();
        const outcome = await runJob(client, job, seed);
        if (!pool.cancelled) onOutcome(job, outcome);
      } catch (thrown) {
        if (pool.cancelled) break;
        // What is left of this engine is not trusted with another machine.
        if (client !== undefined) close(client);
        client = undefined;
        onOutcome(job, { kind: 'failed', reason: failureOf(thrown).message });
      }
    }
    if (client !== undefined) close(client);
  };
  const workers = Array.from({ length: Math.max(1, Math.min(slots, jobs.length)) }, work);
  return {
    done: Promise.all(workers).then(() => {}),
    cancel: () => {
      pool.cancelled = true;
      for (const client of clients) client.dispose();
      clients.clear();
    },
  };
}
