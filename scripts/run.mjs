/* Runs a TypeScript file of this project in Node: `node scripts/run.mjs scripts/checkImports.ts [arguments]`. */
import { build } from 'esbuild';
import { mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from './install.mjs';

const [entry, ...rest] = process.argv.slice(2);
if (entry === undefined) {
  console.error('usage: node scripts/run.mjs FILE.ts [arguments]');
  process.exit(2);
}
const outfile = join(projectRoot, '.cache', 'run', `${basename(entry, '.ts')}.mjs`);
mkdirSync(join(projectRoot, '.cache', 'run'), { recursive: true });
await build({
  entryPoints: [resolve(projectRoot, entry)],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
});
process.argv = [process.argv[0], resolve(projectRoot, entry), ...rest];
await import(pathToFileURL(outfile).href);
