#!/usr/bin/env node
/*
 * The command `peerlane` of this checkout. Builds dist-cli/peerlane.mjs from src/cli when it is missing or
 * older than the sources, then runs it. Once built it needs nothing but Node.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const sourceRoot = join(projectRoot, 'src');
const outFolder = join(projectRoot, 'dist-cli');
const outFile = join(outFolder, 'peerlane.mjs');
const INTERNAL_FAULT = 4;

/** What the command never imports. */
const PAGE_FOLDERS = new Set(['ui', 'render', 'store', 'editor', 'lessons'].map((name) => join(sourceRoot, name)));

/** Time of the newest source file, in milliseconds. */
function newestSource(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!PAGE_FOLDERS.has(path)) newest = Math.max(newest, newestSource(path));
    } else if (entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts')) {
      newest = Math.max(newest, statSync(path).mtimeMs);
    }
  }
  return newest;
}

function isFresh() {
  if (!existsSync(outFile)) return false;
  if (!existsSync(sourceRoot)) return true;
  const built = statSync(outFile).mtimeMs;
  const own = [fileURLToPath(import.meta.url), join(projectRoot, 'package.json')];
  return own.every((path) => statSync(path).mtimeMs <= built) && newestSource(sourceRoot) <= built;
}

async function loadBundler() {
  try {
    return await import('esbuild');
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error('peerlane: the packages of this project are not installed.');
    console.error(`Run this once, then try again:  npm --prefix ${projectRoot} install`);
    process.exit(INTERNAL_FAULT);
  }
}

/** Builds beside the target and renames, so that several commands may start at once. */
async function bundle() {
  const { build } = await loadBundler();
  const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  mkdirSync(outFolder, { recursive: true });
  const temporary = join(outFolder, `.peerlane-${process.pid}.mjs`);
  try {
    await build({
      entryPoints: [join(sourceRoot, 'cli', 'nodeProcess.ts')],
      outfile: temporary,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      define: { PEERLANE_VERSION: JSON.stringify(version) },
      logLevel: 'silent',
    });
    renameSync(temporary, outFile);
  } catch (error) {
    rmSync(temporary, { force: true });
    console.error(`peerlane: the command could not be built from its sources:\n${error.message}`);
    process.exit(INTERNAL_FAULT);
  }
}

if (!isFresh()) await bundle();
await import(pathToFileURL(outFile).href);
