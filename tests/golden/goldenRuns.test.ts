import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { GOLDEN_RUNS, goldenText } from './goldenRuns.ts';

describe('whole runs are as they were reviewed', () => {
  for (const run of GOLDEN_RUNS) {
    it(run.name, () => {
      const reviewed = readFileSync(fileURLToPath(new URL(`./${run.name}.txt`, import.meta.url)), 'utf8');
      expect(goldenText(run)).toBe(reviewed);
    });
  }
});
