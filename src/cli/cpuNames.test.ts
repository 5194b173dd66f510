import { describe, expect, it } from 'vitest';
import { cpuRulePasses } from '../core/host/p2pdma/hostBridgeBelief.ts';
import { cpuByName } from './cpuNames.ts';

describe('names of CPUs', () => {
  it.each([
    ['qemu64', 'amd', 0x0f],
    ['EPYC', 'amd', 0x17],
    ['EPYC-v3', 'amd', 0x17],
    ['EPYC-Rome', 'amd', 0x17],
    ['EPYC-Milan-v2', 'amd', 0x19],
    ['EPYC-Genoa', 'amd', 0x19],
    ['zen', 'amd', 0x17],
    ['Dhyana', 'hygon', 0x18],
    ['hygon', 'hygon', 0x18],
    ['intel', 'intel', 6],
    ['Skylake-Server-noTSX-IBRS', 'intel', 6],
    ['kvm64', 'intel', 0x0f],
    ['Opteron_G5', 'amd', 0x15],
    ['amd:1a', 'amd', 0x1a],
    ['intel:0x06', 'intel', 6],
    ['arm', 'other', 0],
  ] as const)('%s', (name, vendor, family) => {
    expect(cpuByName(name)).toEqual({ ok: true, value: { vendor, family } });
  });

  it('only Zen and newer pass the CPU test', () => {
    const passes = ['qemu64', 'EPYC', 'zen3', 'intel', 'hygon', 'kvm64', 'phenom'].filter((name) => {
      const cpu = cpuByName(name);
      return cpu.ok && cpuRulePasses(cpu.value);
    });
    expect(passes).toEqual(['EPYC', 'zen3']);
  });

  it('an unknown name is a sentence', () => {
    expect(cpuByName('z80')).toMatchObject({ ok: false, error: expect.stringContaining('"z80" is no CPU known here') });
  });
});
