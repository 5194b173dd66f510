import { describe, expect, it } from 'vitest';
import { ObjectHistory } from './objectHistory.ts';

class Counter {
  private _count = 0;
  private readonly _seen = new Map<string, { readonly at: number }>();
  readonly cells = new Float64Array(4);
  next: Counter | undefined;

  hit(name: string): void {
    this._count += 1;
    this._seen.set(name, { at: this._count });
    this.cells[this._count % 4] = this._count;
  }

  get text(): string {
    return `${this._count} ${[...this._seen].map(([name, { at }]) => `${name}@${at}`).join()} ${this.cells.join()}`;
  }
}

describe('objects', () => {
  it('hold again what they held, private fields, maps and buffers included', () => {
    const one = new Counter();
    one.next = new Counter();
    const history = new ObjectHistory([one], { stops: [] });
    one.hit('a');
    const first = history.capture();
    const before = [one.text, one.next.text];
    one.hit('b');
    one.next.hit('c');
    const second = history.capture(first);
    const after = [one.text, one.next.text];
    one.next = undefined;
    history.restore(first);
    expect([one.text, (one.next as Counter | undefined)?.text]).toEqual(before);
    history.restore(second);
    expect([one.text, (one.next as Counter | undefined)?.text]).toEqual(after);
  });

  it('share what has not changed with the capture before', () => {
    const one = { big: Array.from({ length: 1000 }, (_, index) => ({ index })), small: { value: 1 } };
    const history = new ObjectHistory([one], { stops: [] });
    const first = history.capture();
    one.small.value = 2;
    const second = history.capture(first);
    expect(second.bytes).toBeLessThan(first.bytes / 4);
    expect(second.states.filter((state, index) => state !== first.states[index])).toHaveLength(1);
  });

  it('gain and lose keys, elements and members', () => {
    const record: Record<string, number> = { a: 1, b: 2 };
    const list = [1, 2, 3];
    const set = new Set(['x']);
    const history = new ObjectHistory([record, list, set], { stops: [] });
    const first = history.capture();
    delete record['a'];
    record['c'] = 3;
    list.length = 1;
    set.clear();
    set.add('y');
    history.restore(first);
    expect([record, list, [...set]]).toEqual([{ a: 1, b: 2 }, [1, 2, 3], ['x']]);
  });

  it('are left alone where the walk must not go', () => {
    const foreign = { value: 1 };
    const stop = { foreign };
    const one = {
      stop,
      get computed(): number {
        return foreign.value;
      },
    };
    const history = new ObjectHistory([one], { stops: [stop] });
    const first = history.capture();
    foreign.value = 2;
    history.restore(first);
    expect(one.computed).toBe(2);
  });
});
