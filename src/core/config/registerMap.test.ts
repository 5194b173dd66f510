import { describe, expect, it } from 'vitest';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import type { FunctionSpec } from '../pcie/machineSpec.ts';
import { buildConfigSpace } from './buildConfigSpace.ts';
import { findCapability } from './capability.ts';
import { ACS } from './extendedCapabilities.ts';
import { lspciVerbose } from './lspciVerbose.ts';
import { LONE_PLACE } from './places.ts';
import { accessAt, isWritable, registerMap } from './registerMap.ts';
import { fieldMask } from './register.ts';

const PLACE = { ...LONE_PLACE, link: { up: true, gen: 4, width: 8 } } as const;

function spec(id: string): FunctionSpec {
  const found = defaultMachine.functions.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(id);
  return found;
}

const all = defaultMachine.functions.map((fn) => ({ fn, config: buildConfigSpace(fn, PLACE) }));

describe('the map of a configuration space', () => {
  it('has every capability of the chains and registers that do not overlap', () => {
    for (const { config } of all) {
      const used = new Set<number>();
      for (const section of registerMap(config)) {
        for (const { register, offset } of section.registers) {
          for (let byte = 0; byte < register.widthBits / 8; byte += 1) {
            expect(used.has(offset + byte)).toBe(false);
            used.add(offset + byte);
          }
        }
      }
    }
  });

  it('names exactly what software can change: writes elsewhere leave no trace', () => {
    for (const { fn, config } of all) {
      // BARs keep only the bits above their size; resets and resizing act on other registers.
      const skipped = /^(VF )?BAR|Expansion ROM|Device Control$/;
      for (const section of registerMap(config)) {
        for (const at of section.registers.filter(({ name }) => !skipped.test(name))) {
          const bytes = at.register.widthBits / 8;
          const before = config.read(at.offset, bytes);
          config.write(at.offset, bytes, (2 ** at.register.widthBits - 1 - before) >>> 0);
          const changed = (config.read(at.offset, bytes) ^ before) >>> 0;
          let allowed = 0;
          for (const [name, field] of Object.entries(at.register.fields)) {
            if (accessAt(at, name).startsWith('RW')) allowed |= fieldMask(field);
          }
          expect({ fn: fn.id, at: at.name, beyond: (changed & ~allowed) >>> 0 }).toMatchObject({ beyond: 0 });
          config.poke(at.offset, bytes, before);
        }
      }
    }
  });

  it('offers only the ACS bits that the port has', () => {
    const config = buildConfigSpace(spec('sw0-p0'), PLACE);
    const section = registerMap(config).find((candidate) => candidate.offset === findCapability(config, ACS));
    const control = section?.registers.find((at) => at.name === 'ACS Control');
    if (control === undefined) throw new Error('no ACS control');
    expect(accessAt(control, 'p2pRequestRedirect')).toBe('RW');
    expect(isWritable(control)).toBe(true);
    expect(accessAt({ ...control, writable: 0 }, 'p2pRequestRedirect')).toBe('RO');
  });
});

describe('lspci -vv of a function', () => {
  it('says what the registers say', () => {
    const config = buildConfigSpace(spec('sw0-p0'), PLACE);
    const text = lspciVerbose(config, { address: '02:00.0', description: 'PCI bridge', barSizes: new Map() });
    expect(text).toContain('Express (v2) Downstream Port (Slot+)');
    expect(text).toMatch(/LnkSta:\tSpeed 16GT\/s, Width x8/);
    expect(text).toContain('ReqRedir- CmpltRedir-');
    const base = findCapability(config, ACS) ?? 0;
    config.write(base + 6, 2, 0x4);
    expect(lspciVerbose(config, { address: '02:00.0', description: 'PCI bridge', barSizes: new Map() })).toMatch(
      /ACSCtl:.*ReqRedir\+ CmpltRedir-/,
    );
  });

  it('knows the sizes of BARs only if told', () => {
    const config = buildConfigSpace(spec('iopmem0'), PLACE);
    const names = { address: '03:00.0', description: 'x' };
    expect(lspciVerbose(config, { ...names, barSizes: new Map() })).not.toContain('[size=');
    expect(lspciVerbose(config, { ...names, barSizes: new Map([[4, 2 ** 28]]) })).toContain(
      'Region 4: Memory at <unassigned> (64-bit, prefetchable) [disabled] [size=256M]',
    );
  });
});
