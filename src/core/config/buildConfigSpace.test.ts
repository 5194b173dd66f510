import { describe, expect, it } from 'vitest';
import type { FunctionSpec } from '../pcie/machineSpec.ts';
import { hex } from '../../base/bits.ts';
import { buildConfigSpace } from './buildConfigSpace.ts';
import { listCapabilities, listExtendedCapabilities } from './capability.ts';
import { bridgeBuses, bridgeWindows } from './decode.ts';
import { LONE_PLACE } from './places.ts';

const ROOT_PORT: FunctionSpec = {
  id: 'rp0',
  name: 'rp0',
  parent: 'pcie0',
  device: 1,
  fn: 0,
  kind: 'rootPort',
  identity: {
    vendorId: 0x1b36,
    deviceId: 0x000c,
    revision: 0,
    classCode: 0x060400,
    subsystemVendorId: 0,
    subsystemId: 0,
  },
  bars: [],
  link: { maxGen: 4, maxWidth: 16 },
  acs: { capability: 0x1f, control: 0 },
  slot: { number: 1, hotPlug: false },
};

describe('a described root port', () => {
  const config = buildConfigSpace(ROOT_PORT, { ...LONE_PLACE, link: { up: true, gen: 4, width: 16 } });

  it('has the capabilities of the layout, in ascending order', () => {
    const all = [...listCapabilities(config), ...listExtendedCapabilities(config)];
    expect(all.map((entry) => `${hex(entry.offset, 3)}:${hex(entry.id, 2)}`)).toEqual([
      '040:01',
      '050:05',
      '080:10',
      '0c0:0d',
      '100:01',
      '148:0d',
      '158:03',
      '1d8:19',
    ]);
  });

  it('reads its reset values and, until buses are assigned, an open window at zero', () => {
    expect(config.read(0x00, 4)).toBe(0x000c1b36);
    expect(config.read(0x82, 2)).toBe(0x0142);
    expect(config.read(0x84, 4)).toBe(0x00008021);
    expect(config.read(0x88, 2)).toBe(0x2810);
    expect(config.read(0xa4, 4)).toBe(0x083f);
    expect(config.read(0xac, 4)).toBe(0x1e);
    expect(config.read(0x10c, 4)).toBe(0x00462030);
    expect(config.read(0x118, 4)).toBe(0xa0);
    expect(bridgeBuses(config)).toEqual({ primary: 0, secondary: 0, subordinate: 0 });
    expect(bridgeWindows(config).memory).toEqual({ base: 0, limit: 0xfffff });
  });
});
