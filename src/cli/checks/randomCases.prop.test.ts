/*
 * Random trees in the format of the worked cases: the paths that are predicted from registers and those that a write and
 * a read take in the simulated hardware are the same, to the last element.
 */
import { describe, expect, it, vi } from 'vitest';
import { at } from '../../base/invariant.ts';
import { Random } from '../../base/random.ts';
import { viewOfMachine } from '../boot.ts';
import { checkP2pdmaLine } from './p2pdmaCheck.ts';

vi.setConfig({ testTimeout: 120_000 });

const PORT_CONTROLS = ['00', '00', '1d', '1d', '04', '08', '0c', '11'];
const FUNCTION_CONTROLS = ['00', '04', '08', '0c'];

/** A tree as JSON, made of switches in switches, single and multi-function devices, integrated endpoints, two hosts. */
class RandomCase {
  readonly #random: Random;
  readonly #devices: string[] = [];
  #count = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  line(): string {
    const hosts = Array.from({ length: 1 + this.#random.below(2) }, (_, index) => this.#host(index));
    const provider = this.#pick(this.#devices);
    const client = this.#pick(this.#devices);
    const addr = this.#pick(['phys', 'iova']);
    return JSON.stringify({
      id: 'random',
      hosts,
      provider,
      client,
      expect: { addr, write: [], readReq: [], readData: [] },
    });
  }

  #pick<T>(values: readonly T[]): T {
    return at(values, this.#random.below(values.length));
  }

  #name(prefix: string): string {
    return `${prefix}${this.#count++}`;
  }

  #device(): string {
    const name = this.#name('e');
    this.#devices.push(name);
    return name;
  }

  #acs(): object {
    return this.#random.below(3) === 0 ? {} : { acs: ['5f', this.#pick(PORT_CONTROLS)] };
  }

  #host(index: number): object {
    const tree: unknown[] = [[`hb${index}`, 'HB', '00.0', '8086:2020', {}]];
    for (let port = 1; port <= 1 + this.#random.below(3); port++) {
      const below = this.#random.below(2) === 0 ? this.#slot() : this.#switch(2);
      tree.push([this.#name('rp'), 'RP', `0${port}.0`, '1b36:000c', this.#acs(), below]);
    }
    if (this.#random.below(3) === 0) tree.push([this.#device(), 'RCIEP', '08.0', '8086:0b25', {}]);
    const domain = this.#random.below(3) === 0 ? index : 0;
    return { name: `H${index}`, domain, bus: index === 0 ? '00' : '80', cpu: ['intel', '06'], tree };
  }

  #slot(): readonly unknown[] {
    if (this.#random.below(4) > 0) return [[this.#device(), 'EP', '00.0', '11f8:f115', {}]];
    return [0, 1].map((fn) => {
      const acs = this.#random.below(2) === 0 ? {} : { acs: ['6c', this.#pick(FUNCTION_CONTROLS)] };
      return [this.#device(), 'EP', `00.${fn}`, '11f8:f115', { mf: 1, ...acs }];
    });
  }

  #switch(depth: number): readonly unknown[] {
    const ports = Array.from({ length: 1 + this.#random.below(3) }, (_, port) => {
      const below = depth > 0 && this.#random.below(3) === 0 ? this.#switch(depth - 1) : this.#slot();
      return [this.#name('d'), 'DSP', `0${port}.0`, '11f8:4052', this.#acs(), below];
    });
    return [[this.#name('u'), 'USP', '00.0', '11f8:4052', {}, ports]];
  }
}

describe('random trees', () => {
  it.each(Array.from({ length: 20 }, (_, block) => block))('R-3, R-5, R-8, R-10: paths agree, block %i', (block) => {
    for (let seed = block * 20; seed < block * 20 + 20; seed++) {
      const row = checkP2pdmaLine(new RandomCase(seed).line(), `seed ${seed}`, viewOfMachine);
      expect(row.paths?.taken, `seed ${seed}`).toEqual(row.paths?.got);
    }
  });
});
