/*
 * A machine with test equipment instead of devices: functions of a document that send what they are told and note
 * when it came back. Everything else (enumeration, links, switches, root complex, host memory) is as in every run.
 */
import { at, invariant } from '../base/invariant.ts';
import { privateStorage } from '../base/storage.ts';
import type { DeviceSite } from '../core/models/devices/attachedDevice.ts';
import type { Hardware } from '../core/models/hardware.ts';
import type { BarBehaviour, ByteSource, DeviceHandler, FunctionPort } from '../core/models/ports.ts';
import { MACHINE_COUNTER } from '../core/pcie/counters.ts';
import type { FunctionSpec, MachineSpec, NodeId } from '../core/pcie/machineSpec.ts';
import { MEMORY_LATENCY_PS } from '../core/pcie/deviceLatencies.ts';
import { FLOW } from '../core/pcie/tlp.ts';
import { SparseMemory } from '../core/sim/sparseMemory.ts';
import { bootHardware } from '../engine/machine/boot.ts';

/** A device's own time before it issues a request, and until it uses what came (performance reference, section 6). */
export const ISSUE_PS = 55_000;
export const DELIVER_PS = 50_000;
/** Above 4 GiB, so that requests have 16-byte headers. */
export const HOST_ADDRESS = 2 ** 32;
const LONGEST_RUN_PS = 1e12;
const MOST_EVENTS = 1e8;

const ZEROS: ByteSource = {
  readInto: (_offset, lengthBytes, target, targetOffset) => {
    target.fill(0, targetOffset, targetOffset + lengthBytes);
  },
};

/** Keeps `outstanding` reads of one size under way until all are done. */
class Requester implements DeviceHandler {
  port: FunctionPort | undefined;
  /** When each read was done, its delivery in the device included. */
  readonly done_ps: number[] = [];
  #address = 0;
  #lengthBytes = 0;
  #left = 0;
  /** Reads the device has decided on and could not send yet. */
  #due = 0;

  readAll(address: number, lengthBytes: number, count: number, outstanding: number): void {
    this.#address = address;
    this.#lengthBytes = lengthBytes;
    this.#left = count;
    // The device has decided what to read when the clock starts: the first request is issued at ISSUE_PS.
    for (let index = 0; index < Math.min(outstanding, count); index++) this.port?.setTimer(ISSUE_PS, 0);
  }

  onTimer(): void {
    this.#due++;
    this.onRoom();
  }

  onRoom(): void {
    const { port } = this;
    if (port === undefined) return;
    while (this.#due > 0 && this.#left > 0 && port.readRoom() > 0) {
      this.#due--;
      this.#left--;
      port.read(this.#address, this.#lengthBytes, 0, FLOW.p2p);
    }
  }

  onReadDone(): void {
    const { port } = this;
    if (port === undefined) return;
    this.done_ps.push(port.now() + DELIVER_PS);
    port.setTimer(DELIVER_PS + ISSUE_PS, 0);
  }

  onReadData(): void {}
  onRegisterWrite(): void {}
  onRegisterRead(): number {
    return 0;
  }
  onReset(): void {}
}

export class ProbedMachine {
  readonly #hardware: Hardware;
  readonly #probes = new Map<NodeId, Requester>();
  readonly #addressOf: (node: NodeId) => number;

  /** Boots the machine with a probe in the place of every device that has a model; memory BARs are plain memory. */
  constructor(spec: MachineSpec) {
    const { hardware, view, names } = bootHardware(spec, { storage: privateStorage, seed: 1 }, (site, functions) => {
      for (const fn of functions) if (fn.model !== undefined) this.#probe(site, fn);
      return new Map();
    });
    this.#hardware = hardware;
    this.#addressOf = (node) => {
      const found = view.functions[names.functions.findIndex(({ id }) => id === node)];
      const largest = [...(found?.bars ?? [])].sort((a, b) => b.sizeBytes - a.sizeBytes)[0]?.address;
      invariant(largest !== undefined, () => `${node} has no memory with an address`);
      return largest;
    };
  }

  #probe(site: DeviceSite, fn: FunctionSpec): void {
    const probe = new Requester();
    const bars = fn.bars.map((bar): readonly [number, BarBehaviour] => {
      const memory = new SparseMemory(site.arena, bar.sizeBytes);
      return [bar.index, { type: 'memory', memory, memoryOffset: 0, readLatency_ps: MEMORY_LATENCY_PS }];
    });
    probe.port = site.attach(fn.id, probe, new Map(bars));
    this.#probes.set(fn.id, probe);
  }

  /** Time of one read, from the decision to read until the device uses the data. */
  readTime_ps(node: NodeId, target: NodeId | 'host', lengthBytes: number): number {
    return at(this.#reads(node, target, lengthBytes, 1, 1), 0);
  }

  /** Payload rate of reads with so many outstanding, bytes per second, over `rounds` rounds in the steady state. */
  readRate(node: NodeId, target: NodeId | 'host', lengthBytes: number, outstanding: number, rounds: number): number {
    const done = this.#reads(node, target, lengthBytes, (2 * rounds + 1) * outstanding, outstanding);
    const first = rounds * outstanding;
    const count = rounds * outstanding;
    return (count * lengthBytes * 1e12) / (at(done, first + count) - at(done, first));
  }

  #reads(
    node: NodeId,
    target: NodeId | 'host',
    lengthBytes: number,
    count: number,
    outstanding: number,
  ): readonly number[] {
    const probe = this.#probes.get(node);
    invariant(probe?.port !== undefined, () => `${node} has no probe`);
    invariant(lengthBytes <= probe.port.mrrsBytes, () => `${lengthBytes} bytes are more than one read of ${node} asks`);
    probe.readAll(target === 'host' ? HOST_ADDRESS : this.#addressOf(target), lengthBytes, count, outstanding);
    this.#hardware.runUntil(LONGEST_RUN_PS, MOST_EVENTS);
    invariant(probe.done_ps.length === count, () => `${probe.done_ps.length} of ${count} reads ended`);
    return probe.done_ps;
  }

  /** Time from the decision to write until the last byte is at the target port. */
  writeTime_ps(node: NodeId, target: NodeId, lengthBytes: number): number {
    const port = this.#probes.get(node)?.port;
    invariant(port !== undefined, () => `${node} has no probe`);
    invariant(lengthBytes <= port.mpsBytes, () => `${lengthBytes} bytes are more than one write of ${node} carries`);
    this.#hardware.watchArrival({ kind: 'function', node: target });
    const begun_ps = this.#hardware.now_ps;
    port.write(this.#addressOf(target), lengthBytes, ZEROS, 0, FLOW.p2p);
    this.#hardware.runUntil(LONGEST_RUN_PS, MOST_EVENTS);
    return ISSUE_PS + at(this.#hardware.machineCounters, MACHINE_COUNTER.firstByte_ps) - begun_ps;
  }
}
