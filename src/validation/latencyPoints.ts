/*
 * The second section: the latency table and equation 3.4, on machines with test equipment in the place of devices.
 */
import { unreachable } from '../base/invariant.ts';
import type { LatencyCase, LatencyMeasure } from './latencyCases.ts';
import { type NumberPoint, rounded, verdictFor } from './points.ts';
import { ProbedMachine } from './probe.ts';

/** Performance reference, section 8, rule 5. */
const TOLERANCE = 0.01;
const RATE_ROUNDS = 50;
const PS_PER_NS = 1000;

/** Nanoseconds, or bytes per second. */
function measured(machine: ProbedMachine, measure: LatencyMeasure): number {
  switch (measure.kind) {
    case 'read':
      return machine.readTime_ps('card0', measure.target, measure.lengthBytes) / PS_PER_NS;
    case 'write':
      return machine.writeTime_ps('card0', 'card1', measure.lengthBytes) / PS_PER_NS;
    case 'readRate':
      return machine.readRate('card0', 'card1', measure.lengthBytes, measure.outstanding, RATE_ROUNDS);
    default:
      return unreachable(measure);
  }
}

/** Runs one case. */
export function latencyPoint(entry: LatencyCase): NumberPoint {
  const { id, title, unit, expected } = entry;
  const model = rounded(measured(new ProbedMachine(entry.document), entry.measure), unit);
  const value = unit === 'B/s' ? Math.round(expected) : expected;
  const accepted = { low: value * (1 - TOLERANCE), high: value * (1 + TOLERANCE) };
  const verdict = verdictFor(model, accepted);
  return {
    id,
    section: 'latency',
    title,
    unit,
    model,
    reference: { low: value, high: value },
    accepted,
    verdict,
    role: 'validated',
    calibrates: undefined,
    limitedBy: undefined,
    reason: verdict === 'inside' ? undefined : 'Differs from the worked value.',
    checks: [],
  };
}
