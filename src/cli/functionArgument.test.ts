import { describe, expect, it } from 'vitest';
import { endpoint, hostFunction, machine, pcieSwitch, rootPort } from '../core/host/p2pdma/machines.testing.ts';
import { nameView } from '../core/host/p2pdma/names.ts';
import { viewOfSpec } from '../core/host/p2pdma/specView.testing.ts';
import { findFunction } from './functionArgument.ts';

const spec = machine([
  {
    id: 'h0',
    rootBus: 0,
    tree: [
      hostFunction('hb', 0x8086, 0x29c0),
      rootPort('rp0', 1, [
        pcieSwitch('sw', [
          ['d0', [endpoint('nvme0')]],
          ['d1', [endpoint('nvme1')]],
        ]),
      ]),
    ],
  },
  { id: 'h1', rootBus: 0, segment: 1, tree: [hostFunction('hb1', 0x8086, 0x29c0)] },
  { id: 'h2', rootBus: 0, segment: 2, tree: [rootPort('rp2', 1, [endpoint('nic0')])] },
]);
const view = viewOfSpec(spec);
const withTwins = nameView(view, {
  ...spec,
  functions: spec.functions.map((fn) => (fn.id.startsWith('nvme') ? { ...fn, name: 'Fast drive' } : fn)),
});

const find = (word: string) => {
  const found = findFunction(view, withTwins, word, '--from');
  return found.ok ? withTwins.functions[found.value]?.id : found.error;
};

describe('a function on the command line', () => {
  it.each([
    ['nvme0', 'nvme0'],
    ['NVME1', 'nvme1'],
    ['03:00.0', 'nvme0'],
    ['3:0.0', 'nvme0'],
    ['0000:04:00.0', 'nvme1'],
    ['00:00.0', 'hb'],
    ['0001:00:00.0', 'hb1'],
    ['2:01:00.0', 'nic0'],
  ])('%s is %s', (word, id) => {
    expect(find(word)).toBe(id);
  });

  it('without a domain, domain 0 wins', () => {
    expect(find('01:00.0')).toBe('sw');
  });

  it('an ambiguous name lists the candidates', () => {
    expect(find('fast drive')).toMatchObject({ exitCode: 2, code: 'FUNCTION_AMBIGUOUS' });
    expect(find('fast drive')).toMatchObject({ message: expect.stringContaining('0000:03:00.0 nvme0 (Fast drive)') });
  });

  it('an unknown name lists what is similar', () => {
    const failure = find('nvm');
    expect(failure).toMatchObject({ code: 'FUNCTION_UNKNOWN', message: expect.stringContaining('nvme1') });
    expect(failure).toMatchObject({ message: expect.not.stringContaining('nic0') });
  });
});
