/*
 * Operations of a device's access generator as one flow of a run: the driver programs it, waits, reads its result.
 */
import { at } from '../../base/invariant.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { GeneratorDriver } from '../../core/host/drivers/generatorDriver.ts';
import type { Refusal } from '../../core/host/transfer/jobPlan.ts';
import { mapPeer } from '../../core/host/transfer/legMapping.ts';
import { indexOfId } from '../../core/host/p2pdma/names.ts';
import type { AccessGenerator } from '../../core/models/devices/accessGenerator.ts';
import { type AccessPattern, accessOffset, accessPlaces } from '../../core/models/devices/accessSequence.ts';
import { PatternSource } from '../../core/models/devices/pattern.ts';
import { FLOW_COUNTER, flowRow } from '../../core/pcie/counters.ts';
import { FLOW, type Flow, flowByteOf } from '../../core/pcie/tlp.ts';
import type { SparseMemory } from '../../core/sim/sparseMemory.ts';
import type { FlowWork } from '../../topology/document.ts';
import type { RunCheck } from '../protocol.ts';
import { type FlowRunner, Once } from './flowRunner.ts';
import type { FlowStart } from './flowRunners.ts';
import { flowSeed } from './jobSetup.ts';
import type { Workshop } from './workshop.ts';

type AccessWork = Extract<FlowWork, { kind: 'accesses' }>;

/** Bytes of a window that are really held: more would not fit into the memory of a page. */
const LARGEST_HELD_BYTES = 2 ** 30;
/** Places of a window remembered one by one while it is checked. */
const LARGEST_PLACES = 2 ** 27;
const REGISTER_LIMIT = 2 ** 32;

interface Window {
  /** Makes it reachable for a function. @returns the address that function uses. */
  readonly mapFor: (fn: number) => number;
  readonly memory: SparseMemory;
  readonly offset: number;
}

/** Prepares an access generator. */
export function prepareAccesses(workshop: Workshop, work: AccessWork, start: FlowStart): Result<FlowRunner, Refusal> {
  const { booted } = workshop;
  const engine = indexOfId(booted.names, work.engine);
  const fn = engine === undefined ? undefined : booted.view.functions[engine];
  const registers = engine === undefined ? undefined : workshop.capabilities.get(engine)?.engine?.registers;
  if (fn === undefined || registers === undefined) return err(noGenerator(work));
  if (work.engine === work.target) return err(itself(work));
  const generator = workshop.takeGenerator(work.engine);
  if (generator === undefined) return err(noChannel(work));
  const pattern = patternOf(workshop, work, start);
  const held = Math.min(work.windowBytes, start.isBackground ? Infinity : work.operations * work.operationBytes);
  if (held > LARGEST_HELD_BYTES) return err(tooLarge(held));
  const window = windowOf(workshop, work, start.number);
  if (!window.ok) return window;
  if (work.operation === 'read') fillPlaces(pattern, start.isBackground ? Infinity : work.operations, window.value);
  if (work.operation === 'write') watch(workshop, work, start.number);
  const driver = new GeneratorDriver({
    view: booted.view,
    fn,
    registers,
    channel: generator.channel,
    program: {
      address: window.value.mapFor(fn.index),
      windowBytes: work.windowBytes,
      operationBytes: work.operationBytes,
      outstanding: work.outstanding,
      operations: Math.min(work.operations, REGISTER_LIMIT - 1),
      isWrite: work.operation === 'write',
      isRandom: pattern.isRandom,
      isEndless: start.isBackground,
      seed: pattern.seed >>> 0,
      flow: flowByteOf(classOf(work), start.number),
    },
    target: indexOfId(booted.names, work.target),
    name: work.engine,
  });
  generator.onPhase = start.onPhase;
  const { flowCounters, links } = booted.hardware;
  const lastByte = flowRow(start.number, links.length * 2) + FLOW_COUNTER.lastByte_ps;
  const lastByte_ps = (): number => at(flowCounters, lastByte);
  return ok(runnerOf({ work, start, generator, driver, pattern, window: window.value, lastByte_ps }));
}

interface RunnerParts {
  readonly work: AccessWork;
  readonly start: FlowStart;
  readonly generator: AccessGenerator;
  readonly driver: GeneratorDriver;
  readonly pattern: AccessPattern;
  readonly window: Window;
  /** When the flow's last byte arrived. */
  readonly lastByte_ps: () => number;
}

function runnerOf(parts: RunnerParts): FlowRunner {
  const { work, start, generator, driver } = parts;
  const checked = new Once(() => accessChecks(parts));
  return {
    ...start,
    get progress() {
      // The equipment's own clock is exact; the driver looks now and then.
      const { record } = driver;
      if (generator.begun_ps < 0 || record.state === 'ready') return record;
      if (record.state === 'running') return { ...record, begun_ps: generator.begun_ps };
      // Writes are over when the last one has arrived.
      const arrived_ps = work.operation === 'write' ? parts.lastByte_ps() : 0;
      return { ...record, begun_ps: generator.begun_ps, finished_ps: Math.max(generator.ended_ps, arrived_ps) };
    },
    get over_ps() {
      return driver.record.finished_ps;
    },
    probe: () => driver.probe(),
    run: () => driver.run(),
    stop: () => driver.stop(),
    halt: () => generator.halt(),
    checks: () => checked.value,
    software: [driver, checked],
    latency: () => latencyOf(generator),
    processes: 1,
    parts: [
      {
        worker: work.engine,
        channel: generator.channel,
        operation: work.operation,
        usesMemory: work.target === 'host',
        outstanding: work.outstanding,
        cpu_ps: 0,
      },
    ],
  };
}

function latencyOf({ latencies }: AccessGenerator): ReturnType<FlowRunner['latency']> {
  if (latencies.isEmpty) return undefined;
  return {
    minimum: latencies.minimum_ps,
    median: latencies.quantile(0.5),
    p99: latencies.quantile(0.99),
    maximum: latencies.maximum_ps,
  };
}

function patternOf(workshop: Workshop, work: AccessWork, { number }: FlowStart): AccessPattern {
  return {
    windowBytes: Math.max(work.windowBytes, work.operationBytes),
    operationBytes: work.operationBytes,
    isRandom: work.pattern === 'random',
    seed: flowSeed(workshop.seed, number),
  };
}

function classOf({ target, operation }: AccessWork): Flow {
  if (target !== 'host') return FLOW.p2p;
  return operation === 'read' ? FLOW.bounceOut : FLOW.bounceIn;
}

/**
 * Memory for the window: of the host, or a piece of the target's, mapped for the device. Its driver programs addresses
 * itself, so the kernel's verdict on peers decides how they are mapped, not whether.
 */
function windowOf(workshop: Workshop, work: AccessWork, flow: number): Result<Window, Refusal> {
  const { booted, kernel } = workshop;
  const bytes = Math.max(work.windowBytes, work.operationBytes);
  if (work.target === 'host') {
    if (bytes > kernel.largestFreeBytes) return err(noRoom('The host', bytes, kernel.largestFreeBytes));
    const address = kernel.allocate(bytes, work.memoryNode ?? nodeOf(workshop, work.engine));
    const { hostMemory } = booted.hardware;
    const mapFor = (fn: number): number => kernel.mapForDevice(fn, address, bytes, 'both');
    return ok({ mapFor, memory: hostMemory.memory, offset: hostMemory.offsetOf(address) });
  }
  const target = indexOfId(booted.names, work.target);
  const capability = target === undefined ? undefined : workshop.boardFor(flow).capabilities.get(target);
  const range = capability?.window ?? capability?.buffer;
  const device = booted.devices.get(work.target);
  const bar = target === undefined ? undefined : barAt(workshop, target, range?.address);
  const memory = device?.memories.find((one) => one.bar !== undefined && one.bar === bar?.index)?.memory;
  if (range === undefined || memory === undefined || bar?.address === undefined) return err(noTarget(work));
  const offset = workshop.places.take(work.target, bytes, range.sizeBytes);
  if (offset === undefined) return err(noRoom(work.target, bytes, range.sizeBytes));
  const address = range.address + offset;
  const provider = target ?? NaN;
  const mapFor = (client: number): number =>
    mapPeer(kernel, booted.view, { provider, client }, { address, lengthBytes: bytes });
  return ok({ mapFor, memory, offset: range.address - bar.address + offset });
}

/** Socket of a function's host bridge. */
function nodeOf({ booted }: Workshop, engine: string): number {
  const { functions, hostBridges } = booted.hardware.spec;
  const parents = new Map(functions.map(({ id, parent }) => [id, parent]));
  let place = engine;
  for (let parent = parents.get(place); parent !== undefined; parent = parents.get(place)) place = parent;
  return hostBridges.find(({ id }) => id === place)?.numaNode ?? 0;
}

function barAt({ booted }: Workshop, fn: number, address: number | undefined) {
  const bars = booted.view.functions[fn]?.bars ?? [];
  return bars.find(
    (bar) =>
      bar.address !== undefined &&
      address !== undefined &&
      address >= bar.address &&
      address < bar.address + bar.sizeBytes,
  );
}

function watch({ booted }: Workshop, work: AccessWork, flow: number): void {
  const kind = work.target === 'host' ? 'hostMemory' : 'function';
  booted.hardware.watchArrival(kind === 'hostMemory' ? { kind } : { kind, node: work.target }, flow);
}

/** Puts the pattern where operations will read it: into the whole window, or only where they go. */
function fillPlaces(pattern: AccessPattern, operations: number, window: Window): void {
  const source = new PatternSource(pattern.seed);
  const piece = new Uint8Array(pattern.operationBytes);
  visitPlaces(pattern, operations, (offset) => {
    source.readInto(offset, piece.length, piece, 0);
    window.memory.writeFrom(window.offset + offset, piece.length, piece, 0);
  });
}

/** Every place some operation goes to, once where that can be remembered. */
function visitPlaces(pattern: AccessPattern, operations: number, visit: (offset: number) => void): void {
  const places = accessPlaces(pattern);
  // In any order, as many operations as it takes: all places.
  if (!pattern.isRandom || operations === Infinity) {
    const inOrder = { ...pattern, isRandom: false };
    for (let index = 0; index < Math.min(operations, places); index++) visit(accessOffset(inOrder, index));
    return;
  }
  const seen = places <= LARGEST_PLACES ? new Uint8Array(places) : undefined;
  for (let index = 0; index < operations; index++) {
    const offset = accessOffset(pattern, index);
    const place = offset / pattern.operationBytes;
    if (seen?.[place] === 1) continue;
    if (seen !== undefined) seen[place] = 1;
    visit(offset);
  }
}

function accessChecks({ work, generator, driver, pattern, window }: RunnerParts): readonly RunCheck[] {
  if (driver.record.state !== 'finished') return [];
  if (work.operation === 'read') {
    const { wrongBytes, done } = generator;
    const detail = `${wrongBytes} wrong bytes in ${done} reads of ${work.operationBytes} bytes`;
    return [{ name: 'Reads brought the bytes of the target', ok: wrongBytes === 0, detail }];
  }
  const wrong = wrongPlaces(pattern, generator.done, window);
  const detail = `${wrong} wrong places after ${generator.done} writes of ${work.operationBytes} bytes`;
  return [{ name: 'The target holds the bytes of the writes', ok: wrong === 0, detail }];
}

function wrongPlaces(pattern: AccessPattern, operations: number, window: Window): number {
  const source = new PatternSource(pattern.seed);
  const ours = new Uint8Array(pattern.operationBytes);
  const theirs = new Uint8Array(pattern.operationBytes);
  let wrong = 0;
  visitPlaces(pattern, operations, (offset) => {
    source.readInto(offset, ours.length, ours, 0);
    window.memory.readInto(window.offset + offset, theirs.length, theirs, 0);
    if (ours.some((byte, index) => byte !== at(theirs, index))) wrong += 1;
  });
  return wrong;
}

function noGenerator({ engine }: AccessWork): Refusal {
  return {
    code: 'FLOW_NO_GENERATOR',
    message: `${engine} has no engine that could generate accesses, or its registers have no address.`,
    fix: 'Choose a NIC, a drive, an accelerator or a DMA engine.',
  };
}

function itself({ engine }: AccessWork): Refusal {
  return {
    code: 'FLOW_SAME_DEVICE',
    message: `${engine} would access its own memory: no switch sends a request back where it came from.`,
    fix: 'Choose another device as target, or the host.',
  };
}

function noChannel({ engine }: AccessWork): Refusal {
  return {
    code: 'FLOW_NO_CHANNEL',
    message: `All access generators of ${engine} are in use by other flows.`,
    fix: 'Let another device generate these accesses.',
  };
}

function noTarget({ target }: AccessWork): Refusal {
  return {
    code: 'FLOW_NO_TARGET',
    message: `${target} has no memory with bus addresses.`,
    fix: 'Choose the host, or a device with memory behind a BAR.',
  };
}

function noRoom(name: string, bytes: number, free: number): Refusal {
  return {
    code: 'FLOW_NO_ROOM',
    message: `${name} has no room for a window of ${bytes} bytes; of ${free} bytes some may be taken by other flows.`,
    fix: 'Choose a smaller window.',
  };
}

function tooLarge(bytes: number): Refusal {
  return {
    code: 'FLOW_TOO_LARGE',
    message: `The operations touch ${bytes} bytes, more than this simulator holds for one flow.`,
    fix: `Touch at most ${LARGEST_HELD_BYTES} bytes: fewer operations, or a smaller window.`,
  };
}
