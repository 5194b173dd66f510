/*
 * What an engine waits for, flow by flow: the time between two looks at it belongs to what it was waiting for. Costs no
 * events; engines say what stops them whenever they have done all they can.
 */
import { FLOW_NUMBERS } from '../../pcie/tlp.ts';
import { addTo, doubleAt } from '../../sim/cells.ts';

/** What stops an engine. */
export const WAIT = {
  /** Nothing to do. */
  idle: 0,
  /** The inner side: a wire or media at its rate. */
  local: 1,
  /** A place in the transmit queue: the way out is full. */
  room: 2,
  /** A free tag, a place for a read, or the operations it may have under way. */
  tags: 3,
  /** Room in the buffer behind reads: all of it is asked for. */
  buffer: 4,
  /** Everything is asked for or sent; answers are on their way. */
  answers: 5,
  /** Descriptors, access times of media, its own pauses between operations. */
  setup: 6,
} as const;
export type Wait = (typeof WAIT)[keyof typeof WAIT];
export const WAIT_COUNT = 8;

export class WaitClock {
  /** [flow number · 8 + WAIT], picoseconds. */
  private readonly _times = new Float64Array(FLOW_NUMBERS * WAIT_COUNT);
  private _flow = 0;
  private _wait: Wait = WAIT.idle;
  private _since_ps = 0;

  /** Flow numbers it keeps apart. */
  get flows(): number {
    return FLOW_NUMBERS;
  }

  /** From now on a flow is what the engine works on, and this is what it waits for. */
  set(now_ps: number, flow: number, wait: Wait): void {
    if (wait === this._wait && flow === this._flow) return;
    this.settle(now_ps);
    this._flow = flow;
    this._wait = wait;
  }

  /** Counts what has passed: before reading. */
  settle(now_ps: number): void {
    addTo(this._times, this._flow * WAIT_COUNT + this._wait, now_ps - this._since_ps);
    this._since_ps = now_ps;
  }

  /** Picoseconds a flow has waited for something so far. */
  time_ps(flow: number, wait: Wait): number {
    return doubleAt(this._times, flow * WAIT_COUNT + wait);
  }
}
