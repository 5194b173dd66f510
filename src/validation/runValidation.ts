/*
 * The whole validation from real runs. The same inputs give the same results, to the byte.
 */
import { LATENCY_CASES } from './latencyCases.ts';
import { latencyPoint } from './latencyPoints.ts';
import { MachineRuns } from './machineRuns.ts';
import { measurementPoint } from './measurementPoints.ts';
import { MEASUREMENTS } from './measurementTable.ts';
import {
  type NumberPoint,
  RESULTS_VERSION,
  type Section,
  type SemanticsPoint,
  summarise,
  type ValidationResults,
} from './points.ts';
import { type SemanticsCheck, semanticsLines, semanticsPoint } from './semanticsPoints.ts';
import { throughputPoint } from './throughputPoints.ts';
import { throughputRows } from './throughputRows.ts';

export type Point = NumberPoint | SemanticsPoint;

export interface ValidationOptions {
  /** Version of the model, for the record. */
  readonly model: string;
  readonly checkSemantics: SemanticsCheck;
  /** Runs only points for which this holds. */
  readonly wants?: (id: string) => boolean;
  /** Told after each point. */
  readonly onPoint?: (section: Section, id: string) => void;
}

/** Ids of all points that there are, by section, in order. */
export function pointIds(): Readonly<Record<Section, readonly string[]>> {
  return {
    throughput: throughputRows().map(({ id }) => id),
    latency: LATENCY_CASES.map(({ id }) => id),
    semantics: [...semanticsLines().keys()],
    measurements: MEASUREMENTS.map(({ id }) => id),
  };
}

/** Runs everything, or what is wanted. */
export function runValidation(options: ValidationOptions): ValidationResults {
  const { model, checkSemantics, wants = () => true, onPoint } = options;
  const run = <Entry, Made extends Point>(
    entries: readonly (readonly [id: string, entry: Entry])[],
    make: (entry: Entry) => Made,
  ): readonly Made[] =>
    entries
      .filter(([id]) => wants(id))
      .map(([, entry]) => {
        const point = make(entry);
        onPoint?.(point.section, point.id);
        return point;
      });
  const runs = new MachineRuns();
  const byId = <Entry extends { readonly id: string }>(entries: readonly Entry[]) =>
    entries.map((entry) => [entry.id, entry] as const);
  const throughput = run(byId(throughputRows()), throughputPoint);
  const latency = run(byId(LATENCY_CASES), latencyPoint);
  const semantics = run([...semanticsLines()], (line) => semanticsPoint(line, checkSemantics));
  const measurements = run(byId(MEASUREMENTS), (entry) => measurementPoint(entry, runs));
  return {
    version: RESULTS_VERSION,
    model,
    summary: [
      summarise('throughput', throughput),
      summarise('latency', latency),
      summarise('semantics', semantics),
      summarise('measurements', measurements),
    ],
    throughput,
    latency,
    semantics,
    measurements,
  };
}
