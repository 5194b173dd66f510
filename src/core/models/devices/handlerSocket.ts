import { invariant } from '../../../base/invariant.ts';
import type { CompletionStatus } from '../../pcie/tlp.ts';
import type { DeviceHandler } from '../ports.ts';

/** Breaks the circle of attaching: the fabric needs a handler to give a port, a device needs a port to be made. */
export class HandlerSocket implements DeviceHandler {
  private _device: DeviceHandler | undefined;

  plug(device: DeviceHandler): void {
    this._device = device;
  }

  onRoom(): void {
    this.#plugged().onRoom();
  }

  onReadData(context: number, requestOffset: number, lengthBytes: number, payload: Uint8Array, offset: number): void {
    this.#plugged().onReadData(context, requestOffset, lengthBytes, payload, offset);
  }

  onReadDone(context: number, status: CompletionStatus): void {
    this.#plugged().onReadDone(context, status);
  }

  onRegisterWrite(bar: number, offset: number, lengthBytes: number, value: number): void {
    this.#plugged().onRegisterWrite(bar, offset, lengthBytes, value);
  }

  onRegisterRead(bar: number, offset: number, lengthBytes: number): number {
    return this.#plugged().onRegisterRead(bar, offset, lengthBytes);
  }

  onTimer(id: number): void {
    this.#plugged().onTimer(id);
  }

  onReset(): void {
    this.#plugged().onReset();
  }

  #plugged(): DeviceHandler {
    invariant(this._device !== undefined, () => 'the fabric called a device that is not there yet');
    return this._device;
  }
}
