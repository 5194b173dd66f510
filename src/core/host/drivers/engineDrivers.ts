/*
 * The drivers of a system: one for each engine, however many jobs use it.
 */
import type { HostFunction } from '../hostView.ts';
import { type CompletionStyle, EngineDriver } from './engineDriver.ts';
import type { Kernel } from './kernel.ts';

export class EngineDrivers {
  private readonly _kernel: Kernel;
  private readonly _drivers = new Map<number, { readonly driver: EngineDriver; jobs: number }>();

  constructor(kernel: Kernel) {
    this._kernel = kernel;
  }

  /**
   * The driver of an engine, for one more job.
   * @param registers bus address of the engine's register block.
   */
  bind(fn: HostFunction, registers: number, style: CompletionStyle): EngineDriver {
    const known = this._drivers.get(fn.index) ?? { driver: new EngineDriver(this._kernel, fn, registers), jobs: 0 };
    known.jobs += 1;
    known.driver.expect(style);
    this._drivers.set(fn.index, known);
    return known.driver;
  }

  /** The driver of a function's engine, if a job uses it. */
  of(fn: number): EngineDriver | undefined {
    return this._drivers.get(fn)?.driver;
  }

  /** True if several jobs use an engine. */
  isShared(fn: number): boolean {
    return (this._drivers.get(fn)?.jobs ?? 0) > 1;
  }
}
