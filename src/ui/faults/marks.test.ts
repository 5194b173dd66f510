import { describe, expect, it } from 'vitest';
import type { ErrorRecord, FaultSpec } from '../../core/pcie/faults.ts';
import type { Injection } from '../../store/faultLab.ts';
import { marksOf } from './marks.ts';

function injection(fault: FaultSpec, at_ps: number, refused?: string): Injection {
  return { serial: 0, fault, lanes: [{ lane: 'direct', refused, at_ps, arrivedBytes: 0, begun_ps: 0 }] };
}

function record(node: string, severity: ErrorRecord['severity'], at_ps = 0): ErrorRecord {
  return {
    serial: 0,
    at_ps,
    node,
    name: 'Bad TLP',
    bit: 6,
    severity,
    advisory: false,
    header: [],
    message: undefined,
    rootPort: undefined,
    sentence: '',
    recovery: 'replayed',
  };
}

const DOWN: FaultSpec = { kind: 'linkDown', link: 'p1' };
const UP: FaultSpec = { kind: 'linkUp', link: 'p1' };

describe('marks in the scene', () => {
  it('cut a link that was taken down, until it is up again', () => {
    const here = [record('x', 'note', 9)];
    expect(marksOf([injection(DOWN, 5)], [], 'direct', here)).toEqual([
      { node: 'p1', text: 'Link down', short: '', severe: true, cut: true },
    ]);
    expect(marksOf([injection(DOWN, 5), injection(UP, 9)], [], 'direct', here)).toEqual([]);
  });

  it('know nothing of a fault before its instant, when the machine has gone back', () => {
    expect(marksOf([injection(DOWN, 5)], [], 'direct', [])).toEqual([]);
    expect(marksOf([injection(DOWN, 5)], [], 'direct', [record('x', 'note', 4)])).toEqual([]);
    expect(marksOf([injection(DOWN, 5)], [], 'direct', [record('x', 'note', 5)])).toHaveLength(1);
  });

  it('leave out what was refused, and the other machine', () => {
    const here = [record('x', 'note', 9)];
    expect(marksOf([injection(DOWN, 5, 'no')], [], 'direct', here)).toEqual([]);
    expect(marksOf([injection(DOWN, 5)], [], 'bounced', here)).toEqual([]);
  });

  it('show a planned fault once the run has come that far', () => {
    const plan = [{ at_ps: 100, fault: DOWN }];
    expect(marksOf([], plan, 'direct', [record('x', 'note', 99)])).toEqual([]);
    expect(marksOf([], plan, 'direct', [record('x', 'note', 100)])).toHaveLength(1);
  });

  it('count what a function reported, and say how bad it is', () => {
    const records = [record('p0', 'correctable'), record('p0', 'correctable'), record('p2', 'fatal')];
    expect(marksOf([], [], 'direct', records)).toEqual([
      { node: 'p0', text: 'Bad TLP ×2', short: '×2', severe: false, cut: false },
      { node: 'p2', text: 'Bad TLP', short: '×1', severe: true, cut: false },
    ]);
  });
});
