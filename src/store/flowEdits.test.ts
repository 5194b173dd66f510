import { describe, expect, it } from 'vitest';
import type { FlowSpec } from '../topology/document.ts';
import { MAX_FLOWS } from '../topology/schemaValues.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { addFlows, canAddFlow, duplicateFlow, flowsOf, freshFlowId, removeFlow, replaceFlow } from './flowEdits.ts';

function stores(id: string): FlowSpec {
  const work = {
    kind: 'cpu',
    operation: 'store',
    target: 'iopmem0',
    mapping: 'WC',
    accessBytes: 64,
    bytes: 4096,
  } as const;
  return { id, name: id, start_ps: 0, work };
}

describe('the flows of a document', () => {
  it('are added at the end, replaced in place, and gone without a trace', () => {
    const two = addFlows(defaultMachine, [stores('flow1'), stores('flow2')]);
    expect(flowsOf(two).map(({ id }) => id)).toEqual(['flow1', 'flow2']);
    const renamed = replaceFlow(two, { ...stores('flow1'), name: 'first' });
    expect(flowsOf(renamed).map(({ name }) => name)).toEqual(['first', 'flow2']);
    const none = removeFlow(removeFlow(two, 'flow1'), 'flow2');
    expect('flows' in none).toBe(false);
  });

  it('are duplicated behind the original under an identifier of their own', () => {
    const document = duplicateFlow(addFlows(defaultMachine, [stores('flow1'), stores('flow2')]), 'flow1');
    expect(flowsOf(document).map(({ id }) => id)).toEqual(['flow1', 'flow3', 'flow2']);
    expect(freshFlowId(document)).toBe('flow4');
  });

  it('are never more than TLPs have numbers for', () => {
    const many = Array.from({ length: MAX_FLOWS + 5 }, (_, index) => stores(`flow${index}`));
    const full = addFlows(defaultMachine, many);
    expect(flowsOf(full).length).toBe(MAX_FLOWS);
    expect(canAddFlow(full)).toBe(false);
    expect(duplicateFlow(full, 'flow1')).toBe(full);
  });
});
