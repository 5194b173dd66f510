/*
 * Faults in machines nobody on this project built: every fault that makes sense in them can be injected, none ends in an
 * exception, and nothing leaks.
 */
import { describe, expect, it } from 'vitest';
import { sharedFile, sharedFolder, skipWithoutShared } from '../../tests/support/shared.ts';
import { privateStorage } from '../base/storage.ts';
import { hasLinkBelow } from '../core/config/places.ts';
import type { FaultSpec } from '../core/pcie/faults.ts';
import type { FunctionSpec } from '../core/pcie/machineSpec.ts';
import { bootHardware } from '../engine/machine/boot.ts';
import { importText } from '../import/importText.ts';
import type { TopologyDocument } from '../topology/document.ts';

const DUMPS = [
  ...sharedFolder('fixtures/qemu').map((name) => `fixtures/qemu/${name}/lspci-xxxx.txt`),
  ...sharedFolder('fixtures/hardware/pciutils').map((name) => `fixtures/hardware/pciutils/${name}`),
  'fixtures/hardware/hwloc/32intel64-2p8co2t+8ve/lspci-x.txt',
  'fixtures/hardware/pciee/thinkstation-p920/lspci.full.txt',
  'fixtures/hardware/stelline/asus-esc8000a-e12/lspci-vvv-some.txt',
];
/** Of large machines, the first ones. */
const FUNCTIONS = 60;
const BETWEEN_PS = 3e5;

function machineOf(path: string): TopologyDocument | undefined {
  const text = sharedFile(path);
  if (text === undefined) return undefined;
  const result = importText([{ name: path, text }], { keepIdentifiers: true });
  return result.ok ? result.value.document : undefined;
}

function faultsOf({ id, kind }: FunctionSpec): readonly FaultSpec[] {
  const counted = [
    'corruptDigest',
    'malformed',
    'spoofRequester',
    'strayAddress',
    'completerAbort',
    'noAnswer',
    'unexpectedCompletion',
  ] as const;
  const ofLink = ['linkDown', 'linkUp', 'surpriseRemoval', 'hotAdd', 'retrain', 'hotReset'] as const;
  return [
    ...(hasLinkBelow(kind) ? ofLink.map((name) => ({ kind: name, link: id })) : []),
    ...(hasLinkBelow(kind) ? [{ kind: 'corruptTlp' as const, link: id, direction: 'up' as const, count: 1 }] : []),
    ...(['functionLevelReset', 'memoryDisable', 'unmapIommu'] as const).map((name) => ({ kind: name, node: id })),
    ...counted.map((name) => ({ kind: name, node: id, count: 1 })),
    { kind: 'configRetry', node: id, duration_ps: 1e6 },
  ];
}

describe.skipIf(skipWithoutShared('faults in imported machines'))('faults in imported machines', () => {
  for (const path of DUMPS) {
    const document = machineOf(path);
    if (document === undefined) continue;
    it(`${path}: can be injected one after the other, and nothing leaks`, () => {
      const { hardware } = bootHardware(document, { storage: privateStorage, seed: 1 });
      const faults = document.functions.slice(0, FUNCTIONS).flatMap(faultsOf);
      for (const [index, fault] of faults.entries()) hardware.injectAt((index + 1) * BETWEEN_PS, fault);
      expect(hardware.runUntil(Infinity, 3e6)).toBe('idle');
      expect(hardware.checkConservation().filter((check) => !check.ok)).toEqual([]);
      expect(hardware.errors.total).toBeGreaterThanOrEqual(faults.length);
    });
  }
});
