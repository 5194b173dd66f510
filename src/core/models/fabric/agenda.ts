import type { EventQueue } from '../../sim/eventQueue.ts';

/** Something that will happen on a link. */
export interface AgendaItem {
  readonly at_ps: number;
  readonly kind: number;
  /** A sequence number, a TLP or nothing, by kind. */
  readonly value: number;
}

/** What is to happen on a link and is not a TLP on its way: few items, so a sorted list will do. */
export class Agenda {
  readonly #events: EventQueue;
  readonly #word: number;
  #items: AgendaItem[] = [];

  /** @param word the event that makes someone {@link take} what is due. */
  constructor(events: EventQueue, word: number) {
    this.#events = events;
    this.#word = word;
  }

  /** Items of equal time are taken in the order in which they were added. */
  add(at_ps: number, kind: number, value: number): void {
    const items = this.#items;
    let place = items.length;
    while (place > 0 && (items[place - 1]?.at_ps ?? 0) > at_ps) place--;
    items.splice(place, 0, { at_ps, kind, value });
    this.wake(at_ps);
  }

  /** Someone shall look at this time, though nothing is due. */
  wake(at_ps: number): void {
    this.#events.schedule(at_ps, this.#word);
  }

  /** The first item if it is due, else undefined. */
  take(): AgendaItem | undefined {
    const first = this.#items[0];
    if (first === undefined || first.at_ps > this.#events.now_ps) return undefined;
    this.#items.shift();
    return first;
  }

  /** Takes off everything. @returns it. */
  clear(): readonly AgendaItem[] {
    const items = this.#items;
    this.#items = [];
    return items;
  }
}
