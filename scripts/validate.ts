/*
 * `npm run validate`: runs everything the model is compared with and writes docs/validation.md and
 * src/validation/results.json. `--check` writes nothing and fails if they are not what the runs give.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkSemanticsCase } from '../src/cli/checks/semanticsCheck.ts';
import { resultsText, validationMarkdown } from '../src/validation/markdown.ts';
import { runValidation } from '../src/validation/runValidation.ts';

const root = resolve(process.argv[1] ?? '.', '../..');
const packageText = readFileSync(join(root, 'package.json'), 'utf8');
const model = /"version": "([^"]+)"/.exec(packageText)?.[1] ?? '0';

const results = runValidation({ model, checkSemantics: checkSemanticsCase });
for (const { section, inside, missed, notRun } of results.summary) {
  console.info(
    `${section.padEnd(13)}${String(inside).padStart(4)} inside ${String(missed).padStart(3)} missed ${String(notRun).padStart(3)} not run`,
  );
}
for (const point of [...results.latency, ...results.semantics, ...results.measurements]) {
  if (point.verdict !== 'inside') console.info(`  ${point.verdict} ${point.id}: ${point.reason ?? ''}`);
}
const files = [
  ['docs/validation.md', validationMarkdown(results)],
  ['src/validation/results.json', resultsText(results)],
] as const;
if (process.argv.includes('--check')) {
  const stale = files.filter(([name, text]) => {
    const path = join(root, name);
    return !existsSync(path) || readFileSync(path, 'utf8') !== text;
  });
  for (const [name] of stale) console.error(`${name} is out of date: run npm run validate`);
  process.exit(stale.length === 0 ? 0 : 1);
}
for (const [name, text] of files) writeFileSync(join(root, name), text);
console.info(files.map(([name]) => name).join(', '));
