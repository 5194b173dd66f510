import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boot } from '../../../tests/support/boot.ts';
import { bar, functionsBelow, machine } from '../../../tests/support/machineBuilder.ts';
import type { FunctionNode } from '../../../tests/support/machineBuilder.ts';
import { hex } from '../../base/bits.ts';
import { buildConfigSpace } from './buildConfigSpace.ts';
import { LONE_PLACE } from './places.ts';
import type { FunctionKind } from '../pcie/machineSpec.ts';

const KINDS: readonly FunctionKind[] = [
  'hostBridge',
  'rootPort',
  'endpoint',
  'rcEndpoint',
  'pciBridge',
  'pciDevice',
  'pcieToPciBridge',
];

/** Random bytes, with a header that starts a chain, so that chains of garbage are followed. */
const image = fc
  .record({
    length: fc.constantFrom(64, 256, 4096),
    seed: fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 32, maxLength: 300 }),
    chained: fc.boolean(),
  })
  .map(({ length, seed, chained }) => {
    const bytes = Array.from({ length }, (_, i) => seed[(i * 7 + Math.floor(i / 13)) % seed.length] ?? 0);
    if (chained) bytes[0x06] = (bytes[0x06] ?? 0) | 0x10;
    return bytes.map((byte) => hex(byte, 2)).join('');
  });

const textOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => hex(byte, 2)).join('');

describe('an image of garbage', () => {
  it('is the same again when what was made of it is read as an image', () => {
    fc.assert(
      fc.property(image, fc.constantFrom(...KINDS), (configImage, kind) => {
        const [spec] = functionsBelow('pcie0', [{ id: 'f', kind, acs: { capability: 0x1f, control: 0x04 } }]);
        if (spec === undefined) return;
        const place = { ...LONE_PLACE, start: 'firmware' as const };
        const once = buildConfigSpace({ ...spec, configImage }, place);
        const again = buildConfigSpace({ ...spec, configImage: textOf(once.bytes) }, place);
        expect(again.bytes.findIndex((byte, i) => byte !== once.bytes[i])).toBe(-1);
      }),
      { numRuns: 150 },
    );
  });

  it('still becomes a function that can be enumerated, and is as long as it was', () => {
    fc.assert(
      fc.property(image, fc.constantFrom(...KINDS), fc.boolean(), fc.boolean(), (configImage, kind, cold, stated) => {
        const node: FunctionNode = {
          id: 'f',
          kind,
          device: 1,
          configImage,
          bars: kind === 'endpoint' ? [bar(0, 4096, 64, true)] : [],
          ...(stated
            ? {
                acs: { capability: 0x1f, control: 0x1d },
                link: { maxGen: 3, maxWidth: 4 },
                serialNumber: '00112233aabbccdd',
              }
            : {}),
        };
        const { view, configs } = boot(machine([node], { start: cold ? 'cold' : 'firmware' }));
        expect(view.functions.length).toBeLessThanOrEqual(1);
        expect(configs.get('f')?.knownBytes).toBe(configImage.length / 2);
      }),
      { numRuns: 150 },
    );
  });
});
