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
  private readonly _events: EventQueue;
  private readonly _machine: Float64Array;
  private readonly _flows: Float64Array;
  private readonly _segments: number;
  /** By flow number: function index, or one of the two above. */
  private readonly _places: Int32Array;
  /** Flows from here on count as the job: 0 and no other, or all. */
  private _jobFlows = 1;

  constructor(events: EventQueue, options: ArrivalsOptions) {
    this._events = events;
    this._machine = options.machineCounters;
    this._flows = options.flowCounters;
    this._segments = options.segments;
    this._places = new Int32Array(this._flows.length / flowRow(1, options.segments)).fill(NOWHERE);
  }

  watchFunction(functionIndex: number, flow = 0): void {
    this._places[flow] = functionIndex;
  }

  watchHostMemory(flow = 0): void {
    this._places[flow] = HOST_MEMORY;
  }

  watchNothing(flow = 0): void {
    this._places[flow] = NOWHERE;
  }

  /** Bytes of all flows are the job's from now on (way `flows`), not only the transfer's. */
  countAll(): void {
    this._jobFlows = this._places.length;
  }

  /** Payload was stored in a function's memory. */
  atFunction(functionIndex: number, lengthBytes: number, flow: FlowByte): void {
    const number = flowNumberOf(flow);
    if (this._places[number] === functionIndex) this.count(number, lengthBytes);
  }

  /** Payload was stored in host memory. */
  atHostMemory(lengthBytes: number, flow: FlowByte): void {
    const number = flowNumberOf(flow);
    if (this._places[number] === HOST_MEMORY) this.count(number, lengthBytes);
  }

  /** An operation of a flow is over. */
  countOperation(flow: number): void {
    addTo(this._flows, flowRow(flow, this._segments) + FLOW_COUNTER.operations, 1);
  }

  /** Payload of a flow has arrived. */
  count(flow: number, lengthBytes: number): void {
    const { now_ps } = this._events;
    const row = flowRow(flow, this._segments);
    addTo(this._flows, row + FLOW_COUNTER.arrivedBytes, lengthBytes);
    if (doubleAt(this._flows, row + FLOW_COUNTER.firstByte_ps) === 0) {
      this._flows[row + FLOW_COUNTER.firstByte_ps] = now_ps;
    }
    this._flows[row + FLOW_COUNTER.lastByte_ps] = now_ps;
    if (flow >= this._jobFlows) return;
    addTo(this._machine, MACHINE_COUNTER.arrivedBytes, lengthBytes);
    if (doubleAt(this._machine, MACHINE_COUNTER.firstByte_ps) === 0) {
      this._machine[MACHINE_COUNTER.firstByte_ps] = now_ps;
    }
  }
}
