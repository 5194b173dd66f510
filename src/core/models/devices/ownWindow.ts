import { fromDwords } from '../../../base/bits.ts';
import type { ConfigSpace } from '../../config/configSpace.ts';
import { BAR_BASE, COMMAND } from '../../config/header.ts';
import type { ByteSink, ByteSource } from '../ports.ts';
import type { OwnMemory } from './dataMover.ts';

const BAR_TYPE_MASK = 0xfffffff0;
const BAR_IS_64_BIT = 0x4;

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
    const config = this.#config;
    this.#generation = config.generation;
    const place = BAR_BASE + 4 * this.#bar;
    const low = config.read(place, 4);
    const high = (low & BAR_IS_64_BIT) !== 0 ? config.read(place + 4, 4) : 0;
    const enabled = config.field(COMMAND, 0, 'memorySpaceEnable') === 1;
    this.#base = enabled ? fromDwords(high, low & BAR_TYPE_MASK) : -1;
  }
}
