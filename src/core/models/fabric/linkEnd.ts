/*
 * The sending end of a link on which something can go wrong: what may hold it up, and what is to happen on it besides
 * TLPs arriving.
 */
import { invariant } from '../../../base/invariant.ts';
import { Agenda, type AgendaItem, ITEM } from './agenda.ts';
import { BLOCKED } from './blocked.ts';
import { EVENT, eventWord } from './events.ts';
import type { FabricParts, SourceListener } from './fabricParts.ts';
import type { Feedback } from './feedback.ts';
import { LinkLayer } from './linkLayer.ts';
import { loseSent, loseWaiting, type Survivor } from './linkOutage.ts';
import type { LinkTiming } from './linkTiming.ts';
import { passNullified, sendNullified } from './nullified.ts';
import type { Transmitter } from './transmitter.ts';
import type { Wire } from './wire.ts';

export interface LinkEndParts {
  readonly fabric: FabricParts;
  readonly sender: Transmitter;
  readonly wire: Wire;
  readonly feedback: Feedback;
  /** By source. */
  readonly listeners: readonly (SourceListener | undefined)[];
}

export class LinkEnd {
  /** Told about the link's training and pauses. */
  onTraining: ((item: AgendaItem) => void) | undefined;
  /** The data link layer in full, once something can go wrong. */
  layer: LinkLayer | undefined;
  /** Nothing is sent because there is no link. */
  isDown = false;
  readonly agenda: Agenda;
  private readonly _parts: LinkEndParts;
  /** Places in the queues of own functions that are free again when the link is up. */
  private readonly _owed: { readonly source: number; readonly tlpClass: number }[] = [];

  constructor(parts: LinkEndParts) {
    this._parts = parts;
    this.agenda = new Agenda(parts.fabric.events, eventWord(EVENT.link, parts.sender.index));
  }

  /** When the wire has sent what it has. */
  get freeAt_ps(): number {
    return this._parts.wire.busyUntil_ps;
  }

  /** The data link layer in full, from now on: what is on the wire already will be delivered. */
  arm(options: {
    readonly timing: LinkTiming;
    readonly replayBufferBytes: number | undefined;
    readonly retrain: () => void;
  }): LinkLayer {
    const { timing, ...rest } = options;
    const { sender } = this._parts;
    invariant(timing.layer !== undefined, () => `transmitter ${sender.index} is no link`);
    if (this.layer === undefined) {
      // DLLPs that are due leave as before.
      sender.settle();
      const { fabric, wire, feedback } = this._parts;
      const own = { fabric, sender, wire, feedback, agenda: this.agenda, timing, layer: timing.layer };
      this.layer = new LinkLayer({ ...own, ...rest });
      sender.follow();
      // Those that were planned before have to leave in time from now on.
      this.layer.planned();
    }
    return this.layer;
  }

  /** Something on the agenda may be due. */
  onDue(): void {
    const { fabric, sender } = this._parts;
    for (let item = this.agenda.take(); item !== undefined; item = this.agenda.take()) {
      if (item.kind === ITEM.nullifiedLeaves) sendNullified(fabric.pool, item.value, sender);
      else if (item.kind === ITEM.nullifiedArrives) passNullified(fabric.pool, item.value, sender);
      else if (item.kind >= ITEM.resume) this.onTraining?.(item);
      else this.layer?.perform(item);
    }
    this.layer?.proceed();
  }

  /** A DLLP on this wire: true if it is hit. */
  spoilsDllp(): boolean {
    return this.layer !== undefined && this.layer.spoilsDllp();
  }

  /** Puts a TLP on the wire that nobody will use. */
  sendInVain(slot: number): void {
    const { fabric, sender } = this._parts;
    sender.gather();
    sender.flight.book(sender.bytesOnWire(slot));
    fabric.journal.countReplay(sender.index, sender.flight.wire_ps, true);
  }

  /** Nothing leaves before `at_ps`. @returns since when. */
  pauseUntil(at_ps: number): number {
    const { fabric, sender, wire } = this._parts;
    sender.endStall();
    const since_ps = Math.max(fabric.events.now_ps, wire.busyUntil_ps);
    wire.pauseUntil(at_ps);
    this.layer?.pauseUntil(at_ps);
    sender.onCredits();
    return since_ps;
  }

  /** A pause since `since_ps` is over: training sequences are ordered sets. */
  countPause(since_ps: number): void {
    const { events, journal } = this._parts.fabric;
    const length_ps = events.now_ps - since_ps;
    if (length_ps > 0) journal.countSkip(this._parts.sender.index, length_ps);
  }

  /** The link goes down: TLPs are lost (linkOutage.ts), credits return. @returns how many. */
  goDown(receiver: Survivor): number {
    const { fabric, feedback, sender } = this._parts;
    const { pool } = fabric;
    this.isDown = true;
    sender.block(BLOCKED.held | BLOCKED.down);
    sender.follow();
    for (const item of this.agenda.clear()) if (item.kind >= ITEM.nullifiedLeaves) pool.free(item.value);
    const sent = this.layer?.clear() ?? [];
    for (const slot of sent) loseSent(pool, slot, sender);
    const lost = sent.length + sender.flight.lose(receiver);
    feedback.flush();
    return lost + this.dropQueued();
  }

  /** The link is up: both ends start anew. */
  comeUp(): void {
    const { fabric, feedback, listeners, sender, wire } = this._parts;
    this.isDown = false;
    sender.follow();
    feedback.flush();
    wire.pauseUntil(fabric.events.now_ps);
    sender.unblock(BLOCKED.held | BLOCKED.down);
    for (const { source, tlpClass } of this._owed.splice(0)) listeners[source]?.onSent(tlpClass);
  }

  /** Own functions hear of room again only when the link is up: until then they have none. @returns how many TLPs. */
  dropQueued(): number {
    const { fabric, listeners, sender } = this._parts;
    let count = 0;
    for (let slot = sender.queues.drop(); slot >= 0; slot = sender.queues.drop()) {
      const source = fabric.pool.source(slot);
      const isOwn = listeners[source] !== undefined;
      if (isOwn) this._owed.push({ source, tlpClass: fabric.pool.classOf(slot) });
      loseWaiting(fabric.pool, slot, sender, isOwn);
      count++;
    }
    return count;
  }
}
