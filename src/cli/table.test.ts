import { describe, expect, it } from 'vitest';
import { plainTable } from './table.ts';

describe('text tables', () => {
  it('are as wide as their widest cell and have no blanks at line ends', () => {
    expect(
      plainTable([
        ['a', 'bb', 'c'],
        ['aaa', 'b'],
        ['', 'x', ''],
      ]),
    ).toBe('a    bb  c\naaa  b\n     x\n');
  });

  it('align numbers at their end', () => {
    expect(
      plainTable(
        [
          ['x', '1'],
          ['y', '100'],
        ],
        [1],
      ),
    ).toBe('x    1\ny  100\n');
  });

  it('use plain blanks inside numbers', () => {
    expect(plainTable([['64\u00A0MiB', '1\u202F000']])).toBe('64 MiB  1 000\n');
  });
});
