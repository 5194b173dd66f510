/*
 * How far one machine's run has been, and where its job ended. Going back does not forget it: the run is a record. What
 * is done to the machine by hand does, for then another run begins there.
 */
import type { RunReport } from '../engine/protocol.ts';

interface RunEnd {
  readonly report: RunReport;
  /** The machine's own now at its end; it runs on for a moment after its job, until credits are back. */
  readonly machine_ps: number;
  /** The end of the job, as the clock shows it. */
  readonly clock_ps: number;
}

export class RunReach {
  #furthest_ps = 0;
  #end: RunEnd | undefined;

  /** The furthest instant that was ever shown of this run. */
  get furthest_ps(): number {
    return this.#furthest_ps;
  }

  /** Where the job ended; undefined = not known yet. */
  get end_ps(): number | undefined {
    return this.#end?.clock_ps;
  }

  /** The machine is, or was, here. Until its job is known to have ended it may be seen a little after that. */
  note(clock_ps: number): void {
    if (this.#end === undefined && clock_ps > this.#furthest_ps) this.#furthest_ps = clock_ps;
  }

  ended(report: RunReport, machine_ps: number, clock_ps: number): void {
    this.#end = { report, machine_ps, clock_ps };
    this.#furthest_ps = clock_ps;
  }

  /** The result, if the machine stands where its run ended. */
  reportAt(machine_ps: number): RunReport | undefined {
    return this.#end !== undefined && machine_ps >= this.#end.machine_ps ? this.#end.report : undefined;
  }

  /** The machine was changed at an instant: what followed there belongs to another run. */
  branched(at_ps: number): void {
    this.#furthest_ps = Math.min(this.#furthest_ps, at_ps);
    this.#end = undefined;
  }
}
