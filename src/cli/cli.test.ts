/*
 * The command as people run it: bin/peerlane.mjs in a process of its own, built from the sources.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const program = join(projectRoot, 'bin', 'peerlane.mjs');
const cases = join(projectRoot, 'src', 'cli', 'checks', 'sampleCases.jsonl');
const folder = mkdtempSync(join(tmpdir(), 'peerlane-'));
const MINUTE_MS = 60_000;
// Each test starts several processes, and other tests run beside it.
vi.setConfig({ testTimeout: MINUTE_MS });

beforeAll(() => {
  // The first run builds the command.
  expect(peerlane('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
}, MINUTE_MS);
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function peerlaneWith(input: string, ...args: readonly string[]): Outcome {
  const result = spawnSync(process.execPath, [program, ...args], { input, encoding: 'utf8', cwd: folder });
  return { status: result.status, stdout: result.stdout, stderr: result.stderr };
}

function peerlane(...args: readonly string[]): Outcome {
  return peerlaneWith('', ...args);
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** What a command prints with --json. */
function json(...args: readonly string[]): unknown {
  const { stdout, stderr } = peerlane(...args, '--json');
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('help and usage', () => {
  it('prints help with 0 and usage faults with 2', () => {
    expect(peerlane()).toMatchObject({ status: 0, stderr: '' });
    expect(peerlane('race', '--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--bytes N') });
    expect(peerlane('rase')).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('no command') });
    expect(peerlane('pairs')).toMatchObject({ status: 2, stderr: expect.stringContaining('MACHINE is missing') });
    expect(peerlane('pairs', 'default', '--cpu', 'z80')).toMatchObject({ status: 2 });
  });

  it('is found by npx in the checkout', () => {
    const result = spawnSync('npx', ['--no-install', 'peerlane', '--version'], { cwd: projectRoot, encoding: 'utf8' });
    expect(result.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('peerlane pairs', () => {
  it('prints the header and one line a pair', () => {
    const { status, stdout } = peerlane('pairs', 'default');
    const [header, ...lines] = stdout.trimEnd().split('\n');
    expect(status).toBe(0);
    expect(header).toBe('# provider client distance map_type');
    expect(lines).toHaveLength(6 * 6);
    expect(lines).toContain('0000:03:00.0 0000:04:00.0 4 BUS_ADDR');
    expect(lines).toContain('0000:03:00.0 0000:07:00.0 6 NOT_SUPPORTED');
  });

  it('asks for another CPU', () => {
    expect(peerlane('pairs', 'default', '--cpu=EPYC').stdout).toContain(
      '0000:03:00.0 0000:07:00.0 6 THRU_HOST_BRIDGE\n',
    );
    expect(json('pairs', 'default', '--cpu', 'zen3')).toMatchObject({ cpu: { vendor: 'amd', family: 0x19 } });
  });

  it('gives the same as JSON', () => {
    expect(json('pairs', 'default')).toMatchObject({
      pairs: expect.arrayContaining([
        {
          provider: '0000:03:00.0',
          client: '0000:04:00.0',
          distance: 4,
          mapType: 'BUS_ADDR',
          redirectors: [],
        },
      ]),
    });
  });

  it('does not mind when its reader stops reading', () => {
    const result = spawnSync('sh', ['-c', `"${process.execPath}" "${program}" pairs gpu-server | head -n 1`], {
      encoding: 'utf8',
    });
    expect(result).toMatchObject({ stdout: '# provider client distance map_type\n', stderr: '' });
  });
});

describe('peerlane why', () => {
  it('says in text what decided', () => {
    const { status, stdout } = peerlane('why', 'acs-redirect', 'nic0', 'iopmem0');
    expect(status).toBe(0);
    expect(stdout).toContain('redirects');
    expect(stdout).toContain('pci=disable_acs_redir=0000:02:00.0;0000:02:01.0');
    expect(stdout).toMatch(/^> {2}D-5 /m);
  });

  it('gives the verdict as JSON, with A as client where it can write', () => {
    expect(json('why', 'default', 'nic0', 'iopmem0')).toMatchObject({
      provider: 'iopmem0',
      client: 'nic0',
      mapType: 'BUS_ADDR',
      chainDistance: 4,
      returned: 4,
      commonBridge: 'sw0',
      route: { routeClass: 'belowSwitch' },
    });
  });

  it('a memory device cannot write: then B reads from it', () => {
    expect(json('why', 'default', 'iopmem0', 'nic0')).toMatchObject({ provider: 'iopmem0', client: 'nic0' });
  });

  it('takes addresses, and lists candidates for what it does not know', () => {
    expect(json('why', 'default', '04:00.0', '0000:03:00.0')).toMatchObject({ client: 'nic0', provider: 'iopmem0' });
    expect(peerlane('why', 'default', 'nic', 'iopmem0')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('0000:04:00.0 nic0'),
    });
  });
});

describe('peerlane lspci and import', () => {
  it('lists, draws and dumps', () => {
    expect(peerlane('lspci', 'default').stdout).toContain(
      '03:00.0 Mass storage controller: iopmem0 [11f8:f115] (rev 02)\n',
    );
    expect(peerlane('lspci', 'default', '-t').stdout).toContain('-[0000:00]-+-00.0\n');
    expect(peerlane('lspci', 'default', '-t', '-xxxx')).toMatchObject({ status: 2 });
    expect(json('lspci', 'default')).toMatchObject({
      functions: expect.arrayContaining([expect.objectContaining({ id: 'nic0', bdf: '0000:04:00.0', mpsBytes: 256 })]),
    });
  });

  it('what it dumps it imports again: same tree, same registers, same pairs', () => {
    const dump = peerlane('lspci', 'default', '-xxxx').stdout;
    const path = file('default.txt', dump);
    const document = file('default.json', peerlane('import', path).stdout);
    for (const machine of [path, document]) {
      expect(peerlane('lspci', machine, '-t').stdout).toBe(peerlane('lspci', 'default', '-t').stdout);
      expect(peerlane('pairs', machine).stdout).toBe(peerlane('pairs', 'default').stdout);
      expect(hexLines(peerlane('lspci', machine, '-xxxx').stdout)).toEqual(hexLines(dump));
    }
  });

  it('says what it assumed', () => {
    const path = file('assumed.txt', peerlane('lspci', 'default', '-xxxx').stdout);
    expect(peerlane('import', path).stderr).toContain('assumed MEMORY_ASSUMED');
    expect(json('import', path)).toMatchObject({
      document: { version: 1 },
      assumptions: expect.arrayContaining([expect.objectContaining({ code: 'MEMORY_ASSUMED' })]),
      counts: { functions: 13 },
    });
  });

  it('removes serial numbers when asked to', () => {
    const path = file('serial.txt', peerlane('lspci', 'default', '-xxxx').stdout);
    const kept = peerlane('import', path).stdout;
    const masked = peerlane('import', path, '--mask').stdout;
    expect(kept).toContain('"serialNumber"');
    expect(masked).not.toContain('"serialNumber"');
  });

  it('reads standard input', () => {
    const dump = peerlane('lspci', 'default', '-xxxx').stdout;
    expect(peerlaneWith(dump, 'pairs', '-').stdout).toBe(peerlane('pairs', 'default').stdout);
  });
});

describe('peerlane race', () => {
  const small = ['race', 'default', '--from', 'nic0', '--to', 'iopmem0', '--bytes', '256KiB'] as const;

  it('runs all three ways side by side and says what came out', () => {
    const { status, stdout } = peerlane(...small);
    expect(status).toBe(0);
    expect(stdout).toContain('256 KiB from nic0 to iopmem0');
    expect(stdout).toMatch(/^ +peer-to-peer +bounce buffer +CPU copy$/m);
    expect(stdout).toMatch(/^Peer-to-peer took .*the bounce buffer .*the CPU copy /m);
  });

  it('gives reports as JSON: bytes arrive, and peer-to-peer leaves uplink and DRAM alone', () => {
    const result = json(...small);
    const bytes = 256 * 1024;
    expect(result).toMatchObject({
      transfer: { from: 'nic0', to: 'iopmem0', bytes },
      runs: {
        p2p: { outcome: 'finished', uplink: { upBytes: 0, downBytes: 0 }, memoryWrittenBytes: 0, memoryReadBytes: 0 },
        bounce: {
          outcome: 'finished',
          uplink: { upBytes: bytes, downBytes: bytes },
          memoryWrittenBytes: bytes,
          memoryReadBytes: bytes,
        },
        copy: { outcome: 'finished' },
      },
    });
  });

  it('the same seed gives the same trace, another one another', () => {
    const hash = (seed: string): unknown => json(...small, '--way', 'p2p', '--seed', seed);
    expect(hash('7')).toEqual(hash('7'));
    expect(hash('8')).not.toEqual(hash('7'));
  });

  it('a refused way gives 1 if it was the only one, and an answer beside others', () => {
    const refused = ['race', 'acs-redirect', '--bytes', '64KiB'] as const;
    expect(peerlane(...refused, '--way', 'p2p')).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('refused'),
    });
    expect(peerlane(...refused)).toMatchObject({ status: 0, stdout: expect.stringContaining('refused') });
    expect(peerlane(...refused, '--way', 'p2p', '--force')).toMatchObject({ status: 0 });
  });

  it.each([
    [['--bytes', 'many'], 'Write a size'],
    [['--bytes', '0'], 'outside'],
    [['--chunk', '1KiB'], 'outside'],
    [['--buffers', '3'], 'no integer in 1…2'],
    [['--way', 'fast'], 'none of p2p, bounce, copy'],
    [['--from', 'nobody'], 'no function is called'],
    [['--seed', '-1'], 'no integer'],
  ])('%s is a usage fault', (options, message) => {
    expect(peerlane('race', 'default', ...options)).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });
});

const hexLines = (dump: string): readonly string[] => dump.split('\n').filter((line) => /^[0-9a-f]{2,3}: /.test(line));

describe('peerlane check', () => {
  it('prints a line a case, then the count', () => {
    const { status, stdout } = peerlane('check', 'p2pdma', cases);
    const lines = stdout.trimEnd().split('\n');
    const count = readFileSync(cases, 'utf8').trimEnd().split('\n').length;
    expect(status).toBe(0);
    expect(lines.pop()).toBe(`${count} passed, 0 failed`);
    expect(lines).toHaveLength(count);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ id: expect.any(String), ok: true });
  });

  it('fails with 1, and goes on after rows it does not understand', () => {
    const [first = ''] = readFileSync(cases, 'utf8').split('\n');
    const path = file('bad.jsonl', `${first.replace('"ret":4', '"ret":5')}\nrubbish\n${first}\n`);
    const { status, stdout } = peerlane('check', 'p2pdma', path);
    expect(status).toBe(1);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('1 passed, 2 failed');
    expect(JSON.parse(stdout.split('\n')[1] ?? '')).toMatchObject({
      id: 'row 2',
      expected: null,
      got: null,
      ok: false,
    });
  });

  it('runs throughput rows on the event-driven core', () => {
    const link = { gen: 4, lanes: 8, mps: 256, mrrs: 512, rcb: 64, completionChunk: 'mps', addrBits: 64, ecrc: 0 };
    const counts = { txTlpsPerOp: 1, rxTlpsPerOp: 0, txWireBytesPerOp: 280, rxWireBytesPerOp: 0 };
    const rates = { ceilingBps: 14404201680, nominalBps: 14366739076 };
    const row = { id: 'write', op: 'write', ...link, sizeBytes: 256, ...counts, ...rates };
    const good = peerlane('check', 'throughput', file('rows.json', JSON.stringify({ rows: [row] })));
    expect(good).toMatchObject({ status: 0, stdout: expect.stringMatching(/"ok":true\}\n1 passed, 0 failed\n$/) });
    const wrong = { ...row, txTlpsPerOp: 2 };
    const bad = peerlane('check', 'throughput', file('wrong.json', JSON.stringify([wrong, { id: 'none' }])));
    expect(bad).toMatchObject({ status: 1, stdout: expect.stringMatching(/\n0 passed, 2 failed\n$/) });
  });

  it('a file without rows is bad input', () => {
    expect(peerlane('check', 'p2pdma', file('empty.jsonl', '\n'))).toMatchObject({ status: 3 });
  });
});

describe('bad input', () => {
  const document = (): string => JSON.stringify({ version: 1, name: 'x' });

  it.each([
    ['a name that is neither file nor preset', () => 'nowhere', 'neither a file nor a preset'],
    ['an empty file', () => file('empty.txt', ''), 'INPUT_EMPTY'],
    ['binary data', () => file('binary', '\u0000\u0001\u0002'), 'INPUT_IS_BINARY'],
    [
      'the output of another command',
      () => file('ls.txt', 'total 8\n-rw-r--r-- 1 root root 5 x\n'),
      'INPUT_NOT_RECOGNISED',
    ],
    ['JSON that is no document', () => file('half.json', document()), 'DOCUMENT_KEY_MISSING'],
    ['a folder', () => folder, 'could not be read'],
  ])('%s gives 3 and a message', (_, path, message) => {
    const word = path();
    const text = peerlane('pairs', word);
    expect(text).toMatchObject({ status: 3, stdout: '', stderr: expect.stringContaining(message) });
    const asJson = peerlane('pairs', word, '--json');
    expect(asJson).toMatchObject({ status: 3, stderr: '' });
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      error: { code: expect.any(String), message: expect.any(String) },
    });
  });
});
