import { test } from 'vitest';
import { defaultMachine } from '../../topology/presets/defaultMachine.ts';
import { machineFor } from './runs.testing.ts';
test('x', () => {
  const out = [];
  for (const way of ['p2p', 'bounce', 'copy'] as const)
    for (const kind of ['linkDown', 'surpriseRemoval', 'hotReset', 'functionLevelReset'] as const)
      for (const [node, link] of [
        ['nic0', 'sw0-p1'],
        ['iopmem0', 'sw0-p0'],
        ['sw0', 'rp0'],
      ] as const)
        for (let at = 6e6; at < 6.6e6; at += 37e3)
          for (const back of [false, true]) {
            const fault = kind === 'functionLevelReset' ? { kind, node } : { kind, link };
            const faults = [
              { at_ps: at, fault },
              ...(back && kind === 'linkDown' ? [{ at_ps: at + 1e5, fault: { kind: 'linkUp' as const, link } }] : []),
            ];
            const m = machineFor({ ...defaultMachine, faults: faults as never }, ['nic0', 'iopmem0', way], {
              bytes: 512 * 1024,
            });
            m.runUntil(Infinity, Infinity);
            for (const r of m.errorsFrom(0).records)
              if (/Malformed|Unexpected|Receiver|Unsupp/.test(r.name))
                out.push(
                  [way, kind, link, back, at, r.at_ps, r.node, r.name, JSON.stringify(r).slice(0, 200)].join(' '),
                );
          }
  const seen = new Map();
  for (const o of out) {
    const k =
      o.split(' ').slice(0, 4).join(' ') + o.replace(/^.*?(Malformed|Unexpected|Receiver|Unsupp)/, '$1').slice(0, 14);
    if (!seen.has(k)) seen.set(k, [0, o]);
    seen.get(k)[0]++;
  }
  for (const [k, [n, o]] of seen) console.log(n, o);
});
