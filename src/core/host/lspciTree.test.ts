import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boot } from '../../../tests/support/boot.ts';
import { goldenMachine } from '../../../tests/support/goldenMachines.ts';
import { parseDump } from '../../../tests/support/lspciDump.ts';
import { lspciIsInstalled, runLspci } from '../../../tests/support/lspciProgram.ts';
import { sharedFile, sharedFolder, skipWithoutShared } from '../../../tests/support/shared.ts';
import { bdf } from '../pcie/bdf.ts';
import { hex } from '../../base/bits.ts';
import { lspciTree, treeFunctions } from './lspciTree.ts';
import type { TreeFunction } from './lspciTree.ts';

function fromDump(text: string): readonly TreeFunction[] {
  return parseDump(text).map((block) => {
    const byte = (offset: number): number => block.bytes[offset] ?? 0;
    const isBridge = byte(0x0b) === 6 && (byte(0x0e) & 0x7f) === 1;
    return {
      segment: block.segment,
      bdf: block.bdf,
      buses: isBridge ? { primary: byte(0x18), secondary: byte(0x19), subordinate: byte(0x1a) } : undefined,
    };
  });
}

/** `lspci -tv` without the names. */
function withoutNames(text: string): string {
  return text.replace(/(\.[0-7]) {2}.*$/gm, '$1');
}

describe('the tree of a machine', () => {
  it('is the golden one of the reference', () => {
    expect(lspciTree(treeFunctions(boot(goldenMachine()).view))).toBe(
      `-[0000:00]-+-00.0
           +-01.0-[01-06]----00.0-[02-06]--+-00.0-[03]----00.0
           |                               +-01.0-[04]----00.0
           |                               +-02.0-[05]----00.0
           |                               \\-03.0-[06]--
           \\-02.0-[07]----00.0
`,
    );
  });
});

describe.skipIf(skipWithoutShared('trees of dumps'))('trees of dumps', () => {
  const dumps = [
    ...sharedFolder('fixtures/qemu').map((name) => [
      name,
      `fixtures/qemu/${name}/lspci-xxxx.txt`,
      `fixtures/qemu/${name}/lspci-tv.txt`,
    ]),
    ...['asus-p6t6', 'fsl-p2020'].map((name) => [
      name,
      `fixtures/hardware/pciutils/tree-${name}.txt`,
      `fixtures/hardware/pciutils/tree-${name}.lspci-tv.txt`,
    ]),
    ...sharedFolder('fixtures/hardware/hwloc')
      .filter((name) => !name.includes('.') && name !== '16intel64-manyVFs')
      .map((name) => [
        name,
        `fixtures/hardware/hwloc/${name}/lspci-x.txt`,
        `fixtures/hardware/hwloc/${name}/lspci-tv.txt`,
      ]),
  ] as const;

  it.each(dumps)('%s is drawn as lspci -t draws it', (_name, dump, tree) => {
    const text = sharedFile(dump ?? '');
    const expected = sharedFile(tree ?? '');
    expect(text).toBeDefined();
    expect(lspciTree(fromDump(text ?? ''))).toBe(withoutNames(expected ?? ''));
  });
});

describe.skipIf(!lspciIsInstalled)('against the real program', () => {
  const bus = fc.integer({ min: 0, max: 6 });
  const entry = fc.record({
    segment: fc.integer({ min: 0, max: 1 }),
    bus,
    device: fc.integer({ min: 0, max: 2 }),
    buses: fc.option(fc.record({ primary: bus, secondary: bus, subordinate: bus }), { nil: undefined }),
  });

  it('any registers, sensible or not, give the same tree', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(entry, { maxLength: 8, selector: (e) => `${e.segment} ${e.bus} ${e.device}` }),
        (entries) => {
          const functions: TreeFunction[] = entries.map((e) => ({
            segment: e.segment,
            bdf: bdf(e.bus, e.device, 0),
            buses: e.buses,
          }));
          const blocks = entries.map((e) => {
            const bytes = new Uint8Array(64);
            bytes.set([0x36, 0x1b, 0x0c, 0x00]);
            bytes.set([0, 0, e.buses === undefined ? 0 : 4, e.buses === undefined ? 1 : 6], 8);
            if (e.buses !== undefined) bytes.set([1], 0x0e);
            if (e.buses !== undefined) bytes.set([e.buses.primary, e.buses.secondary, e.buses.subordinate], 0x18);
            const lines = [0, 16, 32, 48].map(
              (o) => `${hex(o, 2)}: ${Array.from(bytes.subarray(o, o + 16), (b) => hex(b, 2)).join(' ')}`,
            );
            return `${hex(e.segment, 4)}:${hex(e.bus, 2)}:${hex(e.device, 2)}.0 x\n${lines.join('\n')}\n\n`;
          });
          expect(lspciTree(functions)).toBe(runLspci(blocks.join(''), ['-t']));
        },
      ),
      { numRuns: 40 },
    );
  });
});
