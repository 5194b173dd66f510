import { describe, expect, it } from 'vitest';
import { AnnounceQueue, LEAST_PAUSE_MS } from './announceQueue.ts';

describe('the queue of announcements', () => {
  it('says the first sentence at once and what comes within a second together', () => {
    const queue = new AnnounceQueue();
    expect(queue.wait_ms(0)).toBeUndefined();
    queue.add('Running.');
    expect(queue.next(0)).toBe('Running.');
    queue.add('Paused at 2 µs.');
    queue.add('MWr 256 B from nic0 to 02:01.0.');
    expect(queue.next(LEAST_PAUSE_MS - 1)).toBeUndefined();
    expect(queue.wait_ms(LEAST_PAUSE_MS - 1)).toBe(1);
    expect(queue.next(LEAST_PAUSE_MS)).toBe('Paused at 2 µs. MWr 256 B from nic0 to 02:01.0.');
    expect(queue.next(5 * LEAST_PAUSE_MS)).toBeUndefined();
  });

  it('keeps the newest of many and says how many it left out', () => {
    const queue = new AnnounceQueue();
    for (let error = 1; error <= 10; error += 1) queue.add(`Error ${error}.`);
    expect(queue.next(0)).toBe('7 earlier events not read. Error 8. Error 9. Error 10.');
  });

  it('takes the same sentence twice in a row as one', () => {
    const queue = new AnnounceQueue();
    queue.add('Row copied.');
    queue.add('Row copied.');
    expect(queue.next(0)).toBe('Row copied.');
    queue.add('Row copied.');
    expect(queue.next(LEAST_PAUSE_MS)).toBe('Row copied.');
  });
});
