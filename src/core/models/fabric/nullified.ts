/*
 * TLPs that a cut-through switch has begun to pass on when their LCRC turns out wrong. It ends them with EDB and an
 * inverted LCRC: the copy takes its time on the wire and the next receiver drops it without a word. It uses no credits,
 * no sequence number and no buffer, so all there is of it is a header that shows the way.
 */
import { ITEM } from './agenda.ts';
import { NONE, type TlpPool } from './tlpPool.ts';
import type { Transmitter } from './transmitter.ts';

/** The TLP just put on the wire is bad: if the receiver cuts through, it will begin to pass it on. */
export function nullify(pool: TlpPool, slot: number, ingress: Transmitter): void {
  if (!ingress.flight.cutsThrough || ingress.receiver.cutThroughEgress === undefined) return;
  const copy = pool.allocate();
  pool.copyHeader(copy, slot);
  travel(pool, copy, ingress);
}

function travel(pool: TlpPool, slot: number, over: Transmitter): void {
  pool.setVia(slot, over.index);
  pool.setBuffer(slot, NONE, 0);
  over.flight.stamp(slot);
  over.end.agenda.add(pool.due_ps(slot), ITEM.nullifiedArrives, slot);
}

/**
 * A nullified TLP is at the decision point of a cut-through switch.
 * @simplifies One that has to wait for its egress is dropped; until its last bit is in, hardware would keep it.
 */
export function passNullified(pool: TlpPool, slot: number, ingress: Transmitter): void {
  const egress = ingress.receiver.cutThroughEgress?.(slot, ingress);
  if (egress === undefined || !egress.isIdle) pool.free(slot);
  else if (egress.canCutThrough(slot)) sendNullified(pool, slot, egress);
  else egress.end.agenda.add(Math.ceil(pool.complete_ps(slot) - egress.duration_ps(slot)), ITEM.nullifiedLeaves, slot);
}

/** It leaves, if nothing else has come in between. */
export function sendNullified(pool: TlpPool, slot: number, egress: Transmitter): void {
  if (!egress.isIdle) {
    pool.free(slot);
    return;
  }
  egress.end.sendInVain(slot);
  if (egress.flight.cutsThrough && egress.receiver.cutThroughEgress !== undefined) travel(pool, slot, egress);
  else pool.free(slot);
}
