/*
 * Going to any instant of a run of ten million hops: the bounce of the machine the page opens with, its payload cut to
 * 128 bytes a TLP. Instants are spread over the run, in an order that is neither forward nor back.
 */
import { PS_PER_SECOND } from '../../../src/base/units.ts';
import { privateStorage } from '../../../src/base/storage.ts';
import { MACHINE_COUNTER } from '../../../src/core/pcie/counters.ts';
import { createSimulation } from '../../../src/engine/machine/createSimulation.ts';
import type { SimulatedMachine } from '../../../src/engine/machine/simulatedMachine.ts';
import { defaultMachine } from '../../../src/topology/presets/defaultMachine.ts';
import type { BenchRow } from '../benchRow.ts';

const MIB = 2 ** 20;
const BYTES = 216 * MIB;
const SEEKS = 40;
const EVENTS = 100_000;
const SEED = 1;

function machine(keepsHistory: boolean): SimulatedMachine {
  const document = {
    ...defaultMachine,
    functions: defaultMachine.functions.map((fn) => ({ ...fn, mpsBytes: 128 })),
  };
  const transfer = { ...document.transfer, bytes: BYTES };
  const made = createSimulation({
    document,
    transfer,
    way: 'bounce',
    seed: SEED,
    storage: privateStorage,
    keepsHistory,
  });
  if (!made.ok) throw new Error(made.error.map(({ message }) => message).join('; '));
  return made.value;
}

function runTo(one: SimulatedMachine, at_ps: number): void {
  while (one.runUntil(at_ps, EVENTS) === 'budget');
}

function timed_ms(work: () => void): number {
  const begun_ms = performance.now();
  work();
  return performance.now() - begun_ms;
}

export function run(): BenchRow[] {
  const plain = machine(false);
  const plain_ms = timed_ms(() => runTo(plain, Infinity));
  const kept = machine(true);
  const kept_ms = timed_ms(() => runTo(kept, Infinity));
  const { travel, report, machineCounters } = kept;
  if (travel === undefined || report === undefined || report.traceHash !== plain.report?.traceHash) {
    throw new Error('the run with a history is not the run without');
  }
  const hops = machineCounters[MACHINE_COUNTER.hops] ?? 0;
  const end_ps = machineCounters[MACHINE_COUNTER.finished_ps] ?? 0;
  const { keptBytes, budgetBytes, checkpoints } = travel.state;
  const seeks_ms = Array.from({ length: SEEKS }, (_, index) => {
    const at_ps = Math.floor((end_ps * ((index * 37 + 11) % 100)) / 100);
    return timed_ms(() => {
      travel.approach(at_ps);
      runTo(kept, at_ps);
    });
  }).sort((a, b) => a - b);
  const note = `${(hops / 1e6).toFixed(1)} million hops, ${((end_ps / PS_PER_SECOND) * 1000).toFixed(1)} ms simulated`;
  const memory = `${checkpoints} checkpoints, ${(keptBytes / MIB).toFixed(0)} of ${(budgetBytes / MIB).toFixed(0)} MiB`;
  const common = { unit: 'ms', baselineName: 'running there from the start', lowerIsBetter: true } as const;
  return [
    {
      ...common,
      name: 'going to an instant, median',
      value: seeks_ms[Math.floor(SEEKS / 2)] ?? Number.NaN,
      baselineValue: plain_ms / 2,
      note,
    },
    {
      ...common,
      name: 'going to an instant, longest of 40',
      value: seeks_ms.at(-1) ?? Number.NaN,
      baselineValue: plain_ms,
      promise: { what: 'atMost', value: 300 },
      note: memory,
    },
    {
      name: 'a run whose history is kept',
      value: hops / kept_ms / 1000,
      unit: 'million packet-hops/s',
      baselineName: 'the same without',
      baselineValue: hops / plain_ms / 1000,
      note,
    },
  ];
}
