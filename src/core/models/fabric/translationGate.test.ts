/*
 * What waits for the IOMMU at a port, and what stays behind it.
 */
import { describe, expect, it } from 'vitest';
import { FUNCTION_COUNTER_COUNT, LINK_COUNTER_COUNT, MACHINE_COUNTER_COUNT } from '../../pcie/counters.ts';
import { Fabric } from './fabric.ts';
import { TranslationGate } from './translationGate.ts';

function bench() {
  const fabric = new Fabric({
    payloadBytes: 128,
    hops: undefined,
    machineCounters: new Float64Array(MACHINE_COUNTER_COUNT),
    linkCounters: new Float64Array(LINK_COUNTER_COUNT),
    functionCounters: new Float64Array(FUNCTION_COUNTER_COUNT),
  });
  const through: [slot: number, port: number, at_ps: number][] = [];
  const gate = new TranslationGate(fabric, (slot, port) => through.push([slot, port, fabric.events.now_ps]));
  gate.seal(2);
  return { fabric, gate, through, tlp: () => fabric.pool.allocate() };
}

describe('requests that wait for translation', () => {
  it('come out when they are ready', () => {
    const { fabric, gate, through, tlp } = bench();
    const one = tlp();
    gate.hold(one, 1, 280_000);
    expect(gate.isHolding(1)).toBe(true);
    expect(gate.isHolding(0)).toBe(false);
    fabric.run(Infinity, 10);
    expect(through).toEqual([[one, 1, 280_000]]);
    expect(gate.isHolding(1)).toBe(false);
  });

  it('O-1: stay in the order in which they came, however fast the later ones are', () => {
    const { fabric, gate, through, tlp } = bench();
    const [slow, fast, last] = [tlp(), tlp(), tlp()];
    gate.hold(slow, 0, 500_000);
    gate.hold(fast, 0, 1_000);
    gate.hold(last, 0, 600_000);
    fabric.run(Infinity, 10);
    expect(through).toEqual([
      [slow, 0, 500_000],
      [fast, 0, 500_000],
      [last, 0, 600_000],
    ]);
  });

  it('O-4: of different ports do not wait for each other', () => {
    const { fabric, gate, through, tlp } = bench();
    const [slow, fast] = [tlp(), tlp()];
    gate.hold(slow, 0, 500_000);
    gate.hold(fast, 1, 1_000);
    fabric.run(Infinity, 10);
    expect(through.map(([slot]) => slot)).toEqual([fast, slow]);
  });
});
