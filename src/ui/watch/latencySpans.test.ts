import { describe, expect, it } from 'vitest';
import type { MachineDescription } from '../../engine/protocol.ts';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import { latencySpans } from './latencySpans.ts';

const link = (index: number, upper: string, lower: string) =>
  ({ index, upper, lower, up: true, gen: 4, width: 8, bytesPerSecond: 15.75e9, propagation_ps: 1500 }) as const;

const machine: MachineDescription = {
  functions: [],
  links: [link(0, 'sw0-p0', 'iopmem0'), link(1, 'sw0-p1', 'nic0')],
  memories: [],
  diagnostics: [],
  plan: { way: 'p2p', legs: [], refused: undefined },
  destination: undefined,
  verdict: undefined,
};

describe('the way of one packet', () => {
  it('names links and what lies between them, and counts a cut-through switch from first bit to first bit', () => {
    const spans = latencySpans(
      [
        { segment: 3, start_ps: 0, end_ps: 19_300, lengthBytes: 256 },
        { segment: 0, start_ps: 106_500, end_ps: 125_800, lengthBytes: 256 },
      ],
      defaultMachine,
      machine,
    );
    expect(spans.map((span) => span.end_ps - span.start_ps)).toEqual([19_300, 105_000, 19_300]);
    expect(spans[1]?.name).toBe('Switch');
    expect(spans[0]?.name).toMatch(/^nic0 to /);
    expect(spans[2]?.name).toMatch(/ to iopmem0$/);
  });

  it('is empty before anything moved', () => {
    expect(latencySpans([], defaultMachine, machine)).toEqual([]);
  });
});
