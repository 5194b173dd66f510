/*
 * What a fix would gain, by running it: the transfer of a pair on the machine as it is and as it would be, each in an
 * engine of its own. What was run once is kept for as long as its document.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { MIB } from '../base/units.ts';
import { MACHINE_COUNTER } from '../core/pcie/counters.ts';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { MapType } from '../core/pcie/verdict.ts';
import type { EngineClient } from '../engine/clientInterface.ts';
import type { RunReport } from '../engine/protocol.ts';
import type { TopologyDocument, TransferSpec, TransferWay } from '../topology/document.ts';
import type { Announcer } from './announcer.ts';
import { runSweep, type SweepJob, type SweepOutcome, type SweepRun } from './sweepPool.ts';

/** Longest transfer that is run: its rate has settled long before. */
export const GAIN_MOST_BYTES = 8 * MIB;

/** Whose transfer is run; the transfer of the document itself goes the way the document says. */
export interface GainPair {
  readonly client: NodeId;
  readonly provider: NodeId;
  readonly isTransfer: boolean;
}

/** One machine and its transfer: peer to peer, and through host memory where that is refused or fails. */
export interface GainRun {
  readonly outcome: SweepOutcome;
  readonly instead: SweepOutcome | undefined;
  readonly mapType: MapType | undefined;
}

export interface GainResult {
  readonly bytes: number;
  readonly asItIs: GainRun;
  readonly withFix: GainRun;
}

export type GainState =
  | { readonly kind: 'running'; readonly progress: () => number }
  | { readonly kind: 'done'; readonly result: GainResult }
  | { readonly kind: 'failed'; readonly reason: string };

export interface GainQuestion {
  readonly document: TopologyDocument;
  readonly fixed: TopologyDocument;
  readonly pair: GainPair;
  /** Tells the fixes of one document and pair apart. */
  readonly label: string;
}

/** The transfer that is run for a pair. */
export function gainTransfer(document: TopologyDocument, { client, provider, isTransfer }: GainPair): TransferSpec {
  const { transfer } = document;
  const ends = isTransfer ? {} : { from: client, to: provider };
  return { ...transfer, ...ends, bytes: Math.min(transfer.bytes, GAIN_MOST_BYTES) };
}

/** The report that counts: of the way asked for, or of the one that is left where that does not go. */
export function gainReport(run: GainRun): RunReport | undefined {
  if (run.outcome.kind === 'finished') return run.outcome.report;
  return run.instead?.kind === 'finished' ? run.instead.report : undefined;
}

/** Payload rate with the fix over that without; undefined if one of them has none. */
export function gainRatio({ asItIs, withFix }: GainResult): number | undefined {
  const before = gainReport(asItIs)?.throughputBytesPerSecond;
  const after = gainReport(withFix)?.throughputBytesPerSecond;
  return before === undefined || after === undefined || before === 0 ? undefined : after / before;
}

export interface GainLabParts {
  readonly makeClient: () => EngineClient;
  readonly announcer: Pick<Announcer, 'say'>;
  readonly slots: number;
  readonly seed: number;
}

/** By question; a question that is not asked is not there. */
export interface GainLabState {
  readonly answers: ReadonlyMap<string, GainState>;
  /** The document the answers are about. */
  readonly document: TopologyDocument | undefined;
}

function keyOf({ pair, label }: Omit<GainQuestion, 'document' | 'fixed'>): string {
  return `${pair.client} ${pair.provider} ${label}`;
}

const NONE: ReadonlyMap<string, GainState> = new Map();

export class GainLab {
  readonly store: StoreApi<GainLabState>;
  readonly #parts: GainLabParts;
  /** Answers of documents that may come back: undo brings the same document again. */
  readonly #kept = new WeakMap<TopologyDocument, ReadonlyMap<string, GainState>>();
  /** Runs of a document as it is, by pair: every fix is compared with the same one. */
  readonly #runs = new WeakMap<TopologyDocument, Map<string, GainRun>>();
  #run: { readonly key: string; readonly cancel: () => void } | undefined;

  constructor(parts: GainLabParts) {
    this.#parts = parts;
    this.store = createStore<GainLabState>()(() => ({ answers: NONE, document: undefined }));
  }

  /** The answers shown are those about this document; a run about another one ends. */
  show(document: TopologyDocument): void {
    if (this.store.getState().document === document) return;
    this.cancel();
    this.store.setState({ document, answers: this.#kept.get(document) ?? NONE });
  }

  answer(state: GainLabState, question: Omit<GainQuestion, 'fixed'>): GainState | undefined {
    return state.document === question.document ? state.answers.get(keyOf(question)) : undefined;
  }

  /** Runs both machines, unless that was done; a run under way for another question ends. */
  async ask(question: GainQuestion): Promise<void> {
    const key = keyOf(question);
    this.show(question.document);
    const known = this.store.getState().answers.get(key);
    if (known !== undefined && known.kind !== 'failed') return;
    this.cancel();
    const jobs = new JobRunner(this.#parts);
    const own = { key, cancel: () => jobs.cancel() };
    this.#run = own;
    this.#put(key, { kind: 'running', progress: () => jobs.progress });
    const result = await this.#both(question, jobs);
    if (this.#run !== own) return;
    this.#run = undefined;
    const { outcome } = result.asItIs;
    const hasRun = [result.asItIs, result.withFix].some((run) => gainReport(run) !== undefined);
    if (!hasRun && outcome.kind !== 'finished') {
      this.#put(key, { kind: 'failed', reason: outcome.reason });
      this.#parts.announcer.say('The simulation broke off.');
    } else {
      this.#put(key, { kind: 'done', result });
      const ratio = gainRatio(result);
      const words = ratio === undefined ? '' : ` ${ratio.toFixed(2)} times the rate.`;
      this.#parts.announcer.say(`The gain of ${question.label} was simulated.${words}`);
    }
  }

  /** Stops the run under way, if there is one. */
  cancel(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    run.cancel();
    this.#put(run.key, undefined);
  }

  async #both({ document, fixed, pair }: GainQuestion, jobs: JobRunner): Promise<GainResult> {
    const pairKey = `${pair.client} ${pair.provider}`;
    const known = this.#runs.get(document)?.get(pairKey);
    const transfer = gainTransfer(document, pair);
    const withFix: TopologyDocument = { ...fixed, transfer };
    const asItIs: TopologyDocument = { ...document, transfer };
    const runs = await jobs.run(known === undefined ? [withFix, asItIs] : [withFix]);
    const before = known ?? runs[1];
    const after = runs[0];
    if (before === undefined || after === undefined) return cancelledResult(transfer.bytes);
    const perPair = this.#runs.get(document) ?? new Map<string, GainRun>();
    if (gainReport(before) !== undefined) perPair.set(pairKey, before);
    this.#runs.set(document, perPair);
    return { bytes: transfer.bytes, asItIs: before, withFix: after };
  }

  #put(key: string, answer: GainState | undefined): void {
    const { document, answers } = this.store.getState();
    const next = new Map(answers);
    if (answer === undefined) next.delete(key);
    else next.set(key, answer);
    this.store.setState({ answers: next });
    if (document !== undefined && answer?.kind === 'done') this.#kept.set(document, doneOf(next));
  }
}

function doneOf(answers: ReadonlyMap<string, GainState>): ReadonlyMap<string, GainState> {
  return new Map([...answers].filter(([, answer]) => answer.kind === 'done'));
}

/** Of a run that nobody waits for any more. */
function cancelledResult(bytes: number): GainResult {
  const outcome: SweepOutcome = { kind: 'failed', reason: 'The simulation was cancelled.' };
  const run: GainRun = { outcome, instead: undefined, mapType: undefined };
  return { bytes, asItIs: run, withFix: run };
}

/** Runs documents, and knows how far they are. */
class JobRunner {
  readonly #parts: GainLabParts;
  readonly #live = new Set<EngineClient>();
  #sweep: SweepRun | undefined;
  #cancelled = false;
  /** Jobs that are over, and all there are; jobs through host memory come on top when they are needed. */
  #done = 0;
  #total = 1;
  #bytes = 1;

  constructor(parts: GainLabParts) {
    this.#parts = parts;
  }

  /** 0…1. */
  get progress(): number {
    let under = 0;
    for (const { view } of this.#live) {
      under += Math.min(1, (view?.machineCounters[MACHINE_COUNTER.arrivedBytes] ?? 0) / this.#bytes);
    }
    return Math.min(1, (this.#done + under) / this.#total);
  }

  cancel(): void {
    this.#cancelled = true;
    this.#sweep?.cancel();
    this.#live.clear();
  }

  /** @returns one run each in the order of the documents; fewer if it was cancelled. */
  async run(documents: readonly TopologyDocument[]): Promise<readonly GainRun[]> {
    this.#total = documents.length;
    this.#bytes = Math.max(1, documents[0]?.transfer.bytes ?? 1);
    const direct = await this.#all(documents, 'p2p');
    const refused = documents.filter((_, index) => direct[index]?.kind !== 'finished');
    this.#total += refused.length;
    const bounced = await this.#all(refused, 'bounce');
    return documents.flatMap((document, index) => {
      const outcome = direct[index];
      if (outcome === undefined) return [];
      const mapType = outcome.kind === 'finished' ? outcome.machine.verdict?.mapType : undefined;
      return [{ outcome, instead: bounced[refused.indexOf(document)], mapType }];
    });
  }

  async #all(documents: readonly TopologyDocument[], way: TransferWay): Promise<readonly (SweepOutcome | undefined)[]> {
    const outcomes: (SweepOutcome | undefined)[] = documents.map(() => undefined);
    if (documents.length === 0 || this.#cancelled) return outcomes;
    this.#sweep = runSweep({
      jobs: documents.map((document, point): SweepJob => ({ point, way, document })),
      makeClient: () => {
        const client = this.#parts.makeClient();
        this.#live.add(client);
        return client;
      },
      slots: Math.min(this.#parts.slots, documents.length),
      seed: this.#parts.seed,
      onOutcome: ({ point }, outcome) => {
        outcomes[point] = outcome;
        this.#done += 1;
      },
    });
    await this.#sweep.done;
    this.#live.clear();
    return outcomes;
  }
}
