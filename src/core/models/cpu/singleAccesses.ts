/*
 * Single loads, stores and configuration requests of processes: one TLP each, answered or posted.
 */
import { at } from '../../../base/invariant.ts';
import type { HostRequest } from '../../pcie/requests.ts';
import { FLOW } from '../../pcie/tlp.ts';
import type { ByteSource, ProcessorPort } from '../ports.ts';

export type ConfigRequest = Extract<HostRequest, { kind: 'configRead' | 'configWrite' }>;
export type SingleRequest = Extract<HostRequest, { kind: 'mmioRead' | 'mmioWrite' }> | ConfigRequest;

export class SingleAccesses {
  private readonly _port: ProcessorPort;
  /** Bytes of a load, little-endian, by slot. */
  private readonly _loaded = new Map<number, Uint8Array>();
  private readonly _storeBytes = new Uint8Array(8);
  private readonly _storeSource: ByteSource;

  constructor(port: ProcessorPort) {
    this._port = port;
    const bytes = this._storeBytes;
    this._storeSource = {
      readInto(offset, lengthBytes, target, targetOffset) {
        for (let i = 0; i < lengthBytes; i++) target[targetOffset + i] = at(bytes, offset + i);
      },
    };
  }

  /** @returns true if it was sent, false if there is no room. */
  send(request: SingleRequest, slot: number, context: number): boolean {
    if ((request.kind === 'mmioWrite' ? this._port.postedRoom() : this._port.readRoom()) === 0) return false;
    switch (request.kind) {
      case 'mmioRead':
        this._loaded.set(slot, new Uint8Array(request.bytes));
        this._port.read(request.address, request.bytes, context, FLOW.control);
        return true;
      case 'mmioWrite':
        for (let i = 0; i < request.bytes; i++) this._storeBytes[i] = Math.floor(request.value / 256 ** i) & 0xff;
        this._port.write(request.address, request.bytes, this._storeSource, 0, FLOW.control);
        return true;
      case 'configRead':
        this._loaded.set(slot, new Uint8Array(request.bytes));
        this._port.configRead(request.bdf, request.offset, request.bytes, context);
        return true;
      case 'configWrite':
        this._port.configWrite(request.bdf, request.offset, request.bytes, request.value, context);
        return true;
    }
  }

  onData(slot: number, requestOffset: number, lengthBytes: number, payload: Uint8Array, offset: number): void {
    const bytes = this._loaded.get(slot);
    for (let i = 0; i < lengthBytes; i++)
      bytes?.fill(at(payload, offset + i), requestOffset + i, requestOffset + i + 1);
  }

  /** @returns what the process gets: a number for a load (all ones if it failed), nothing for a store. */
  onDone(slot: number, good: boolean): number | undefined {
    const bytes = this._loaded.get(slot);
    this._loaded.delete(slot);
    if (bytes === undefined) return undefined;
    return good ? littleEndian(bytes) : 2 ** (8 * bytes.length) - 1;
  }
}

function littleEndian(bytes: Uint8Array): number {
  let value = 0;
  for (let i = bytes.length - 1; i >= 0; i--) value = value * 256 + at(bytes, i);
  return value;
}
