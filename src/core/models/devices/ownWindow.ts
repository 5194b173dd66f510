import type { ConfigSpace } from '../../config/configSpace.ts';
import { barAddress, commandOf } from '../../config/decode.ts';
import type { ByteSink, ByteSource } from '../ports.ts';
import type { OwnMemory } from './dataMover.ts';

/** A function's own memory BAR as its engine sees it: a range of bus addresses that never reaches the link. */
export class OwnWindow implements OwnMemory {
  readonly memory: ByteSource & ByteSink;
  readonly #config: ConfigSpace;
  readonly #bar: number;
  readonly #sizeBytes: number;
  #generation = -1;
  /** −1 while memory decoding is off. */
  #base = -1;

  constructor(memory: ByteSource & ByteSink, config: ConfigSpace, bar: number, sizeBytes: number) {
    this.memory = memory;
    this.#config = config;
    this.#bar = bar;
    this.#sizeBytes = sizeBytes;
  }

  offsetOf(address: number, lengthBytes: number): number {
    if (this.#config.generation !== this.#generation) this.#refresh();
    const offset = address - this.#base;
    return this.#base >= 0 && offset >= 0 && offset + lengthBytes <= this.#sizeBytes ? offset : -1;
  }

  #refresh(): void {
    this.#generation = this.#config.generation;
    this.#base = commandOf(this.#config).memoryEnable ? barAddress(this.#config, this.#bar) : -1;
  }
}
