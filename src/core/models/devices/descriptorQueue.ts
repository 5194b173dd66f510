/*
 * The engine's view of its ring: which descriptors it was given, which it has fetched, begun, finished.
 *
 *   retired ≤ issued ≤ fetched ≤ requested ≤ tail        (free-running counts)
 */
import { fromDwords } from '../../../base/bits.ts';
import { extractField } from '../../config/register.ts';
import { DESCRIPTOR, DESCRIPTOR_BYTES, DESCRIPTOR_CONTROL } from '../../config/devices/engineRegisters.ts';
import { FLOW, REQUEST_BOUNDARY_BYTES, type FlowByte } from '../../pcie/tlp.ts';

/** Descriptors the engine holds at once; a power of two. */
export const DESCRIPTOR_SLOTS = 64;
const SLOT_MASK = DESCRIPTOR_SLOTS - 1;
const TWO_32 = 2 ** 32;

/** State of a descriptor's flush read. */
export const FLUSH = { none: 0, wanted: 1, asked: 2, done: 3, failed: 4 } as const;

export class DescriptorQueue {
  tail = 0;
  requested = 0;
  fetched = 0;
  issued = 0;
  retired = 0;

  private _ringBase = 0;
  private _entries = 2;

  // One element for each slot; a descriptor with count c is in slot c mod DESCRIPTOR_SLOTS.
  readonly busAddress = new Float64Array(DESCRIPTOR_SLOTS);
  readonly other = new Float64Array(DESCRIPTOR_SLOTS);
  readonly lengthBytes = new Float64Array(DESCRIPTOR_SLOTS);
  /** ENGINE_OPERATION; other codes are bad descriptors. */
  readonly operation = new Uint8Array(DESCRIPTOR_SLOTS);
  private readonly _flow = new Uint8Array(DESCRIPTOR_SLOTS);
  private readonly _control = new Uint32Array(DESCRIPTOR_SLOTS);
  /** Bytes asked for (reads) or sent (writes). */
  readonly begun = new Float64Array(DESCRIPTOR_SLOTS);
  /** Bytes that are where they belong. */
  readonly moved = new Float64Array(DESCRIPTOR_SLOTS);
  /** Earliest time of its first byte. */
  readonly ready_ps = new Float64Array(DESCRIPTOR_SLOTS);
  /** When its bytes have drained from the inner buffer. */
  readonly drained_ps = new Float64Array(DESCRIPTOR_SLOTS);
  readonly flush = new Uint8Array(DESCRIPTOR_SLOTS);
  readonly started = new Uint8Array(DESCRIPTOR_SLOTS);

  /** @param entries power of two. */
  configure(ringBase: number, entries: number): void {
    this._ringBase = ringBase;
    this._entries = entries;
    this.tail = 0;
    this.requested = 0;
    this.fetched = 0;
    this.issued = 0;
    this.retired = 0;
  }

  slot(count: number): number {
    return count & SLOT_MASK;
  }

  flow(slot: number): FlowByte {
    return this._flow[slot] ?? FLOW.control;
  }

  wantsReport(slot: number): boolean {
    return extractField(DESCRIPTOR_CONTROL, 'report', this._control[slot] ?? 0) === 1;
  }

  wantsInterrupt(slot: number): boolean {
    return extractField(DESCRIPTOR_CONTROL, 'interrupt', this._control[slot] ?? 0) === 1;
  }

  /** The doorbell was written. @param tail 32-bit count. @returns false if it gives more than the ring holds: ignored. */
  ring(tail: number): boolean {
    const ahead = (tail - (this.tail % TWO_32) + TWO_32) % TWO_32;
    if (this.tail + ahead - this.retired > this._entries) return false;
    this.tail += ahead;
    return true;
  }

  /** How many descriptors the next fetch can bring: up to the ring's end, a 4 KiB boundary, free slots, `limit`. */
  fetchable(limit: number): number {
    const place = this.requested % this._entries;
    const address = this._ringBase + place * DESCRIPTOR_BYTES;
    return Math.min(
      this.tail - this.requested,
      this._entries - place,
      (REQUEST_BOUNDARY_BYTES - (address % REQUEST_BOUNDARY_BYTES)) / DESCRIPTOR_BYTES,
      DESCRIPTOR_SLOTS - (this.requested - this.retired),
      limit,
    );
  }

  /** Address of the next descriptor to fetch. */
  fetchAddress(): number {
    return this._ringBase + (this.requested % this._entries) * DESCRIPTOR_BYTES;
  }

  /** Takes one fetched descriptor from its bytes. */
  accept(view: DataView, offset: number, ready_ps: number): void {
    const slot = this.slot(this.fetched);
    this.busAddress[slot] = longAt(view, offset + DESCRIPTOR.busAddress);
    this.other[slot] = longAt(view, offset + DESCRIPTOR.other);
    this.lengthBytes[slot] = view.getUint32(offset + DESCRIPTOR.lengthBytes, true);
    const control = view.getUint32(offset + DESCRIPTOR.control, true);
    this._control[slot] = control;
    this.operation[slot] = extractField(DESCRIPTOR_CONTROL, 'operation', control);
    this._flow[slot] = extractField(DESCRIPTOR_CONTROL, 'flow', control);
    this.begun[slot] = 0;
    this.moved[slot] = 0;
    this.ready_ps[slot] = ready_ps;
    this.drained_ps[slot] = 0;
    this.flush[slot] = extractField(DESCRIPTOR_CONTROL, 'flush', control) === 1 ? FLUSH.wanted : FLUSH.none;
    this.started[slot] = 0;
    this.fetched += 1;
  }
}

function longAt(view: DataView, offset: number): number {
  return fromDwords(view.getUint32(offset + 4, true), view.getUint32(offset, true));
}
