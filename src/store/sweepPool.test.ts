import { describe, expect, it } from 'vitest';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { emptyMachine, FakeEngine, finishedReport } from './fakes.testing.ts';
import { runSweep, slotsFor, type SweepJob, type SweepOutcome } from './sweepPool.ts';

const jobs = (count: number): readonly SweepJob[] =>
  Array.from({ length: count }, (_none, point) => ({
    point,
    way: 'p2p' as const,
    document: { ...defaultMachine, name: `point ${point}` },
  }));

/** Machines that stand when the test says so; what was asked of them stays in order. */
class Bench {
  readonly clients: FakeEngine[] = [];
  readonly asked: string[] = [];
  readonly outcomes: [number, SweepOutcome][] = [];
  readonly #gates = new Map<string, { pass: () => void; break: (why: Error) => void }>();

  readonly makeClient = (): FakeEngine => {
    const client = new FakeEngine(async (document) => {
      this.asked.push(document.name);
      await new Promise<void>((resolve, reject) => this.#gates.set(document.name, { pass: resolve, break: reject }));
      return emptyMachine('p2p');
    });
    this.clients.push(client);
    return client;
  };

  readonly onOutcome = (job: SweepJob, outcome: SweepOutcome): void => {
    this.outcomes.push([job.point, outcome]);
  };

  async pass(point: number): Promise<void> {
    this.#gates.get(`point ${point}`)?.pass();
    await settle();
  }

  async break(point: number, why: string): Promise<void> {
    this.#gates.get(`point ${point}`)?.break(new Error(why));
    await settle();
  }
}

/** Lets everything happen that waits for nothing but its turn. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('runSweep', () => {
  it('takes jobs in order, as many at once as there are slots, one engine for each slot', async () => {
    const bench = new Bench();
    const run = runSweep({
      jobs: jobs(4),
      slots: 2,
      seed: 1,
      makeClient: bench.makeClient,
      onOutcome: bench.onOutcome,
    });
    await settle();
    expect(bench.asked).toEqual(['point 0', 'point 1']);
    await bench.pass(1);
    expect(bench.asked).toEqual(['point 0', 'point 1', 'point 2']);
    await bench.pass(0);
    await bench.pass(2);
    await bench.pass(3);
    await run.done;
    expect(bench.outcomes.map(([point]) => point)).toEqual([1, 0, 2, 3]);
    expect(bench.outcomes.every(([, outcome]) => outcome.kind === 'finished')).toBe(true);
    expect(bench.clients).toHaveLength(2);
    expect(bench.clients.every((client) => client.disposed)).toBe(true);
  });

  it('opens no more engines than there are jobs', async () => {
    const bench = new Bench();
    const run = runSweep({
      jobs: jobs(1),
      slots: 8,
      seed: 1,
      makeClient: bench.makeClient,
      onOutcome: bench.onOutcome,
    });
    await settle();
    await bench.pass(0);
    await run.done;
    expect(bench.clients).toHaveLength(1);
  });

  it('stops every engine at once when it is cancelled, and tells nothing more', async () => {
    const bench = new Bench();
    const run = runSweep({
      jobs: jobs(5),
      slots: 2,
      seed: 1,
      makeClient: bench.makeClient,
      onOutcome: bench.onOutcome,
    });
    await settle();
    await bench.pass(0);
    run.cancel();
    expect(bench.clients.every((client) => client.disposed)).toBe(true);
    await bench.pass(1);
    await bench.break(2, 'The engine was closed.');
    await run.done;
    expect(bench.outcomes.map(([point]) => point)).toEqual([0]);
    expect(bench.asked).not.toContain('point 3');
  });

  it('goes on after a point that cannot be built, with another engine', async () => {
    const bench = new Bench();
    const run = runSweep({
      jobs: jobs(2),
      slots: 1,
      seed: 1,
      makeClient: bench.makeClient,
      onOutcome: bench.onOutcome,
    });
    await settle();
    await bench.break(0, 'There is no such port.');
    await bench.pass(1);
    await run.done;
    expect(bench.outcomes[0]).toEqual([0, { kind: 'failed', reason: 'There is no such port.' }]);
    expect(bench.outcomes[1]?.[1].kind).toBe('finished');
    expect(bench.clients).toHaveLength(2);
  });

  it('says why the planner refuses a way, and does not run it', async () => {
    const refused = { code: 'NO_ENGINE', message: 'Nobody moves these bytes.' };
    const client = new FakeEngine(() =>
      Promise.resolve(emptyMachine('p2p', { plan: { way: 'p2p', legs: [], refused } })),
    );
    const outcomes: SweepOutcome[] = [];
    const run = runSweep({
      jobs: jobs(1),
      slots: 1,
      seed: 1,
      makeClient: () => client,
      onOutcome: (_job, outcome) => outcomes.push(outcome),
    });
    await run.done;
    expect(outcomes).toEqual([{ kind: 'refused', reason: 'Nobody moves these bytes.' }]);
  });

  it('hears of a run that fails, and of an engine that stops in the middle', async () => {
    const outcomes: SweepOutcome[] = [];
    const failing = [
      (client: FakeEngine) =>
        client.emit({ kind: 'finished', report: finishedReport({ outcome: 'failed', reason: 'No answer came.' }) }),
      (client: FakeEngine) =>
        client.emit({
          kind: 'failed',
          requestId: undefined,
          code: 'INVARIANT',
          message: 'The engine stopped.',
          stack: undefined,
          diagnostics: [],
        }),
    ];
    let turn = 0;
    const makeClient = (): FakeEngine => {
      const client = new FakeEngine(() => Promise.resolve(emptyMachine('p2p')));
      client.runUntil = () => {
        const fail = failing[turn];
        turn += 1;
        fail?.(client);
        // An engine that is gone never answers.
        return turn === 1 ? Promise.resolve(0) : new Promise<number>(() => {});
      };
      return client;
    };
    await runSweep({
      jobs: jobs(2),
      slots: 1,
      seed: 1,
      makeClient,
      onOutcome: (_job, outcome) => outcomes.push(outcome),
    }).done;
    expect(outcomes).toEqual([
      { kind: 'failed', reason: 'No answer came.' },
      { kind: 'failed', reason: 'The engine stopped.' },
    ]);
  });
});

describe('slotsFor', () => {
  it('leaves one processor to the page, and never gives none', () => {
    expect(slotsFor(8, true)).toBe(7);
    expect(slotsFor(2, true)).toBe(1);
    expect(slotsFor(1, true)).toBe(1);
    expect(slotsFor(8, false)).toBe(1);
  });
});
