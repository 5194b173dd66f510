/*
 * Does the traffic that was counted agree with what the plan says must have happened?
 */
import { at } from '../../base/invariant.ts';
import { MACHINE_COUNTER, MEMORY_COUNTER } from '../../core/pcie/counters.ts';
import { FLOW, FLOW_COUNT } from '../../core/pcie/tlp.ts';
import type { LegEnd, LegPlan } from '../../core/host/transfer/jobPlan.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { RunCheck } from '../protocol.ts';
import type { BootedHardware } from './boot.ts';
import type { PreparedJob } from './jobSetup.ts';
import { payloadBytes } from './linkShares.ts';

function expectBytes(name: string, expected: number, counted: number): RunCheck {
  return { name, ok: expected === counted, detail: `${counted} bytes counted, ${expected} expected` };
}

/** Job payload that host memory took or gave. */
export function memoryBytes(counters: Float64Array, field: number): number {
  let sum = 0;
  for (let flow = 0; flow < FLOW_COUNT; flow++) {
    if (flow !== FLOW.control) sum += at(counters, field * FLOW_COUNT + flow);
  }
  return sum;
}

/** How many times each byte of the job is written to and read from host memory. */
function memoryPasses(prepared: PreparedJob): { readonly written: number; readonly read: number } {
  const { legs, stages } = prepared.plan;
  const inMemory = (end: LegEnd, stage: number): boolean =>
    end.kind === 'hostMemory' || (end.kind === 'stage' && stages[stage]?.kind === 'host');
  const count = (of: (leg: LegPlan, index: number) => boolean): number => legs.filter(of).length;
  return {
    written: count((leg, index) => inMemory(leg.target, index)),
    read: count((leg, index) => inMemory(leg.source, index - 1)),
  };
}

function memoryChecks(booted: BootedHardware, prepared: PreparedJob): readonly RunCheck[] {
  const { bytes } = prepared.plan.order;
  const { memoryCounters, spec } = booted.hardware;
  // Lines that stay in the last-level cache never reach DRAM.
  const reaches = spec.host.memory.ioCache === 'hit' ? 0 : bytes;
  const passes = memoryPasses(prepared);
  const written = memoryBytes(memoryCounters, MEMORY_COUNTER.writtenBytes);
  const read = memoryBytes(memoryCounters, MEMORY_COUNTER.readBytes);
  return [
    expectBytes('Host memory was written as often as planned', passes.written * reaches, written),
    expectBytes('Host memory was read as often as planned', passes.read * reaches, read),
  ];
}

/** Link of a job's end; undefined inside the root complex and on conventional buses. */
function linkOf(booted: BootedHardware, node: NodeId): number | undefined {
  return node === 'host' ? undefined : booted.hardware.functionOf(node).link;
}

function linkChecks(booted: BootedHardware, prepared: PreparedJob, from: NodeId, to: NodeId): readonly RunCheck[] {
  const out = linkOf(booted, from);
  const into = linkOf(booted, to);
  if (out === into) return [];
  const { linkCounters } = booted.hardware;
  const { bytes } = prepared.plan.order;
  const checks: RunCheck[] = [];
  if (out !== undefined) {
    checks.push(expectBytes('Every byte left the source once', bytes, payloadBytes(linkCounters, out * 2 + 1, 'job')));
  }
  if (into !== undefined) {
    checks.push(
      expectBytes('Every byte came to the destination once', bytes, payloadBytes(linkCounters, into * 2, 'job')),
    );
  }
  return checks;
}

/** Counters of a finished run against its plan. */
export function trafficChecks(
  booted: BootedHardware,
  prepared: PreparedJob,
  from: NodeId,
  to: NodeId,
): readonly RunCheck[] {
  const arrived = at(booted.hardware.machineCounters, MACHINE_COUNTER.arrivedBytes);
  return [
    expectBytes('Every byte was counted as it arrived', prepared.plan.order.bytes, arrived),
    ...linkChecks(booted, prepared, from, to),
    ...memoryChecks(booted, prepared),
  ];
}
