/* The scale of the timeline: to the end of the run where that is known, else to a round instant that gives room. */
import { PS_PER_US } from '../../base/units.ts';

const ROUND = [1, 2, 5, 10] as const;

/** The smallest of 1, 2, 5 · 10^n picoseconds, at least 1 µs, that is not before an instant. */
export function roundAbove(at_ps: number): number {
  if (at_ps <= PS_PER_US) return PS_PER_US;
  const decade = 10 ** Math.floor(Math.log10(at_ps));
  const step = ROUND.find((candidate) => candidate * decade >= at_ps) ?? 10;
  return step * decade;
}

/** Where the timeline ends. @param end_ps the end of the job, where it is known. */
export function spanOf(furthest_ps: number, end_ps: number | undefined): number {
  return end_ps !== undefined && end_ps > 0 && end_ps >= furthest_ps ? end_ps : roundAbove(furthest_ps);
}

/** Shares of the timeline that a key moves by. */
const FINE = 0.01;
const COARSE = 0.1;

/** Where a key of the slider goes; undefined = it is not one of its keys. */
export function instantForKey(key: string, at_ps: number, span_ps: number, furthest_ps: number): number | undefined {
  const moves: Readonly<Record<string, number>> = {
    ArrowLeft: at_ps - span_ps * FINE,
    ArrowDown: at_ps - span_ps * FINE,
    ArrowRight: at_ps + span_ps * FINE,
    ArrowUp: at_ps + span_ps * FINE,
    PageDown: at_ps - span_ps * COARSE,
    PageUp: at_ps + span_ps * COARSE,
    Home: 0,
    End: furthest_ps,
  };
  const wished_ps = moves[key];
  return wished_ps === undefined ? undefined : Math.round(Math.min(furthest_ps, Math.max(0, wished_ps)));
}
