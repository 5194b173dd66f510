/*
 * `npm run bench`: every benchmark beside its baseline, timed in turn in one run. `-- --write` puts the table
 * into docs/performance.md with the machine's description; `-- core` or `-- page` runs one half.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, platform, release, totalmem } from 'node:os';
import { resolve } from 'node:path';
import type { BenchRow } from '../tests/bench/benchRow.ts';
import { run as runCore } from '../tests/bench/core.ts';
import { run as runPage } from '../tests/bench/page.ts';

const MARK = /(<!-- bench:begin -->)[\s\S]*(<!-- bench:end -->)/;
const number = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

function missed(row: BenchRow): boolean {
  if (row.promise === undefined) return false;
  return row.promise.what === 'atLeast' ? row.value < row.promise.value : row.value > row.promise.value;
}

function promiseText(row: BenchRow): string {
  if (row.promise === undefined) return '';
  return `${row.promise.what === 'atLeast' ? '≥' : '≤'} ${number(row.promise.value)}${missed(row) ? ' missed' : ''}`;
}

function tableOf(rows: readonly BenchRow[]): string {
  const lines = rows.map((row) => {
    const ratio = row.baselineValue === undefined ? '–' : (row.value / row.baselineValue).toFixed(2);
    const baseline = row.baselineValue === undefined ? '–' : number(row.baselineValue);
    return `| ${row.name} | ${number(row.value)} | ${row.unit} | ${row.baselineName} | ${baseline} | ${ratio} | ${promiseText(row)} | ${row.note ?? ''} |`;
  });
  return [
    '| what | ours | unit | baseline | baseline value | ours / baseline | promised | note |',
    '| --- | ---: | --- | --- | ---: | ---: | --- | --- |',
    ...lines,
  ].join('\n');
}

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const rows: BenchRow[] = [];
if (wanted.length === 0 || wanted.includes('core')) rows.push(...(await runCore()));
if (wanted.length === 0 || wanted.includes('page')) rows.push(...(await runPage()));
console.info(tableOf(rows));

if (process.argv.includes('--write')) {
  const cpu = cpus()[0]?.model ?? 'unknown processor';
  const machine = `Measured on ${cpus().length} cores (${cpu}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${release()}, Node ${process.version}. Shared and noisy: read the ratios.`;
  const file = resolve(process.argv[1] ?? '.', '../../docs/performance.md');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(MARK, `$1\n${machine}\n\n${tableOf(rows)}\n$2`));
  console.info(`written to ${file}`);
}
const failures = rows.filter(missed);
for (const row of failures)
  console.error(`missed: ${row.name}: ${number(row.value)} ${row.unit}, promised ${promiseText(row)}`);
process.exit(failures.length === 0 ? 0 : 1);
