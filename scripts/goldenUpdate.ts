/* `npm run golden:update`: rewrites the reviewed runs; read the difference before committing it. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GOLDEN_RUNS, goldenText } from '../tests/golden/goldenRuns.ts';

const folder = resolve(process.argv[1] ?? '.', '../../tests/golden');
for (const run of GOLDEN_RUNS) {
  writeFileSync(join(folder, `${run.name}.txt`), goldenText(run));
  console.info(`tests/golden/${run.name}.txt`);
}
