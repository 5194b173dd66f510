import { describe, expect, it } from 'vitest';
import { LINE_CLASS } from '../../import/lines.ts';
import { markProblems, readInputs } from './readInputs.ts';

const problem = (path: string) => ({ code: 'X', severity: 'error', path, message: '' }) as const;

describe('a text that was refused', () => {
  it('keeps its lines and marks the one the problem names', () => {
    const { outcome, texts } = readInputs([{ name: '', text: 'hello\nworld\n' }]);
    expect(outcome.ok).toBe(false);
    expect(texts[0]?.lines).toEqual(['hello', 'world', '']);
    expect(texts[0]?.classes[0]).toBe(LINE_CLASS.problem);
  });

  it('marks lines of the file they belong to only', () => {
    const input = { name: 'b.txt', text: 'one\ntwo' };
    expect([...markProblems(input, [problem('a.txt line 1'), problem('b.txt line 2')], true).classes]).toEqual([
      0,
      LINE_CLASS.problem,
    ]);
    expect([...markProblems(input, [problem('b.txt')], true).classes]).toEqual([0, 0]);
  });

  it('is shown around its first problem when it is long', () => {
    const text = Array.from({ length: 50_000 }, (_, line) => `line ${line}`).join('\n');
    const marked = markProblems({ name: '', text }, [problem('line 40001')], false);
    expect(marked.firstLine).toBe(30_000);
    expect(marked.lines[10_000]).toBe('line 40000');
    expect(marked.classes[10_000]).toBe(LINE_CLASS.problem);
    expect(marked.lines).toHaveLength(20_000);
  });
});
