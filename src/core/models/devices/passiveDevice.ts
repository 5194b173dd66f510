import type { DeviceHandler } from '../ports.ts';

/**
 * A function that never initiates: memory endpoints and classes nobody models. The fabric serves its memory
 * BARs; what is left to do is nothing.
 */
export class PassiveDevice implements DeviceHandler {
  onRoom(): void {}

  onReadData(): void {}

  onReadDone(): void {}

  onRegisterWrite(): void {}

  onRegisterRead(): number {
    return 0;
  }

  onTimer(): void {}

  /** @simplifies The bytes behind the BARs of a memory device survive a reset. */
  onReset(): void {}
}
