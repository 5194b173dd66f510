import { FLOW_COUNTER, MACHINE_COUNTER, flowRow } from '../../pcie/counters.ts';
import { type FlowByte, flowNumberOf } from '../../pcie/tlp.ts';
import { addTo, doubleAt } from '../../sim/cells.ts';
import type { EventQueue } from '../../sim/eventQueue.ts';

const NOWHERE = -1;
const HOST_MEMORY = -2;

export interface ArrivalsOptions {
  /** Layout MACHINE_COUNTER. */
  readonly machineCounters: Float64Array;
  /** Layout FLOW_COUNTER. */
  readonly flowCounters: Float64Array;
  /** Link directions in a row of the flow counters. */
  readonly segments: number;
}

/** Counts the payload of each flow where it is meant to arrive. */
export class Arrivals {
  readonly #events: EventQueue;
  readonly #machine: Float64Array;
  readonly #flows: Float64Array;
  readonly #segments: number;
  /** By flow number: function index, or one of the two above. */
  readonly #places: Int32Array;
  /** Flows from here on count as the job: 0 and no other, or all. */
  #jobFlows = 1;

  constructor(events: EventQueue, options: ArrivalsOptions) {
    this.#events = events;
    this.#machine = options.machineCounters;
    this.#flows = options.flowCounters;
    this.#segments = options.segments;
    this.#places = new Int32Array(this.#flows.length / flowRow(1, options.segments)).fill(NOWHERE);
  }

  watchFunction(functionIndex: number, flow = 0): void {
    this.#places[flow] = functionIndex;
  }

  watchHostMemory(flow = 0): void {
    this.#places[flow] = HOST_MEMORY;
  }

  watchNothing(flow = 0): void {
    this.#places[flow] = NOWHERE;
  }

  /** Bytes of all flows are the job's from now on (way `flows`), not only the transfer's. */
  countAll(): void {
    this.#jobFlows = this.#places.length;
  }

  /** Payload was stored in a function's memory. */
  atFunction(functionIndex: number, lengthBytes: number, flow: FlowByte): void {
    const number = flowNumberOf(flow);
    if (this.#places[number] === functionIndex) this.count(number, lengthBytes);
  }

  /** Payload was stored in host memory. */
  atHostMemory(lengthBytes: number, flow: FlowByte): void {
    const number = flowNumberOf(flow);
    if (this.#places[number] === HOST_MEMORY) this.count(number, lengthBytes);
  }

  /** An operation of a flow is over. */
  countOperation(flow: number): void {
    addTo(this.#flows, flowRow(flow, this.#segments) + FLOW_COUNTER.operations, 1);
  }

  /** Payload of a flow has arrived. */
  count(flow: number, lengthBytes: number): void {
    const { now_ps } = this.#events;
    const row = flowRow(flow, this.#segments);
    addTo(this.#flows, row + FLOW_COUNTER.arrivedBytes, lengthBytes);
    if (doubleAt(this.#flows, row + FLOW_COUNTER.firstByte_ps) === 0) {
      this.#flows[row + FLOW_COUNTER.firstByte_ps] = now_ps;
    }
    this.#flows[row + FLOW_COUNTER.lastByte_ps] = now_ps;
    if (flow >= this.#jobFlows) return;
    addTo(this.#machine, MACHINE_COUNTER.arrivedBytes, lengthBytes);
    if (doubleAt(this.#machine, MACHINE_COUNTER.firstByte_ps) === 0) {
      this.#machine[MACHINE_COUNTER.firstByte_ps] = now_ps;
    }
  }
}
