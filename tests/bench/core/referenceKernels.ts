/*
 * The reference kernels beside the project (../shared/bench/chain): measuring sticks, none of their code is ours.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Packets of one timed round. */
export const PACKETS = 500_000;
const MEMORY_BYTES = 2 ** 20;

interface ReferenceKernel {
  run(
    packets: number,
    mode: 'const',
    copy: { src: Uint8Array; dst: Uint8Array; mask: number },
  ): { last: number; sum: number };
}

/** The reference kernels, beside the project; the benchmark runs from the project's root. */
function kernelFolder(): string {
  return resolve(dirname(process.argv[1] ?? '.'), '../../shared/bench/chain');
}

/** Packet-hops a second of the C++ kernel, which times itself; undefined, with the reason, where it cannot run. */
export function compiledKernel(): {
  readonly rate: (() => number) | undefined;
  readonly reason: string;
  readonly clean: () => void;
} {
  const nothing = (): void => undefined;
  const source = join(kernelFolder(), 'kernel.cpp');
  if (!existsSync(source))
    return { rate: undefined, reason: 'no reference kernels beside the project', clean: nothing };
  const folder = mkdtempSync(join(tmpdir(), 'chain-'));
  const clean = (): void => rmSync(folder, { recursive: true });
  const program = join(folder, 'kernel');
  try {
    execFileSync('g++', ['-O2', source, '-o', program], { stdio: 'pipe' });
  } catch (error) {
    clean();
    return {
      rate: undefined,
      reason: `g++ did not compile it: ${error instanceof Error ? error.message.split('\n')[0] : ''}`,
      clean: nothing,
    };
  }
  const rate = (): number => {
    const text = execFileSync(program, ['1', String(PACKETS), 'const'], { encoding: 'utf8' });
    const line = text.split('\n').find((candidate) => candidate.includes('"c++-kernel"')) ?? '{}';
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null && 'hops_s' in parsed ? Number(parsed.hops_s) : Number.NaN;
  };
  return { rate, reason: '', clean };
}

/** The JavaScript kernel moving the payload bytes too; undefined where it is absent. */
export async function scriptKernel(): Promise<(() => number) | undefined> {
  const path = join(kernelFolder(), 'kernel.mjs');
  if (!existsSync(path)) return undefined;
  const { Kernel } = (await import(pathToFileURL(path).href)) as { Kernel: new () => ReferenceKernel };
  const copy = { src: new Uint8Array(MEMORY_BYTES), dst: new Uint8Array(MEMORY_BYTES), mask: MEMORY_BYTES - 1 };
  return () => {
    new Kernel().run(PACKETS, 'const', copy);
    return 2 * PACKETS;
  };
}
