/*
 * A sweep: what is typed, the runs under way, and what came out. It outlives a change of view, so that a point can be
 * opened and the others are still there afterwards.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { parseSize, sizeText } from '../base/format.ts';
import { MIB } from '../base/units.ts';
import type { EngineClient } from '../engine/clientInterface.ts';
import type { TopologyDocument, TransferWay } from '../topology/document.ts';
import type { Announcer } from './announcer.ts';
import { closedFormLink, closedFormOf, type ClosedLeg } from './sweepClosedForm.ts';
import { runSweep, type SweepJob, type SweepOutcome, type SweepRun } from './sweepPool.ts';
import { sweepParameter, type SweepId, type SweepParameter } from './sweepParameters.ts';
import { sweepValues, type FieldProblem, type SweepField, type ValuesDraft } from './sweepPoints.ts';

/** In the order of tables and legends. */
export const SWEEP_WAYS = ['p2p', 'bounce', 'copy'] as const satisfies readonly TransferWay[];
export const SWEEP_WAY_NAMES: Readonly<Record<TransferWay, string>> = {
  p2p: 'P2P',
  bounce: 'Bounce',
  copy: 'CPU copy',
};

/** Longest transfer that a point moves unless somebody asks for more. */
const STANDARD_BYTES = 8 * MIB;
const MOST_BYTES = 256 * MIB;

/** What the form says. */
export interface SweepDraft extends ValuesDraft {
  readonly parameter: SweepId;
  /** Undefined = the first the machine offers. */
  readonly target: string | undefined;
  readonly chosen: readonly number[];
  readonly ways: readonly TransferWay[];
  /** Size of every point's transfer; undefined = the machine's own, up to {@link STANDARD_BYTES}. */
  readonly bytes: string | undefined;
}

export interface SweepPoint {
  readonly value: number;
  readonly document: TopologyDocument;
  readonly outcomes: Readonly<Partial<Record<TransferWay, SweepOutcome>>>;
  /** Payload bytes a second by the equations, once P2P has been built and they apply. */
  readonly closedForm: { readonly bytesPerSecond: number; readonly link: string } | undefined;
}

/** What was started, as it was then. */
export interface SweepResult {
  readonly parameter: SweepParameter;
  /** Where it was varied, if it has places. */
  readonly target: string | undefined;
  readonly ways: readonly TransferWay[];
  readonly base: TopologyDocument;
  readonly points: readonly SweepPoint[];
}

export interface SweepState {
  readonly draft: SweepDraft;
  readonly phase: 'idle' | 'running' | 'ended' | 'cancelled';
  readonly result: SweepResult | undefined;
  readonly done: number;
  readonly total: number;
  /** Wall-clock time the rest will take, once there is something to go by. */
  readonly left_ms: number | undefined;
  readonly change: (change: Partial<SweepDraft>) => void;
  /** Another parameter, with the values it offers first. */
  readonly vary: (parameter: SweepId) => void;
}

/** The form of a parameter before anybody has typed. */
export function draftFor(id: SweepId): Omit<SweepDraft, 'ways' | 'bytes'> {
  const { values } = sweepParameter(id);
  const shared = { parameter: id, target: undefined, mode: 'range' as const, list: '' };
  if (values.kind === 'choice') {
    return { ...shared, chosen: values.standard, from: '', to: '', count: '', spacing: 'log' };
  }
  return { ...shared, chosen: [], ...values.range };
}

/** What is about to run. */
export interface SweepPlan {
  readonly parameter: SweepParameter;
  readonly target: string | undefined;
  readonly ways: readonly TransferWay[];
  readonly values: readonly number[];
  readonly documents: readonly TopologyDocument[];
}

/** The size a point's transfer has unless the form says otherwise. */
export function standardBytes(document: TopologyDocument): number {
  return Math.min(document.transfer.bytes, STANDARD_BYTES);
}

function bytesOf(draft: SweepDraft, document: TopologyDocument): number | FieldProblem {
  if (draft.bytes === undefined) return standardBytes(document);
  const parsed = parseSize(draft.bytes);
  if (!parsed.ok) return { field: 'bytes', message: parsed.error };
  if (parsed.value < 1 || parsed.value > MOST_BYTES) {
    return { field: 'bytes', message: `From 1 B to ${sizeText(MOST_BYTES)}.` };
  }
  return parsed.value;
}

/** The place a draft means: the one it names if the machine has it, else the first. */
export function targetOf(draft: SweepDraft, document: TopologyDocument): string | undefined {
  const targets = sweepParameter(draft.parameter).targets?.(document);
  return (targets?.find(({ id }) => id === draft.target) ?? targets?.[0])?.id;
}

function isProblem(value: number | FieldProblem): value is FieldProblem {
  return typeof value !== 'number';
}

/** Every point as a document of its own, or what is wrong with the form. */
export function planSweep(draft: SweepDraft, document: TopologyDocument): SweepPlan | FieldProblem {
  const parameter = sweepParameter(draft.parameter);
  const values = sweepValues(parameter, draft, draft.chosen);
  if (!values.ok) return values.error;
  const bytes = draft.parameter === 'size' ? document.transfer.bytes : bytesOf(draft, document);
  if (isProblem(bytes)) return bytes;
  const chosen = SWEEP_WAYS.filter((way) => draft.ways.includes(way));
  if (chosen.length === 0) return { field: 'ways', message: 'Choose at least one way.' };
  const target = targetOf(draft, document);
  if (parameter.targets !== undefined && target === undefined) {
    return { field: 'target', message: 'This machine has nothing where this could be varied.' };
  }
  const base = { ...document, transfer: { ...document.transfer, bytes } };
  const documents = values.value.map((value) => parameter.write(base, target ?? '', value));
  const { flowsFor } = parameter;
  const ways = chosen.filter((way) =>
    documents.every((one) => flowsFor === undefined || flowsFor(one, way) !== undefined),
  );
  if (ways.length === 0)
    return { field: 'ways', message: 'A CPU copy has no queue in a device: choose P2P or Bounce.' };
  return { parameter, target, ways, values: values.value, documents };
}

/** The problem of a plan that cannot run, at its field. */
export function problemOf(plan: SweepPlan | FieldProblem): FieldProblem | undefined {
  return 'message' in plan ? plan : undefined;
}

/** What is wrong with one field, if that is what is wrong. */
export function problemAt(plan: SweepPlan | FieldProblem, field: SweepField): string | undefined {
  const problem = problemOf(plan);
  return problem?.field === field ? problem.message : undefined;
}

/** Time for the rest at the pace so far, by bytes moved: large transfers take longer than small ones. */
export function timeLeft(elapsed_ms: number, doneBytes: number, totalBytes: number): number | undefined {
  return doneBytes <= 0 ? undefined : (elapsed_ms * (totalBytes - doneBytes)) / doneBytes;
}

export interface SweepLabParts {
  readonly makeClient: () => EngineClient;
  readonly announcer: Pick<Announcer, 'say'>;
  readonly slots: number;
  readonly seed: number;
  readonly now_ms: () => number;
}

export class SweepLab {
  readonly store: StoreApi<SweepState>;
  readonly #parts: SweepLabParts;
  #run: SweepRun | undefined;

  constructor(parts: SweepLabParts) {
    this.#parts = parts;
    this.store = createStore<SweepState>()((set, get) => ({
      draft: { ...draftFor('mps'), ways: ['p2p', 'bounce'], bytes: undefined },
      phase: 'idle',
      result: undefined,
      done: 0,
      total: 0,
      left_ms: undefined,
      change: (change) => set({ draft: { ...get().draft, ...change } }),
      vary: (parameter) => set({ draft: { ...get().draft, ...draftFor(parameter) } }),
    }));
  }

  /** Engines that run at once. */
  get slots(): number {
    return this.#parts.slots;
  }

  /** Runs every point of the form on this document; what ran before is forgotten. */
  async start(document: TopologyDocument): Promise<void> {
    const plan = planSweep(this.store.getState().draft, document);
    if ('message' in plan) return;
    this.#run?.cancel();
    const { parameter, target, ways, values, documents } = plan;
    const points = documents.map((own, index): SweepPoint => {
      return { value: values[index] ?? 0, document: own, outcomes: {}, closedForm: undefined };
    });
    const jobs = points.flatMap((point, index) =>
      ways.map((way): SweepJob => jobOf(parameter, index, way, point.document)),
    );
    this.store.setState({
      phase: 'running',
      result: { parameter, target, ways, base: document, points },
      done: 0,
      total: jobs.length,
      left_ms: undefined,
    });
    const run = this.#launch(jobs);
    await run.done;
    if (this.#run !== run) return;
    this.#run = undefined;
    this.store.setState({ phase: 'ended', left_ms: undefined });
    this.#parts.announcer.say(`Sweep of ${parameter.label} ended: ${jobs.length} runs.`);
  }

  /** Stops at once; the points that were made stay. */
  cancel(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    run.cancel();
    this.store.setState({ phase: 'cancelled', left_ms: undefined });
    const { done, total } = this.store.getState();
    this.#parts.announcer.say(`Sweep cancelled after ${done} of ${total} runs.`);
  }

  #launch(jobs: readonly SweepJob[]): SweepRun {
    const { makeClient, slots, seed, now_ms } = this.#parts;
    const began_ms = now_ms();
    const bytes = (job: SweepJob): number => job.document.transfer.bytes;
    const totalBytes = jobs.reduce((sum, job) => sum + bytes(job), 0);
    let doneBytes = 0;
    const run = runSweep({
      jobs,
      makeClient,
      slots,
      seed,
      onOutcome: (job, outcome) => {
        doneBytes += bytes(job);
        this.store.setState((state) => ({
          done: state.done + 1,
          left_ms: timeLeft(now_ms() - began_ms, doneBytes, totalBytes),
          result: state.result === undefined ? undefined : withOutcome(state.result, job, outcome),
        }));
      },
    });
    this.#run = run;
    return run;
  }
}

function jobOf(parameter: SweepParameter, point: number, way: TransferWay, document: TopologyDocument): SweepJob {
  const own = parameter.flowsFor?.(document, way);
  return own === undefined ? { point, way, document } : { point, way, document: own, runsFlows: true };
}

/** The reads of a job that runs a flow, where they go between the ends of the transfer: only that route is known. */
function legOf({ document, runsFlows }: SweepJob): ClosedLeg | undefined {
  const work = document.flows?.[0]?.work;
  if (runsFlows !== true || work?.kind !== 'accesses') return undefined;
  const { from, to } = document.transfer;
  const { engine, target, operation, operationBytes } = work;
  if (engine !== from || target !== to) return undefined;
  return { engine, peer: target, operation, operationBytes };
}

function closedFormFor(point: SweepPoint, job: SweepJob, outcome: SweepOutcome): SweepPoint['closedForm'] {
  if (job.way !== 'p2p' || outcome.kind !== 'finished') return point.closedForm;
  const leg = legOf(job) ?? outcome.machine.plan.legs[0];
  const ecrc = job.document.functions.find(({ id }) => id === leg?.engine)?.ecrc === true;
  const bytesPerSecond = closedFormOf(outcome.machine, ecrc, legOf(job));
  const link = closedFormLink(outcome.machine);
  return bytesPerSecond === undefined || link === undefined ? undefined : { bytesPerSecond, link };
}

function withOutcome(result: SweepResult, job: SweepJob, outcome: SweepOutcome): SweepResult {
  return {
    ...result,
    points: result.points.map((point, index) =>
      index !== job.point
        ? point
        : {
            ...point,
            outcomes: { ...point.outcomes, [job.way]: outcome },
            closedForm: closedFormFor(point, job, outcome),
          },
    ),
  };
}
