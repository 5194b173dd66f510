import { assert, property } from 'fast-check';
import { expect, test } from 'vitest';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import { identityLines, isQuiet, writableBytes } from './deviceClasses.ts';
import { functionsOf, groupMachine } from './grouping.ts';
import { randomMachines } from './randomMachines.testing.ts';

test('every function of a machine is in exactly one place', () => {
  assert(
    property(randomMachines(), (document) => {
      const placed = groupMachine(document).flatMap((group) => [
        ...group.self,
        ...group.engines,
        ...group.quiet,
        ...group.outlets.flatMap(functionsOf),
      ]);
      expect(placed.map((fn) => fn.id).toSorted()).toEqual(document.functions.map((fn) => fn.id).toSorted());
    }),
    { numRuns: 60 },
  );
});

const fn = (id: string) => {
  const found = defaultMachine.functions.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`no function ${id}`);
  return found;
};

test('cards say what a device is, with payload sizes once they are known', () => {
  const limits = { mpsBytes: 256, mrrsBytes: 512 };
  expect(identityLines(fn('iopmem0'), limits)).toEqual(['Memory, 11f8:f115', 'BAR4 256\u00a0MiB, 64-bit']);
  expect(identityLines(fn('nic0'), limits)).toEqual(['Network, 200 Gb/s', 'DMA engine, MPS 256 B']);
  expect(identityLines(fn('nvme0'), undefined)).toEqual(['NVMe drive, 3.84 TB', 'CMB 64\u00a0MiB, MRRS –']);
});

test('furniture is furniture where it is: a USB controller of the chipset, not one on a card', () => {
  const usb = {
    ...fn('nvme0'),
    identity: { ...fn('nvme0').identity, classCode: 0x0c0330 },
    model: { type: 'generic' as const },
  };
  expect(isQuiet(usb, true)).toBe(true);
  expect(isQuiet(usb, false)).toBe(false);
  expect(isQuiet(fn('nic0'), true)).toBe(false);
});

test('only memory behind BARs can be filled by others', () => {
  expect(writableBytes(fn('iopmem0'))).toBe(256 * 1024 * 1024);
  expect(writableBytes(fn('nvme0'))).toBe(64 * 1024 * 1024);
  expect(writableBytes(fn('nic0'))).toBe(0);
});
