import { describe, expect, it } from 'vitest';
import { csvOf, fileNameOf } from './export.ts';

describe('csvOf', () => {
  it('writes lines with CR LF, numbers in full and nothing for what is missing', () => {
    expect(
      csvOf({
        columns: ['Value', 'Rate'],
        rows: [
          [128, 13_371_428_571.428572],
          [256, undefined],
        ],
      }),
    ).toBe('Value,Rate\r\n128,13371428571.428572\r\n256,\r\n');
  });

  it('quotes what would break a line apart', () => {
    expect(csvOf({ columns: ['a,b'], rows: [['say "no"'], ['two\nlines']] })).toBe(
      '"a,b"\r\n"say ""no"""\r\n"two\nlines"\r\n',
    );
  });

  it('lets no text be taken for a formula, and leaves negative numbers alone', () => {
    expect(csvOf({ columns: ['x'], rows: [['=1+1'], [-4]] })).toBe("x\r\n'=1+1\r\n-4\r\n");
  });
});

describe('fileNameOf', () => {
  it('keeps letters and digits', () => {
    expect(fileNameOf('Sweep of Max payload (MPS)')).toBe('sweep-of-max-payload-mps');
    expect(fileNameOf('µ°')).not.toBe('');
  });
});
