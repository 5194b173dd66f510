import { expect, it } from 'vitest';
import { PacketLog } from '../../store/inspectLog.ts';
import type { Journey, JourneyStop } from '../../store/journey.ts';
import { cuesOf } from './usePlayWay.ts';

function stop(from_ps: number, to_ps: number): JourneyStop {
  return { at: 'link', leg: 'request', record: 0, segment: 0, node: undefined, from_ps, to_ps, spans: [] };
}

it('shows every stop of a way long enough to be seen, in order, the long ones longer', () => {
  const journey: Journey = {
    log: new PacketLog(),
    request: 0,
    completion: -1,
    completions: 0,
    isPosted: true,
    begun_ps: 0,
    ended_ps: 300_000,
    stops: [stop(0, 1500), stop(1500, 280_000), stop(280_000, 300_000)],
  };
  const cues = cuesOf(journey);
  let at_ms = 0;
  for (const cue of cues) {
    expect(cue.from_ms).toBe(at_ms);
    expect(cue.length_ms).toBeGreaterThanOrEqual(300);
    at_ms += cue.length_ms;
  }
  expect(cues[1]?.length_ms).toBeGreaterThan(4 * (cues[0]?.length_ms ?? Infinity));
  expect(at_ms).toBeLessThan(6000);
});
