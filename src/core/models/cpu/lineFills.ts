import { at, invariant } from '../../../base/invariant.ts';
import type { FlowByte } from '../../pcie/tlp.ts';
import { CORE_TO_ROOT_PS, LINE_BYTES, LINE_FILL_BUFFERS } from '../cpuCosts.ts';
import type { AccessHost } from './coreRun.ts';

const FREE = 0;
/** On its way to the root complex, or waiting there for room. */
const ASKED = 1;
const SENT = 2;
/** On its way back to the core. */
const RETURNING = 3;

/** Line-fill buffers of one core: loads from a device under way, each of up to 64 bytes. */
export class LineFills {
  private readonly _host: AccessHost;
  private readonly _flow: FlowByte;
  private readonly _state = new Uint8Array(LINE_FILL_BUFFERS);
  /** When it is at the root complex, or back. */
  private readonly _due_ps = new Float64Array(LINE_FILL_BUFFERS);
  private readonly _address = new Float64Array(LINE_FILL_BUFFERS);
  private readonly _length = new Int32Array(LINE_FILL_BUFFERS);
  private readonly _bytes = new Uint8Array(LINE_FILL_BUFFERS * LINE_BYTES);
  private _inUse = 0;

  constructor(host: AccessHost, flow: FlowByte) {
    this._host = host;
    this._flow = flow;
  }

  get inUse(): number {
    return this._inUse;
  }

  get hasRoom(): boolean {
    return this._inUse < LINE_FILL_BUFFERS;
  }

  /** Asks for bytes. Requires room. */
  ask(address: number, lengthBytes: number): void {
    const buffer = this._state.indexOf(FREE);
    invariant(buffer >= 0 && lengthBytes <= LINE_BYTES, () => `no line-fill buffer for ${lengthBytes} bytes`);
    this._inUse++;
    this._state[buffer] = ASKED;
    this._address[buffer] = address;
    this._length[buffer] = lengthBytes;
    this._due_ps[buffer] = this._host.port.now() + CORE_TO_ROOT_PS + this._host.outward_ps(0);
  }

  /** Sends what has come to the root complex. */
  send(): void {
    const { port } = this._host;
    const now_ps = port.now();
    for (let buffer = 0; buffer < LINE_FILL_BUFFERS; buffer++) {
      if (this._state[buffer] !== ASKED || at(this._due_ps, buffer) > now_ps) continue;
      if (port.readRoom() === 0) return;
      this._state[buffer] = SENT;
      this._host.countRequest();
      port.read(at(this._address, buffer), at(this._length, buffer), this._host.context(buffer), this._flow);
    }
  }

  onData(buffer: number, requestOffset: number, lengthBytes: number, payload: Uint8Array, offset: number): void {
    this._bytes.set(payload.subarray(offset, offset + lengthBytes), buffer * LINE_BYTES + requestOffset);
  }

  onDone(buffer: number, ok: boolean): void {
    if (!ok) this._bytes.fill(0xff, buffer * LINE_BYTES, (buffer + 1) * LINE_BYTES);
    this._state[buffer] = RETURNING;
    this._due_ps[buffer] = this._host.port.now() + CORE_TO_ROOT_PS + this._host.inward_ps(at(this._length, buffer));
  }

  /** Hands on what is back at the core, and frees its buffers. */
  deliver(onLine: (address: number, lengthBytes: number, bytes: Uint8Array, offset: number) => void): void {
    const now_ps = this._host.port.now();
    for (let buffer = 0; buffer < LINE_FILL_BUFFERS; buffer++) {
      if (this._state[buffer] !== RETURNING || at(this._due_ps, buffer) > now_ps) continue;
      this._state[buffer] = FREE;
      this._inUse--;
      onLine(at(this._address, buffer), at(this._length, buffer), this._bytes, buffer * LINE_BYTES);
    }
  }

  /** When something happens next by itself; Infinity if nothing does. */
  next_ps(): number {
    const now_ps = this._host.port.now();
    let next_ps = Infinity;
    for (let buffer = 0; buffer < LINE_FILL_BUFFERS; buffer++) {
      const state = at(this._state, buffer);
      const due_ps = at(this._due_ps, buffer);
      // What is due and still asked for waits for room, which the port announces.
      if ((state === ASKED || state === RETURNING) && due_ps > now_ps && due_ps < next_ps) next_ps = due_ps;
    }
    return next_ps;
  }
}
