import { describe, expect, it } from 'vitest';
import { ConfigMarks, MoveWatch } from './configMarks.ts';

const A = Uint8Array.of(1, 0, 0);
const B = Uint8Array.of(1, 2, 0);
const C = Uint8Array.of(1, 2, 3);

/** Positions that are marked. */
function marked(marks: ConfigMarks): readonly number[] {
  const { bytes = A, before = A } = marks.shown ?? {};
  return [...bytes.keys()].filter((index) => bytes[index] !== before[index]);
}

describe('marks of changed configuration bytes', () => {
  it('are those since the clock last began to move', () => {
    const marks = new ConfigMarks();
    expect(marks.accept(marks.move, A)).toBe(true);
    expect(marked(marks)).toEqual([]);
    marks.begin();
    marks.accept(marks.move, B);
    expect(marked(marks)).toEqual([1]);
    marks.begin();
    expect(marked(marks)).toEqual([]);
    marks.accept(marks.move, C);
    expect(marked(marks)).toEqual([2]);
  });

  it('stay through a run, however often it is looked at', () => {
    const marks = new ConfigMarks();
    marks.accept(0, A);
    marks.begin();
    marks.accept(marks.move, B);
    marks.accept(marks.move, C);
    expect(marks.accept(marks.move, Uint8Array.from(C))).toBe(false);
    expect(marked(marks)).toEqual([1, 2]);
  });

  it('after a step back are what that step had changed', () => {
    const marks = new ConfigMarks();
    marks.accept(0, A);
    marks.begin();
    marks.accept(marks.move, B);
    marks.begin();
    marks.accept(marks.move, C);
    marks.begin();
    marks.accept(marks.move, B);
    expect(marked(marks)).toEqual([2]);
    expect(marks.shown?.bytes).toEqual(B);
  });

  it('of one step do not take in the step before it, when that had not been looked at yet', () => {
    const marks = new ConfigMarks();
    marks.accept(0, A);
    marks.begin();
    const beforeSecond = marks.move;
    marks.begin();
    marks.accept(beforeSecond, B);
    expect(marked(marks)).toEqual([]);
    marks.accept(marks.move, C);
    expect(marked(marks)).toEqual([2]);
    expect(marks.accept(0, A)).toBe(false);
  });

  it('show what a write has changed', () => {
    const marks = new ConfigMarks();
    marks.accept(0, A);
    marks.write(B);
    expect(marked(marks)).toEqual([1]);
  });
});

describe('the beginning of a move', () => {
  it('is each step and each start of a run, and not the stop of one', async () => {
    let begun = 0;
    const paused = { phase: 'paused', busy: false };
    const watch = new MoveWatch(paused, () => {
      begun += 1;
    });
    watch.see({ phase: 'paused', busy: true });
    watch.see(paused);
    await Promise.resolve();
    watch.see({ phase: 'paused', busy: true });
    watch.see(paused);
    expect(begun).toBe(2);
    await Promise.resolve();
    watch.see({ phase: 'playing', busy: false });
    watch.see(paused);
    watch.see({ phase: 'paused', busy: true });
    watch.see(paused);
    expect(begun).toBe(3);
    await Promise.resolve();
    watch.see({ phase: 'paused', busy: true });
    expect(begun).toBe(4);
  });
});
