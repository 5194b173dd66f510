import { describe, expect, it } from 'vitest';
import { ok } from '../base/result.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import type { FlowSpec } from '../topology/document.ts';
import type { CommandIo } from './command.ts';
import { EXIT } from './command.ts';
import { runCommandLine } from './main.ts';

function peerlane(
  flows: readonly FlowSpec[],
  ...words: readonly string[]
): { readonly text: string; readonly code: number } {
  let text = '';
  const write = (part: string): void => {
    text += part;
  };
  const document = JSON.stringify({ ...defaultMachine, flows });
  const io: CommandIo = { write, note: write, fileExists: () => true, readText: () => ok(document) };
  const code = runCommandLine(['flows', 'machine.json', ...words], io, '');
  return { text, code };
}

const READS: FlowSpec = {
  id: 'reads',
  name: 'Reads of host memory',
  start_ps: 0,
  work: {
    kind: 'accesses',
    engine: 'nic0',
    target: 'host',
    operation: 'read',
    operationBytes: 64,
    windowBytes: 65_536,
    pattern: 'random',
    operations: 500,
    outstanding: 1,
  },
};

describe('peerlane flows', () => {
  it('prints every flow with what limited it, and the links that were used', () => {
    const { text, code } = peerlane([READS]);
    expect(code).toBe(EXIT.ok);
    expect(text).toMatch(/Reads of host memory +finished +31\.25 KiB +500 .*tags of nic0/);
    expect(text).toMatch(/^link +payload/m);
  });

  it('gives the same as JSON', () => {
    const { text } = peerlane([READS], '--json');
    const { report } = JSON.parse(text) as { readonly report: { readonly flows: readonly { readonly id: string }[] } };
    expect(report.flows.map(({ id }) => id)).toEqual(['reads']);
  });

  it('says why there is nothing to run, and fails', () => {
    const { text, code } = peerlane([]);
    expect(code).toBe(EXIT.failed);
    expect(text).toContain('no flows');
  });

  it('names the flow that cannot run beside those that do', () => {
    const lost = { ...READS, id: 'lost', name: 'Lost', work: { ...READS.work, engine: 'iopmem0' } } as FlowSpec;
    const { text, code } = peerlane([READS, lost]);
    expect(code).toBe(EXIT.ok);
    expect(text).toMatch(/Lost: iopmem0 has no engine/);
  });
});
