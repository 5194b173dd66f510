/*
 * `npm test`: everything, in a fresh clone too. Each step reports how many checks passed and failed; the last
 * line sums all of them. `npm test -- unit` runs one step (types, lint, format, imports, docs, unit, build, e2e).
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureChromium, ensurePackages, projectRoot, run } from './install.mjs';

const results = join(projectRoot, 'test-results');
const single = (ok) => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 });
const sum = (counts) =>
  counts.reduce(
    (total, next) => ({
      passed: total.passed + next.passed,
      failed: total.failed + next.failed,
      skipped: total.skipped + next.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );

/** A report that a runner wrote; a run without one counts as one failure. */
function readReport(file, exitOk, count) {
  if (!existsSync(file)) return single(false);
  const counts = count(JSON.parse(readFileSync(file, 'utf8')));
  return exitOk || counts.failed > 0 ? counts : { ...counts, failed: counts.failed + 1 };
}

function unit() {
  const file = join(results, 'unit.json');
  const ok = run('npx', ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`]);
  return readReport(file, ok, (report) => ({
    passed: report.numPassedTests,
    // A file that does not load has no tests in it: count it, or it would go unseen.
    failed:
      report.numFailedTests +
      report.testResults.filter((r) => r.status === 'failed' && r.assertionResults.length === 0).length,
    skipped: report.numPendingTests + report.numTodoTests,
  }));
}

function endToEnd() {
  const chromium = ensureChromium();
  if (chromium === undefined) return single(false);
  const file = join(results, 'e2e.json');
  const env = { ...process.env, PEERLANE_CHROMIUM: chromium, PLAYWRIGHT_JSON_OUTPUT_NAME: file };
  const ok = run('npx', ['playwright', 'test', '--reporter=list,json'], { env });
  return readReport(file, ok, (report) => ({
    passed: report.stats.expected,
    failed: report.stats.unexpected + report.stats.flaky,
    skipped: report.stats.skipped,
  }));
}

const script = (name, ...args) => single(run('node', ['scripts/run.mjs', `scripts/${name}.ts`, ...args]));

const STEPS = {
  types: () => sum(['core', 'web', 'node'].map((name) => single(run('npx', ['tsc', '-p', `tsconfig.${name}.json`])))),
  lint: () => single(run('npx', ['oxlint', '--deny-warnings', '--type-aware', 'src', 'scripts', 'tests', 'e2e'])),
  format: () => single(run('npx', ['oxfmt', '--check', 'src', 'scripts', 'tests', 'e2e'])),
  imports: () => script('checkImports'),
  docs: () => script('modelDocs', '--check'),
  unit,
  build: () => sum([single(run('npx', ['vite', 'build', '--logLevel', 'warn'])), script('checkBundle')]),
  e2e: endToEnd,
};

ensurePackages();
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in STEPS));
if (unknown.length > 0) {
  console.error(`unknown step ${unknown.join(', ')}; steps: ${Object.keys(STEPS).join(', ')}`);
  process.exit(2);
}
const rows = [];
for (const [name, step] of Object.entries(STEPS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.info(`\n── ${name} ──`);
  const started = Date.now();
  rows.push({ name, ...step(), seconds: ((Date.now() - started) / 1000).toFixed(1) });
}
console.info('');
for (const row of rows) {
  console.info(
    `${row.name.padEnd(8)} ${String(row.passed).padStart(6)} passed ${String(row.failed).padStart(4)} failed ${String(row.skipped).padStart(4)} skipped ${row.seconds.padStart(7)} s`,
  );
}
const total = sum(rows);
console.info(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
