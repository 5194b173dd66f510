import { describe, expect, it } from 'vitest';
import { boot } from '../../../tests/support/boot.ts';
import type { BootedMachine } from '../../../tests/support/boot.ts';
import { goldenMachine } from '../../../tests/support/goldenMachines.ts';
import { MIB, bar, machine as buildMachine } from '../../../tests/support/machineBuilder.ts';
import type { FunctionNode } from '../../../tests/support/machineBuilder.ts';
import type { Result } from '../../base/result.ts';
import { bdf } from '../pcie/bdf.ts';
import { enumerateOptionsOf, runAtBoot } from './enumerate.ts';
import type { HostView } from './hostView.ts';
import type { ResizeFailure } from './resizeBar.ts';
import { resizeBar } from './resizeBar.ts';

const IOPMEM1 = bdf(4, 0, 0);

function decodeOff({ fabric }: BootedMachine): void {
  fabric.write(0, IOPMEM1, 4, 2, 4);
}

function resize(machine: BootedMachine, bus: number, bar: number, sizeBytes: number): Result<HostView, ResizeFailure> {
  const options = enumerateOptionsOf(goldenMachine());
  return runAtBoot(resizeBar(options, { segment: 0, bdf: bdf(bus, 0, 0) }, bar, sizeBytes), machine.fabric);
}

const registers = ({ fabric }: BootedMachine): readonly number[] =>
  [
    bdf(0, 1, 0),
    bdf(1, 0, 0),
    bdf(2, 0, 0),
    bdf(2, 1, 0),
    bdf(2, 2, 0),
    bdf(2, 3, 0),
    bdf(3, 0, 0),
    IOPMEM1,
    bdf(5, 0, 0),
  ].flatMap((id) => Array.from({ length: 16 }, (_, i) => fabric.read(0, id, 4 * i, 4)));

describe('resizing a BAR', () => {
  it('is refused while memory decoding is on, for a size not offered, and without the capability (B-9)', () => {
    const machine = boot(goldenMachine());
    expect(resize(machine, 4, 4, 128 * MIB)).toEqual({ ok: false, error: 'busy' });
    decodeOff(machine);
    expect(resize(machine, 4, 4, 512 * MIB)).toEqual({ ok: false, error: 'invalid' });
    expect(resize(machine, 4, 4, 3 * MIB)).toEqual({ ok: false, error: 'invalid' });
    expect(resize(machine, 4, 0, 128 * MIB)).toEqual({ ok: false, error: 'notSupported' });
    expect(resize(machine, 3, 4, 128 * MIB)).toEqual({ ok: false, error: 'notSupported' });
  });

  it('moves the BAR where its window fits; windows still in use stay (B-10)', () => {
    const machine = boot(goldenMachine());
    decodeOff(machine);
    const shrunk = resize(machine, 4, 4, 16 * MIB);
    expect(shrunk.ok).toBe(true);
    if (!shrunk.ok) return;
    const port = shrunk.value.functions.find((entry) => entry.bdf === bdf(2, 1, 0));
    expect(port?.windows?.prefetchable).toEqual({ base: 0x40_1000_0000, limit: 0x40_10ff_ffff });
    expect(shrunk.value.functions.find((entry) => entry.bdf === IOPMEM1)?.bars[0]).toMatchObject({
      sizeBytes: 16 * MIB,
      address: 0x40_1000_0000,
    });
    expect(machine.fabric.read(0, IOPMEM1, 0x20, 4)).toBe(0x1000000c);
  });

  it('grows every window up to the root where nothing else lies in them (B-10)', () => {
    const link = { maxGen: 4, maxWidth: 8 } as const;
    const sizes = [64 * MIB, 1024 * MIB];
    const endpoint: FunctionNode = {
      id: 'e',
      kind: 'endpoint',
      link,
      bars: [{ ...bar(0, 64 * MIB, 64, true), resizableBytes: sizes }, bar(2, MIB, 64, true)],
    };
    const port: FunctionNode = { id: 'd', kind: 'downstreamPort', link, below: [endpoint] };
    const machineUnderTest = boot(
      buildMachine([
        { id: 'r', kind: 'rootPort', device: 1, link, below: [{ id: 'u', kind: 'upstreamPort', link, below: [port] }] },
      ]),
    );
    machineUnderTest.fabric.write(0, bdf(3, 0, 0), 4, 2, 0);
    const grown = resize(machineUnderTest, 3, 0, 1024 * MIB);
    expect(grown.ok).toBe(true);
    if (!grown.ok) return;
    const windows = grown.value.functions.flatMap((entry) => entry.windows?.prefetchable ?? []);
    expect(windows).toEqual(Array.from({ length: 3 }, () => ({ base: 0x40_0000_0000, limit: 0x40_400f_ffff })));
    const bars = grown.value.functions.find((entry) => entry.bdf === bdf(3, 0, 0))?.bars.map((entry) => entry.address);
    expect(bars).toEqual([0x40_0000_0000, 0x40_4000_0000]);
  });

  it('puts everything back when it does not fit', () => {
    const machine = boot(goldenMachine());
    decodeOff(machine);
    const before = registers(machine);
    // The switch's window holds others too and cannot be released; 256 MiB find no room in it.
    expect(resize(machine, 4, 4, 256 * MIB)).toEqual({ ok: false, error: 'noSpace' });
    expect(registers(machine)).toEqual(before);
  });
});
