/* The way of the first TLP that carried the job's bytes, from the hop records: what one write really takes. */
import { HOP } from '../core/pcie/counters.ts';
import { FLOW, flowClassOf } from '../core/pcie/tlp.ts';
import type { HopVisitor } from './hopTee.ts';

export interface TlpHop {
  /** Link · 2 + direction, or inside the host (counters.ts). */
  readonly segment: number;
  readonly start_ps: number;
  readonly end_ps: number;
  readonly lengthBytes: number;
}

const FLOW_DIVISOR = 2 ** 16;
const CODE_RANGE = 2 ** 8;
/** Longer ways than this do not exist in a hierarchy of at most 256 buses that anyone builds. */
const MOST_HOPS = 64;

export class FirstTlp {
  #serial: number | undefined;
  #hops: readonly TlpHop[] = [];

  /** Its number; undefined before it. */
  get serial(): number | undefined {
    return this.#serial;
  }

  /** Hops so far, in the order they happened. */
  get hops(): readonly TlpHop[] {
    return this.#hops;
  }

  /** From that instant on the run was another one. */
  forgetAfter(at_ps: number): void {
    if (!this.#hops.some((hop) => hop.start_ps > at_ps)) return;
    this.#serial = undefined;
    this.#hops = [];
  }

  readonly look: HopVisitor = (words, offset) => {
    const flow = Math.floor((words[offset + HOP.what] ?? 0) / FLOW_DIVISOR) % CODE_RANGE;
    const serial = words[offset + HOP.serial];
    if (flowClassOf(flow) === FLOW.control || (this.#serial !== undefined && serial !== this.#serial)) return;
    if (this.#hops.length >= MOST_HOPS) return;
    this.#serial = serial;
    this.#hops = [
      ...this.#hops,
      {
        segment: words[offset + HOP.segment] ?? 0,
        start_ps: words[offset + HOP.start_ps] ?? 0,
        end_ps: words[offset + HOP.end_ps] ?? 0,
        lengthBytes: words[offset + HOP.lengthBytes] ?? 0,
      },
    ];
  };
}
