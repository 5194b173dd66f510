/*
 * Does the traffic that was counted agree with what the plan says must have happened?
 */
import { alignUp } from '../../base/bits.ts';
import { at } from '../../base/invariant.ts';
import { FLOW_COUNTER, FLOW_COUNTER_COUNT, flowRow, MEMORY_COUNTER } from '../../core/pcie/counters.ts';
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

/** Whole lines: the first and the last may hold bytes of others. */
function atMostBytes(name: string, most: number, counted: number): RunCheck {
  return { name, ok: counted <= alignUp(most, 64) + 128, detail: `${counted} bytes counted, at most ${most} expected` };
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
  if (spec.host.memory.ioCache === 'model') {
    // Lines that are found there, or stay there, are not counted; none is written back, or fetched, twice.
    return [
      atMostBytes('DRAM was written no more often than host memory', passes.written * reaches, written),
      atMostBytes('DRAM was read no more often than host memory', passes.read * reaches, read),
    ];
  }
  return [
    expectBytes('Host memory was written as often as planned', passes.written * reaches, written),
    expectBytes('Host memory was read as often as planned', passes.read * reaches, read),
  ];
}

/** Link of a job's end; undefined inside the root complex and on conventional buses. */
function linkOf(booted: BootedHardware, node: NodeId): number | undefined {
  return node === 'host' ? undefined : booted.hardware.functionOf(node).link;
}

/** Payload of one flow that one direction of a link has carried. */
export function flowPayload({ hardware }: BootedHardware, flow: number, segment: number): number {
  const { linkCounters, flowCounters, links } = hardware;
  const row = (number: number): number => flowRow(number, links.length * 2) + FLOW_COUNTER_COUNT + segment;
  if (flow > 0) return at(flowCounters, row(flow));
  let bytes = payloadBytes(linkCounters, segment, 'job');
  const flows = flowCounters.length / flowRow(1, links.length * 2);
  for (let other = 1; other < flows; other++) bytes -= at(flowCounters, row(other));
  return bytes;
}

/** Every byte of a transfer left its source, came to its destination, and was counted there, once. */
export function deliveryChecks(
  booted: BootedHardware,
  prepared: PreparedJob,
  { from, to }: { readonly from: NodeId; readonly to: NodeId },
  flow: number,
): readonly RunCheck[] {
  const { flowCounters, links } = booted.hardware;
  const { bytes } = prepared.plan.order;
  const arrived = at(flowCounters, flowRow(flow, links.length * 2) + FLOW_COUNTER.arrivedBytes);
  const checks = [expectBytes('Every byte was counted as it arrived', bytes, arrived)];
  const out = linkOf(booted, from);
  const into = linkOf(booted, to);
  if (out === into) return checks;
  if (out !== undefined) {
    checks.push(expectBytes('Every byte left the source once', bytes, flowPayload(booted, flow, out * 2 + 1)));
  }
  if (into !== undefined) {
    checks.push(expectBytes('Every byte came to the destination once', bytes, flowPayload(booted, flow, into * 2)));
  }
  return checks;
}

/**
 * Counters of a finished transfer against its plan.
 * @param isAlone no other flow ran: host memory's counters are the transfer's.
 */
export function trafficChecks(
  booted: BootedHardware,
  prepared: PreparedJob,
  ends: { readonly from: NodeId; readonly to: NodeId },
  isAlone: boolean,
): readonly RunCheck[] {
  return [...deliveryChecks(booted, prepared, ends, 0), ...(isAlone ? memoryChecks(booted, prepared) : [])];
}
