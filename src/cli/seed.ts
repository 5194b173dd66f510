import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { CommandArguments, CommandFailure } from './command.ts';
import { usageFailure } from './command.ts';

const LARGEST_SEED = 2 ** 32 - 1;

/** What `--seed` says; 1 without it. */
export function readSeed({ options }: Pick<CommandArguments, 'options'>): Result<number, CommandFailure> {
  const text = options.get('--seed') ?? '1';
  const seed = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  return seed <= LARGEST_SEED ? ok(seed) : err(usageFailure(`--seed: "${text}" is no integer in 0…${LARGEST_SEED}.`));
}
