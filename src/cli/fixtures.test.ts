import { describe, expect, it } from 'vitest';
import { ok } from '../base/result.ts';
import { sharedFile, sharedFolder, skipWithoutShared } from '../../tests/support/shared.ts';
import type { CommandIo } from './command.ts';
import { EXIT } from './command.ts';
import { runCommandLine } from './main.ts';

const QEMU = 'fixtures/qemu';

const paths = sharedFolder(QEMU).map((name) => `${QEMU}/${name}`);

/** A command line in this process, with a dump as standard input. */
function peerlane(dump: string, ...words: readonly string[]): string {
  let output = '';
  const io: CommandIo = {
    write: (text) => {
      output += text;
    },
    note: (text) => {
      output += text;
    },
    fileExists: () => false,
    readText: () => ok(dump),
  };
  expect(runCommandLine(words, io, '')).toBe(EXIT.ok);
  return output;
}

const machines = paths.filter((path) => sharedFile(`${path}/p2pdma/pairs.txt`) !== undefined);

describe.skipIf(skipWithoutShared('the pairs that a kernel answered'))('what a running kernel answered', () => {
  it('is there for more than twenty machines', () => {
    expect(machines.length).toBeGreaterThanOrEqual(21);
  });

  describe.each(machines)('%s', (path) => {
    it.each([
      ['pairs.txt', 'qemu64'],
      ['pairs-zen.txt', 'EPYC'],
    ])('%s', (file, cpu) => {
      const dump = sharedFile(`${path}/lspci-xxxx.txt`) ?? '';
      expect(peerlane(dump, 'pairs', '-', '--cpu', cpu)).toBe(sharedFile(`${path}/p2pdma/${file}`));
    });

    it('the verbose text of lspci gives the same', () => {
      const dump = sharedFile(`${path}/lspci-vvv.txt`) ?? '';
      expect(peerlane(dump, 'pairs', '-', '--cpu', 'qemu64')).toBe(sharedFile(`${path}/p2pdma/pairs.txt`));
    });
  });
});

describe.skipIf(skipWithoutShared('the dumps of real kernels'))('what lspci printed', () => {
  it.each(paths)('%s is printed back as it was read', (path) => {
    const dump = sharedFile(`${path}/lspci-xxxx.txt`) ?? '';
    expect(peerlane(dump, 'lspci', '-', '-xxxx')).toBe(dump);
  });
});
