import { describe, expect, it } from 'vitest';
import { sharedFile, skipWithoutShared } from '../../../tests/support/shared.ts';
import { viewOfSpec } from '../../core/host/p2pdma/specView.testing.ts';
import { checkP2pdmaLine } from './p2pdmaCheck.ts';

/** The JSON lines of Appendix A. */
function appendixLines(): readonly string[] {
  const reference = sharedFile('reference/p2pdma-semantics.md') ?? '';
  return reference.split('\n').filter((line) => line.startsWith('{"id"'));
}

describe.skipIf(skipWithoutShared('the worked peer-to-peer cases'))('worked cases of the semantics reference', () => {
  const lines = appendixLines();

  it('finds all of them', () => {
    expect(lines.length).toBeGreaterThanOrEqual(25);
  });

  it.each(lines.map((line) => [String(JSON.parse(line).id), line]))('%s', (id, line) => {
    const row = checkP2pdmaLine(line, id, viewOfSpec);
    expect(row.got).toEqual(row.expected);
    expect(row.paths?.got).toEqual(row.paths?.expected);
    expect(row.ok).toBe(true);
  });
});
