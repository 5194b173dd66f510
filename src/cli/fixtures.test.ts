import { describe, expect, it } from 'vitest';
import { invariant } from '../base/invariant.ts';
import { sharedFile, sharedFolder, skipWithoutShared } from '../../tests/support/shared.ts';
import { pairsText } from '../core/host/p2pdma/pairsText.ts';
import { importText } from '../import/importText.ts';
import { bootDocument } from './boot.ts';
import { cpuByName } from './cpuNames.ts';

const QEMU = 'fixtures/qemu';

/** The pairs text of an imported dump, as `peerlane pairs DUMP --cpu NAME` prints it. */
function answerOf(dump: string, cpuName: string): string {
  const imported = importText([{ name: 'dump', text: dump }]);
  invariant(imported.ok, () => JSON.stringify(imported));
  const booted = bootDocument(imported.value.document);
  invariant(booted.ok, () => JSON.stringify(booted));
  const cpu = cpuByName(cpuName);
  invariant(cpu.ok, () => cpuName);
  return pairsText({ ...booted.value.view, cpu: cpu.value });
}

const machines = sharedFolder(QEMU).filter((name) => sharedFile(`${QEMU}/${name}/p2pdma/pairs.txt`) !== undefined);

describe.skipIf(skipWithoutShared('the pairs that a kernel answered'))('what a running kernel answered', () => {
  it('is there for more than twenty machines', () => {
    expect(machines.length).toBeGreaterThanOrEqual(21);
  });

  describe.each(machines)('%s', (name) => {
    it.each([
      ['pairs.txt', 'qemu64'],
      ['pairs-zen.txt', 'EPYC'],
    ])('%s', (file, cpu) => {
      const dump = sharedFile(`${QEMU}/${name}/lspci-xxxx.txt`) ?? '';
      expect(answerOf(dump, cpu)).toBe(sharedFile(`${QEMU}/${name}/p2pdma/${file}`));
    });

    it('the verbose text of lspci gives the same', () => {
      const dump = sharedFile(`${QEMU}/${name}/lspci-vvv.txt`) ?? '';
      expect(answerOf(dump, 'qemu64')).toBe(sharedFile(`${QEMU}/${name}/p2pdma/pairs.txt`));
    });
  });
});
