/*
 * Requests that wait for the IOMMU at a port of the root complex, and what must stay behind them.
 */
import { doubleAt, int32At, itemAt } from '../../sim/cells.ts';
import type { DelayLine } from './delayLine.ts';
import type { FabricParts } from './fabricParts.ts';

/**
 * One line for each port: what came after a request that waits does not pass it (semantics reference, section 8).
 * @simplifies A request whose translation is cached waits behind an older one of its port whose translation is not, reads
 * and completions included; walks of several requests overlap.
 */
export class TranslationGate {
  private readonly _parts: FabricParts;
  private readonly _onThrough: (slot: number, port: number) => void;
  private readonly _lines: DelayLine[] = [];
  /** By port: how many wait, and when the last of them is through. */
  private _held = new Int32Array(0);
  private _last_ps = new Float64Array(0);

  constructor(parts: FabricParts, onThrough: (slot: number, port: number) => void) {
    this._parts = parts;
    this._onThrough = onThrough;
  }

  /** All ports are there. */
  seal(ports: number): void {
    this._held = new Int32Array(ports);
    this._last_ps = new Float64Array(ports);
    for (let port = 0; port < ports; port++) {
      this._lines.push(this._parts.addLine((slot) => this.#release(slot, port)));
    }
  }

  /** Something waits at a port. */
  isHolding(port: number): boolean {
    return int32At(this._held, port) > 0;
  }

  /** Keeps a TLP until `ready_ps`, and until those before it are through. */
  hold(slot: number, port: number, ready_ps: number): void {
    const last_ps = doubleAt(this._last_ps, port);
    const due_ps = ready_ps > last_ps ? ready_ps : last_ps;
    this._last_ps[port] = due_ps;
    this._held[port] = int32At(this._held, port) + 1;
    this._parts.events.due_ps = due_ps;
    itemAt(this._lines, port).add(slot);
  }

  #release(slot: number, port: number): void {
    this._held[port] = int32At(this._held, port) - 1;
    this._onThrough(slot, port);
  }
}
