import { describe, expect, it } from 'vitest';
import { MACHINE_COUNTER } from '../core/pcie/counters.ts';
import type { ErrorRecord, FaultSpec } from '../core/pcie/faults.ts';
import type { EngineClient } from '../engine/clientInterface.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { FakeEngine } from './fakes.testing.ts';
import { FaultLab } from './faultLab.ts';
import { Session } from './session.ts';

const DOWN: FaultSpec = { kind: 'linkDown', link: 'sw0-p1' };

function record(serial: number): ErrorRecord {
  return {
    serial,
    at_ps: serial * 1000,
    node: 'sw0-p1',
    name: 'Bad TLP',
    bit: 6,
    severity: 'correctable',
    advisory: false,
    header: [],
    message: 'ERR_COR',
    rootPort: 'rp0',
    sentence: 'A TLP failed its LCRC.',
    recovery: 'replayed',
  };
}

/** An engine that refuses everything but link faults and writes one record for each. */
class BreakableEngine extends FakeEngine implements EngineClient {
  readonly asked: number[] = [];
  readonly #records: ErrorRecord[] = [];

  override inject(fault?: FaultSpec): Promise<string | undefined> {
    if (fault?.kind !== 'linkDown') return Promise.resolve('This machine has nothing like that.');
    this.#records.push(record(this.#records.length));
    return Promise.resolve(undefined);
  }

  override errors(from = 0): Promise<{ readonly records: readonly ErrorRecord[]; readonly total: number }> {
    this.asked.push(from);
    return Promise.resolve({ records: this.#records.slice(from), total: this.#records.length });
  }
}

async function lab(): Promise<{
  readonly lab: FaultLab;
  readonly session: Session;
  readonly engines: BreakableEngine[];
}> {
  const engines: BreakableEngine[] = [];
  const session = new Session({
    seed: 1,
    makeClient: () => {
      const engine = new BreakableEngine();
      engines.push(engine);
      return engine;
    },
  });
  const faultLab = new FaultLab(session);
  await Promise.all([session.load('direct', defaultMachine, 'p2p'), session.load('bounced', defaultMachine, 'copy')]);
  return { lab: faultLab, session, engines };
}

describe('the fault lab', () => {
  it('breaks both machines and fetches what they say, once', async () => {
    const { lab: faultLab, engines } = await lab();
    const injection = await faultLab.inject(DOWN);
    expect(injection.lanes.map(({ lane, refused }) => [lane, refused])).toEqual([
      ['direct', undefined],
      ['bounced', undefined],
    ]);
    await faultLab.inject(DOWN, ['direct']);
    const { lanes } = faultLab.store.getState();
    expect(lanes.direct.records.map(({ serial }) => serial)).toEqual([0, 1]);
    expect(lanes.bounced.records.map(({ serial }) => serial)).toEqual([0]);
    expect(engines[0]?.asked).toEqual([0, 1]);
  });

  it('keeps the sentence of a refusal', async () => {
    const { lab: faultLab } = await lab();
    const injection = await faultLab.inject({ kind: 'unmapIommu', node: 'nic0' });
    expect(injection.lanes.map(({ refused }) => refused)).toEqual(Array(2).fill('This machine has nothing like that.'));
    expect(faultLab.store.getState().injections).toHaveLength(1);
  });

  it('asks no more while nothing moves', async () => {
    const { lab: faultLab, engines } = await lab();
    await faultLab.poll();
    await faultLab.poll();
    expect(engines[0]?.asked).toEqual([0]);
  });

  it('forgets everything with the machine it was said of', async () => {
    const { lab: faultLab, session } = await lab();
    await faultLab.inject(DOWN);
    await session.load('direct', defaultMachine, 'p2p');
    expect(faultLab.store.getState().lanes.direct).toMatchObject({ records: [], total: 0 });
    expect(faultLab.store.getState().injections).toEqual([]);
  });

  it('forgets what was broken after an instant at which a machine became another run', async () => {
    const { lab: faultLab, session } = await lab();
    const counters = session.lane('direct').view?.machineCounters;
    if (counters === undefined) throw new Error('the machine stands');
    counters[MACHINE_COUNTER.now_ps] = 5000;
    const { lanes } = await faultLab.inject(DOWN);
    const [direct, bounced] = lanes;
    expect([direct?.at_ps, bounced?.at_ps]).toEqual([5000, 0]);
    faultLab.forgetAfter('direct', 5000);
    expect(faultLab.store.getState().injections[0]?.lanes).toEqual(lanes);
    faultLab.forgetAfter('direct', 4999);
    expect(faultLab.store.getState().injections[0]?.lanes).toEqual([bounced]);
    faultLab.forgetAfter('bounced', -1);
    expect(faultLab.store.getState().injections).toEqual([]);
  });

  it('has nothing to break where no machine stands', async () => {
    const session = new Session({ seed: 1, makeClient: () => new FakeEngine() });
    const injection = await new FaultLab(session).inject(DOWN);
    expect(injection.lanes).toEqual([]);
  });
});
