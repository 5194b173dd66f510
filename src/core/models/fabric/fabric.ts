/*
 * The parts of a machine's interconnect and the loop that runs them.
 */
import { invariant } from '../../../base/invariant.ts';
import { EventQueue } from '../../sim/eventQueue.ts';
import type { HopRecorder } from '../../sim/hopRecorder.ts';
import { int32At, itemAt } from '../../sim/cells.ts';
import type { BarBehaviour } from '../ports.ts';
import { Arrivals } from './arrivals.ts';
import { CreditUpdates } from './creditAccount.ts';
import type { Endpoint } from './endpoint.ts';
import { EVENT, EVENT_KIND_BITS, EVENT_KIND_MASK } from './events.ts';
import { Journal } from './journal.ts';
import { RequesterPort, type RequesterPortOptions } from './requesterPort.ts';
import { Timers } from './timers.ts';
import { TlpPool } from './tlpPool.ts';
import { Transmitter, type TransmitterOptions } from './transmitter.ts';

export interface FabricOptions {
  /** Largest payload of any TLP, a multiple of 4. */
  readonly payloadBytes: number;
  readonly hops: HopRecorder | undefined;
  /** Layouts: core/pcie/counters.ts. */
  readonly machineCounters: Float64Array;
  readonly linkCounters: Float64Array;
  readonly functionCounters: Float64Array;
}

export class Fabric {
  readonly events = new EventQueue();
  readonly updates = new CreditUpdates();
  readonly timers = new Timers();
  readonly pool: TlpPool;
  readonly journal: Journal;
  readonly arrivals: Arrivals;
  readonly functionCounters: Float64Array;
  readonly transmitters: Transmitter[] = [];
  readonly ports: RequesterPort[] = [];
  /** Events so far. */
  eventCount = 0;
  #registers: { readonly isStale: boolean } | undefined;
  #refresh: () => void = () => undefined;

  constructor(options: FabricOptions) {
    this.pool = new TlpPool(options.payloadBytes);
    this.journal = new Journal(this.pool, options.hops, options.linkCounters);
    this.arrivals = new Arrivals(this.events, options.machineCounters);
    this.functionCounters = options.functionCounters;
  }

  /**
   * Registers that routing depends on may change while events run.
   * @param refresh called before the next event, or the next look at a port, whenever `watch` is stale.
   */
  watchRegisters(watch: { readonly isStale: boolean }, refresh: () => void): void {
    this.#registers = watch;
    this.#refresh = refresh;
  }

  /** Brings decoded registers and what was computed from them up to date. */
  freshen(): void {
    if (this.#registers?.isStale === true) this.#refresh();
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
    const port = new RequesterPort(this, endpoint.uplink, { ...options, index: this.ports.length });
    this.ports.push(port);
    endpoint.addPort(port, bars);
    return port;
  }

  /**
   * Runs events up to and including `limit_ps`, at most `maxEvents` of them. The clock stays at the last event.
   * @returns how many were run.
   */
  run(limit_ps: number, maxEvents: number): number {
    const { events } = this;
    let count = 0;
    while (count < maxEvents) {
      const next_ps = events.nextTime();
      if (next_ps > limit_ps || next_ps === Infinity) break;
      count++;
      this.freshen();
      this.#dispatch(events.take());
    }
    this.eventCount += count;
    return count;
  }

  #dispatch(word: number): void {
    const argument = word >> EVENT_KIND_BITS;
    switch (word & EVENT_KIND_MASK) {
      case EVENT.wireFree:
        itemAt(this.transmitters, argument).onWireFree();
        return;
      case EVENT.arrive:
        itemAt(this.transmitters, int32At(this.pool.via, argument)).deliver(argument);
        return;
      case EVENT.forward:
        itemAt(this.transmitters, int32At(this.pool.via, argument)).receiver.onForward(argument);
        return;
      case EVENT.served:
        itemAt(this.transmitters, int32At(this.pool.via, argument)).receiver.onServed(argument);
        return;
      case EVENT.ackDue:
        itemAt(this.transmitters, argument).onAckDue();
        return;
      case EVENT.updateDue:
        itemAt(this.transmitters, argument >> 2).onUpdateDue(argument & 3);
        return;
      case EVENT.update:
        this.#update(argument);
        return;
      case EVENT.timer:
        this.#timer(argument);
        return;
      default:
        itemAt(this.ports, argument).onTimeout();
    }
  }

  #update(slot: number): void {
    const { updates } = this;
    const key = updates.keyOf(slot);
    const header = updates.headerOf(slot);
    const data = updates.dataOf(slot);
    updates.received(slot);
    itemAt(this.transmitters, key >> 2).onUpdate(key & 3, header, data);
  }

  #timer(slot: number): void {
    const { timers } = this;
    const port = itemAt(this.ports, timers.portOf(slot));
    const id = timers.idOf(slot);
    timers.expired(slot);
    port.handler.onTimer(id);
  }
}
