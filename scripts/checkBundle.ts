/* First load of the page: at most 250 KiB of JavaScript, gzip. Counts what index.html loads and preloads. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

const LIMIT_BYTES = 250 * 1024;
const dist = resolve(process.argv[1] ?? '.', '../../dist');
const html = readFileSync(join(dist, 'index.html'), 'utf8');
const files = [...new Set([...html.matchAll(/(?:src|href)="([^"]+\.js)"/g)].map((match) => match[1] ?? ''))];
let total = 0;
for (const file of files) {
  const size = gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
  total += size;
  console.info(`${(size / 1024).toFixed(1).padStart(8)} KiB  ${file}`);
}
console.info(
  `${(total / 1024).toFixed(1).padStart(8)} KiB of ${LIMIT_BYTES / 1024} KiB JavaScript (gzip) at first load`,
);
process.exit(files.length > 0 && total <= LIMIT_BYTES ? 0 : 1);
