/*
 * Runs of preset machines, each made once, and the figures that are read from them.
 */
import { invariant, unreachable } from '../base/invariant.ts';
import { err, ok, type Result } from '../base/result.ts';
import { privateStorage } from '../base/storage.ts';
import type { FlowLimit, FlowReport } from '../core/pcie/flowReport.ts';
import type { RunReport, RunWay } from '../engine/protocol.ts';
import { SimulatedMachine } from '../engine/machine/simulatedMachine.ts';
import { findPreset } from '../topology/presets/presets.ts';
import type { Figure, MeasurementRun, SingleRun } from './measurement.ts';

const SEED = 1;
const MOST_EVENTS = 400_000_000;
/** A window is still inside the reach while its rate is this share of the first one's. */
const KNEE_SHARE = 0.95;

/** Why there is no figure: the model refuses, or the run did not end as it has to. */
export interface NoFigure {
  readonly kind: 'notRun' | 'failed';
  readonly reason: string;
}

export class MachineRuns {
  readonly #reports = new Map<string, Result<RunReport, NoFigure>>();

  /** The figure of one run, or of two combined. */
  figure(run: MeasurementRun): Result<number, NoFigure> {
    if ('preset' in run) return this.#single(run);
    const of = this.#single(run.of);
    if (!of.ok) return of;
    const by = this.#single(run.by);
    if (!by.ok) return by;
    return ok(run.combine === 'ratio' ? of.value / by.value : of.value - by.value);
  }

  #single({ preset, way, figure }: SingleRun): Result<number, NoFigure> {
    const report = this.#report(preset, way);
    if (!report.ok) return report;
    if (mayFail(figure)) return ok(readOutcome(report.value, figure));
    if (report.value.outcome !== 'finished') {
      return err({ kind: 'failed', reason: report.value.reason ?? 'The run did not finish.' });
    }
    return readFigure(report.value, figure);
  }

  /** The largest limit of each flow that a figure is read from; empty for figures that are no rates. */
  limits(run: MeasurementRun): readonly FlowLimit[] {
    const { preset, way, figure } = 'preset' in run ? run : run.of;
    const report = this.#report(preset, way);
    const concerned = flowsOf(figure);
    if (!report.ok || concerned === undefined) return [];
    return (report.value.flows ?? [])
      .filter(({ id }) => concerned === 'all' || concerned === id)
      .flatMap(({ limits }) => limits.slice(0, 1));
  }

  #report(preset: string, way: RunWay): Result<RunReport, NoFigure> {
    const key = `${preset} ${way}`;
    const known = this.#reports.get(key);
    if (known !== undefined) return known;
    const report = runPreset(preset, way);
    this.#reports.set(key, report);
    return report;
  }
}

/** Flow a rate is read from; `all` for their sum or the transfer's, which is alone. */
function flowsOf(figure: Figure): string | undefined {
  switch (figure.kind) {
    case 'flowRate':
    case 'timePerAccess':
      return figure.flow;
    case 'rateRatio':
      return figure.of;
    case 'transferRate':
    case 'sumOfRates':
      return 'all';
    default:
      return undefined;
  }
}

/** One way of a preset's machine, run to its end with the fixed seed. */
export function runPreset(id: string, way: RunWay): Result<RunReport, NoFigure> {
  const document = findPreset(id)?.document;
  invariant(document !== undefined, () => `there is no preset ${id}`);
  const { transfer } = document;
  const made = SimulatedMachine.create({ document, transfer, way, seed: SEED, storage: privateStorage });
  if (!made.ok) return err({ kind: 'notRun', reason: made.error.map(({ message }) => message).join(' ') });
  const machine = made.value;
  machine.runUntil(Infinity, MOST_EVENTS);
  const { report } = machine;
  if (report === undefined) return err({ kind: 'failed', reason: `The run did not end within ${MOST_EVENTS} events.` });
  if (report.outcome === 'refused') return err({ kind: 'notRun', reason: report.reason ?? 'The model refuses it.' });
  return ok(report);
}

type OutcomeFigure = Extract<Figure, { readonly kind: 'outcomes' | 'dataIsWrong' }>;

/** Figures about how a run ended are read from failed runs too. */
function mayFail(figure: Figure): figure is OutcomeFigure {
  return figure.kind === 'outcomes' || figure.kind === 'dataIsWrong';
}

function readOutcome(report: RunReport, figure: OutcomeFigure): number {
  if (figure.kind === 'dataIsWrong') return report.sourceCrc32 === report.destinationCrc32 ? 0 : 1;
  const outcomeOf = (id: string): string | undefined => report.flows?.find((flow) => flow.id === id)?.outcome;
  const asTold =
    figure.finished.every((id) => outcomeOf(id) === 'finished') &&
    figure.failed.every((id) => outcomeOf(id) === 'failed');
  return asTold ? 1 : 0;
}

function readFigure(report: RunReport, figure: Exclude<Figure, OutcomeFigure>): Result<number, NoFigure> {
  switch (figure.kind) {
    case 'transferRate':
      return ok(report.throughputBytesPerSecond);
    case 'dramPerByte':
      return ok((report.memoryWrittenBytes + report.memoryReadBytes) / report.bytes);
    case 'busiestLink':
      return ok(Math.max(...report.links.map(({ idle, creditStall }) => 1 - idle - creditStall)));
    case 'flowRate':
      return rate(report, figure.flow);
    case 'sumOfRates':
      return sumOfRates(report);
    case 'rateRatio':
      return combined(rate(report, figure.of), rate(report, figure.to), (of, to) => of / to);
    case 'medianLatency':
      return latency(report, figure.flow);
    case 'timePerAccess':
      return mapped(rate(report, figure.flow), (bytesPerSecond) => (figure.accessBytes * 1e9) / bytesPerSecond);
    case 'latencyDifference':
      return combined(latency(report, figure.of), latency(report, figure.minus), (of, minus) => of - minus);
    case 'knee':
      return knee(report, figure.windows);
    default:
      return unreachable(figure);
  }
}

function mapped(value: Result<number, NoFigure>, map: (value: number) => number): Result<number, NoFigure> {
  return value.ok ? ok(map(value.value)) : value;
}

function combined(
  first: Result<number, NoFigure>,
  second: Result<number, NoFigure>,
  combine: (a: number, b: number) => number,
): Result<number, NoFigure> {
  if (!first.ok) return first;
  return second.ok ? ok(combine(first.value, second.value)) : second;
}

/** A flow that did what it was to do; anything else has no figures worth reading. */
function flowOf(report: RunReport, id: string): Result<FlowReport, NoFigure> {
  const found = report.flows?.find((flow) => flow.id === id);
  if (found === undefined) return err({ kind: 'notRun', reason: `The run reports no flow ${id}.` });
  if (found.outcome === 'finished') return ok(found);
  const kind = found.outcome === 'refused' ? 'notRun' : 'failed';
  return err({ kind, reason: `${found.name}: ${found.reason ?? found.outcome}` });
}

function sumOfRates(report: RunReport): Result<number, NoFigure> {
  let sum = 0;
  for (const { id } of report.flows ?? []) {
    const flow = flowOf(report, id);
    if (!flow.ok) return flow;
    sum += flow.value.throughputBytesPerSecond;
  }
  return sum > 0 ? ok(sum) : err({ kind: 'notRun', reason: 'The run reports no flows.' });
}

function rate(report: RunReport, id: string): Result<number, NoFigure> {
  const flow = flowOf(report, id);
  return flow.ok ? ok(flow.value.throughputBytesPerSecond) : flow;
}

/** Median, in ns. */
function latency(report: RunReport, id: string): Result<number, NoFigure> {
  const flow = flowOf(report, id);
  if (!flow.ok) return flow;
  const median_ps = flow.value.latency_ps?.median;
  if (median_ps === undefined) return err({ kind: 'notRun', reason: `Flow ${id} has no latencies of operations.` });
  return ok(median_ps / 1000);
}

function knee(
  report: RunReport,
  windows: readonly { readonly flow: string; readonly windowBytes: number }[],
): Result<number, NoFigure> {
  let first: number | undefined;
  let reach = 0;
  for (const { flow, windowBytes } of windows) {
    const found = rate(report, flow);
    if (!found.ok) return found;
    first ??= found.value;
    if (found.value < KNEE_SHARE * first) break;
    reach = windowBytes;
  }
  return ok(reach);
}
