import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { EventQueue } from './eventQueue.ts';

/** An action on the queue: schedule this long after now, or take. */
const action = fc.oneof(fc.record({ delay: fc.integer({ min: 0, max: 20 }) }), fc.constant('take' as const));

/** The obvious queue: a sorted list. */
class SortedList {
  now_ps = 0;
  private readonly _events: { at_ps: number; sequence: number; word: number }[] = [];
  private _sequence = 0;

  schedule(at_ps: number, word: number): void {
    this._events.push({ at_ps, sequence: this._sequence++, word });
    this._events.sort((a, b) => a.at_ps - b.at_ps || a.sequence - b.sequence);
  }

  take(): number {
    const event = this._events.shift();
    if (event === undefined) return -1;
    this.now_ps = event.at_ps;
    return event.word;
  }

  get size(): number {
    return this._events.length;
  }
}

it('takes events by time, and equal times in the order of scheduling', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 400 }), (actions) => {
      const queue = new EventQueue();
      const list = new SortedList();
      for (const [word, step] of actions.entries()) {
        if (step === 'take') {
          expect(queue.take()).toBe(list.take());
          expect(queue.now_ps).toBe(list.now_ps);
        } else {
          queue.schedule(queue.now_ps + step.delay, word);
          list.schedule(list.now_ps + step.delay, word);
        }
        expect(queue.size).toBe(list.size);
      }
      while (list.size > 0) expect(queue.take()).toBe(list.take());
      expect(queue.take()).toBe(-1);
      expect(queue.nextTime()).toBe(Infinity);
    }),
  );
});

it('holds more events than it began with', () => {
  const queue = new EventQueue();
  const count = 5000;
  for (let word = 0; word < count; word++) queue.schedule((word * 7919) % count, word);
  let last = -1;
  for (let taken = 0; taken < count; taken++) {
    queue.take();
    expect(queue.now_ps).toBeGreaterThanOrEqual(last);
    last = queue.now_ps;
  }
  expect(queue.size).toBe(0);
});

it('takes nothing that is due after the limit', () => {
  const queue = new EventQueue();
  queue.schedule(10, 1);
  queue.schedule(20, 2);
  queue.limit_ps = 15;
  expect(queue.take()).toBe(1);
  expect(queue.take()).toBe(-1);
  expect(queue.now_ps).toBe(10);
  queue.advanceTo(15);
  expect(() => queue.advanceTo(25)).toThrow('cannot move the clock');
  queue.limit_ps = 20;
  expect(queue.take()).toBe(2);
});
