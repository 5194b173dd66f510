import { describe, expect, test } from 'vitest';
import type { TopologyDocument } from './document.ts';
import { migrate, type MigrationStep } from './migrations.ts';
import { MAX_DOCUMENT_CHARACTERS, parseDocument } from './parseDocument.ts';
import { defaultMachine } from './presets/defaultMachine.ts';
import { serializeDocument } from './serializeDocument.ts';

function problems(json: unknown): readonly string[] {
  const result = parseDocument(json);
  return result.ok ? [] : result.error.map((diagnostic) => `${diagnostic.code} ${diagnostic.path}`);
}

function defaultWith(changes: Readonly<Record<string, unknown>>): unknown {
  return { ...defaultMachine, ...changes };
}

describe('reading', () => {
  test('text and JSON value give the same document', () => {
    expect(parseDocument(serializeDocument(defaultMachine))).toEqual(parseDocument(defaultMachine));
  });
  test('what is not JSON is said to be so', () => {
    expect(problems('00:00.0 Host bridge')).toEqual(['DOCUMENT_NOT_JSON ']);
    expect(problems('{"version": 1')).toEqual(['DOCUMENT_NOT_JSON ']);
  });
  test('a text above the limit is refused before it is read', () => {
    expect(problems(' '.repeat(MAX_DOCUMENT_CHARACTERS + 1))).toEqual(['DOCUMENT_TOO_LARGE ']);
  });
  test('a very deep value is refused, not followed', () => {
    const depth = 200_000;
    expect(problems('['.repeat(depth) + ']'.repeat(depth))[0]).toMatch(/^DOCUMENT_/);
  });
  test('all problems of shape are reported at once, with their paths and values', () => {
    const [first, ...rest] = defaultMachine.functions;
    const broken = defaultWith({
      name: 'x'.repeat(81),
      colour: 'red',
      functions: [{ ...first, device: 32, kind: 'rootPrt' }, ...rest],
      transfer: { ...defaultMachine.transfer, bytes: 0 },
    });
    expect(problems(broken).toSorted()).toEqual([
      'DOCUMENT_UNKNOWN_KEY colour',
      'DOCUMENT_VALUE_INVALID functions/0/device',
      'DOCUMENT_VALUE_INVALID functions/0/kind',
      'DOCUMENT_VALUE_INVALID name',
      'DOCUMENT_VALUE_INVALID transfer/bytes',
    ]);
    const result = parseDocument(broken);
    const device = result.ok ? undefined : result.error.find((diagnostic) => diagnostic.path.endsWith('/device'));
    expect(device?.message).toBe('functions/0/device must be an integer in 0…31, but is 32.');
  });
  test('a missing part is called missing', () => {
    const { host: _host, ...rest } = defaultMachine;
    expect(problems(rest)).toEqual(['DOCUMENT_KEY_MISSING host']);
  });
  test('names hold text only', () => {
    expect(problems(defaultWith({ name: 'a\u0007b' }))).toEqual(['DOCUMENT_VALUE_INVALID name']);
    expect(problems(defaultWith({ name: '<img src=x onerror=alert(1)>' }))).toEqual([]);
  });
  test('a widely broken document lists a bounded number of problems', () => {
    const functions = Array.from({ length: 4000 }, () => ({ id: 'X' }));
    expect(problems(defaultWith({ functions }))).toHaveLength(101);
  });
  test('more functions than any machine has are refused', () => {
    const one = defaultMachine.functions[0];
    const functions = Array.from({ length: 4097 }, (_, index) => ({ ...one, id: `f${index}` }));
    expect(problems(defaultWith({ functions }))).toContain('DOCUMENT_VALUE_INVALID functions');
  });
  test('keys that mean something to JavaScript are just unknown keys', () => {
    const text = serializeDocument(defaultMachine).replace('"version"', '"__proto__": {"start": "cold"}, "version"');
    expect(problems(text)).toEqual(['DOCUMENT_UNKNOWN_KEY __proto__']);
  });
  test('errors of meaning follow once the shape is right', () => {
    expect(problems(defaultWith({ transfer: { ...defaultMachine.transfer, to: 'gone' } }))).toEqual([
      'TRANSFER_END_MISSING transfer/to',
    ]);
  });
});

describe('versions', () => {
  test('a newer document asks for a newer program', () => {
    expect(problems(defaultWith({ version: 2 }))).toEqual(['DOCUMENT_VERSION_NEWER version']);
  });
  test('a version that never existed is unknown', () => {
    expect(problems(defaultWith({ version: 0 }))).toEqual(['DOCUMENT_VERSION_UNKNOWN version']);
  });
  test('a document without a version is not guessed at', () => {
    const { version: _version, ...rest } = defaultMachine;
    expect(problems(rest)).toEqual(['DOCUMENT_VERSION_MISSING version']);
    expect(problems([1])).toEqual(['DOCUMENT_NOT_AN_OBJECT version']);
  });
  test('steps are taken one at a time', () => {
    const step =
      (version: number): MigrationStep =>
      (old) => ({ ...old, version: version + 1, seen: [...(Array.isArray(old['seen']) ? old['seen'] : []), version] });
    const steps = new Map([1, 2, 3].map((version) => [version, step(version)]));
    expect(migrate({ version: 1 }, steps, 4)).toEqual({ ok: true, value: { version: 4, seen: [1, 2, 3] } });
    expect(migrate({ version: 3 }, steps, 4)).toEqual({ ok: true, value: { version: 4, seen: [3] } });
  });
  test('a step that does not advance the version is caught', () => {
    expect(migrate({ version: 1 }, new Map([[1, (old) => old]]), 2).ok).toBe(false);
  });
});

describe('writing', () => {
  test('the text does not depend on the order in which keys were made', () => {
    const reversed = Object.fromEntries(Object.entries(defaultMachine).toReversed());
    const parsed = parseDocument(reversed);
    expect(parsed.ok && serializeDocument(parsed.value)).toBe(serializeDocument(defaultMachine));
  });
  test('what was written is read back equal', () => {
    const document: TopologyDocument = { ...defaultMachine, name: 'Grüße ⇄ "x"' };
    expect(parseDocument(serializeDocument(document))).toEqual({ ok: true, value: document });
  });
});
