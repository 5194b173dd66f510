import { describe, expect, test } from 'vitest';
import { MIB } from '../base/units.ts';
import type { FunctionSpec } from '../core/pcie/machineSpec.ts';
import {
  hostBridge,
  hostBridgeFunction,
  iopmem,
  machineDocument,
  nic,
  rootPort,
  switchPorts,
  transfer,
  memoryBar,
} from './build.ts';
import type { TopologyDocument } from './document.ts';
import { validateDocument } from './validate.ts';

const GEN4_X8 = { gen: 4, width: 8 } as const;

const small = machineDocument({
  name: 'small',
  description: '',
  hostBridges: [hostBridge('pcie0')],
  functions: [
    hostBridgeFunction('hb0', 'pcie0'),
    rootPort('rp0', { parent: 'pcie0', device: 1 }, { gen: 4, width: 16 }),
    ...switchPorts('sw0', { parent: 'rp0' }, { upstream: { gen: 4, width: 16 }, downstream: [GEN4_X8, GEN4_X8] }),
    iopmem('mem', 'sw0-p0', { ...GEN4_X8, capacityBytes: 64 * MIB }),
    nic('nic', 'sw0-p1', { ...GEN4_X8, wireBitsPerSecond: 100e9 }),
  ],
  transfer: transfer('nic', 'mem'),
});

function change(id: string, changes: Partial<FunctionSpec>): TopologyDocument {
  return { ...small, functions: small.functions.map((fn) => (fn.id === id ? { ...fn, ...changes } : fn)) };
}

function codes(document: TopologyDocument): readonly string[] {
  return validateDocument(document).map((diagnostic) => `${diagnostic.severity} ${diagnostic.code} ${diagnostic.path}`);
}

test('a sound machine has nothing to report', () => {
  expect(validateDocument(small)).toEqual([]);
});

describe('the tree', () => {
  test('a parent must exist', () => {
    expect(codes(change('mem', { parent: 'gone' }))).toContain('error PARENT_MISSING functions/mem/parent');
  });
  test('a parent must have a bus behind it', () => {
    expect(codes(change('mem', { parent: 'nic' }))).toContain('error PARENT_IS_NOT_A_BRIDGE functions/mem/parent');
  });
  test('a root port sits on a root bus only', () => {
    expect(codes(change('rp0', { parent: 'sw0' }))).toContain('error PARENT_UNUSUAL functions/rp0/parent');
  });
  test('a downstream port without its upstream port is possible, as in a guest, but said', () => {
    expect(codes(change('sw0-p0', { parent: 'pcie0', device: 3 }))).toContain(
      'warning PARENT_UNUSUAL functions/sw0-p0/parent',
    );
  });
  test('a circle of parents is named once', () => {
    const circle = change('sw0', { parent: 'sw0-p0' });
    const found = validateDocument(circle).filter((diagnostic) => diagnostic.code === 'PARENTS_IN_A_CIRCLE');
    expect(found).toHaveLength(1);
    expect(found[0]?.message).toContain('sw0 → sw0-p0 → sw0');
  });
  test('one place holds one function', () => {
    expect(codes(change('sw0-p1', { device: 0 }))).toContain('error PLACE_TAKEN functions/sw0-p1');
  });
  test('a device without function 0 is invisible', () => {
    expect(codes(change('mem', { fn: 3 }))).toContain('warning FUNCTION_ZERO_MISSING functions/mem');
  });
  test('a link leads to device 0 only', () => {
    expect(codes(change('mem', { device: 1 }))).toContain('warning ONLY_DEVICE_ZERO_BELOW_PORTS functions/mem');
  });
  test('ids are unique, host bridges included', () => {
    expect(codes(change('mem', { id: 'pcie0' }))).toContain('error ID_USED_TWICE functions/pcie0');
  });
  test('every bridge needs a bus number', () => {
    const tight = { ...small, hostBridges: [hostBridge('pcie0', { rootBus: 0xfd, lastBus: 0xff })] };
    expect(codes(tight)).toContain('warning BUS_NUMBERS_RUN_OUT hostBridges/pcie0');
  });
});

describe('host bridges', () => {
  test('there is at least one', () => {
    expect(codes({ ...small, hostBridges: [] })).toContain('error NO_HOST_BRIDGE hostBridges');
  });
  test('bus ranges of one segment do not overlap; other segments may use the same numbers', () => {
    const second = hostBridge('pcie1', { rootBus: 0x80 });
    expect(codes({ ...small, hostBridges: [...small.hostBridges, second] })).toContain(
      'error BUS_RANGES_OVERLAP hostBridges/pcie0',
    );
    expect(codes({ ...small, hostBridges: [...small.hostBridges, { ...second, segment: 1 }] })).toEqual([]);
  });
});

describe('links', () => {
  test('both ends must be described', () => {
    const nicWithoutLink = small.functions.map(({ link, ...fn }) =>
      fn.id === 'nic' || link === undefined ? fn : { ...fn, link },
    );
    expect(codes({ ...small, functions: nicWithoutLink })).toContain('error LINK_MISSING functions/nic/link');
  });
  test('an x16 card in an x8 port is noted', () => {
    expect(codes(change('mem', { link: { maxGen: 5, maxWidth: 16 } }))).toEqual([
      'note LINK_NARROWER_THAN_CARD functions/sw0-p0/link',
      'note LINK_SLOWER_THAN_CARD functions/sw0-p0/link',
    ]);
  });
  test('a limit above the capability is an error', () => {
    expect(codes(change('mem', { link: { maxGen: 3, maxWidth: 4, limitGen: 4, limitWidth: 8 } }))).toEqual([
      'error LINK_LIMIT_ABOVE_CAPABILITY functions/mem/link',
      'error LINK_LIMIT_ABOVE_CAPABILITY functions/mem/link',
    ]);
  });
  test('a payload size that the port above would reject is a warning', () => {
    expect(codes(change('mem', { mpsBytes: 128 }))).toEqual(['warning MPS_DIFFERS_FROM_PORT functions/mem/mpsBytes']);
    expect(codes(change('mem', { mpsBytes: 512 }))).toContain('error MPS_ABOVE_CAPABILITY functions/mem/mpsBytes');
  });
});

describe('BARs', () => {
  test('a 64-bit BAR takes two registers', () => {
    const bars = [memoryBar(4, MIB, true), { ...memoryBar(5, MIB, false), widthBits: 32 as const }];
    expect(codes(change('mem', { bars }))).toContain('error BAR_REGISTER_TAKEN functions/mem/bars/5');
  });
  test('a bridge has two registers', () => {
    expect(codes(change('rp0', { bars: [memoryBar(1, 4096, false)] }))).toContain(
      'error BAR_INDEX_TOO_HIGH functions/rp0/bars/1',
    );
  });
  test('a model needs its memory', () => {
    expect(codes(change('mem', { bars: [] }))).toEqual([
      'error MODEL_NEEDS_BAR functions/mem/model',
      'warning TRANSFER_END_HAS_NO_BYTES transfer/to',
    ]);
  });
  test('vectors must lie in their BAR', () => {
    const capabilities = { msix: { vectors: 2048, bar: 0, tableOffset: 32 * MIB - 4096, pbaOffset: 0 } };
    expect(codes(change('nic', { capabilities }))).toEqual([
      'error MSIX_TABLE_OUTSIDE_BAR functions/nic/capabilities/msix',
    ]);
  });
  test('an address from firmware is a multiple of the size', () => {
    expect(codes(change('mem', { firmware: { bars: { 4: MIB } } }))).toEqual([
      'warning FIRMWARE_BAR_UNALIGNED functions/mem/firmware/bars/4',
    ]);
    expect(codes(change('mem', { firmware: { bars: { 2: MIB } } }))).toEqual([
      'error FIRMWARE_BAR_MISSING functions/mem/firmware/bars/2',
    ]);
  });
});

describe('the job', () => {
  test('its ends exist', () => {
    expect(codes({ ...small, transfer: transfer('nic', 'gone') })).toEqual(['error TRANSFER_END_MISSING transfer/to']);
  });
  test('what cannot run is a warning, so that the machine can still be looked at', () => {
    expect(codes({ ...small, transfer: transfer('mem', 'mem') })).toEqual([
      'warning TRANSFER_WITHIN_ONE_DEVICE transfer/to',
    ]);
    expect(codes({ ...small, transfer: transfer('rp0', 'mem') })).toEqual([
      'warning TRANSFER_END_HAS_NO_BYTES transfer/from',
      'warning TRANSFER_WITHOUT_ENGINE transfer',
    ]);
  });
});

test('several problems are all reported at once, each with what to do', () => {
  const broken = {
    ...change('mem', { parent: 'gone', bars: [memoryBar(5, 64 * MIB, true)] }),
    transfer: transfer('nobody', 'mem'),
  };
  const found = validateDocument(broken);
  expect(new Set(found.map((diagnostic) => diagnostic.code))).toEqual(
    new Set(['PARENT_MISSING', 'BAR_INDEX_TOO_HIGH', 'MODEL_NEEDS_BAR', 'TRANSFER_END_MISSING']),
  );
  for (const diagnostic of found) expect(diagnostic.fix ?? '').not.toBe('');
});
