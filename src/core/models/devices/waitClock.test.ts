import { describe, expect, it } from 'vitest';
import { WAIT, WaitClock } from './waitClock.ts';

describe('what an engine waits for', () => {
  it('is counted for each flow from one look to the next', () => {
    const clock = new WaitClock();
    clock.set(100, 3, WAIT.room);
    clock.set(150, 3, WAIT.room);
    clock.set(400, 5, WAIT.tags);
    clock.settle(1000);
    expect(clock.time_ps(3, WAIT.room)).toBe(300);
    expect(clock.time_ps(5, WAIT.tags)).toBe(600);
    expect(clock.time_ps(0, WAIT.idle)).toBe(100);
    clock.settle(1500);
    expect(clock.time_ps(5, WAIT.tags)).toBe(1100);
  });
});
