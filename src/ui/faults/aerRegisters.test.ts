import { describe, expect, it } from 'vitest';
import { aerFacts } from './aerRegisters.ts';

/** A configuration space with nothing but AER at 100h. */
function space(dwords: Readonly<Record<number, number>>): Uint8Array {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  view.setUint32(0x100, 0x0002_0001, true);
  for (const [offset, value] of Object.entries(dwords)) view.setUint32(0x100 + Number(offset), value, true);
  return bytes;
}

describe('the AER registers of a function', () => {
  it('say which errors are set, masked and fatal, and which came first', () => {
    const facts = aerFacts(space({ 0x04: 0x0010_4000, 0x0c: 0x0046_2030, 0x14: 0x2000, 0x18: 14 }), 'endpoint');
    const set = facts?.uncorrectable.filter((bit) => bit.status);
    expect(set?.map(({ name, first, fatal }) => [name, first, fatal])).toEqual([
      ['Completion timeout', true, false],
      ['Unsupported request', false, false],
    ]);
    expect(facts?.uncorrectable.find((bit) => bit.name === 'Malformed TLP')?.fatal).toBe(true);
    expect(facts?.correctable.find((bit) => bit.bit === 13)).toMatchObject({
      name: 'Advisory non-fatal',
      masked: true,
    });
    expect(facts?.root).toBeUndefined();
  });

  it('hold the header that was logged', () => {
    const facts = aerFacts(space({ 0x1c: 0x6000_0040, 0x20: 0x0400_00ff, 0x24: 0x40, 0x28: 0x02b3_e600 }), 'endpoint');
    expect(facts?.headerLog).toEqual([0x6000_0040, 0x0400_00ff, 0x40, 0x02b3_e600]);
  });

  it('name who sent the messages, in a root port', () => {
    const facts = aerFacts(space({ 0x30: 0x0000_0021, 0x34: 0x0300_0400 }), 'rootPort');
    expect(facts?.root).toEqual({
      set: ['Correctable received', 'Non fatal received'],
      correctableSource: 0x0400,
      uncorrectableSource: 0x0300,
    });
  });

  it('are absent where the capability is', () => {
    expect(aerFacts(new Uint8Array(256), 'endpoint')).toBeUndefined();
    expect(aerFacts(new Uint8Array(4096), 'endpoint')).toBeUndefined();
  });
});
