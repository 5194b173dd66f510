import type { EventQueue } from '../../sim/eventQueue.ts';

/** Kinds of agenda items. */
export const ITEM = {
  /** The receiver has found a TLP bad. Value: 1 = it sends a Nak. */
  badTlp: 0,
  /** The receiver has got a TLP once more. */
  duplicate: 1,
  /** The sender learns what the receiver has. Value: the sequence number expected then. */
  ack: 2,
  nak: 3,
  /** A DLLP arrives at the sender with a bad CRC. */
  badDllp: 4,
  /** Look at the replay timer. */
  timer: 5,
  /** A pause of the link is over. */
  resume: 6,
  /** The link is up. Value: which attempt to train it. */
  trained: 7,
  /** Nullified TLPs: one leaves, one reaches the next switch. Value: TLP. */
  nullifiedLeaves: 8,
  nullifiedArrives: 9,
} as const;

/** Something that will happen on a link. */
export interface AgendaItem {
  readonly at_ps: number;
  /** ITEM */
  readonly kind: number;
  /** A sequence number, a TLP or nothing, by kind. */
  readonly value: number;
}

/** What is to happen on a link and is not a TLP on its way: few items, so a sorted list will do. */
export class Agenda {
  private readonly _events: EventQueue;
  private readonly _word: number;
  private _items: AgendaItem[] = [];

  /** @param word the event that makes someone {@link take} what is due. */
  constructor(events: EventQueue, word: number) {
    this._events = events;
    this._word = word;
  }

  /** Items of equal time are taken in the order in which they were added. */
  add(at_ps: number, kind: number, value: number): void {
    const items = this._items;
    let place = items.length;
    while (place > 0 && (items[place - 1]?.at_ps ?? 0) > at_ps) place--;
    items.splice(place, 0, { at_ps, kind, value });
    this.wake(at_ps);
  }

  /** Someone shall look at this time, though nothing is due. */
  wake(at_ps: number): void {
    this._events.schedule(at_ps, this._word);
  }

  /** The first item if it is due, else undefined. */
  take(): AgendaItem | undefined {
    const first = this._items[0];
    if (first === undefined || first.at_ps > this._events.now_ps) return undefined;
    this._items.shift();
    return first;
  }

  /** Takes off everything. @returns it. */
  clear(): readonly AgendaItem[] {
    const items = this._items;
    this._items = [];
    return items;
  }
}
