import { describe, expect, it } from 'vitest';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import { validateDocument } from '../../topology/validate.ts';
import { parseDocument } from '../../topology/parseDocument.ts';
import { draftOf, draftProblem, fieldsOf, flowOf, newDraft, ofKind } from './flowDraft.ts';

const KINDS = ['transfer', 'accesses', 'cpu'] as const;

describe('the form of a flow', () => {
  it.each(KINDS)('begins without problems and gives a flow the schema takes: %s', (kind) => {
    const draft = ofKind(newDraft(defaultMachine), kind, defaultMachine);
    expect(fieldsOf(draft).flatMap((field) => draftProblem(field, draft) ?? [])).toEqual([]);
    const flow = flowOf(draft, 'flow1', defaultMachine);
    const document = { ...defaultMachine, flows: [flow] };
    expect(parseDocument(JSON.stringify(document))).toMatchObject({ ok: true });
    expect(validateDocument(document).filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(flow.name.length).toBeGreaterThan(3);
  });

  it.each(KINDS)('is filled with a flow and gives it back: %s', (kind) => {
    const flow = {
      ...flowOf(ofKind(newDraft(defaultMachine), kind, defaultMachine), 'flow7', defaultMachine),
      start_ps: 2_500_000,
      background: true,
    };
    expect(flowOf(draftOf(flow, defaultMachine), 'other', defaultMachine)).toEqual(flow);
  });

  it('says what is wrong with each field', () => {
    const draft = newDraft(defaultMachine);
    expect(draftProblem('size', { ...draft, size: 'much' })).toContain('256 MiB');
    expect(draftProblem('size', { ...draft, kind: 'cpu', size: '100 B' })).toContain('multiple of 64');
    expect(draftProblem('to', { ...draft, to: draft.from })).toContain('different');
    expect(draftProblem('start_us', { ...draft, start_us: '-1' })).toContain('µs');
    expect(draftProblem('window', { ...draft, window: '64 B', operationSize: '256 B' })).toContain('one operation');
    expect(draftProblem('operations', { ...draft, operations: '1.5' })).toBeDefined();
    expect(draftProblem('outstanding', { ...draft, outstanding: '0' })).toBeDefined();
  });
});
