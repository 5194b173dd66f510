/*
 * The CPU: runs host software (generators) in simulated time. Each process has a core of its own; it yields
 * a request, the core spends the time the request takes, and resumes it with the answer.
 */
import { at, invariant, unreachable } from '../../base/invariant.ts';
import { MACHINE_COUNTER } from '../pcie/counters.ts';
import type { HostProcess, HostRequest, HostResponse } from '../pcie/requests.ts';
import { COMPLETION_STATUS, FLOW, type CompletionStatus } from '../pcie/tlp.ts';
import { CpuCopy } from './cpuCopy.ts';
import { CPU_COSTS, DEFAULT_COPY_BYTES_PER_SECOND, LINE_BYTES, LINE_FILL_BUFFERS } from './cpuCosts.ts';
import { CpuSignals } from './cpuSignals.ts';
import type { Hardware } from './hardware.ts';
import type { ByteSource, DeviceHandler, ProcessorPort } from './ports.ts';
import { SystemAddressMap } from './systemAddressMap.ts';

/** What a CPU uses of the machine around it. */
export type CpuSite = Pick<
  Hardware,
  'cpuPort' | 'hostMemory' | 'configFabric' | 'machineCounters' | 'onInterrupt' | 'spec'
>;

/** One running process. `slot` is its number: timers and reads carry it. */
interface Process {
  /** 0…255 */
  readonly slot: number;
  readonly generator: HostProcess<void>;
  /** What it waits for; undefined while it runs. */
  request: HostRequest | undefined;
  /** The answer its timer will resume it with. */
  answer: HostResponse;
  /** Its load or store is on its way. */
  isSent: boolean;
  copy: CpuCopy | undefined;
  /** Since when its core has been busy with the request; −1 = it sleeps. */
  busySince_ps: number;
}

// Timers: slot + 256 · (requests so far mod 256), so that one left over from an earlier request is recognised.
const SLOTS = 256;

// Contexts of reads: slot · 16 + line-fill buffer, or 15 for a single load.
const CONTEXTS_PER_SLOT = 16;
const SINGLE_LOAD = 15;
invariant(LINE_FILL_BUFFERS <= SINGLE_LOAD, () => 'a line-fill buffer must not look like a single load');

/**
 * @simplifies Every process has a core of its own, however many there are; cores share nothing but memory channels
 * and the fabric. Caches are not modelled: loads of the core's own memory take one DRAM latency, stores almost nothing.
 */
export class Cpu implements DeviceHandler {
  readonly #site: CpuSite;
  readonly #port: ProcessorPort;
  /** Segment that the port's configuration requests reach. */
  readonly #segment: number;
  readonly #addresses: SystemAddressMap;
  readonly #copyBytesPerSecond: number;
  readonly #processes: (Process | undefined)[] = [];
  /** Requests begun in each slot, over all processes it has had. */
  readonly #requests = new Float64Array(SLOTS);
  readonly #signals: CpuSignals;
  #requestCount = 0;
  /** Bytes of a single load, little-endian, by slot. */
  readonly #loaded = new Map<number, Uint8Array>();
  readonly #storeBytes = new Uint8Array(8);
  readonly #storeSource: ByteSource;

  constructor(site: CpuSite) {
    this.#site = site;
    this.#port = site.cpuPort(this);
    this.#segment = site.spec.hostBridges[0]?.segment ?? 0;
    this.#addresses = new SystemAddressMap(site.spec.hostBridges, site.hostMemory);
    this.#copyBytesPerSecond = site.spec.host.cpu.copyBytesPerSecond ?? DEFAULT_COPY_BYTES_PER_SECOND;
    const bytes = this.#storeBytes;
    this.#storeSource = {
      readInto(offset, lengthBytes, target, targetOffset) {
        for (let i = 0; i < lengthBytes; i++) target[targetOffset + i] = at(bytes, offset + i);
      },
    };
    this.#signals = new CpuSignals((slot) => this.#wakeSleeper(slot));
    site.onInterrupt((_address, data) => this.#onInterrupt(data));
  }

  /** Processes that have not ended. */
  get liveProcesses(): number {
    return this.#processes.filter((process) => process !== undefined).length;
  }

  /** Loads and stores sent to devices. */
  get requestCount(): number {
    return this.#requestCount;
  }

  /** Starts a process now; it runs until its first request before this returns. */
  start(generator: HostProcess<void>): void {
    let slot = this.#processes.indexOf(undefined);
    if (slot < 0) slot = this.#processes.length;
    invariant(slot < SLOTS, () => `more than ${SLOTS} processes`);
    const process: Process = {
      slot,
      generator,
      request: undefined,
      answer: undefined,
      isSent: false,
      copy: undefined,
      busySince_ps: -1,
    };
    this.#processes[slot] = process;
    this.#resume(process, undefined);
  }

  /** Adds what cores have spent on requests that are still under way to the counter: call before reading it. */
  settleBusyTime(): void {
    for (const process of this.#processes) {
      if (process !== undefined && process.busySince_ps >= 0) this.#countBusy(process, this.#port.now());
    }
  }

  onRoom(): void {
    for (const process of this.#processes) {
      if (process?.copy !== undefined) this.#proceedCopy(process, process.copy);
      else if (process?.request !== undefined) this.#retry(process, process.request);
    }
  }

  onReadData(context: number, requestOffset: number, lengthBytes: number, payload: Uint8Array, offset: number): void {
    const code = context % CONTEXTS_PER_SLOT;
    const process = this.#process(Math.floor(context / CONTEXTS_PER_SLOT));
    if (code !== SINGLE_LOAD) {
      process.copy?.onLoadData(code, requestOffset, lengthBytes, payload, offset);
      return;
    }
    const bytes = this.#loaded.get(process.slot);
    for (let i = 0; i < lengthBytes; i++)
      bytes?.fill(at(payload, offset + i), requestOffset + i, requestOffset + i + 1);
  }

  onReadDone(context: number, status: CompletionStatus): void {
    const code = context % CONTEXTS_PER_SLOT;
    const process = this.#process(Math.floor(context / CONTEXTS_PER_SLOT));
    const good = status === COMPLETION_STATUS.SC;
    if (code !== SINGLE_LOAD) {
      if (process.copy === undefined) return;
      process.copy.onLoadDone(code, good);
      this.#proceedCopy(process, process.copy);
      return;
    }
    const bytes = this.#loaded.get(process.slot);
    this.#loaded.delete(process.slot);
    if (bytes === undefined) this.#complete(process, undefined);
    else this.#complete(process, good ? littleEndian(bytes) : 2 ** (8 * bytes.length) - 1);
  }

  onTimer(id: number): void {
    const process = this.#processes[id % SLOTS];
    if (process === undefined || id !== this.#timerId(process)) return;
    if (process.copy !== undefined) this.#proceedCopy(process, process.copy);
    else this.#complete(process, process.answer);
  }

  onRegisterWrite(): void {}

  onRegisterRead(): number {
    return 0;
  }

  /** @simplifies Nothing resets the CPU. */
  onReset(): void {}

  #process(slot: number): Process {
    const process = this.#processes[slot];
    invariant(process !== undefined, () => `no process ${slot}`);
    return process;
  }

  #complete(process: Process, answer: HostResponse): void {
    if (process.busySince_ps >= 0) this.#countBusy(process, this.#port.now());
    process.busySince_ps = -1;
    this.#resume(process, answer);
  }

  /** Runs a process until it has to wait. */
  #resume(process: Process, first: HostResponse): void {
    let answer = first;
    for (;;) {
      process.request = undefined;
      const step = process.generator.next(answer);
      if (step.done === true) {
        this.#processes[process.slot] = undefined;
        return;
      }
      process.request = step.value;
      process.isSent = false;
      this.#requests[process.slot] = at(this.#requests, process.slot) + 1;
      const outcome = this.#begin(process, step.value);
      if (outcome === WAIT) return;
      answer = outcome;
    }
  }

  /** Begins a request. @returns its answer if it takes no time, else WAIT. */
  #begin(process: Process, request: HostRequest): HostResponse | typeof WAIT {
    switch (request.kind) {
      case 'now':
        return this.#port.now();
      case 'spawn':
        this.start(request.process);
        return undefined;
      case 'signal':
        this.#signals.signal(request.semaphore);
        return undefined;
      case 'await':
        return this.#signals.take(request.semaphore, process.slot) ? undefined : WAIT;
      case 'waitInterrupt':
        return this.#waitInterrupt(process, request.vector);
      case 'delay':
        return this.#spend(process, request.duration_ps, undefined, request.busy);
      case 'memoryRead':
      case 'memoryWrite':
        return this.#accessMemory(process, request);
      case 'configRead':
      case 'configWrite':
        if (request.segment !== this.#segment) return this.#accessConfig(process, request);
        process.busySince_ps = this.#port.now();
        this.#retry(process, request);
        return WAIT;
      case 'mmioRead':
      case 'mmioWrite':
        process.busySince_ps = this.#port.now();
        this.#retry(process, request);
        return WAIT;
      case 'copy':
        return this.#beginCopy(process, request);
      case 'cpuStore':
      case 'cpuLoad':
      case 'flushLines':
        invariant(false, () => `${request.kind} is not modelled yet`);
        return undefined;
      default:
        return unreachable(request);
    }
  }

  /** Sends a load or store if there is room; else onRoom calls again. */
  #retry(process: Process, request: HostRequest): void {
    if (request.kind === 'mmioRead') {
      if (process.isSent || this.#port.readRoom() === 0) return;
      process.isSent = true;
      this.#requestCount += 1;
      this.#loaded.set(process.slot, new Uint8Array(request.bytes));
      const context = process.slot * CONTEXTS_PER_SLOT + SINGLE_LOAD;
      this.#port.read(request.address, request.bytes, context, FLOW.control);
    } else if (request.kind === 'configRead' || request.kind === 'configWrite') {
      this.#sendConfig(process, request);
    } else if (request.kind === 'mmioWrite') {
      if (process.isSent || this.#port.postedRoom() === 0) return;
      process.isSent = true;
      this.#requestCount += 1;
      process.answer = undefined;
      for (let i = 0; i < request.bytes; i++) this.#storeBytes[i] = Math.floor(request.value / 256 ** i) & 0xff;
      this.#port.write(request.address, request.bytes, this.#storeSource, 0, FLOW.control);
      this.#port.setTimer(CPU_COSTS.uncachedStore_ps, this.#timerId(process));
    }
  }

  #spend(process: Process, duration_ps: number, answer: HostResponse, busy: boolean): typeof WAIT {
    process.answer = answer;
    process.busySince_ps = busy ? this.#port.now() : -1;
    this.#port.setTimer(duration_ps, this.#timerId(process));
    return WAIT;
  }

  #accessMemory(process: Process, request: Extract<HostRequest, { kind: 'memoryRead' | 'memoryWrite' }>): typeof WAIT {
    const { memory } = this.#site.hostMemory;
    const offset = this.#addresses.ramOffsetOf(request.address);
    invariant(offset >= 0, () => `the CPU accesses memory at ${request.address}, where there is none`);
    if (request.kind === 'memoryWrite') {
      const lines = Math.ceil(request.data.length / LINE_BYTES);
      memory.writeFrom(offset, request.data.length, request.data, 0);
      return this.#spend(process, lines * CPU_COSTS.memoryStore_ps, undefined, true);
    }
    const bytes = new Uint8Array(request.lengthBytes);
    memory.readInto(offset, request.lengthBytes, bytes, 0);
    return this.#spend(process, CPU_COSTS.memoryLoad_ps, bytes, true);
  }

  /** One CfgRd or CfgWr, answered by a completion; a function that is not there reads as all ones (C-3). */
  #sendConfig(process: Process, request: Extract<HostRequest, { kind: 'configRead' | 'configWrite' }>): void {
    if (process.isSent || this.#port.readRoom() === 0) return;
    process.isSent = true;
    this.#requestCount += 1;
    const { bdf, offset, bytes } = request;
    const context = process.slot * CONTEXTS_PER_SLOT + SINGLE_LOAD;
    if (request.kind === 'configWrite') {
      this.#port.configWrite(bdf, offset, bytes, request.value, context);
      return;
    }
    this.#loaded.set(process.slot, new Uint8Array(bytes));
    this.#port.configRead(bdf, offset, bytes, context);
  }

  /** @simplifies A running driver's configuration access to another segment takes a fixed time and no link time. */
  #accessConfig(process: Process, request: Extract<HostRequest, { kind: 'configRead' | 'configWrite' }>): typeof WAIT {
    const { configFabric } = this.#site;
    const { segment, bdf, offset, bytes } = request;
    if (request.kind === 'configRead') {
      const value = configFabric.read(segment, bdf, offset, bytes);
      return this.#spend(process, CPU_COSTS.configAccess_ps, value, true);
    }
    configFabric.write(segment, bdf, offset, bytes, request.value);
    return this.#spend(process, CPU_COSTS.configAccess_ps, undefined, true);
  }

  #beginCopy(process: Process, request: Extract<HostRequest, { kind: 'copy' }>): HostResponse | typeof WAIT {
    if (request.lengthBytes === 0) return undefined;
    process.busySince_ps = this.#port.now();
    const host = {
      port: this.#port,
      memory: this.#site.hostMemory,
      addresses: this.#addresses,
      wakeIn: (delay_ps: number) => this.#port.setTimer(delay_ps, this.#timerId(process)),
      context: (line: number) => process.slot * CONTEXTS_PER_SLOT + line,
      countCopied: (lengthBytes: number) => this.#count(MACHINE_COUNTER.cpuCopiedBytes, lengthBytes),
      countRequest: () => {
        this.#requestCount += 1;
      },
    };
    process.copy = new CpuCopy(request, host, this.#copyBytesPerSecond);
    process.copy.proceed();
    // A copy is over in the call that ends it, never in the call that begins it, so that a process is resumed once.
    if (process.copy.isDone) this.#port.setTimer(0, this.#timerId(process));
    return WAIT;
  }

  #proceedCopy(process: Process, copy: CpuCopy): void {
    if (!copy.isDone) copy.proceed();
    if (!copy.isDone || process.copy !== copy) return;
    process.copy = undefined;
    this.#complete(process, undefined);
  }

  #waitInterrupt(process: Process, vector: number): HostResponse | typeof WAIT {
    const ready_ps = this.#signals.takeInterrupt(vector, process.slot);
    if (ready_ps === undefined) return WAIT;
    // The handler has run, or is still running, on another core.
    return this.#spend(process, Math.max(0, ready_ps - this.#port.now()), undefined, false);
  }

  #onInterrupt(vector: number): void {
    this.#count(MACHINE_COUNTER.interrupts, 1);
    this.#count(MACHINE_COUNTER.cpuBusy_ps, CPU_COSTS.interrupt_ps);
    const slot = this.#signals.interrupt(vector, this.#port.now() + CPU_COSTS.interrupt_ps);
    if (slot === undefined) return;
    this.#spend(this.#process(slot), CPU_COSTS.interrupt_ps, undefined, false);
  }

  /** A semaphore came free for a process: it goes on at this instant, after what runs now. */
  #wakeSleeper(slot: number): void {
    this.#spend(this.#process(slot), 0, undefined, false);
  }

  #timerId(process: Process): number {
    return process.slot + SLOTS * (at(this.#requests, process.slot) % 256);
  }

  #countBusy(process: Process, now_ps: number): void {
    this.#count(MACHINE_COUNTER.cpuBusy_ps, now_ps - process.busySince_ps);
    process.busySince_ps = now_ps;
  }

  #count(field: number, amount: number): void {
    const counters = this.#site.machineCounters;
    counters[field] = at(counters, field) + amount;
  }
}

const WAIT = Symbol('the process waits');

function littleEndian(bytes: Uint8Array): number {
  let value = 0;
  for (let i = bytes.length - 1; i >= 0; i--) value = value * 256 + at(bytes, i);
  return value;
}
