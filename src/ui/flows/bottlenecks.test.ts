import { describe, expect, it } from 'vitest';
import type { FlowLimit, FlowReport } from '../../core/pcie/flowReport.ts';
import { finishedReport } from '../../store/fakes.testing.ts';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import { bottlenecksOf, limitMarks } from './bottlenecks.ts';

function flow(name: string, ...limits: readonly FlowLimit[]): FlowReport {
  return {
    id: name,
    name,
    outcome: 'finished',
    reason: undefined,
    bytes: 1,
    operations: 0,
    begun_ps: 0,
    finished_ps: 1,
    throughputBytesPerSecond: 1,
    limits,
  };
}

const wire = (share: number): FlowLimit => ({ kind: 'wire', node: 'rp0', text: 'uplink wire 00:01.0 up', share });
const dram = (share: number): FlowLimit => ({ kind: 'memory', node: undefined, text: 'DRAM', share });

describe('the bottlenecks of a run', () => {
  const report = finishedReport({ flows: [flow('a', wire(0.9), dram(0.05)), flow('b', dram(0.5), wire(0.4))] });

  it('are what holds a flow for long, each once, the heaviest first', () => {
    expect(bottlenecksOf(report).map(({ text, flows }) => [text, flows.map(({ name }) => name)])).toEqual([
      ['uplink wire 00:01.0 up', ['a', 'b']],
      ['DRAM', ['b']],
    ]);
  });

  it('are marked where they are in the machine, host memory too', () => {
    const marks = limitMarks(defaultMachine, bottlenecksOf(report));
    expect(marks.map(({ node, short }) => [node, short])).toEqual([
      ['rp0', 'Wire'],
      ['host', 'Memory'],
    ]);
    expect(marks[0]?.text).toContain('2 flows');
    expect(limitMarks(defaultMachine, [{ kind: 'tags', node: 'gone', text: 'tags of gone', flows: [] }])).toEqual([]);
  });
});
