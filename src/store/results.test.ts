import { describe, expect, it } from 'vitest';
import { at } from '../base/invariant.ts';
import { HOP, HOP_WORDS, LINK_COUNTER, LINK_COUNTER_COUNT } from '../core/pcie/counters.ts';
import { FLOW } from '../core/pcie/tlp.ts';
import type { PeerVerdict } from '../core/pcie/verdict.ts';
import { EMPTY_SERIES, type MachineView, type SeriesView } from '../engine/clientInterface.ts';
import type { LinkDescription } from '../engine/protocol.ts';
import { defaultMachine } from '../topology/presets/defaultMachine.ts';
import { findPreset, presets } from '../topology/presets/presets.ts';
import { fixesFor } from './edits.ts';
import { emptyMachine, finishedReport } from './fakes.testing.ts';
import { HopTee } from './hopTee.ts';
import { arrivalLink, recentRate, seriesAt, timeShare, uplinkOf } from './metrics.ts';
import { raceResult, type RaceFacts } from './raceSummary.ts';

const MIB_64 = 2 ** 26;

function facts(direct: Parameters<typeof finishedReport>[0], bounced: Parameters<typeof finishedReport>[0]): RaceFacts {
  return {
    direct: { machine: emptyMachine('p2p'), report: finishedReport(direct) },
    bounced: {
      machine: emptyMachine('bounce'),
      report: finishedReport({
        way: 'bounce',
        uplink: { link: 0, upBytes: MIB_64, downBytes: MIB_64 },
        memoryWrittenBytes: MIB_64,
        memoryReadBytes: MIB_64,
        ...bounced,
      }),
    },
    transfer: defaultMachine.transfer,
    bounceWay: 'bounce',
  };
}

const words = (result: { readonly sentences: readonly string[] }): string =>
  result.sentences.join(' ').replace(/[\u00a0\u202f]/g, ' ');

describe('the summary of a race', () => {
  it('names the winner, the detour of the bounce and what would help it', () => {
    const result = raceResult(facts({ duration_ps: 4.671e9 }, { duration_ps: 11.51e9 }));
    expect(result).toMatchObject({ kind: 'ahead', verdict: 'P2P is faster' });
    expect(result.ratio).toBeCloseTo(2.464, 3);
    expect(words(result)).toContain('4.671 ms against 11.510 ms');
    expect(words(result)).toContain('64 MiB up and 64 MiB down the switch’s uplink, 128 MiB through DRAM');
    expect(words(result)).toContain('Two buffers would let them overlap.');
  });

  it('says so when a double-buffered bounce comes close', () => {
    const result = raceResult(facts({ duration_ps: 4.7e9 }, { duration_ps: 4.8e9, firstByte_ps: 73e6 }));
    expect(result.kind).toBe('close');
    expect(words(result)).toContain('the bounce keeps up');
    expect(words(result)).toContain('250.0 ns against 73.00 µs');
  });

  it('says what each way left of the CPU’s own load on memory', () => {
    const background = (achieved: number) => ({ askedBytesPerSecond: 30e9, achievedBytesPerSecond: achieved });
    const result = raceResult(
      facts({ duration_ps: 4e9, background: background(29.9e9) }, { duration_ps: 9e9, background: background(20.4e9) }),
    );
    expect(words(result)).toMatch(
      /load on memory, 30\.0+ GB\/s, got 29\.90* GB\/s beside P2P and 20\.40* GB\/s beside/,
    );
    const close = raceResult(
      facts({ duration_ps: 4.7e9, background: background(29e9) }, { duration_ps: 4.8e9, background: background(20e9) }),
    );
    expect(words(close)).not.toContain('idle machine');
    expect(words(raceResult(facts({ duration_ps: 4e9 }, { duration_ps: 9e9 })))).not.toContain('load on memory');
  });

  it('says so when P2P loses', () => {
    const result = raceResult(facts({ duration_ps: 60e9 }, { duration_ps: 12e9 }));
    expect(result).toMatchObject({ kind: 'behind', verdict: 'P2P is slower' });
    expect(words(result)).toContain('5.00× as fast');
  });

  it('gives the reason of a refusal and the bounce alone', () => {
    const refused = { code: 'X', message: 'neither an upstream bridge nor a listed host bridge is shared.' };
    const result = raceResult({
      ...facts({}, {}),
      direct: { machine: emptyMachine('p2p', { plan: { way: 'p2p', legs: [], refused } }), report: undefined },
    });
    expect(result).toMatchObject({ kind: 'refused', ratio: undefined });
    expect(words(result)).toContain(refused.message);
    expect(words(result)).toContain('Only the bounce ran');
  });

  it('says so when P2P ran only because it was forced', () => {
    const forced = facts({ duration_ps: 4e9 }, { duration_ps: 8e9 });
    const verdict = { mapType: 'NOT_SUPPORTED' } as PeerVerdict;
    const result = raceResult({ ...forced, direct: { ...forced.direct, machine: emptyMachine('p2p', { verdict }) } });
    expect(result.kind).toBe('ahead');
    expect(words(result)).toContain('Linux refuses this pair');
  });

  it('does not wait for a bounce that is refused', () => {
    const refused = { code: 'X', message: 'no engine.', fix: 'Let the CPU copy.' };
    const result = raceResult({
      ...facts({}, {}),
      bounced: { machine: emptyMachine('bounce', { plan: { way: 'bounce', legs: [], refused } }), report: undefined },
    });
    expect(result.kind).toBe('refused');
    expect(words(result)).toContain('The bounce is refused: no engine. Let the CPU copy. Only P2P ran');
  });

  it('does not compare a run that failed', () => {
    const result = raceResult(facts({ outcome: 'failed', reason: 'completion timeout' }, {}));
    expect(result.kind).toBe('failed');
    expect(words(result)).toContain('completion timeout');
  });
});

function link(index: number, upper: string, lower: string): LinkDescription {
  return { index, upper, lower, up: true, gen: 4, width: 8, bytesPerSecond: 15.75e9, propagation_ps: 1500 };
}

const machine = emptyMachine('p2p', {
  links: [link(0, 'rp0', 'sw0'), link(1, 'sw0-p0', 'iopmem0'), link(2, 'sw0-p1', 'nic0')],
});

describe('places in the machine', () => {
  it('finds the link the bytes arrive on and the uplink of its switch', () => {
    expect(arrivalLink(defaultMachine, machine)).toEqual({ link: at(machine.links, 1), direction: 0 });
    expect(uplinkOf(defaultMachine, machine)?.index).toBe(0);
  });

  it('takes the link out of the source where the destination has none', () => {
    const inside = { ...defaultMachine, transfer: { ...defaultMachine.transfer, to: 'dma0' } };
    expect(arrivalLink(inside, machine)).toEqual({ link: at(machine.links, 2), direction: 1 });
  });
});

function series(values: readonly number[], bin_ps: number): SeriesView {
  return { ...EMPTY_SERIES, bin_ps, length: values.length, arrived: (bin) => at(values, bin) };
}

describe('rates from cumulative bins', () => {
  const ramp = series([100, 200, 300, 400], 1000);
  const read = (bin: number): number => ramp.arrived(bin);

  it('reads between the ends of bins', () => {
    expect(seriesAt(ramp, read, 0)).toBe(0);
    expect(seriesAt(ramp, read, 500)).toBe(50);
    expect(seriesAt(ramp, read, 2500)).toBe(250);
    expect(seriesAt(ramp, read, 99_000)).toBe(400);
  });

  it('divides by the time that was really looked at', () => {
    expect(recentRate(ramp, read, 4e3)).toBeCloseTo(400 / 4e-9, 3);
    const late = series([0, 0, 0, 0, 0, 0, 800, 1600], 1e6);
    expect(recentRate(late, (bin) => late.arrived(bin), 8e6, 5e6)).toBeCloseTo(1600 / 5e-6, 3);
    expect(recentRate(series([], 1000), read, 4e3)).toBe(0);
  });

  it('knows nothing of what comes after an instant the machine has gone back to', () => {
    const burst = series([0, 0, 0, 0, 0, 0, 800, 1600], 1e6);
    const arrived = (bin: number): number => burst.arrived(bin);
    expect(recentRate(burst, arrived, 5e6)).toBe(0);
    expect(recentRate(burst, arrived, 6.5e6)).toBeCloseTo(400 / 5e-6, 3);
    expect(recentRate(burst, arrived, 0)).toBe(0);
  });
});

function view(linkCounters: Float64Array): MachineView {
  return {
    machineCounters: new Float64Array(16),
    linkCounters,
    functionCounters: new Float64Array(0),
    memoryCounters: new Float64Array(8),
    flowCounters: new Float64Array(0),
    series: series([], 1000),
    drainHops: () => 0,
    readMemory: () => true,
  };
}

describe('how a link spent its time', () => {
  it('adds up to one', () => {
    const counters = new Float64Array(6 * LINK_COUNTER_COUNT);
    const base = 2 * LINK_COUNTER_COUNT;
    counters[base + LINK_COUNTER.payload + FLOW.p2p] = 15_750;
    counters[base + LINK_COUNTER.tlpBusy_ps] = 1_100_000;
    counters[base + LINK_COUNTER.dllpBusy_ps] = 50_000;
    counters[base + LINK_COUNTER.creditStall_ps] = 200_000;
    const share = timeShare(view(counters), { link: link(1, 'a', 'b'), direction: 0 }, 2_000_000);
    expect(share.payload).toBeCloseTo(0.5, 9);
    expect(share.headers).toBeCloseTo(0.05, 9);
    const { payload, headers, dllps, skip, creditStall, idle } = share;
    expect(payload + headers + dllps + skip + creditStall + idle).toBeCloseTo(1, 9);
  });
});

describe('one ring of hops for several readers', () => {
  function record(serial: number, flow: number): Float64Array {
    const words = new Float64Array(HOP_WORDS);
    words[HOP.serial] = serial;
    words[HOP.what] = flow * 2 ** 16;
    words[HOP.segment] = serial % 4;
    return words;
  }
  function tee(): { readonly tee: HopTee; readonly queue: Float64Array[] } {
    const queue: Float64Array[] = [];
    const source: MachineView = {
      ...view(new Float64Array(0)),
      drainHops: (visit) => {
        for (const words of queue.splice(0)) visit(words, 0);
        return 3;
      },
    };
    return { tee: new HopTee(source), queue };
  }

  it('gives every reader every record once', () => {
    const { tee: shared, queue } = tee();
    const seen: Record<'a' | 'b', number[]> = { a: [], b: [] };
    const a = shared.reader();
    const b = shared.view();
    queue.push(record(1, 1), record(2, 1));
    a.drain((words, offset) => seen.a.push(words[offset + HOP.serial] ?? -1));
    queue.push(record(3, 1));
    const lost = b.drainHops((words, offset) => seen.b.push(words[offset + HOP.serial] ?? -1));
    a.drain((words, offset) => seen.a.push(words[offset + HOP.serial] ?? -1));
    expect(seen).toEqual({ a: [1, 2, 3], b: [1, 2, 3] });
    expect(lost).toBe(3);
  });

  it('counts what a late reader has missed', () => {
    const { tee: shared, queue } = tee();
    const late = shared.reader();
    for (let serial = 0; serial < 2 ** 14 + 10; serial += 1) queue.push(record(serial, 1));
    let seen = 0;
    const lost = late.drain(() => (seen += 1));
    expect(seen).toBe(2 ** 14);
    expect(lost).toBe(3 + 10);
  });

  it('follows the first TLP that carries payload', () => {
    const { tee: shared, queue } = tee();
    queue.push(record(7, FLOW.control), record(8, FLOW.p2p), record(9, FLOW.p2p), record(8, FLOW.p2p));
    shared.pump();
    expect(shared.first.hops).toHaveLength(2);
  });
});

describe('fixes', () => {
  const redirected: Partial<PeerVerdict> = {
    commonBridge: 'sw0',
    kernelParameter: 'pci=disable_acs_redir=0000:02:01.0',
    redirectors: [{ node: 'sw0-p1', bdf: '0000:02:01.0', acsControl: 0x15, registerOffset: 0x14e }],
  };

  it('clears the redirect bits where no IOMMU would set them again', () => {
    const document = {
      ...defaultMachine,
      functions: defaultMachine.functions.map((fn) =>
        fn.id === 'sw0-p1' ? { ...fn, acs: { capability: 0x5f, control: 0x15 } } : fn,
      ),
    };
    const fixes = fixesFor(document, redirected as PeerVerdict);
    expect(fixes.map((fix) => fix.label)).toEqual(['Clear P2P Request Redirect on 02:01.0']);
    expect(at(fixes, 0).document.functions.find((fn) => fn.id === 'sw0-p1')?.acs?.control).toBe(0x11);
  });

  it('offers the kernel parameter and the IOMMU where Linux sets the bits', () => {
    const document = findPreset('acs-redirect')?.document ?? at(presets, 0).document;
    const fixes = fixesFor(document, redirected as PeerVerdict);
    expect(fixes.map((fix) => fix.label)).toEqual(['Boot without redirect on 02:01.0', 'Turn the IOMMU off']);
    expect(at(fixes, 0).document.host.kernelParameters).toContain('pci=disable_acs_redir=0000:02:01.0');
    expect(at(fixes, 1).document.host.iommu).toBe('off');
  });

  it('has none to offer where the pair shares no bridge', () => {
    expect(fixesFor(defaultMachine, { ...redirected, commonBridge: undefined } as unknown as PeerVerdict)).toEqual([]);
  });
});
