/*
 * The parts of a machine's interconnect and the loop that runs them.
 */
import { invariant, InvariantError } from '../../../base/invariant.ts';
import { EventQueue } from '../../sim/eventQueue.ts';
import { FLOW_COUNTER_COUNT } from '../../pcie/counters.ts';
import type { HopRecorder } from '../../sim/hopRecorder.ts';
import { itemAt } from '../../sim/cells.ts';
import type { BarBehaviour } from '../ports.ts';
import { Arrivals } from './arrivals.ts';
import { Calls } from './calls.ts';
import { type ConfigAccess, NO_CONFIG } from './configRequests.ts';
import { DelayLine } from './delayLine.ts';
import type { Endpoint } from './endpoint.ts';
import { type ErrorReporter, SILENT_REPORTER } from './errorReporter.ts';
import { EVENT, eventWord } from './events.ts';
import { Journal } from './journal.ts';
import type { LinkErrorRelay } from './linkErrors.ts';
import { RequesterPort, type RequesterPortOptions } from './requesterPort.ts';
import { Timers } from './timers.ts';
import { TlpPool } from './tlpPool.ts';
import type { TransmitterOptions } from './fabricParts.ts';
import { Transmitter } from './transmitter.ts';

export interface FabricOptions {
  /** Largest payload of any TLP, a multiple of 4. */
  readonly payloadBytes: number;
  readonly hops: HopRecorder | undefined;
  /** Layouts: core/pcie/counters.ts. */
  readonly machineCounters: Float64Array;
  readonly linkCounters: Float64Array;
  readonly functionCounters: Float64Array;
  /** Of flows beside the first, and the link directions in a row of them. Default: there is one flow. */
  readonly flows?: { readonly flowCounters: Float64Array; readonly segments: number };
  /** Where configuration requests end; nowhere by default. */
  readonly config?: ConfigAccess;
  /** Default true; false = nothing passes anything in a queue, which deadlocks (semantics reference, section 8). */
  readonly orderingExceptions?: boolean;
  /** Of all random processes. Default 1. */
  readonly seed?: number;
}

export class Fabric {
  readonly events = new EventQueue();
  readonly timers = new Timers();
  readonly pool: TlpPool;
  readonly journal: Journal;
  readonly arrivals: Arrivals;
  readonly functionCounters: Float64Array;
  readonly config: ConfigAccess;
  readonly linkErrors: LinkErrorRelay = { sink: undefined };
  readonly seed: number;
  /** Told of errors as they are detected. */
  reporter: ErrorReporter = SILENT_REPORTER;
  readonly orderingExceptions: boolean;
  readonly transmitters: Transmitter[] = [];
  readonly ports: RequesterPort[] = [];
  private readonly _lines: DelayLine[] = [];
  private readonly _calls = new Calls();
  /** Events so far. */
  eventCount = 0;
  private _registers: { isStale: boolean } | undefined;
  private _refresh: () => void = () => undefined;

  constructor(options: FabricOptions) {
    this.pool = new TlpPool(options.payloadBytes);
    this.journal = new Journal(this.events, this.pool, options.hops, options.linkCounters, options.flows);
    const { machineCounters, flows } = options;
    const { flowCounters, segments } = flows ?? { flowCounters: new Float64Array(FLOW_COUNTER_COUNT), segments: 0 };
    this.arrivals = new Arrivals(this.events, { machineCounters, flowCounters, segments });
    this.functionCounters = options.functionCounters;
    this.config = options.config ?? NO_CONFIG;
    this.orderingExceptions = options.orderingExceptions ?? true;
    this.seed = options.seed ?? 1;
  }

  /**
   * Registers that routing depends on may change while events run.
   * @param refresh called before the next event, or the next look at a port, whenever `watch` is stale.
   */
  watchRegisters(watch: { isStale: boolean }, refresh: () => void): void {
    this._registers = watch;
    this._refresh = refresh;
  }

  /** Brings decoded registers and what was computed from them up to date. */
  freshen(): void {
    if (this._registers?.isStale === true) this._refresh();
  }

  /** Makes both directions of a link, as transmitters `first` (downstream) and `first + 1`. */
  addLink(
    first: number,
    down: Omit<TransmitterOptions, 'index'>,
    up: Omit<TransmitterOptions, 'index'>,
  ): readonly [Transmitter, Transmitter] {
    invariant(this.transmitters[first] === undefined, () => `transmitter ${first} is already there`);
    const downward = new Transmitter(this, { ...down, index: first });
    const upward = new Transmitter(this, { ...up, index: first + 1 });
    downward.pairWith(upward);
    upward.pairWith(downward);
    this.transmitters[first] = downward;
    this.transmitters[first + 1] = upward;
    return [downward, upward];
  }

  /** Attaches a device model to a function of an endpoint. */
  attach(
    endpoint: Endpoint,
    options: Omit<RequesterPortOptions, 'index'>,
    bars: ReadonlyMap<number, BarBehaviour>,
  ): RequesterPort {
    const port = new RequesterPort(this, endpoint, { ...options, index: this.ports.length });
    this.ports.push(port);
    endpoint.addPort(port, bars);
    // What routes to its BARs learns of them before the next event.
    if (this._registers !== undefined) this._registers.isStale = true;
    return port;
  }

  /**
   * Runs events up to and including `limit_ps`, at most `maxEvents` of them. The clock stays at the last event.
   * @returns how many were run.
   */
  run(limit_ps: number, maxEvents: number): number {
    const { events } = this;
    events.limit_ps = limit_ps;
    let count = 0;
    while (count < maxEvents) {
      const word = events.take();
      if (word < 0) break;
      count++;
      this.freshen();
      this.#dispatch(word & 15, word >> 4);
    }
    this.eventCount += count;
    this.settle();
    return count;
  }

  /** Brings DLLPs and their counters up to now; the outcome of a run does not depend on when this is done. */
  settle(): void {
    for (const transmitter of this.transmitters) {
      transmitter.settle();
      transmitter.count();
    }
  }

  /** One event. The cases are EVENT's numbers in figures, so that engines jump by a table. */
  #dispatch(kind: number, argument: number): void {
    switch (kind) {
      case 0: // wireFree
        itemAt(this.transmitters, argument).onWireFree();
        return;
      case 1: // arrive
        itemAt(this.transmitters, argument).onArrivalDue();
        return;
      case 2: // forward
        itemAt(this.transmitters, this.pool.via(argument)).receiver.onForward(argument);
        return;
      case 3: // served
        itemAt(this.transmitters, this.pool.via(argument)).receiver.onServed(argument);
        return;
      case 4: // credits
        itemAt(this.transmitters, argument).onCredits();
        return;
      case 5: // timer
        this.#timer(argument);
        return;
      case 6: // timeout
        itemAt(this.ports, argument).onTimeout();
        return;
      case 7: // lineDue
        itemAt(this._lines, argument).onDue();
        return;
      case 8: // link
        itemAt(this.transmitters, argument).end.onDue();
        return;
      case 9: // call
        this._calls.run(argument);
        return;
      default:
        noEvent(kind);
    }
  }

  /** A way on which TLPs stay in order and take known times. */
  addLine(onThrough: (slot: number) => void): DelayLine {
    const line = new DelayLine(this.events, this.pool, this._lines.length, onThrough);
    this._lines.push(line);
    return line;
  }

  /** Calls back at a time: for what happens seldom. */
  callAt(at_ps: number, call: () => void): void {
    this.events.schedule(at_ps, eventWord(EVENT.call, this._calls.add(call)));
  }

  #timer(slot: number): void {
    const { timers } = this;
    const port = itemAt(this.ports, timers.portOf(slot));
    const id = timers.idOf(slot);
    timers.expired(slot);
    port.handler.onTimer(id);
  }
}

/** Not a closure where events are dispatched: that would allocate its context for every event. */
function noEvent(kind: number): never {
  throw new InvariantError(`no event of kind ${kind}`);
}
