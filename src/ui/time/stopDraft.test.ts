import { describe, expect, it } from 'vitest';
import { emptyMachine } from '../../store/fakes.testing.ts';
import { conditionOf, FIRST_DRAFT, type NamedRegister, type StopDraft } from './stopDraft.ts';

const machine = emptyMachine('p2p', {
  memories: [
    { index: 0, node: 'host', label: 'DRAM', busAddress: 0, sizeBytes: 2 ** 20 },
    { index: 3, node: 'iopmem0', label: 'BAR 4', busAddress: 0x40_0000_0000, sizeBytes: 4096 },
  ],
});
const command: NamedRegister = {
  name: 'Command',
  offset: 4,
  bytes: 2,
  fields: [{ id: 'busMasterEnable', name: 'Bus Master Enable', lsb: 2, widthBits: 1 }],
};

function read(change: Partial<StopDraft>) {
  return conditionOf({ ...FIRST_DRAFT, ...change }, machine, [command]);
}

describe('the form of a stop', () => {
  it('is complete from the start: any memory write', () => {
    expect(read({})).toMatchObject({ ok: true, value: { kind: 'tlp', types: [1] } });
  });

  it('takes one address as a range of one, and says what is wrong with two', () => {
    expect(read({ first: '0x40_0000_0010' })).toMatchObject({
      value: { addresses: { first: 0x40_0000_0010, last: 0x40_0000_0010 } },
    });
    expect(read({ first: '10', last: '8' })).toMatchObject({ error: { field: 'last' } });
    expect(read({ first: 'x' })).toMatchObject({
      error: { field: 'first', text: expect.stringMatching(/hexadecimal/) },
    });
    expect(read({ last: '10' })).toMatchObject({ error: { field: 'first' } });
  });

  it('takes bytes of a memory by offset and by bus address', () => {
    const range = { first: 0x10, last: 0x1f };
    expect(read({ kind: 'memoryWrite', memory: 3, from: '10', to: '1f' })).toMatchObject({ value: { range } });
    expect(read({ kind: 'memoryWrite', memory: 3, from: '40_0000_0010', to: '40_0000_001f' })).toMatchObject({
      value: { range, node: 'iopmem0' },
    });
    expect(read({ kind: 'memoryWrite', memory: 3, from: '1000' })).toMatchObject({ error: { field: 'from' } });
    expect(read({ kind: 'memoryWrite', memory: 3 })).toMatchObject({ error: { field: 'from', text: '' } });
  });

  it('makes a mask and a value of a field', () => {
    const draft = { kind: 'register', node: 'nic0', field: 'busMasterEnable' } as const;
    expect(read(draft)).toMatchObject({ value: { offset: 4, bytes: 2, mask: 4 } });
    expect(read({ ...draft, becomes: '1' })).toMatchObject({ value: { mask: 4, value: 4 } });
    expect(read({ ...draft, becomes: '2' })).toMatchObject({ error: { field: 'becomes' } });
    expect(read({ kind: 'register', node: 'nic0' })).toMatchObject({ value: { mask: 0xffff, name: 'Command' } });
  });

  it('takes a register at any aligned offset', () => {
    const draft = { kind: 'register', node: 'nic0', register: 'other' } as const;
    expect(read({ ...draft, offset: '104', mask: 'f0' })).toMatchObject({
      value: { offset: 0x104, bytes: 4, mask: 0xf0, name: '104h' },
    });
    expect(read({ ...draft, offset: '102' })).toMatchObject({ error: { field: 'offset' } });
    expect(read({ ...draft, offset: '1000' })).toMatchObject({ error: { field: 'offset' } });
    expect(read({ ...draft, offset: '104', bytes: 1, mask: '100' })).toMatchObject({ error: { field: 'mask' } });
  });

  it('takes errors and instants', () => {
    expect(read({ kind: 'error', severity: 'fatal' })).toMatchObject({ value: { kind: 'error', severity: 'fatal' } });
    expect(read({ kind: 'time', instant: '12.5 µs' })).toMatchObject({ value: { kind: 'time', at_ps: 12_500_000 } });
    expect(read({ kind: 'time', instant: '12.5' })).toMatchObject({ error: { field: 'instant' } });
  });
});
