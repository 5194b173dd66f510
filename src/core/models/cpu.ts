/*
 * The CPU: runs host software (generators) in simulated time. A process that has a core yields a request, the core spends
 * the time the request takes, and resumes it with the answer; a process that sleeps gives its core to the next.
 */
import { at, invariant, unreachable } from '../../base/invariant.ts';
import { MACHINE_COUNTER } from '../pcie/counters.ts';
import type { HostProcess, HostRequest, HostResponse } from '../pcie/requests.ts';
import { COMPLETION_STATUS } from '../pcie/tlp.ts';
import type { AccessRequest } from './cpu/accessRun.ts';
import { Cores } from './cpu/cores.ts';
import type { CoreRun } from './cpu/coreRun.ts';
import { DeviceAccess } from './cpu/deviceAccess.ts';
import { isSleeping, type Process } from './cpu/process.ts';
import { ProcessLog } from './cpu/processLog.ts';
import { type ConfigRequest, SingleAccesses } from './cpu/singleAccesses.ts';
import { CpuCopy } from './cpuCopy.ts';
import { CPU_COSTS, DEFAULT_COPY_BYTES_PER_SECOND, LINE_BYTES, LINE_FILL_BUFFERS } from './cpuCosts.ts';
import { CpuSignals } from './cpuSignals.ts';
import type { Hardware } from './hardware.ts';
import type { DeviceHandler, ProcessorPort } from './ports.ts';
import { SystemAddressMap } from './systemAddressMap.ts';

/** What a CPU uses of the machine around it. */
export type CpuSite = Pick<
  Hardware,
  'cpuPort' | 'hostMemory' | 'configFabric' | 'machineCounters' | 'onInterrupt' | 'spec'
>;

// Timers: slot + 256 · (requests so far mod 256), so that one left over from an earlier request is recognised.
const SLOTS = 256;

// Contexts of reads: slot · 16 + line-fill buffer, or 15 for a single load.
const CONTEXTS_PER_SLOT = 16;
const SINGLE_LOAD = 15;
invariant(LINE_FILL_BUFFERS <= SINGLE_LOAD, () => 'a line-fill buffer must not look like a single load');

/** Slot number of the timer that looks for cores that are free again; no process has it. */
const CORE_TIMER = SLOTS - 1;

/**
 * @simplifies Cores differ only in what they run: none is nearer to a device or to memory than another, unless a request
 * names its socket. A core changes hands between requests; interrupts take its time from whatever it does. Its own memory
 * is in caches: loads take one latency, stores almost nothing.
 */
export class Cpu implements DeviceHandler {
  private readonly _site: CpuSite;
  private readonly _port: ProcessorPort;
  /** Segment that the port's configuration requests reach. */
  private readonly _segment: number;
  private readonly _addresses: SystemAddressMap;
  private readonly _copyBytesPerSecond: number;
  private readonly _processes: (Process | undefined)[] = [];
  /** Requests begun in each slot, over all processes it has had. */
  private readonly _requests = new Float64Array(SLOTS);
  private readonly _signals: CpuSignals;
  private _requestCount = 0;
  private readonly _singles: SingleAccesses;
  private readonly _cores: Cores;
  private readonly _devices: DeviceAccess;
  /** Processes begun so far. */
  private _begun = 0;
  private _log: ProcessLog | undefined;

  constructor(site: CpuSite) {
    this._site = site;
    this._port = site.cpuPort(this);
    this._segment = site.spec.hostBridges[0]?.segment ?? 0;
    this._addresses = new SystemAddressMap(site.spec.hostBridges, site.hostMemory);
    this._copyBytesPerSecond = site.spec.host.cpu.copyBytesPerSecond ?? DEFAULT_COPY_BYTES_PER_SECOND;
    this._singles = new SingleAccesses(this._port);
    this._cores = new Cores(site.spec.host.cpu.cores);
    this._devices = new DeviceAccess(site, this, this._port);
    this._signals = new CpuSignals((slot) => this.#wakeSleeper(slot));
    site.onInterrupt((_address, data) => this.#onInterrupt(data));
  }

  /** Processes that have not ended. */
  get liveProcesses(): number {
    return this._processes.filter((process) => process !== undefined).length;
  }

  /** Loads and stores sent to devices. */
  get requestCount(): number {
    return this._requestCount;
  }

  /** From now on what processes are told is kept. Before the first one begins. */
  keepLog(): ProcessLog {
    invariant(this._begun === 0, () => 'processes have begun already');
    this._log ??= new ProcessLog();
    return this._log;
  }

  /** The machine has gone back: `live` are its processes, made anew by the log, by number. */
  adopt(live: ReadonlyMap<number, HostProcess<void>>): void {
    for (const process of this._processes) {
      if (process === undefined) continue;
      const generator = live.get(process.serial);
      invariant(generator !== undefined, () => `process ${process.serial} has ended in the log`);
      process.generator = generator;
    }
  }

  /**
   * Starts a process now; if a core is free, it runs until its first request before this returns.
   * @param begin how to make it, so that it can be made anew where a log is kept; or the process itself.
   */
  start(begin: HostProcess<void> | (() => HostProcess<void>)): void {
    const make = typeof begin === 'function' ? begin : undefined;
    const generator = typeof begin === 'function' ? begin() : begin;
    const serial = this._log === undefined ? this._begun : this._log.begin(make);
    this._begun += 1;
    let slot = this._processes.indexOf(undefined);
    if (slot < 0) slot = this._processes.length;
    invariant(slot < CORE_TIMER, () => `more than ${CORE_TIMER} processes`);
    const process: Process = {
      slot,
      serial,
      generator,
      request: undefined,
      answer: undefined,
      isSent: false,
      run: undefined,
      busySince_ps: -1,
    };
    this._processes[slot] = process;
    this.#resume(process, undefined);
  }

  /** Adds what cores have spent on requests that are still under way to the counter: call before reading it. */
  settleBusyTime(): void {
    for (const process of this._processes) {
      if (process !== undefined && process.busySince_ps >= 0) this.#countBusy(process, this._port.now());
    }
  }

  onRoom(): void {
    for (const process of this._processes) {
      if (process?.run !== undefined) this.#proceed(process, process.run);
      else if (process?.request !== undefined) this.#retry(process, process.request);
    }
  }

  onReadData(context: number, requestOffset: number, lengthBytes: number, payload: Uint8Array, offset: number): void {
    const code = context % CONTEXTS_PER_SLOT;
    const process = this.#process(Math.floor(context / CONTEXTS_PER_SLOT));
    if (code === SINGLE_LOAD) this._singles.onData(process.slot, requestOffset, lengthBytes, payload, offset);
    else process.run?.onLoadData(code, requestOffset, lengthBytes, payload, offset);
  }

  onReadDone(context: number, status: number): void {
    const code = context % CONTEXTS_PER_SLOT;
    const process = this.#process(Math.floor(context / CONTEXTS_PER_SLOT));
    const good = status === COMPLETION_STATUS.SC;
    if (code === SINGLE_LOAD) {
      this.#complete(process, this._singles.onDone(process.slot, good));
    } else if (process.run !== undefined) {
      process.run.onLoadDone(code, good);
      this.#proceed(process, process.run);
    }
  }

  onTimer(id: number): void {
    if (id === CORE_TIMER) return this.#dispatch();
    const process = this._processes[id % SLOTS];
    if (process === undefined || id !== this.#timerId(process)) return;
    if (process.run !== undefined) this.#proceed(process, process.run);
    else this.#complete(process, process.answer);
  }

  onRegisterWrite(): void {}

  onRegisterRead(): number {
    return 0;
  }

  /** @simplifies Nothing resets the CPU. */
  onReset(): void {}

  #process(slot: number): Process {
    const process = this._processes[slot];
    invariant(process !== undefined, () => `no process ${slot}`);
    return process;
  }

  /** What a process waited for is over. */
  #complete(process: Process, answer: HostResponse): void {
    const now_ps = this._port.now();
    const stolen_ps = this._cores.takeStolen(process.slot);
    // Interrupts have kept its core from it for a time: it is that much later.
    if (stolen_ps > 0) {
      this.#forgetTimers(process);
      this.#finishIn(process, stolen_ps, answer);
      return;
    }
    if (process.busySince_ps >= 0) this.#countBusy(process, now_ps);
    process.busySince_ps = -1;
    if (this._cores.mustYield(process.slot, now_ps)) this._cores.release(process.slot);
    this.#resume(process, answer);
  }

  /** Gives a process a core and runs it until it has to wait; without a core it waits for one. */
  #resume(process: Process, answer: HostResponse): void {
    const { slot } = process;
    if (this._cores.runs(slot) || this._cores.take(slot, this._port.now())) {
      this.#run(process, answer);
    } else {
      process.request = undefined;
      process.answer = answer;
      this.#forgetTimers(process);
    }
    this.#dispatch();
  }

  /** Runs a process that has a core until it has to wait; one that sleeps or has ended gives its core back. */
  #run(process: Process, first: HostResponse): void {
    let answer = first;
    for (;;) {
      process.request = undefined;
      this._log?.note(process.serial, answer);
      const step = process.generator.next(answer);
      if (step.done === true) {
        this._processes[process.slot] = undefined;
        this._cores.release(process.slot);
        return;
      }
      process.request = step.value;
      process.isSent = false;
      this.#forgetTimers(process);
      const outcome = this.#begin(process, step.value);
      if (outcome === WAIT) {
        if (isSleeping(process)) this._cores.release(process.slot);
        return;
      }
      answer = outcome;
    }
  }

  /** Cores that are free go to those who wait for one. */
  #dispatch(): void {
    for (let slot = this._cores.dispatch(this._port.now()); slot !== undefined;) {
      const process = this.#process(slot);
      this.#run(process, process.answer);
      slot = this._cores.dispatch(this._port.now());
    }
    if (!this._cores.isAnyoneWaiting) return;
    const now_ps = this._port.now();
    const free_ps = this._cores.nextFree_ps(now_ps);
    if (free_ps !== Infinity) this._port.setTimer(free_ps - now_ps, CORE_TIMER);
  }

  /** Begins a request. @returns its answer if it takes no time, else WAIT. */
  #begin(process: Process, request: HostRequest): HostResponse | typeof WAIT {
    switch (request.kind) {
      case 'now':
        return this._port.now();
      case 'observe':
        return request.read();
      case 'routine':
        return undefined;
      case 'spawn':
        this.start(request.process);
        return undefined;
      case 'signal':
        this._signals.signal(request.semaphore);
        return undefined;
      case 'await':
        return this._signals.take(request.semaphore, process.slot) ? undefined : WAIT;
      case 'waitInterrupt':
        return this.#waitInterrupt(process, request.vector);
      case 'delay':
        return this.#spend(process, request.duration_ps, undefined, request.busy);
      case 'memoryRead':
      case 'memoryWrite':
        return this.#accessMemory(process, request);
      case 'configRead':
      case 'configWrite':
        if (request.segment !== this._segment) return this.#accessConfig(process, request);
        process.busySince_ps = this._port.now();
        this.#retry(process, request);
        return WAIT;
      case 'mmioRead':
      case 'mmioWrite':
        process.busySince_ps = this._port.now();
        this.#retry(process, request);
        return WAIT;
      case 'copy':
        return this.#beginCopy(process, request);
      case 'cpuStore':
      case 'cpuLoad':
      case 'flushLines':
        return this.#beginAccess(process, request);
      default:
        return unreachable(request);
    }
  }

  /** Sends a load or store if there is room; else onRoom calls again. */
  #retry(process: Process, request: HostRequest): void {
    switch (request.kind) {
      case 'mmioRead':
      case 'mmioWrite':
      case 'configRead':
      case 'configWrite':
        break;
      default:
        return;
    }
    const context = process.slot * CONTEXTS_PER_SLOT + SINGLE_LOAD;
    if (process.isSent || !this._singles.send(request, process.slot, context)) return;
    process.isSent = true;
    this._requestCount += 1;
    if (request.kind === 'mmioWrite') this.#finishIn(process, CPU_COSTS.uncachedStore_ps, undefined);
  }

  #spend(process: Process, duration_ps: number, answer: HostResponse, busy: boolean): typeof WAIT {
    process.busySince_ps = busy ? this._port.now() : -1;
    this.#finishIn(process, duration_ps, answer);
    return WAIT;
  }

  #finishIn(process: Process, duration_ps: number, answer: HostResponse): void {
    process.answer = answer;
    this._port.setTimer(duration_ps, this.#timerId(process));
  }

  #accessMemory(process: Process, request: Extract<HostRequest, { kind: 'memoryRead' | 'memoryWrite' }>): typeof WAIT {
    const { hostMemory } = this._site;
    const { memory } = hostMemory;
    const offset = this._addresses.ramOffsetOf(request.address);
    invariant(offset >= 0, () => `the CPU accesses memory at ${request.address}, where there is none`);
    if (request.kind === 'memoryWrite') {
      const lines = Math.ceil(request.data.length / LINE_BYTES);
      memory.writeFrom(offset, request.data.length, request.data, 0);
      hostMemory.noteCoreStore(request.address, request.data.length);
      return this.#spend(process, lines * CPU_COSTS.memoryStore_ps, undefined, true);
    }
    const bytes = new Uint8Array(request.lengthBytes);
    memory.readInto(offset, request.lengthBytes, bytes, 0);
    const latency_ps = hostMemory.coreLoad_ps(request.address, request.lengthBytes, 0);
    return this.#spend(process, latency_ps, bytes, true);
  }

  /** @simplifies A running driver's configuration access to another segment takes a fixed time and no link time. */
  #accessConfig(process: Process, request: ConfigRequest): typeof WAIT {
    const { configFabric } = this._site;
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
    process.busySince_ps = this._port.now();
    const host = {
      port: this._port,
      memory: this._site.hostMemory,
      addresses: this._addresses,
      wakeIn: (delay_ps: number) => this._port.setTimer(delay_ps, this.#timerId(process)),
      context: (line: number) => process.slot * CONTEXTS_PER_SLOT + line,
      countCopied: (lengthBytes: number) => this.#count(MACHINE_COUNTER.cpuCopiedBytes, lengthBytes),
      countRequest: () => {
        this._requestCount += 1;
      },
    };
    return this.#beginRun(process, new CpuCopy(request, host, this._copyBytesPerSecond));
  }

  #beginAccess(process: Process, request: AccessRequest): typeof WAIT {
    process.busySince_ps = this._port.now();
    const run = this._devices.run(request, {
      wakeIn: (delay_ps) => this._port.setTimer(delay_ps, this.#timerId(process)),
      context: (line) => process.slot * CONTEXTS_PER_SLOT + line,
      countRequest: () => {
        this._requestCount += 1;
      },
    });
    return this.#beginRun(process, run);
  }

  #beginRun(process: Process, run: CoreRun): typeof WAIT {
    process.run = run;
    run.proceed();
    // A run is over in the call that ends it, never in the call that begins it, so that a process is resumed once.
    if (run.isDone) this._port.setTimer(0, this.#timerId(process));
    return WAIT;
  }

  #proceed(process: Process, run: CoreRun): void {
    if (!run.isDone) run.proceed();
    if (!run.isDone || process.run !== run) return;
    process.run = undefined;
    this.#complete(process, undefined);
  }

  #waitInterrupt(process: Process, vector: number): HostResponse | typeof WAIT {
    const ready_ps = this._signals.takeInterrupt(vector, process.slot);
    if (ready_ps === undefined) return WAIT;
    // The handler has run, or is still running.
    return this.#spend(process, Math.max(0, ready_ps - this._port.now()), undefined, false);
  }

  #onInterrupt(vector: number): void {
    this.#count(MACHINE_COUNTER.interrupts, 1);
    const now_ps = this._port.now();
    const { handled_ps, wasFree } = this._cores.interrupt(vector, now_ps);
    // On a core that runs a process the time is part of what that process takes longer.
    if (wasFree) this.#count(MACHINE_COUNTER.cpuBusy_ps, CPU_COSTS.interrupt_ps);
    const slot = this._signals.interrupt(vector, handled_ps);
    if (slot !== undefined) this.#spend(this.#process(slot), handled_ps - now_ps, undefined, false);
  }

  /** A semaphore came free for a process: it goes on at this instant, after what runs now. */
  #wakeSleeper(slot: number): void {
    this.#spend(this.#process(slot), 0, undefined, false);
  }

  /** What is still pending for a process is not for what it waits for next. */
  #forgetTimers(process: Process): void {
    this._requests[process.slot] = at(this._requests, process.slot) + 1;
  }

  #timerId(process: Process): number {
    return process.slot + SLOTS * (at(this._requests, process.slot) % 256);
  }

  #countBusy(process: Process, now_ps: number): void {
    this.#count(MACHINE_COUNTER.cpuBusy_ps, now_ps - process.busySince_ps);
    process.busySince_ps = now_ps;
  }

  #count(field: number, amount: number): void {
    const counters = this._site.machineCounters;
    counters[field] = at(counters, field) + amount;
  }
}

const WAIT = Symbol('the process waits');
