import { describe, expect, it } from 'vitest';
import { LINK_COUNTER, LINK_COUNTER_COUNT } from '../../pcie/counters.ts';
import { EventQueue } from '../../sim/eventQueue.ts';
import { Journal } from './journal.ts';
import { linkTiming } from './linkTiming.ts';
import { TlpPool } from './tlpPool.ts';
import { Wire } from './wire.ts';

function idleWire() {
  const events = new EventQueue();
  const counters = new Float64Array(LINK_COUNTER_COUNT);
  const timing = linkTiming(4, 8, 256, 0.3);
  const wire = new Wire(events, new Journal(events, new TlpPool(256), undefined, counters), 0, timing);
  return { wire, counters, timing };
}

describe('the wire of one direction', () => {
  it('owes no SKP ordered sets after a time in which only DLLPs travelled', () => {
    const { wire, counters, timing } = idleWire();
    let due_ps = 0;
    for (let count = 0; count < 1000; count += 1) wire.sendDllp((due_ps += 5_000_000));
    const before_ps = wire.busyUntil_ps;
    wire.send(280);
    // At most one set is in the way of the next TLP.
    expect(wire.start_ps - before_ps).toBeLessThanOrEqual(Math.ceil(timing.skip_ps));
    const sets = Math.floor(due_ps / timing.skipInterval_ps);
    expect((counters[LINK_COUNTER.skpBusy_ps] ?? 0) / timing.skip_ps).toBeCloseTo(sets, 0);
  });

  it('sends the sets that were due while it was busy before the next TLP', () => {
    const { wire, timing } = idleWire();
    const bytes = Math.ceil(timing.skipInterval_ps / timing.psPerByte) + 1;
    wire.send(bytes);
    const before_ps = wire.busyUntil_ps;
    wire.send(280);
    expect(wire.start_ps - before_ps).toBeCloseTo(timing.skip_ps, -1);
  });
});
