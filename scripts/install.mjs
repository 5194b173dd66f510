/*
 * Installs what a fresh clone lacks, with nothing but Node itself: the packages, and for the end-to-end
 * tests a Chromium. Used by `npm start` and `npm test`.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Runs a command in the project; its output goes to ours. @returns true if it exited with 0. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: projectRoot, stdio: 'inherit', ...options });
  if (result.error) console.error(`${command}: ${result.error.message}`);
  return result.status === 0;
}

/**
 * Installs the packages of package-lock.json unless they are there already. `npm install` and not `npm ci`: registry
 * mirrors that carry only some platforms' optional binaries leave gaps in the lock file, which `npm ci` refuses.
 */
export function ensurePackages() {
  const state = createHash('sha256');
  for (const name of ['package.json', 'package-lock.json']) state.update(readFileSync(join(projectRoot, name)));
  const wanted = state.digest('hex');
  const mark = join(projectRoot, 'node_modules', '.peerlane-installed');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
  console.info('Installing packages …');
  if (!run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'])) {
    console.error('npm install failed: is the npm registry reachable?');
    process.exit(1);
  }
  writeFileSync(mark, wanted);
}

const SYSTEM_BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Path of a Chromium that is there: PEERLANE_CHROMIUM, Playwright's own, or the system's. */
export function findChromium() {
  const chosen = process.env.PEERLANE_CHROMIUM;
  if (chosen !== undefined && existsSync(chosen)) return chosen;
  try {
    const { chromium } = createRequire(join(projectRoot, 'package.json'))('@playwright/test');
    if (existsSync(chromium.executablePath())) return chromium.executablePath();
  } catch (error) {
    console.info(`Playwright's own browser could not be looked up (${error.message}); looking for the system's.`);
  }
  return SYSTEM_BROWSERS.find((path) => existsSync(path));
}

/** Finds or installs a Chromium. @returns its path, or undefined after saying why. */
export function ensureChromium() {
  const found = findChromium();
  if (found !== undefined) return found;
  const isRoot = typeof process.getuid === 'function' && process.getuid() === 0;
  const debian = existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
  if (isRoot && debian) {
    console.info('Installing chromium from the distribution …');
    const quiet = {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    };
    run('apt-get', ['update', '-qq'], quiet);
    run('apt-get', ['install', '-y', '-qq', 'chromium'], quiet);
  } else {
    console.info("Installing Playwright's Chromium …");
    run('npx', ['playwright', 'install', 'chromium']);
  }
  const installed = findChromium();
  if (installed === undefined) console.error('No Chromium found or installed; set PEERLANE_CHROMIUM to one.');
  return installed;
}
