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
  readonly #host: AccessHost;
  readonly #flow: FlowByte;
  readonly #state = new Uint8Array(LINE_FILL_BUFFERS);
  /** When it is at the root complex, or back. */
  readonly #due_ps = new Float64Array(LINE_FILL_BUFFERS);
  readonly #address = new Float64Array(LINE_FILL_BUFFERS);
  readonly #length = new Int32Array(LINE_FILL_BUFFERS);
  readonly #bytes = new Uint8Array(LINE_FILL_BUFFERS * LINE_BYTES);
  #inUse = 0;

  constructor(host: AccessHost, flow: FlowByte) {
    this.#host = host;
    this.#flow = flow;
  }

  get inUse(): number {
    return this.#inUse;
  }

  get hasRoom(): boolean {
    return this.#inUse < LINE_FILL_BUFFERS;
  }

  /** Asks for bytes. Requires room. */
  ask(address: number, lengthBytes: number): void {
    const buffer = this.#state.indexOf(FREE);
    invariant(buffer >= 0 && lengthBytes <= LINE_BYTES, () => `no line-fill buffer for ${lengthBytes} bytes`);
    this.#inUse++;
    this.#state[buffer] = ASKED;
    this.#address[buffer] = address;
    this.#length[buffer] = lengthBytes;
    this.#due_ps[buffer] = this.#host.port.now() + CORE_TO_ROOT_PS + this.#host.outward_ps(0);
  }

  /** Sends what has come to the root complex. */
  send(): void {
    const { port } = this.#host;
    const now_ps = port.now();
    for (let buffer = 0; buffer < LINE_FILL_BUFFERS; buffer++) {
      if (this.#state[buffer] !== ASKED || at(this.#due_ps, buffer) > now_ps) continue;
      if (port.readRoom() === 0) return;
      this.#state[buffer] = SENT;
      this.#host.countRequest();
      port.read(at(this.#address, buffer), at(this.#length, buffer), this.#host.context(buffer), this.#flow);
    }
  }

  onData(buffer: number, requestOffset: number, lengthBytes: number, payload: Uint8Array, offset: number): void {
    this.#bytes.set(payload.subarray(offset, offset + lengthBytes), buffer * LINE_BYTES + requestOffset);
  }

  onDone(buffer: number, ok: boolean): void {
    if (!ok) this.#bytes.fill(0xff, buffer * LINE_BYTES, (buffer + 1) * LINE_BYTES);
    this.#state[buffer] = RETURNING;
    this.#due_ps[buffer] = this.#host.port.now() + CORE_TO_ROOT_PS + this.#host.inward_ps(at(this.#length, buffer));
  }

  /** Hands on what is back at the core, and frees its buffers. */
  deliver(onLine: (address: number, lengthBytes: number, bytes: Uint8Array, offset: number) => void): void {
    const now_ps = this.#host.port.now();
    for (let buffer = 0; buffer < LINE_FILL_BUFFERS; buffer++) {
      if (this.#state[buffer] !== RETURNING || at(this.#due_ps, buffer) > now_ps) continue;
      this.#state[buffer] = FREE;
      this.#inUse--;
      onLine(at(this.#address, buffer), at(this.#length, buffer), this.#bytes, buffer * LINE_BYTES);
    }
  }

  /** When something happens next by itself; Infinity if nothing does. */
  next_ps(): number {
    const now_ps = this.#host.port.now();
    let next_ps = Infinity;
    for (let buffer = 0; buffer < LINE_FILL_BUFFERS; buffer++) {
      const state = at(this.#state, buffer);
      const due_ps = at(this.#due_ps, buffer);
      // What is due and still asked for waits for room, which the port announces.
      if ((state === ASKED || state === RETURNING) && due_ps > now_ps && due_ps < next_ps) next_ps = due_ps;
    }
    return next_ps;
  }
}
