/*
 * The real decoder, where it is installed.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

function isInstalled(): boolean {
  try {
    execFileSync('lspci', ['--version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    console.info(`skipped: tests against the real decoder: lspci does not run here (${String(error)})`);
    return false;
  }
}

export const lspciIsInstalled: boolean = isInstalled();

/** Output of `lspci -F` on a dump with more options. */
export function runLspci(dump: string, options: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'peerlane-lspci-'));
  try {
    const file = join(folder, 'dump.txt');
    writeFileSync(file, dump);
    return execFileSync('lspci', ['-F', file, ...options], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 2 ** 26,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
