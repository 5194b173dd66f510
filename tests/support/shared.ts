/*
 * Real dumps and reference rows live beside the project, not in it. Tests that read them go through this
 * file and skip, with a printed reason, where the folder is absent (as in a clone on another machine).
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const sharedRoot = resolve(projectRoot, '../shared');

/** False where the reference folder is not beside the project. */
export const sharedIsPresent: boolean = existsSync(join(sharedRoot, 'reference'));

let announced = false;

/** For `describe.skipIf(skipWithoutShared('the throughput rows'))`: true (and says so once) where the folder is absent. */
export function skipWithoutShared(what: string): boolean {
  if (sharedIsPresent) return false;
  if (!announced) {
    announced = true;
    console.info(
      `skipped: ${what}: no reference folder beside this project; the project's own samples are still tested`,
    );
  }
  return true;
}

/** Text of a file below the reference folder, or undefined where it is absent. */
export function sharedFile(path: string): string | undefined {
  const full = join(sharedRoot, path);
  return existsSync(full) ? readFileSync(full, 'utf8') : undefined;
}

/** Names inside a folder below the reference folder, sorted; empty where it is absent. */
export function sharedFolder(path: string): readonly string[] {
  const full = join(sharedRoot, path);
  return existsSync(full) ? readdirSync(full).toSorted() : [];
}
