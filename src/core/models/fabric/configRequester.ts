/*
 * The configuration requests of a processor: sent as type 1, and again after a Request Retry Status.
 */
import { hex } from '../../../base/bits.ts';
import type { Bdf } from '../../../base/units.ts';
import { bdfText } from '../../pcie/bdf.ts';
import { CONFIG_HEADER_BYTES, FLOW, TLP_KIND, TLP_KIND_NAMES } from '../../pcie/tlp.ts';
import { doubleAt } from '../../sim/cells.ts';
import type { EventQueue } from '../../sim/eventQueue.ts';
import { CONFIG_BYTES, type ConfigAccess } from './configRequests.ts';
import type { OutstandingReads } from './outstandingReads.ts';
import type { FunctionRegisters } from './registers.ts';
import { TLP_ATTRIBUTE, type TlpPool } from './tlpPool.ts';

/** A request that was answered with Retry is repeated after this time, and after twice as long each time. */
const FIRST_RETRY_PS = 1_000_000;
const LONGEST_RETRY_PS = 1_000_000_000;
/** What a root port with retry visibility makes of a vendor ID: little-endian 0001h, then all ones. */
const RETRY_VENDOR_ID = Uint8Array.of(1, 0, 0xff, 0xff);

/** What it shares with the rest of the machine. */
export interface ConfigRequesterParts {
  readonly events: EventQueue;
  readonly pool: TlpPool;
  readonly config: ConfigAccess;
  /** Calls back at a time. */
  callAt(at_ps: number, call: () => void): void;
}

/** What it needs of its port. */
export interface ConfigPort {
  readonly registers: FunctionRegisters;
  /** Of the port in its fabric. */
  readonly index: number;
  send(slot: number): void;
  /** A request has been sent again: its completion timeout runs. */
  watch(): void;
  /** Ends a read with these bytes. */
  deliver(tag: number, bytes: Uint8Array): void;
}

interface Request {
  readonly kind: 4 | 5;
  readonly value: number;
  repetitions: number;
}

/**
 * @spec PCIe Base 5.0 §2.3.2 (semantics reference T-7, enumeration reference C-4)
 * @simplifies The specification leaves open when a root complex repeats a request: this one does after 1 µs, 2 µs, 4 µs …
 * up to 1 ms, for ever.
 */
export class ConfigRequester {
  private readonly _parts: ConfigRequesterParts;
  private readonly _reads: OutstandingReads;
  private readonly _port: ConfigPort;
  private readonly _byTag = new Map<number, Request>();

  constructor(parts: ConfigRequesterParts, reads: OutstandingReads, port: ConfigPort) {
    this._parts = parts;
    this._reads = reads;
    this._port = port;
  }

  /** Sends a request whose tag has been taken for its target and length. */
  send(tag: number, kind: 4 | 5, value: number): void {
    this._byTag.set(tag, { kind, value, repetitions: 0 });
    this.#sendNow(tag, kind, value);
  }

  /**
   * A request was answered with Retry: it is repeated after a time, unless software is to see the retry.
   * @returns false if the tag is not that of a configuration request.
   */
  repeat(tag: number): boolean {
    const request = this._byTag.get(tag);
    if (request === undefined) return false;
    const address = doubleAt(this._reads.address, tag);
    const id = Math.floor(address / CONFIG_BYTES) as Bdf;
    const asksVendor = address % CONFIG_BYTES === 0 && this._reads.lengthOf(tag) >= 2;
    const isVisible = request.kind === TLP_KIND.CfgRd1 && asksVendor;
    if (isVisible && this._parts.config.showsRetry(this._port.registers.segment, id)) {
      this._port.deliver(tag, RETRY_VENDOR_ID);
      return true;
    }
    this._reads.sent_ps[tag] = Infinity;
    const delay_ps = Math.min(FIRST_RETRY_PS * 2 ** request.repetitions++, LONGEST_RETRY_PS);
    this._parts.callAt(this._parts.events.now_ps + delay_ps, () => {
      if (this._byTag.get(tag) !== request) return;
      this._reads.sent_ps[tag] = this._parts.events.now_ps;
      this._port.watch();
      this.#sendNow(tag, request.kind, request.value);
    });
    return true;
  }

  /** `CfgRd1 of register 004h of 03:00.0`; undefined if the tag is not that of a configuration request. */
  textOf(tag: number): string | undefined {
    const request = this._byTag.get(tag);
    if (request === undefined) return undefined;
    const address = doubleAt(this._reads.address, tag);
    const target = bdfText(Math.floor(address / CONFIG_BYTES) as Bdf);
    return `${TLP_KIND_NAMES[request.kind] ?? 'request'} of register ${hex(address % CONFIG_BYTES, 3)}h of ${target}`;
  }

  /** The request of a tag is over. */
  forget(tag: number): void {
    if (this._byTag.size > 0) this._byTag.delete(tag);
  }

  #sendNow(tag: number, kind: 4 | 5, value: number): void {
    const { pool } = this._parts;
    const { digestBytes, attributes, requesterId } = this._port.registers;
    const bytes = this._reads.lengthOf(tag);
    const slot = pool.allocate();
    const carried = kind === TLP_KIND.CfgWr1 ? bytes : 0;
    const headerBytes = CONFIG_HEADER_BYTES + digestBytes;
    pool.describe(slot, kind, FLOW.control, doubleAt(this._reads.address, tag), bytes, carried, headerBytes);
    pool.setTransaction(slot, requesterId, tag, this._port.index);
    pool.addAttributes(slot, attributes & TLP_ATTRIBUTE.digest);
    const start = slot * pool.strideBytes;
    for (let index = 0; index < carried; index++) pool.payload[start + index] = value >>> (8 * index);
    this._port.send(slot);
  }
}
