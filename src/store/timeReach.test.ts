import { describe, expect, it } from 'vitest';
import { finishedReport } from './fakes.testing.ts';
import { RunReach } from './timeReach.ts';

describe('how far a run has been', () => {
  it('is as far as it was seen, and its end once that is known', () => {
    const reach = new RunReach();
    reach.note(500);
    reach.note(200);
    expect(reach.furthest_ps).toBe(500);
    // After its job a machine runs on until credits are back; the clock stops with the job.
    reach.note(1020);
    reach.ended(finishedReport(), 1040, 1000);
    reach.note(1030);
    expect(reach).toMatchObject({ furthest_ps: 1000, end_ps: 1000 });
  });

  it('has a result at its end only, and none after it was changed on the way', () => {
    const reach = new RunReach();
    const report = finishedReport();
    reach.ended(report, 1040, 1000);
    expect(reach.reportAt(1040)).toBe(report);
    expect(reach.reportAt(1039)).toBeUndefined();
    reach.branched(300);
    expect(reach.reportAt(1040)).toBeUndefined();
    expect(reach).toMatchObject({ furthest_ps: 300, end_ps: undefined });
    reach.note(400);
    expect(reach.furthest_ps).toBe(400);
  });
});
