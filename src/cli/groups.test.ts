import { describe, expect, it } from 'vitest';
import { ok } from '../base/result.ts';
import { sharedFile, sharedFolder, skipWithoutShared } from '../../tests/support/shared.ts';
import type { CommandIo } from './command.ts';
import { EXIT } from './command.ts';
import { runCommandLine } from './main.ts';

const QEMU = 'fixtures/qemu';

function peerlane(dump: string, ...words: readonly string[]): string {
  let output = '';
  const write = (text: string): void => {
    output += text;
  };
  const io: CommandIo = { write, note: write, fileExists: () => false, readText: () => ok(dump) };
  expect(runCommandLine(words, io, '')).toBe(EXIT.ok);
  return output;
}

interface GroupsJson {
  readonly active: boolean;
  readonly groups: readonly (readonly string[])[];
  readonly inaccuracies: readonly { readonly rule: string; readonly sentence: string }[];
}

function groupsOf(dump: string): GroupsJson {
  return JSON.parse(peerlane(dump, 'groups', '-', '--json')) as GroupsJson;
}

/** `IOMMU Group 0:` and then lines that begin with a function; a line with # = there are none. */
function kernelGroups(text: string): readonly (readonly string[])[] {
  const groups: string[][] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('IOMMU Group')) groups.push([]);
    const place = /^\s+([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) /i.exec(line)?.[1];
    if (place !== undefined) groups.at(-1)?.push(place);
  }
  return groups;
}

/** A partition, written so that order and numbers do not matter. */
function partition(groups: readonly (readonly string[])[]): readonly string[] {
  return groups.map((members) => members.toSorted().join(' ')).toSorted();
}

const machines = sharedFolder(QEMU)
  .map((name) => `${QEMU}/${name}`)
  .filter((path) => sharedFile(`${path}/iommu-groups.txt`) !== undefined);

describe.skipIf(skipWithoutShared('the IOMMU groups of real kernels'))('G-1 … G-5: groups of a running kernel', () => {
  it('are there for every machine, ten of them with an active IOMMU', () => {
    expect(machines.length).toBeGreaterThanOrEqual(29);
    const active = machines.filter((path) => kernelGroups(sharedFile(`${path}/iommu-groups.txt`) ?? '').length > 0);
    expect(active.length).toBeGreaterThanOrEqual(10);
  });

  it.each(machines)('%s', (path) => {
    const text = sharedFile(`${path}/lspci-vvv.txt`) ?? '';
    const registers = sharedFile(`${path}/lspci-xxxx.txt`) ?? '';
    const kernel = kernelGroups(sharedFile(`${path}/iommu-groups.txt`) ?? '');
    for (const dump of [text, `${text}\n${registers}`]) {
      const found = groupsOf(dump);
      expect(partition(found.groups)).toEqual(partition(kernel));
      expect(found.active).toBe(kernel.length > 0);
    }
  });

  it.each(machines.filter((path) => sharedFile(`${path}/p2pdma/iommu-groups.txt`) !== undefined))(
    '%s under the other kernel',
    (path) => {
      const found = groupsOf(sharedFile(`${path}/lspci-vvv.txt`) ?? '');
      const kernel = kernelGroups(sharedFile(`${path}/p2pdma/iommu-groups.txt`) ?? '');
      expect(partition(found.groups)).toEqual(partition(kernel));
    },
  );

  it.each(machines)('%s from its registers alone, where they show that an IOMMU is active', (path) => {
    const found = groupsOf(sharedFile(`${path}/lspci-xxxx.txt`) ?? '');
    const kernel = kernelGroups(sharedFile(`${path}/iommu-groups.txt`) ?? '');
    if (found.active) expect(partition(found.groups)).toEqual(partition(kernel));
    // Registers without any ACS bit do not say that groups exist: device tree machines and POWER.
    else expect(path.includes('arm64') || path.includes('ppc64') || kernel.length === 0).toBe(true);
  });
});
