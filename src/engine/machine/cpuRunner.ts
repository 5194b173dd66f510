/*
 * A core's loads from or stores to a BAR as one flow of a run.
 */
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { PS_PER_US } from '../../base/units.ts';
import { enableDevice } from '../../core/host/drivers/functionSetup.ts';
import { indexOfId } from '../../core/host/p2pdma/names.ts';
import { cpuLoad, cpuStore, mmioRead32, now, sleep } from '../../core/host/processRequests.ts';
import type { Refusal } from '../../core/host/transfer/jobPlan.ts';
import { PatternSource } from '../../core/models/devices/pattern.ts';
import type { CpuAccessOrder, HostProcess } from '../../core/pcie/requests.ts';
import { FLOW, flowByteOf } from '../../core/pcie/tlp.ts';
import { SparseMemory } from '../../core/sim/sparseMemory.ts';
import type { FlowWork } from '../../topology/document.ts';
import type { RunCheck } from '../protocol.ts';
import { compareData } from './dataCheck.ts';
import { type FlowProgress, type FlowRunner, Once } from './flowRunner.ts';
import type { FlowStart } from './flowRunners.ts';
import { fill, flowSeed } from './jobSetup.ts';
import type { Workshop } from './workshop.ts';

type CpuWork = Extract<FlowWork, { kind: 'cpu' }>;

const LARGEST_HELD_BYTES = 2 ** 30;
/**
 * Bytes of one request: after each, the flow can be stopped and its operations are counted. A request ends as with a fence,
 * so those of mappings with many lines under way are long: real streams do not stop every page.
 */
const REQUEST_BYTES: Readonly<Record<CpuWork['mapping'], number>> = { UC: 4096, WC: 262_144, WT: 262_144, WB: 262_144 };

/** Between two passes of a background flow: one that hits in a cache would never end otherwise. */
const PAUSE_PS = PS_PER_US;

interface Target {
  readonly address: number;
  readonly memory: SparseMemory;
  readonly offset: number;
  readonly fn: number;
}

interface AccessRecord {
  state: FlowProgress['state'];
  begun_ps: number;
  finished_ps: number;
  failure: string | undefined;
  cpu_ps: number;
}

/** Prepares loads or stores of a core. */
export function prepareCpuAccess(workshop: Workshop, work: CpuWork, start: FlowStart): Result<FlowRunner, Refusal> {
  if (work.bytes > LARGEST_HELD_BYTES || work.bytes % work.accessBytes !== 0) return err(badSize(work));
  const target = targetOf(workshop, work, start.number);
  if (!target.ok) return target;
  const pattern = new PatternSource(flowSeed(workshop.seed, start.number));
  const loaded = new SparseMemory(workshop.booted.hardware.arena, Math.max(work.bytes, 4096));
  if (work.operation === 'load') fill(target.value.memory, target.value.offset, work.bytes, pattern);
  else workshop.booted.hardware.watchArrival({ kind: 'function', node: work.target }, start.number);
  const access = new CpuAccess({ workshop, work, start, target: target.value, pattern, loaded });
  const checked = new Once(() => access.checks());
  return ok({
    ...start,
    progress: access.record,
    get over_ps() {
      return access.record.finished_ps;
    },
    probe: () => enableDevice(workshop.booted.view, target.value.fn),
    run: () => access.run(),
    stop: () => access.stop(),
    checks: () => checked.value,
    software: [access, checked],
    memories: [loaded],
    latency: () => undefined,
    processes: 1,
    get parts() {
      const operation = work.operation === 'load' ? ('read' as const) : ('write' as const);
      return [{ worker: 'cpu' as const, operation, usesMemory: false, cpu_ps: access.record.cpu_ps }];
    },
  });
}

interface CpuAccessParts {
  readonly workshop: Workshop;
  readonly work: CpuWork;
  readonly start: FlowStart;
  readonly target: Target;
  readonly pattern: PatternSource;
  readonly loaded: SparseMemory;
}

class CpuAccess {
  readonly record: AccessRecord = { state: 'ready', begun_ps: 0, finished_ps: 0, failure: undefined, cpu_ps: 0 };
  private readonly _parts: CpuAccessParts;
  private _isStopped = false;

  constructor(parts: CpuAccessParts) {
    this._parts = parts;
  }

  stop(): void {
    this._isStopped = true;
  }

  *run(): HostProcess<void> {
    const { record } = this;
    const { start } = this._parts;
    record.state = 'running';
    record.begun_ps = yield* now();
    start.onPhase('begun');
    yield* this.#pass();
    while (start.isBackground && !this._isStopped) {
      yield* sleep(PAUSE_PS);
      yield* this.#pass();
    }
    record.finished_ps = yield* now();
    record.state = 'finished';
    start.onPhase('ended');
  }

  *#pass(): HostProcess<void> {
    const { work, target, workshop } = this._parts;
    const pieceBytes = REQUEST_BYTES[work.mapping];
    for (let offset = 0; offset < work.bytes && !this._isStopped; offset += pieceBytes) {
      const lengthBytes = Math.min(pieceBytes, work.bytes - offset);
      const begun_ps = yield* now();
      if (work.operation === 'load') yield* this.#load(offset, lengthBytes);
      else yield* this.#store(offset, lengthBytes);
      this.record.cpu_ps += (yield* now()) - begun_ps;
      const { hardware } = workshop.booted;
      for (let done = 0; done < lengthBytes; done += work.accessBytes)
        hardware.countOperation(this._parts.start.number);
    }
    const begun_ps = yield* now();
    // What a write-back cache still holds goes to the device; a load from the last place comes back behind the stores.
    if (work.operation === 'store' && work.mapping === 'WB')
      yield { kind: 'flushLines', ...this.#order(0, work.bytes) };
    if (work.operation === 'store' && work.bytes >= 4) {
      yield* mmioRead32(target.address + Math.floor(work.bytes / 4) * 4 - 4);
    }
    this.record.cpu_ps += (yield* now()) - begun_ps;
  }

  #order(offset: number, lengthBytes: number): CpuAccessOrder {
    const { work, target, start } = this._parts;
    return {
      address: target.address + offset,
      lengthBytes,
      accessBytes: work.accessBytes,
      mapping: work.mapping,
      flow: flowByteOf(FLOW.bounceOut, start.number),
      ...(work.hostBridge === undefined ? {} : { hostBridge: work.hostBridge }),
    };
  }

  *#load(offset: number, lengthBytes: number): HostProcess<void> {
    const { loaded, workshop, start } = this._parts;
    const into = {
      writeFrom: (place: number, count: number, source: Uint8Array, sourceOffset: number): void => {
        loaded.writeFrom(offset + place, count, source, sourceOffset);
        workshop.booted.hardware.countArrival(start.number, count);
      },
    };
    yield* cpuLoad({ ...this.#order(offset, lengthBytes), into });
  }

  *#store(offset: number, lengthBytes: number): HostProcess<void> {
    const { pattern } = this._parts;
    const bytes = {
      readInto: (place: number, count: number, target: Uint8Array, targetOffset: number): void =>
        pattern.readInto(offset + place, count, target, targetOffset),
    };
    yield* cpuStore({ ...this.#order(offset, lengthBytes), bytes });
  }

  checks(): readonly RunCheck[] {
    const { work, target, pattern, loaded } = this._parts;
    if (this.record.state !== 'finished') return [];
    const isLoad = work.operation === 'load';
    const arrived = isLoad ? { memory: loaded, offset: 0 } : { memory: target.memory, offset: target.offset };
    const { ok: good, detail } = compareData({ bytes: pattern, offset: 0 }, arrived, work.bytes).check;
    const name = isLoad ? 'Loads brought the bytes of the target' : 'The target holds the bytes of the stores';
    return [{ name, ok: good, detail }];
  }
}

function targetOf(workshop: Workshop, work: CpuWork, flow: number): Result<Target, Refusal> {
  const { booted, places } = workshop;
  const fn = indexOfId(booted.names, work.target);
  const capability = fn === undefined ? undefined : workshop.boardFor(flow).capabilities.get(fn);
  const range = capability?.window ?? capability?.buffer;
  const bar = booted.view.functions[fn ?? -1]?.bars.find(
    ({ address, sizeBytes }) =>
      range !== undefined && address !== undefined && range.address >= address && range.address < address + sizeBytes,
  );
  const memory = booted.devices.get(work.target)?.memories.find((one) => one.bar === bar?.index)?.memory;
  if (fn === undefined || range === undefined || memory === undefined || bar?.address === undefined) {
    const message = `${work.target} has no memory with bus addresses that a core could load from or store to.`;
    return err({ code: 'FLOW_NO_TARGET', message, fix: 'Choose a device with memory behind a BAR.' });
  }
  const offset = places.take(work.target, work.bytes, range.sizeBytes);
  if (offset === undefined) {
    const message = `${work.target} has no room for ${work.bytes} bytes more beside those of the other flows.`;
    return err({ code: 'FLOW_NO_ROOM', message, fix: 'Make the flows smaller, or the memory larger.' });
  }
  return ok({ address: range.address + offset, memory, offset: range.address - bar.address + offset, fn });
}

function badSize({ bytes, accessBytes }: CpuWork): Refusal {
  return {
    code: 'FLOW_SIZE',
    message: `${bytes} bytes cannot be accessed ${accessBytes} at a time, or are more than ${LARGEST_HELD_BYTES}.`,
    fix: `Choose a multiple of ${accessBytes}, at most ${LARGEST_HELD_BYTES}.`,
  };
}
