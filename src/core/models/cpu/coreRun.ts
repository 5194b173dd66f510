/*
 * A request that keeps one core busy with many loads and stores, as the CPU sees it.
 */
import type { FunctionPort } from '../ports.ts';

export interface CoreRun {
  readonly isDone: boolean;
  /** Goes on as far as possible. Called at the start, when the timer fires, when there is room. */
  proceed(): void;
  /** Data of a load, for line-fill buffer `line`. */
  onLoadData(line: number, requestOffset: number, lengthBytes: number, payload: Uint8Array, offset: number): void;
  /** @param ok false: the load failed and gives all ones, as a core sees it. */
  onLoadDone(line: number, ok: boolean): void;
}

/** What a run of loads or stores to a device needs from its core. */
export interface AccessHost {
  /** Of the host bridge whose window the device is in. */
  readonly port: FunctionPort;
  /** Calls `proceed` after a time. */
  wakeIn(delay_ps: number): void;
  /** Context of the load for a line-fill buffer. */
  context(line: number): number;
  /** A load or store has been sent. */
  countRequest(): void;
  /** Between the core's socket and the device's, with the bytes that go along: 0 on the same socket. */
  outward_ps(lengthBytes: number): number;
  inward_ps(lengthBytes: number): number;
}

/** Wakes a run at the earliest of the times it is waiting for, once. */
export class Alarm {
  private readonly _host: AccessHost;
  private _wake_ps = -1;

  constructor(host: AccessHost) {
    this._host = host;
  }

  /** @param at_ps Infinity: nothing to wait for. */
  set(at_ps: number): void {
    const now_ps = this._host.port.now();
    if (at_ps === Infinity) return;
    const wake_ps = Math.max(now_ps, Math.ceil(at_ps));
    if (this._wake_ps > now_ps && this._wake_ps <= wake_ps) return;
    this._wake_ps = wake_ps;
    this._host.wakeIn(wake_ps - now_ps);
  }
}
