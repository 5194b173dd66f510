/*
 * What the page is told about a machine once: functions, links, memories, the plan, the verdict.
 */
import type { Result } from '../../base/result.ts';
import { segmentBdfText } from '../../core/pcie/bdf.ts';
import type { Diagnostic } from '../../base/diagnostic.ts';
import type { HostFunction } from '../../core/host/hostView.ts';
import { indexOfId } from '../../core/host/p2pdma/names.ts';
import type { JobPlan, Party, Refusal } from '../../core/host/transfer/jobPlan.ts';
import type { DeviceMemory } from '../../core/models/devices/attachedDevice.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { PeerVerdict } from '../../core/pcie/verdict.ts';
import type { SparseMemory } from '../../core/sim/sparseMemory.ts';
import type { TransferSpec } from '../../topology/document.ts';
import type {
  FunctionDescription,
  LinkDescription,
  MachineDescription,
  MemoryDescription,
  TransferPlan,
  RunWay,
} from '../protocol.ts';
import type { BootedHardware } from './boot.ts';
import type { VerdictDesk } from './verdicts.ts';
import type { PreparedFlows } from './flowRunners.ts';

/** A memory with what the page is told about it. */
export interface DescribedMemory {
  readonly memory: SparseMemory;
  readonly description: MemoryDescription;
}

/** Host memory first, then the devices' in the order of the document. */
export function describeMemories(booted: BootedHardware): readonly DescribedMemory[] {
  const { hostMemory } = booted.hardware;
  const host: DescribedMemory = {
    memory: hostMemory.memory,
    description: {
      index: 0,
      node: 'host',
      label: 'Host memory',
      busAddress: 0,
      sizeBytes: hostMemory.sizeBytes,
      pieces: hostMemory.ranges.map(({ base, sizeBytes, offset }) => ({ offset, busAddress: base, sizeBytes })),
    },
  };
  const devices = [...booted.devices.values()].flatMap((device) => device.memories);
  return [host, ...devices.map((entry, position) => deviceMemory(booted, entry, position + 1))];
}

function deviceMemory(booted: BootedHardware, entry: DeviceMemory, index: number): DescribedMemory {
  const bars = viewOf(booted, entry.node)?.bars ?? [];
  const busAddress = bars.find((bar) => bar.index === entry.bar)?.address;
  const { node, label, memory } = entry;
  return { memory, description: { index, node, label, busAddress, sizeBytes: memory.sizeBytes } };
}

/** A node's function as software found it, or undefined. */
export function viewOf(booted: BootedHardware, node: NodeId): HostFunction | undefined {
  const index = indexOfId(booted.names, node);
  return index === undefined ? undefined : booted.view.functions[index];
}

function describeFunctions(booted: BootedHardware): readonly FunctionDescription[] {
  return booted.hardware.functions.map(({ index, spec }) => {
    const found = viewOf(booted, spec.id);
    return {
      id: spec.id,
      index,
      bdf: found === undefined ? undefined : segmentBdfText(found.segment, found.bdf),
      buses: found?.buses,
      bars: (found?.bars ?? []).map(({ index: bar, address, sizeBytes, prefetchable, space }) => ({
        index: bar,
        address,
        sizeBytes,
        prefetchable,
        space,
      })),
      mpsBytes: found?.mpsBytes ?? 0,
      mrrsBytes: found?.mrrsBytes ?? 0,
      acsControl: found?.acs?.control,
    };
  });
}

function describeLinks(booted: BootedHardware): readonly LinkDescription[] {
  return booted.hardware.links.map(({ index, upper, lower, up, gen, width, bytesPerSecond, propagation_ps }) => ({
    index,
    upper,
    lower,
    up,
    gen,
    width,
    bytesPerSecond,
    propagation_ps,
  }));
}

function nodeOf(booted: BootedHardware, party: Party): NodeId | 'host' {
  if (party === 'host') return 'host';
  return booted.names.functions[party]?.id ?? `function ${party}`;
}

/** The plan in the document's names: of the transfer, or of all flows that are transfers. */
export function describePlan(
  booted: BootedHardware,
  way: RunWay,
  plans: readonly JobPlan[],
  refusal: Refusal | undefined,
): TransferPlan {
  if (refusal !== undefined) return { way, legs: [], refused: refusal };
  const legs = plans
    .flatMap((plan) => plan.legs)
    .map((leg) => ({
      from: nodeOf(booted, leg.from),
      to: nodeOf(booted, leg.to),
      engine: leg.engine === 'cpu' ? ('cpu' as const) : nodeOf(booted, leg.engine),
      operation: leg.operation,
      sentence: leg.sentence,
    }));
  return { way, legs, refused: undefined };
}

/**
 * The verdict on the job's pair, which its mappings then use. The provider is the end whose memory the other's engine reaches: the
 * destination, unless the destination's own engine reads.
 */
function describeVerdict({ booted, transfer, verdicts }: DescribeOptions, plan: TransferPlan): PeerVerdict | undefined {
  const from = indexOfId(booted.names, transfer.from);
  const to = indexOfId(booted.names, transfer.to);
  if (from === undefined || to === undefined || from === to) return undefined;
  const reads = plan.way === 'p2p' && plan.legs[0]?.engine === transfer.to;
  const pair = reads ? { provider: from, client: to } : { provider: to, client: from };
  verdicts.store(pair);
  return verdicts.verdict(pair);
}

export interface DescribeOptions {
  readonly booted: BootedHardware;
  readonly memories: readonly DescribedMemory[];
  readonly transfer: TransferSpec;
  readonly way: RunWay;
  readonly flows: PreparedFlows;
  readonly refusal: Refusal | undefined;
  readonly verdicts: VerdictDesk;
  readonly diagnostics: readonly Diagnostic[];
}

export function describeMachine(options: DescribeOptions): MachineDescription {
  const { booted, memories, way, flows, refusal } = options;
  const groups = options.verdicts.groupNames;
  const prepared = flows.transfer?.ok === true ? flows.transfer.value.prepared : undefined;
  const plans = flows.runners.flatMap(({ plan: own }) => (own === undefined ? [] : [own]));
  const plan = describePlan(booted, way, prepared === undefined ? plans : [prepared.plan], refusal);
  const target = prepared?.target;
  const memory = memories.findIndex((entry) => entry.memory === target?.memory);
  return {
    functions: describeFunctions(booted),
    links: describeLinks(booted),
    memories: memories.map(({ description }) => description),
    diagnostics: [...booted.view.diagnostics, ...options.diagnostics],
    plan,
    destination: target === undefined || memory < 0 ? undefined : { memory, offset: target.offset },
    verdict: describeVerdict(options, plan),
    ...(groups === undefined ? {} : { groups }),
    flows: [
      { id: 'transfer', name: 'Transfer', refused: refusalOf(flows.transfer) },
      ...flows.beside.map(({ id, name, runner }) => ({ id, name, refused: refusalOf(runner) })),
    ],
  };
}

function refusalOf(made: Result<unknown, Refusal> | undefined): Refusal | undefined {
  return made?.ok === false ? made.error : undefined;
}
