/*
 * From a function's model in the document to a device in the machine: memories, BARs, inner side, engine.
 */
import { KIB, MIB, PS_PER_US } from '../../../base/units.ts';
import { engineBarOf, largestMemoryBarOf } from '../../config/devices/engineBar.ts';
import type { BarSpec, DeviceModel, FunctionSpec } from '../../pcie/machineSpec.ts';
import { type FlowByte, flowNumberOf } from '../../pcie/tlp.ts';
import { SparseMemory } from '../../sim/sparseMemory.ts';
import type { AttachedDevice, DeviceMemory, DeviceSite, DeviceStore } from './attachedDevice.ts';
import { type BarPlan, addMemoryBar, addOtherBars, msixBarOf } from './barPlan.ts';
import { BUFFER_PLACE_BYTES } from './dataMover.ts';
import { EngineDevice, type EngineDeviceParts } from './engineDevice.ts';
import { HandlerSocket } from './handlerSocket.ts';
import type { LocalSide } from './localSide.ts';
import { MediaSide, MemorySide, WireSide } from './localSides.ts';
import { OwnWindow } from './ownWindow.ts';
import { PassiveDevice } from './passiveDevice.ts';
import { GPU_LATENCY_PS, MEMORY_LATENCY_PS } from '../../pcie/deviceLatencies.ts';
import { PatternSource } from './pattern.ts';
import { FilledBuffer } from './rateBuffers.ts';

/** NAND, first byte of a read command (performance reference, section 6). */
const MEDIA_READ_LATENCY_PS = 75 * PS_PER_US;
/** Buffers inside the devices, each way; estimates of common parts. */
const NIC_FIFO_BYTES = 256 * KIB;
const DRIVE_BUFFER_BYTES = MIB;
/** Outstanding reads of an engine whose document does not say (performance reference, section 6: tags). */
const DEFAULT_READS = 768;
/** A memory-to-memory engine has a buffer place for each read, so it has fewer: 32 KiB at MRRS 512 unless stated. */
const DEFAULT_COPY_READS = 64;
const MAXIMUM_COPY_READS = 256;
const MAXIMUM_READS = 32767;
/** The longest stream the far end of a wire keeps. */
const WIRE_CAPTURE_BYTES = 2 ** 36;

type ModelOf<Type extends DeviceModel['type']> = Extract<DeviceModel, { type: Type }>;

/** Counts what crosses the inner side, and tells whoever listens what has arrived there. */
class InsideTraffic {
  listener: ((lengthBytes: number, flow: FlowByte) => void) | undefined;
  private readonly _site: DeviceSite;
  private readonly _spec: FunctionSpec;

  constructor(site: DeviceSite, spec: FunctionSpec) {
    this._site = site;
    this._spec = spec;
  }

  bytesIn(lengthBytes: number): void {
    this._site.countExternal(this._spec.id, 'in', lengthBytes);
  }

  bytesOut(lengthBytes: number): void {
    this._site.countExternal(this._spec.id, 'out', lengthBytes);
  }
}

interface EngineOptions {
  readonly local: LocalSide | undefined;
  readonly store: DeviceStore | undefined;
  readonly memoryBar: BarSpec | undefined;
  readonly plan: BarPlan;
  readonly tags: number | undefined;
  readonly rateBytesPerSecond?: number | undefined;
  readonly offer?: (lengthBytes: number) => void;
  readonly traffic: InsideTraffic;
}

/** Attaches a function that has an engine, or one that lacks only the BAR for its registers: then it is passive. */
function attachEngine(
  site: DeviceSite,
  spec: FunctionSpec,
  model: DeviceModel['type'],
  options: EngineOptions,
): AttachedDevice {
  const { plan, memoryBar } = options;
  const engineBar = engineBarOf(spec.bars, memoryBar?.index);
  addOtherBars(plan, site, spec, [engineBar?.index, msixBarOf(site, spec)]);
  const socket = new HandlerSocket();
  const port = site.attach(spec.id, socket, plan.behaviours);
  const device =
    engineBar === undefined ? undefined : new EngineDevice(port, engineParts(site, spec, engineBar, options));
  socket.plug(device ?? new PassiveDevice());
  return {
    spec,
    model,
    memories: plan.memories,
    store: options.store,
    offer: options.offer ?? (() => undefined),
    onInsideArrival: (listener) => {
      options.traffic.listener = listener;
    },
    waits: device?.waits,
    generators: device?.generators ?? [],
    get isIdle() {
      return device?.isIdle ?? true;
    },
  };
}

function engineParts(
  site: DeviceSite,
  spec: FunctionSpec,
  engineBar: BarSpec,
  options: EngineOptions,
): EngineDeviceParts {
  const { local, memoryBar, plan, rateBytesPerSecond, traffic } = options;
  const { config } = site.functionOf(spec.id);
  const reads = Math.min(options.tags ?? (local === undefined ? DEFAULT_COPY_READS : DEFAULT_READS), MAXIMUM_READS);
  const copyReads = Math.min(reads, MAXIMUM_COPY_READS);
  const memory = plan.memories.find((entry) => entry.bar === memoryBar?.index && entry.bar !== undefined)?.memory;
  const ownMemory =
    memory === undefined || memoryBar === undefined
      ? undefined
      : new OwnWindow(memory, config, memoryBar.index, memoryBar.sizeBytes);
  return {
    config,
    engineBar: engineBar.index,
    local,
    ownMemory,
    buffer: local === undefined ? new SparseMemory(site.arena, copyReads * BUFFER_PLACE_BYTES) : undefined,
    maximumReads: local === undefined ? copyReads : reads,
    onArrived: (lengthBytes, flow) => traffic.listener?.(lengthBytes, flow),
    onOperation: (flow) => site.countOperation(flowNumberOf(flow)),
    rate: rateBytesPerSecond === undefined ? undefined : new FilledBuffer(rateBytesPerSecond, 64 * KIB),
  };
}

function buildNic(site: DeviceSite, spec: FunctionSpec, model: ModelOf<'nic'>, seed: number): AttachedDevice {
  const traffic = new InsideTraffic(site, spec);
  const incoming = new PatternSource(seed);
  const capture = new SparseMemory(site.arena, WIRE_CAPTURE_BYTES);
  const sent: DeviceMemory = { node: spec.id, label: 'Sent on the wire', memory: capture, bar: undefined };
  const options = { bytesPerSecond: model.wireBitsPerSecond / 8, fifoBytes: NIC_FIFO_BYTES };
  const wire = new WireSide(incoming, capture, options, traffic);
  return attachEngine(site, spec, 'nic', {
    local: wire,
    store: { source: incoming, fillable: undefined, arrived: sent, isInside: true },
    memoryBar: undefined,
    plan: { behaviours: new Map(), memories: [sent] },
    tags: model.tags,
    offer: (lengthBytes) => wire.offer(lengthBytes),
    traffic,
  });
}

function buildDma(site: DeviceSite, spec: FunctionSpec, model: ModelOf<'dma'>): AttachedDevice {
  return attachEngine(site, spec, 'dma', {
    local: undefined,
    store: undefined,
    memoryBar: undefined,
    plan: { behaviours: new Map(), memories: [] },
    tags: model.tags,
    rateBytesPerSecond: model.rateBytesPerSecond,
    traffic: new InsideTraffic(site, spec),
  });
}

/** @simplifies Drives take the model's common descriptors; NVMe's own queues and commands do not exist. */
function buildNvme(site: DeviceSite, spec: FunctionSpec, model: ModelOf<'nvme'>): AttachedDevice {
  const traffic = new InsideTraffic(site, spec);
  const memory = new SparseMemory(site.arena, model.capacityBytes);
  const media: DeviceMemory = { node: spec.id, label: 'Media', memory, bar: undefined };
  const plan: BarPlan = { behaviours: new Map(), memories: [media] };
  const memoryBar = spec.bars.find((bar) => bar.index === model.cmbBar && bar.space === 'memory');
  if (memoryBar !== undefined) {
    addMemoryBar(plan, site, spec, memoryBar, { label: 'Controller memory buffer', readLatency_ps: MEMORY_LATENCY_PS });
  }
  const local = new MediaSide(
    memory,
    {
      readBytesPerSecond: model.readBytesPerSecond,
      writeBytesPerSecond: model.writeBytesPerSecond,
      readLatency_ps: MEDIA_READ_LATENCY_PS,
      bufferBytes: DRIVE_BUFFER_BYTES,
    },
    traffic,
  );
  const store: DeviceStore = { source: memory, fillable: memory, arrived: media, isInside: true };
  return attachEngine(site, spec, 'nvme', { local, store, memoryBar, plan, tags: model.tags, traffic });
}

function buildGpu(site: DeviceSite, spec: FunctionSpec, model: ModelOf<'gpu'>): AttachedDevice {
  const memoryBar = spec.bars.find((bar) => bar.index === model.apertureBar && bar.space === 'memory');
  if (memoryBar === undefined)
    return buildMemory(site, spec, 'gpu', { bar: undefined, label: 'Memory', readLatency_ps: GPU_LATENCY_PS });
  const plan: BarPlan = { behaviours: new Map(), memories: [] };
  const readLatency_ps = model.readLatency_ps ?? GPU_LATENCY_PS;
  const entry = addMemoryBar(plan, site, spec, memoryBar, { label: 'Memory behind the aperture', readLatency_ps });
  const traffic = new InsideTraffic(site, spec);
  return attachEngine(site, spec, 'gpu', {
    local: new MemorySide(entry.memory, 0),
    store: { source: entry.memory, fillable: entry.memory, arrived: entry, isInside: false },
    memoryBar,
    plan,
    tags: model.tags,
    traffic,
  });
}

interface MemoryOptions {
  readonly bar: BarSpec | undefined;
  readonly label: string;
  readonly readLatency_ps: number;
  readonly dropUnalignedWrites?: boolean;
}

/** A function that is nothing but the memory behind its BARs. */
function buildMemory(
  site: DeviceSite,
  spec: FunctionSpec,
  model: DeviceModel['type'],
  options: MemoryOptions,
): AttachedDevice {
  const plan: BarPlan = { behaviours: new Map(), memories: [] };
  const entry = options.bar === undefined ? undefined : addMemoryBar(plan, site, spec, options.bar, options);
  addOtherBars(plan, site, spec, [msixBarOf(site, spec) === options.bar?.index ? undefined : msixBarOf(site, spec)]);
  site.attach(spec.id, new PassiveDevice(), plan.behaviours);
  return {
    spec,
    model,
    memories: plan.memories,
    store:
      entry === undefined
        ? undefined
        : { source: entry.memory, fillable: entry.memory, arrived: entry, isInside: false },
    offer: () => undefined,
    onInsideArrival: () => undefined,
    waits: undefined,
    generators: [],
    isIdle: true,
  };
}

/** Memory endpoint of 2016: BAR 4 is its memory (enumeration reference 9.1). */
function buildIopmem(site: DeviceSite, spec: FunctionSpec, model: ModelOf<'iopmem'>): AttachedDevice {
  const bar = spec.bars.find((candidate) => candidate.index === 4 && candidate.space === 'memory');
  return buildMemory(site, spec, 'iopmem', {
    bar: bar ?? largestMemoryBarOf(spec.bars),
    label: 'Memory',
    readLatency_ps: model.readLatency_ps ?? MEMORY_LATENCY_PS,
    dropUnalignedWrites: true,
  });
}

/**
 * Builds and attaches the device a function's model names; without a model it is a generic one.
 * @param seed of the bytes a NIC's wire delivers.
 */
export function buildDevice(site: DeviceSite, spec: FunctionSpec, seed: number): AttachedDevice {
  const model: DeviceModel = spec.model ?? { type: 'generic' };
  switch (model.type) {
    case 'nic':
      return buildNic(site, spec, model, seed);
    case 'dma':
      return buildDma(site, spec, model);
    case 'nvme':
      return buildNvme(site, spec, model);
    case 'gpu':
      return buildGpu(site, spec, model);
    case 'iopmem':
      return buildIopmem(site, spec, model);
    case 'generic': {
      const readLatency_ps = model.readLatency_ps ?? MEMORY_LATENCY_PS;
      return buildMemory(site, spec, 'generic', {
        bar: largestMemoryBarOf(spec.bars),
        label: 'Memory',
        readLatency_ps,
      });
    }
  }
}
