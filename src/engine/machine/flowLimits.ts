/*
 * What kept each flow from being faster. Who works on a flow measures what it waits for; where that is the way out or an
 * answer, the cause is looked for among what the flow shares on its way: the wire, memory, the root complex, the IOMMU, or
 * credits, by what was counted there in the same time.
 */
import { countText } from '../../base/format.ts';
import type { FlowLimit } from '../../core/pcie/flowReport.ts';
import { WAIT, type Wait, type WaitClock } from '../../core/models/devices/waitClock.ts';
import type { AttachedDevice } from '../../core/models/devices/attachedDevice.ts';
import type { FlowLoad } from './flowLoads.ts';
import { busiestWire, fullResource, type FlowWay, type Resource } from './flowResources.ts';
import type { FlowPart, FlowRunner } from './flowRunner.ts';
import type { ReportInput } from './runReport.ts';

/** Shares below are not worth a line. */
const SMALLEST_SHARE = 0.005;
/** Legs that together are busy for longer than this share of the time overlap: the busier one decides. */
const OVERLAP = 1.1;

/** A share of a flow's time and what it went into. */
interface Spent extends Resource {
  readonly share: number;
}

/** Largest first; what adds up to less than 1 was free of any. */
export function limitsOf(input: ReportInput, runner: FlowRunner, load: FlowLoad): readonly FlowLimit[] {
  const { begun } = load;
  const { progress, parts, number } = runner;
  if (begun === undefined || parts.length === 0) return [];
  const ended = load.ended ?? input.flows.loads.take();
  const until_ps = progress.finished_ps > 0 ? progress.finished_ps : ended.at_ps;
  const span_ps = Math.max(1, until_ps - progress.begun_ps);
  const spent = parts.map((part) => {
    const way = {
      number,
      reads: part.operation === 'read',
      usesMemory: usesMemory(runner),
      begun,
      ended,
      activeShare: activeShare(input, part, number, span_ps),
      memoryReads: part.usesMemory && part.operation !== 'write' ? 1 : 0,
      memoryWrites: part.usesMemory && part.operation !== 'read' ? 1 : 0,
    };
    return partSpent(input, part, way, span_ps);
  });
  return merge(together(spent));
}

function usesMemory({ parts }: FlowRunner): boolean {
  return parts.some((part) => part.usesMemory);
}

/** Share of the flow's time in which somebody worked on a part of it. */
function activeShare(input: ReportInput, part: FlowPart, number: number, span_ps: number): number {
  const waits = waitsOf(input, part);
  if (waits === undefined) return Math.min(1, part.cpu_ps / span_ps);
  const worked_ps = WAITS.reduce((sum: number, wait) => sum + waits.time_ps(number, wait), 0);
  return Math.min(1, worked_ps / span_ps);
}

function waitsOf({ booted }: ReportInput, part: FlowPart): WaitClock | undefined {
  const device = part.worker === 'cpu' ? undefined : booted.devices.get(part.worker);
  const waits = part.channel === undefined ? device?.waits : device?.generators[part.channel]?.waits;
  waits?.settle(booted.hardware.now_ps);
  return waits;
}

function total(spent: readonly Spent[]): number {
  return spent.reduce((sum, { share }) => sum + share, 0);
}

/** Legs one after the other add up; of legs that overlap the busiest counts. The rest of the time nobody worked. */
function together(parts: readonly (readonly Spent[])[]): readonly Spent[] {
  const sum = parts.reduce((all, part) => all + total(part), 0);
  const [busiest = []] = [...parts].sort((a, b) => total(b) - total(a));
  const work = sum > OVERLAP ? busiest : parts.flat();
  const software: Spent = { ...SOFTWARE, share: Math.max(0, 1 - total(work)) };
  return [...work, software];
}

const SOFTWARE: Resource = { kind: 'software', node: undefined, text: 'software between pieces' };

function partSpent(input: ReportInput, part: FlowPart, way: FlowWay, span_ps: number): readonly Spent[] {
  if (part.worker === 'cpu') return [{ ...coreLimit(input, part, way), share: part.cpu_ps / span_ps }];
  const device = input.booted.devices.get(part.worker);
  const waits = waitsOf(input, part);
  if (device === undefined || waits === undefined) return [];
  const own = WAITS.map((wait) => ({
    ...causeOf(input, device, part, way, wait),
    share: waits.time_ps(way.number, wait) / span_ps,
  }));
  const others = Math.min(1 - total(own), otherFlows(waits, way.number) / span_ps);
  const shared: Spent = {
    kind: 'device',
    node: part.worker,
    text: `engine of ${device.spec.name} at work for other flows`,
    share: part.channel === undefined ? Math.max(0, others) : 0,
  };
  return [...own, shared];
}

const WAITS: readonly Wait[] = [WAIT.local, WAIT.room, WAIT.tags, WAIT.buffer, WAIT.answers, WAIT.setup];

/** Time an engine has worked on flows other than this one. */
function otherFlows(waits: WaitClock, flow: number): number {
  let sum = 0;
  for (let other = 0; other < waits.flows; other++) {
    if (other !== flow) for (const wait of WAITS) sum += waits.time_ps(other, wait);
  }
  return sum;
}

/** A core's own pace, unless something on the way is full. */
function coreLimit({ booted }: ReportInput, part: FlowPart, way: FlowWay): Resource {
  const words = { read: 'loads of one core', write: 'stores of one core', 'read and write': 'one core copying' };
  return fullResource(booted, way) ?? { kind: 'cpu', node: undefined, text: words[part.operation] };
}

function causeOf(input: ReportInput, device: AttachedDevice, part: FlowPart, way: FlowWay, wait: Wait): Resource {
  const { booted } = input;
  const { id, name } = device.spec;
  const own = (kind: Resource['kind'], text: string): Resource => ({ kind, node: id, text });
  switch (wait) {
    case WAIT.local:
      return own('device', `${LOCAL_WORDS[device.model] ?? 'rate of'} ${name}`);
    case WAIT.setup:
      return own('device', `${SETUP_WORDS[device.model] ?? 'descriptors of'} ${name}`);
    case WAIT.room:
      return fullResource(booted, way) ?? busiestWire(booted, way) ?? own('device', `transmit queue of ${name}`);
    case WAIT.buffer:
      return fullResource(booted, way) ?? own('device', `buffer of ${name}`);
    case WAIT.tags:
      return fullResource(booted, way) ?? own('tags', `tags of ${name}${tagWords(part)}`);
    default:
      return fullResource(booted, way) ?? { kind: 'none', node: undefined, text: 'latency of the last answers' };
  }
}

function tagWords({ outstanding }: FlowPart): string {
  return outstanding === undefined ? '' : `, ${countText(outstanding, 'operation')} under way`;
}

const SETUP_WORDS: Partial<Record<AttachedDevice['model'], string>> = { nvme: 'access time of the media of' };
const LOCAL_WORDS: Partial<Record<AttachedDevice['model'], string>> = { nic: 'network wire of', nvme: 'media of' };

/** Equal causes once, largest first. */
function merge(spent: readonly Spent[]): readonly FlowLimit[] {
  const merged = new Map<string, FlowLimit>();
  for (const { kind, node, text, share } of spent) {
    const known = merged.get(text);
    merged.set(text, { kind, node, text, share: Math.min(1, (known?.share ?? 0) + share) });
  }
  return [...merged.values()]
    .filter(({ share }) => share >= SMALLEST_SHARE)
    .sort((a, b) => b.share - a.share || (a.text < b.text ? -1 : 1));
}
