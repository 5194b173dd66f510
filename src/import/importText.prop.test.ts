/*
 * Whatever is pasted, the importer answers with a valid document or with diagnostics, and soon.
 */
import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { processorTime_ms } from '../../tests/support/processorTime.ts';
import { sample } from '../../tests/support/samples.ts';
import { parseDocument } from '../topology/parseDocument.ts';
import { importText, type ImportResult } from './importText.ts';
import type { Result } from '../base/result.ts';
import type { Diagnostic } from '../base/diagnostic.ts';

/** The text, and the registers of the two functions with the most structure, so that a run stays small. */
const text = sample('small-server.vvv.txt');
const registers = sample('small-server.xxxx.txt')
  .split('\n\n')
  .filter((block) => /^(?:00:0|01:00|02:00|03:00)/.test(block))
  .map((block) => block.split('\n').slice(0, 35).join('\n'))
  .join('\n\n');
// Hundreds of imports a test: on a busy computer they take longer than a test usually may.
vi.setConfig({ testTimeout: 120_000 });

/** Processor time of one import. */
const LONGEST_MS = 1500;

function check(...inputs: readonly string[]): Result<ImportResult, readonly Diagnostic[]> {
  let result: Result<ImportResult, readonly Diagnostic[]> | undefined;
  const texts = inputs.map((content, index) => ({ name: `t${index}`, text: content }));
  expect(processorTime_ms(() => (result = importText(texts)))).toBeLessThan(LONGEST_MS);
  if (result === undefined) throw new Error('no result');
  if (result.ok) {
    const again = parseDocument(result.value.document);
    expect(again.ok ? [] : again.error).toEqual([]);
    for (const input of result.value.inputs) expect(input.classes).toHaveLength(input.lines.length);
  } else {
    expect(result.error.length).toBeGreaterThan(0);
    for (const diagnostic of result.error) {
      expect(diagnostic.code).toMatch(/^[A-Z][A-Z0-9_]+$/);
      // A document of the wrong shape would be the importer's fault, not the text's.
      expect([diagnostic.code, diagnostic.message]).not.toEqual([
        expect.stringMatching(/^DOCUMENT_/),
        diagnostic.message,
      ]);
      expect(diagnostic.message).not.toBe('');
      expect(diagnostic.fix ?? '').not.toBe('');
    }
  }
  return result;
}

/** One change of a text: cut, replace, repeat, move a piece. */
const mutation = fc.record({
  kind: fc.constantFrom('delete', 'replace', 'duplicate', 'truncate', 'swap', 'digit'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 1, max: 400 }),
  insert: fc.oneof(
    fc.string({ maxLength: 20 }),
    fc.constantFrom(
      'ff',
      '00',
      '\n',
      ': ',
      '[size=',
      '64-bit',
      'secondary=',
      'x',
      '\u0000',
      '\t',
      '<script>',
      'ffffffffffffffff',
      '-',
      '🙂',
    ),
  ),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

function mutate(original: string, change: Mutation): string {
  const at = Math.floor(change.at * original.length);
  const head = original.slice(0, at);
  const piece = original.slice(at, at + change.length);
  const tail = original.slice(at + change.length);
  switch (change.kind) {
    case 'delete':
      return head + tail;
    case 'replace':
      return head + change.insert + tail;
    case 'duplicate':
      return head + piece + piece + tail;
    case 'truncate':
      return head;
    case 'swap':
      return piece + head + tail;
    default:
      return original.slice(0, at) + ((at * 7) % 16).toString(16) + original.slice(at + 1);
  }
}

const changes = fc.array(mutation, { minLength: 1, maxLength: 8 });

describe('mutated dumps', () => {
  test('text never throws', () => {
    fc.assert(
      fc.property(changes, (list) => void check(list.reduce(mutate, text))),
      { numRuns: 300 },
    );
  });

  test('registers never throw', () => {
    fc.assert(
      fc.property(changes, (list) => void check(list.reduce(mutate, registers))),
      { numRuns: 300 },
    );
  });

  test('single digits of registers may have any value', () => {
    const digits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 15 })), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(digits, (list) => {
        const characters = registers.split('');
        for (const [place, digit] of list) {
          const at = place % characters.length;
          if (/ [0-9a-f]|[0-9a-f] /.test((characters[at - 1] ?? '') + (characters[at] ?? ''))) {
            if (/[0-9a-f]/.test(characters[at] ?? '')) characters[at] = digit.toString(16);
          }
        }
        check(characters.join(''));
      }),
      { numRuns: 300 },
    );
  });

  test('numbers of the text may have any value', () => {
    const numbers = [...text.matchAll(/[0-9a-f]{2,16}/g)].map((match) => ({
      at: match.index,
      length: match[0].length,
    }));
    const replacement = fc.tuple(fc.nat(numbers.length - 1), fc.stringMatching(/^[0-9a-f]{1,17}$/));
    fc.assert(
      fc.property(fc.array(replacement, { minLength: 1, maxLength: 12 }), (list) => {
        const ordered = new Map(list);
        let result = text;
        for (const [index, value] of [...ordered].sort(([a], [b]) => b - a)) {
          const place = numbers[index];
          if (place !== undefined) result = result.slice(0, place.at) + value + result.slice(place.at + place.length);
        }
        check(result);
      }),
      { numRuns: 300 },
    );
  });

  test('registers and text of different machines, or of one in pieces', () => {
    const blocks = [...text.split('\n\n'), ...registers.split('\n\n')];
    fc.assert(
      fc.property(fc.shuffledSubarray(blocks, { minLength: 1 }), fc.boolean(), (chosen, split) => {
        if (split) check(chosen.slice(0, chosen.length / 2).join('\n\n'), chosen.slice(chosen.length / 2).join('\n\n'));
        else check(chosen.join('\n\n'));
      }),
      { numRuns: 200 },
    );
  });
});

describe('anything at all', () => {
  test('any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (any) => void check(any)),
      { numRuns: 300 },
    );
  });

  test('any lines of the words lspci uses', () => {
    const words = fc.constantFrom(
      ...new Set(text.split(/[\s,]+/).filter((word) => word !== '')),
      '\n',
      '\n\t',
      '\n\n00:01.0',
      '\n0000:02:00.0/03:00.0',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 200 }), (list) => void check(list.join(' '))),
      { numRuns: 200 },
    );
  });

  test('a long line, many lines, many functions', () => {
    check(`00:00.0 Host bridge: ${'x'.repeat(2_000_000)}\n\tControl: I/O-\n`);
    check(`00:00.0 Host bridge: x\n\tControl: I/O-\n${'\t'.repeat(100_000)}\n${'\n'.repeat(300_000)}`);
    check(`00:00.0 Host bridge: x\n${'\t[[[[[[((((((<<<<<<'.repeat(20_000)}`);
    const functions = Array.from({ length: 20_000 }, (_, index) => {
      const bus = (index >> 8) & 0xff;
      return `${bus.toString(16).padStart(2, '0')}:${((index >> 3) & 31).toString(16).padStart(2, '0')}.${index & 7} Host bridge: x\n\tControl: I/O-\n`;
    });
    expect(processorTime_ms(() => void importText([{ name: 'many', text: functions.join('\n') }]))).toBeLessThan(
      LONGEST_MS,
    );
  });
});
