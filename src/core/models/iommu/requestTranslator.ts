/*
 * The IOMMU as the root complex sees it: requests by slot number, times, and refusals.
 */
import type { Bdf } from '../../../base/units.ts';
import { bdf, bdfText } from '../../pcie/bdf.ts';
import { ATS_SIZE, pageBytesOf } from '../../config/iommuTables.ts';
import { itemAt } from '../../sim/cells.ts';
import type { EventQueue } from '../../sim/eventQueue.ts';
import type { NodeId } from '../../pcie/machineSpec.ts';
import { wantsCompletion } from '../fabric/completions.ts';
import type { ErrorLog } from '../fabric/errorLog.ts';
import { headerOf, tlpText } from '../fabric/errorSentences.ts';
import type { RequesterPort } from '../fabric/requesterPort.ts';
import type { RequestTranslator } from '../fabric/requestTranslator.ts';
import { NONE, type TlpPool } from '../fabric/tlpPool.ts';
import { FAULT, FAULT_REASONS, type Iommu } from './iommu.ts';

/** Faults of one requester that are recorded; hardware has few fault recording registers. All are counted. */
const RECORDED_FAULTS = 16;

export interface TranslatorParts {
  readonly iommu: Iommu;
  readonly pool: TlpPool;
  readonly events: Pick<EventQueue, 'now_ps'>;
  /** Requester ports by number. */
  readonly ports: readonly RequesterPort[];
  readonly errors: ErrorLog;
  /** Function with a requester ID. */
  readonly nodeAt: (segment: number, requesterId: Bdf) => NodeId | undefined;
}

export class IommuTranslator implements RequestTranslator {
  private readonly _parts: TranslatorParts;
  private readonly _pool: TlpPool;
  private readonly _iommu: Iommu;
  /** Answers to translation requests that have not left, by slot. */
  private readonly _answers = new Map<number, { readonly low: number; readonly high: number }>();
  /** By segment · 65536 + requester ID: faults so far. */
  private readonly _faults = new Map<number, number>();

  constructor(parts: TranslatorParts) {
    this._parts = parts;
    this._pool = parts.pool;
    this._iommu = parts.iommu;
  }

  translate(slot: number): number {
    const pool = this._pool;
    const { now_ps } = this._parts.events;
    const segment = this.#segmentOf(slot);
    const requesterId = pool.requesterId(slot);
    const address = pool.address(slot);
    const iommu = this._iommu;
    const physical = iommu.translate(segment, requesterId, address, !wantsCompletion(pool, slot), now_ps);
    if (physical < 0) {
      this.#record(slot, segment, requesterId, physical);
      return NONE;
    }
    if (physical !== address) pool.setAddress(slot, physical);
    if (iommu.ready_ps > now_ps) iommu.noteWait((pool.flow(slot) >> 2) & 0x3f, iommu.ready_ps - now_ps);
    return iommu.ready_ps;
  }

  trusts(slot: number): boolean {
    const segment = this.#segmentOf(slot);
    const requesterId = this._pool.requesterId(slot);
    if (this._iommu.trusts(segment, requesterId)) return true;
    this.#record(slot, segment, requesterId, FAULT.notTrusted);
    return false;
  }

  /** A page that is not mapped is answered, too: with neither read nor write permission. */
  lookUp(slot: number): number {
    const iommu = this._iommu;
    const address = this._pool.address(slot);
    const segment = this.#segmentOf(slot);
    const requesterId = this._pool.requesterId(slot);
    const physical = iommu.answer(segment, requesterId, address, this._parts.events.now_ps);
    if (physical === FAULT.notTrusted) {
      this.#record(slot, segment, requesterId, FAULT.notTrusted);
      return NONE;
    }
    this._answers.set(slot, physical < 0 ? { low: 0, high: 0 } : translationEntry(physical, iommu));
    return iommu.ready_ps;
  }

  answerLow(slot: number): number {
    return this._answers.get(slot)?.low ?? 0;
  }

  answerHigh(slot: number): number {
    const high = this._answers.get(slot)?.high ?? 0;
    this._answers.delete(slot);
    return high;
  }

  #segmentOf(slot: number): number {
    return itemAt(this._parts.ports, this._pool.origin(slot)).registers.segment;
  }

  #record(slot: number, segment: number, requesterId: number, kind: number): void {
    const key = segment * 0x1_0000 + requesterId;
    const count = (this._faults.get(key) ?? 0) + 1;
    this._faults.set(key, count);
    if (count > RECORDED_FAULTS) return;
    const isRead = wantsCompletion(this._pool, slot);
    const rest = count === RECORDED_FAULTS ? ' Further faults of this function are counted only.' : '';
    const node = this._parts.nodeAt(segment, idOf(requesterId));
    this._parts.errors.add({
      at_ps: this._parts.events.now_ps,
      node: undefined,
      name: 'IOMMU fault',
      bit: undefined,
      severity: 'nonFatal',
      advisory: false,
      header: headerOf(this._pool, slot) ?? [],
      message: undefined,
      rootPort: undefined,
      sentence:
        `The IOMMU refused the ${tlpText(this._pool, slot)} of ${node ?? 'an unknown function'} (requester ${bdfText(idOf(requesterId))}): ` +
        `${FAULT_REASONS[kind] ?? 'it failed'}.${rest}`,
      recovery: isRead ? 'completion UR' : 'dropped',
    });
  }
}

/** The page of a translation; its size is in the address bits below the lowest zero, from bit 12 on, if S is set. */
function translationEntry(physical: number, iommu: Iommu): { readonly low: number; readonly high: number } {
  const pageBytes = pageBytesOf(iommu.level);
  const page = Math.floor(physical / pageBytes) * pageBytes;
  const low = page % 2 ** 32;
  const size = iommu.level === 0 ? 0 : ATS_SIZE + (pageBytes / 2 - 4096);
  return { low: low + size + iommu.flags, high: Math.floor(page / 2 ** 32) };
}

function idOf(requesterId: number): Bdf {
  return bdf(requesterId >> 8, (requesterId >> 3) & 31, requesterId & 7);
}
