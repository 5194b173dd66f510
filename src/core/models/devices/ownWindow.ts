import type { ConfigSpace } from '../../config/configSpace.ts';
import { barAddress, commandOf } from '../../config/decode.ts';
import type { ByteSink, ByteSource } from '../ports.ts';
import type { OwnMemory } from './dataMover.ts';

/** A function's own memory BAR as its engine sees it: a range of bus addresses that never reaches the link. */
export class OwnWindow implements OwnMemory {
  readonly memory: ByteSource & ByteSink;
  private readonly _config: ConfigSpace;
  private readonly _bar: number;
  private readonly _sizeBytes: number;
  private _generation = -1;
  /** −1 while memory decoding is off. */
  private _base = -1;

  constructor(memory: ByteSource & ByteSink, config: ConfigSpace, bar: number, sizeBytes: number) {
    this.memory = memory;
    this._config = config;
    this._bar = bar;
    this._sizeBytes = sizeBytes;
  }

  offsetOf(address: number, lengthBytes: number): number {
    if (this._config.generation !== this._generation) this.#refresh();
    const offset = address - this._base;
    return this._base >= 0 && offset >= 0 && offset + lengthBytes <= this._sizeBytes ? offset : -1;
  }

  #refresh(): void {
    this._generation = this._config.generation;
    this._base = commandOf(this._config).memoryEnable ? barAddress(this._config, this._bar) : -1;
  }
}
