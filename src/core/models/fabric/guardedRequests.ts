/*
 * What comes from devices while an IOMMU is on: translated where the rules ask for it, in the order of each port.
 */
import { TLP_CLASS } from '../../pcie/tlp.ts';
import { isAtomic } from './atomics.ts';
import type { FabricParts } from './fabricParts.ts';
import type { RequestTranslator } from './requestTranslator.ts';
import { ADDRESS_TYPE, NONE, type TlpPool } from './tlpPool.ts';
import { TranslationGate } from './translationGate.ts';

/** What the root complex does for them. */
export interface GuardedHost {
  /** Requests of a processor pass no IOMMU. */
  isProcessor(port: number): boolean;
  /** False if the port refused the request, which is gone then. */
  accepts(slot: number, port: number): boolean;
  /** Interrupts are not translated. */
  isInterrupt(slot: number): boolean;
  /** True for an address in a port's window that neither this port nor the function sends to validation. */
  goesStraight(slot: number, port: number): boolean;
  /** Completions to their requester, requests by their address. */
  proceed(slot: number, port: number): void;
  /** Ends a translation request with the translation. */
  answer(slot: number, port: number): void;
  /** No mapping, or not that permission: ends the request. */
  fault(slot: number, port: number): void;
}

/** @spec semantics reference */
export class GuardedRequests {
  private readonly _parts: FabricParts;
  private readonly _pool: TlpPool;
  private readonly _host: GuardedHost;
  private readonly _gate: TranslationGate;

  constructor(parts: FabricParts, host: GuardedHost) {
    this._parts = parts;
    this._pool = parts.pool;
    this._host = host;
    this._gate = new TranslationGate(parts, (slot, port) => this.#goOn(slot, port));
  }

  /** All ports are there. */
  seal(ports: number): void {
    this._gate.seal(ports);
  }

  /** True for what the IOMMU looks at, and for what has to stay behind such a request. */
  concerns(slot: number, port: number): boolean {
    const pool = this._pool;
    if (this._host.isProcessor(port)) return false;
    if (pool.classOf(slot) === TLP_CLASS.completion) return this._gate.isHolding(port);
    // MRd and MWr in figures, see TlpPool.
    return pool.kind(slot) <= 1 || isAtomic(pool, slot);
  }

  arrive(slot: number, port: number, translator: RequestTranslator): void {
    const host = this._host;
    const { now_ps } = this._parts.events;
    let ready_ps = now_ps;
    if (this._pool.classOf(slot) !== TLP_CLASS.completion) {
      if (!host.accepts(slot, port)) return;
      if (!host.isInterrupt(slot)) ready_ps = this.#readyAt(slot, port, translator);
      if (ready_ps < 0) return host.fault(slot, port);
    }
    if (ready_ps > now_ps || this._gate.isHolding(port)) this._gate.hold(slot, port, ready_ps);
    else this.#goOn(slot, port);
  }

  /** When a request may go on; its address is physical then. Negative = a fault. */
  #readyAt(slot: number, port: number, translator: RequestTranslator): number {
    const { now_ps } = this._parts.events;
    const type = this._pool.addressType(slot);
    if (type === ADDRESS_TYPE.translated) return translator.trusts(slot, port) ? now_ps : NONE;
    if (type === ADDRESS_TYPE.translationRequest) return translator.lookUp(slot, port);
    return this._host.goesStraight(slot, port) ? now_ps : translator.translate(slot, port);
  }

  #goOn(slot: number, port: number): void {
    const isRequest = this._pool.classOf(slot) !== TLP_CLASS.completion;
    if (isRequest && this._pool.addressType(slot) === ADDRESS_TYPE.translationRequest) this._host.answer(slot, port);
    else this._host.proceed(slot, port);
  }
}
