/*
 * Machines that a real firmware and a real kernel enumerated, rebuilt from the arguments they were started with.
 *
 * firmware mode: what the firmware alone had assigned (asked from the monitor in a start without a kernel) is in
 * the registers; our enumeration must arrive at the bus numbers, windows and BARs that the kernel arrived at.
 * cold: our numbering must arrive at the same bus numbers without firmware.
 *
 * Excluded, and why:
 * - arm64-virt-switch-smmu, I/O windows of the root ports: on that host the kernel sizes windows without a list
 *   of optional parts. The 256 bytes for hot-plug are then a minimum that kernels up to 6.x add to the
 *   windows below (4000h) where W-4 takes the larger (3000h); whatever follows them in I/O space moves too.
 *   Its memory windows follow section 11's older rules (alignment reduced, size rounded up to it, disabled ROMs
 *   required), so it is checked with that variant; the reference's own rules give the switch 322 MiB of
 *   prefetchable memory where its kernel took 384.
 * - ppc64-pseries-three-domains, windows and BARs: bus addresses there differ from CPU addresses by an offset
 *   that the monitor does not tell; its bus numbers are checked.
 * - BARs of virtual functions in the dump read zero by definition; they are compared with the BAR of the
 *   physical function's SR-IOV capability.
 */
import { describe, expect, it } from 'vitest';
import { boot } from '../../../tests/support/boot.ts';
import type { BootedMachine } from '../../../tests/support/boot.ts';
import { readerOf } from '../../../tests/support/dumpMachine.ts';
import { parseDump } from '../../../tests/support/lspciDump.ts';
import type { DumpBlock } from '../../../tests/support/lspciDump.ts';
import { qemuMachine } from '../../../tests/support/qemuMachine.ts';
import type { QemuMachine } from '../../../tests/support/qemuMachine.ts';
import { sharedFile, sharedFolder, skipWithoutShared } from '../../../tests/support/shared.ts';
import { hex } from '../../base/bits.ts';
import { barAddress, bridgeBuses, bridgeWindows, headerLayoutOf } from '../config/decode.ts';
import { ROM_BASE } from '../config/header.ts';
import { bdf, segmentBdfText } from '../pcie/bdf.ts';
import type { MachineSpec } from '../pcie/machineSpec.ts';
import type { HostWindow } from './hostView.ts';

const NAMES = sharedFolder('fixtures/qemu');
const WITH_FIRMWARE = NAMES.filter((name) => sharedFile(`fixtures/qemu/${name}/query-pci-firmware.json`) !== undefined);

function dumpOf(name: string): readonly DumpBlock[] {
  return parseDump(sharedFile(`fixtures/qemu/${name}/lspci-xxxx.txt`) ?? '');
}

function rebuild(name: string, start: MachineSpec['start']): QemuMachine {
  const file = (base: string): string | undefined => sharedFile(`fixtures/qemu/${name}/${base}`);
  // The monitor does not tell where firmware put ROMs; the dump's own register does, and the kernel kept it.
  const roms = new Map(
    dumpOf(name).map((block): [number, number] => {
      const registers = readerOf(block);
      return [block.bdf, (registers.read(ROM_BASE[headerLayoutOf(registers) === 1 ? 1 : 0], 4) & 0xfffff800) >>> 0];
    }),
  );
  return qemuMachine(
    file('topo.json') ?? '',
    file('query-pci-firmware.json') ?? file('query-pci.json') ?? '',
    file('dmesg-pci.txt') ?? '',
    start,
    (bus, device, fn) => roms.get(bdf(bus, device, fn)) || undefined,
  );
}

const text = (window: HostWindow | undefined): string =>
  window === undefined ? '–' : `${hex(window.base, 1)}–${hex(window.limit, 1)}`;
const pathOf = (block: DumpBlock): string => segmentBdfText(block.segment, block.bdf);

function busRow(
  numbers: { readonly primary: number; readonly secondary: number; readonly subordinate: number } | undefined,
): string {
  return numbers === undefined
    ? 'unnumbered'
    : [numbers.primary, numbers.secondary, numbers.subordinate].map((bus) => hex(bus, 2)).join('/');
}

/** Functions of the dump with the bus numbers of the bridges. */
function kernelNumbers(blocks: readonly DumpBlock[]): readonly string[] {
  return blocks.map((block) => {
    const registers = readerOf(block);
    return `${pathOf(block)}${headerLayoutOf(registers) === 1 ? ` ${busRow(bridgeBuses(registers))}` : ''}`;
  });
}

function ourNumbers({ view }: BootedMachine): readonly string[] {
  return view.functions
    .map(
      (entry) =>
        `${segmentBdfText(entry.segment, entry.bdf)}${entry.headerType === 1 ? ` ${busRow(entry.buses)}` : ''}`,
    )
    .sort();
}

/** Windows and BARs of everything that our machine has, as the dump's registers say. */
function kernelAddresses(blocks: readonly DumpBlock[], machine: BootedMachine): readonly string[] {
  return blocks.flatMap((block) => {
    const registers = readerOf(block);
    const entry = machine.at(pathOf(block));
    if (entry === undefined || entry.physicalFunction !== undefined) return [];
    const windows = entry.headerType === 1 ? bridgeWindows(registers) : undefined;
    return [
      ...(windows === undefined
        ? []
        : [`${pathOf(block)} ${text(windows.io)} ${text(windows.memory)} ${text(windows.prefetchable)}`]),
      ...entry.bars.map(({ index }) => `${pathOf(block)} BAR ${index} ${hex(barAddress(registers, index), 8)}`),
    ];
  });
}

function ourAddresses(blocks: readonly DumpBlock[], machine: BootedMachine): readonly string[] {
  return blocks.flatMap((block) => {
    const entry = machine.at(pathOf(block));
    if (entry === undefined || entry.physicalFunction !== undefined) return [];
    const { windows } = entry;
    return [
      ...(windows === undefined
        ? []
        : [`${pathOf(block)} ${text(windows.io)} ${text(windows.memory)} ${text(windows.prefetchable)}`]),
      ...entry.bars.map(({ index, address }) => `${pathOf(block)} BAR ${index} ${hex(address ?? 0, 8)}`),
    ];
  });
}

describe.skipIf(skipWithoutShared('machines a kernel enumerated'))('a machine that a kernel enumerated', () => {
  it('there are fixtures, most of them with what their firmware left', () => {
    expect(NAMES.length).toBeGreaterThanOrEqual(29);
    expect(WITH_FIRMWARE.length).toBeGreaterThanOrEqual(27);
  });

  it.each(WITH_FIRMWARE)("%s: from what firmware left, the kernel's numbers, windows and BARs", (name) => {
    const { spec, hostBridges } = rebuild(name, 'firmware');
    const blocks = dumpOf(name);
    const machine = boot(spec, { hostBridges });
    expect(ourNumbers(machine)).toEqual(kernelNumbers(blocks));
    expect(ourAddresses(blocks, machine)).toEqual(kernelAddresses(blocks, machine));
    expect(machine.view.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it.each(NAMES)("%s: cold, the kernel's bus numbers", (name) => {
    const { spec, hostBridges } = rebuild(name, 'cold');
    expect(ourNumbers(boot(spec, { hostBridges }))).toEqual(kernelNumbers(dumpOf(name)));
  });

  it('arm64-virt-switch-smmu: cold, with the sizing of its kernel, every memory window and BAR', () => {
    const name = 'arm64-virt-switch-smmu';
    const { spec, hostBridges } = rebuild(name, 'cold');
    const blocks = dumpOf(name);
    const machine = boot(spec, { hostBridges, sizingVariant: 'v6' });
    const withoutRootIo = (rows: readonly string[]): readonly string[] =>
      rows.map((row) => row.replace(/^(0000:00:0[12]\.0) [0-9a-f]+–[0-9a-f]+ /, '$1 (excluded) '));
    expect(withoutRootIo(ourAddresses(blocks, machine))).toEqual(withoutRootIo(kernelAddresses(blocks, machine)));
  });

  it('sriov-nvme: virtual functions lie in the VF BAR that the kernel assigned', () => {
    const { spec, hostBridges } = rebuild('sriov-nvme', 'firmware');
    const machine = boot(spec, { hostBridges });
    const physical = dumpOf('sriov-nvme').find((block) => pathOf(block) === '0000:01:00.0');
    const kernelBase = physical === undefined ? 0 : readerOf(physical).read(0x120 + 0x24, 4) & ~0xf;
    expect((kernelBase >>> 0).toString(16)).toBe('fe604000');
    const bases = [1, 2, 3, 4].map((fn) => machine.at(`0000:01:00.${fn}`)?.bars[0]?.address);
    expect(bases).toEqual([0, 1, 2, 3].map((index) => (kernelBase >>> 0) + index * 0x4000));
    expect(machine.view.functions[machine.at('0000:01:00.3')?.physicalFunction ?? 0]?.bdf).toBe(0x0100);
  });
});
