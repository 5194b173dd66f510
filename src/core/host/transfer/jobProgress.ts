/** What a job tells whoever watches it. Written by the job only. */
export interface JobProgress {
  readonly state: 'ready' | 'running' | 'finished' | 'failed';
  /** When the engines were set up and the first byte could be asked for, picoseconds. */
  readonly begun_ps: number;
  /** When software knew that everything is done. */
  readonly finished_ps: number;
  /** Legs of a staged job with work under way: bit 0 the first leg, bit 1 any later one. */
  readonly activeLegs: number;
  /** Bytes whose last leg software knows to be done. */
  readonly doneBytes: number;
  readonly failure: string | undefined;
  /** Time the CPU has copied for a leg, by leg. */
  readonly cpu_ps: readonly number[];
  /** What surprised, without stopping the job. */
  readonly notes: readonly string[];
}

/** The job's own, writable record. */
export class JobRecord implements JobProgress {
  state: JobProgress['state'] = 'ready';
  begun_ps = 0;
  finished_ps = 0;
  doneBytes = 0;
  failure: string | undefined;
  readonly notes: string[] = [];
  readonly cpu_ps: number[] = [];
  private readonly _underWay: number[] = [];

  get activeLegs(): number {
    const active = (leg: number): boolean => (this._underWay[leg] ?? 0) > 0;
    const later = this._underWay.some((_, leg) => leg > 0 && active(leg));
    return (active(0) ? 1 : 0) + (later ? 2 : 0);
  }

  /** A leg has begun (`+1`) or ended (`−1`) a chunk. */
  count(leg: number, change: 1 | -1): void {
    this._underWay[leg] = (this._underWay[leg] ?? 0) + change;
  }

  countCpu(leg: number, duration_ps: number): void {
    this.cpu_ps[leg] = (this.cpu_ps[leg] ?? 0) + duration_ps;
  }

  fail(reason: string): void {
    if (this.state === 'failed') return;
    this.state = 'failed';
    this.failure = reason;
  }

  note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text);
  }
}
