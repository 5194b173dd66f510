import { describe, expect, it } from 'vitest';
import type { FlowSpec } from './document.ts';
import { defaultMachine } from './presets/defaultMachine.ts';
import { validateDocument } from './validate.ts';

function stores(id: string, target = 'iopmem0'): FlowSpec {
  const work = { kind: 'cpu', operation: 'store', target, mapping: 'WC', accessBytes: 64, bytes: 4096 } as const;
  return { id, name: id, start_ps: 0, work };
}

function codes(...flows: readonly FlowSpec[]): readonly string[] {
  return validateDocument({ ...defaultMachine, flows }).map(
    ({ severity, code, path }) => `${severity} ${code} ${path}`,
  );
}

describe('rules about flows', () => {
  it('have nothing against flows between devices and host memory', () => {
    const reads = {
      ...stores('b'),
      work: {
        kind: 'accesses',
        engine: 'nic0',
        target: 'host',
        operation: 'read',
        operationBytes: 64,
        windowBytes: 4096,
        pattern: 'random',
        operations: 10,
        outstanding: 1,
      },
    } as const;
    expect(codes(stores('a'), reads)).toEqual([]);
  });

  it('refuse a document in which two flows, or a flow and the transfer, have one name', () => {
    expect(codes(stores('a'), stores('a'))).toEqual(['error FLOW_ID_USED_TWICE flows/a']);
    expect(codes(stores('transfer'))).toEqual(['error FLOW_ID_USED_TWICE flows/transfer']);
  });

  it('warn of ends that do not exist', () => {
    expect(codes(stores('a', 'nobody'))).toEqual(['warning FLOW_END_MISSING flows/a/work/target']);
  });
});
