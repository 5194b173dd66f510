/*
 * What every driver does first: wakes the function and lets it, and the bridges above it, pass requests.
 */
import { walkCapabilities } from '../../config/capability.ts';
import { COMMAND } from '../../config/header.ts';
import { POWER_MANAGEMENT, POWER_MANAGEMENT_CONTROL } from '../../config/legacyCapabilities.ts';
import { type Register, extractField, insertFields } from '../../config/register.ts';
import type { AccessBytes, HostProcess } from '../../pcie/requests.ts';
import { configRead, configWrite, walkByRequests } from '../configRequests.ts';
import type { HostFunction, HostView } from '../hostView.ts';

function bytesOf(register: Register): AccessBytes {
  return register.widthBits === 32 ? 4 : register.widthBits === 16 ? 2 : 1;
}

/** Value of a register that lies at `base` + its own offset. */
export function* readRegister(fn: HostFunction, register: Register, base: number): HostProcess<number> {
  return yield* configRead(fn, base + register.offsetBytes, bytesOf(register));
}

export function* writeRegister(fn: HostFunction, register: Register, base: number, value: number): HostProcess<void> {
  yield* configWrite(fn, base + register.offsetBytes, bytesOf(register), value);
}

/** Full power, memory decoding and bus mastering on; writes only what is not so already. */
function* enableFunction(fn: HostFunction): HostProcess<void> {
  const chain = yield* walkByRequests(fn, walkCapabilities());
  const power = chain.find((entry) => entry.id === POWER_MANAGEMENT.id);
  if (power !== undefined) {
    const control = yield* readRegister(fn, POWER_MANAGEMENT_CONTROL, power.offset);
    if (extractField(POWER_MANAGEMENT_CONTROL, 'powerState', control) !== 0) {
      const awake = insertFields(POWER_MANAGEMENT_CONTROL, control, { powerState: 0, pmeStatus: 0 });
      yield* writeRegister(fn, POWER_MANAGEMENT_CONTROL, power.offset, awake);
    }
  }
  const command = yield* readRegister(fn, COMMAND, 0);
  const enabled = insertFields(COMMAND, command, { memorySpaceEnable: 1, busMasterEnable: 1 });
  if (enabled !== command) yield* writeRegister(fn, COMMAND, 0, enabled);
}

/** Enables a function, and before it every bridge above it, from the root down. */
export function* enableDevice(view: HostView, fn: number): HostProcess<void> {
  const known = view.functions[fn];
  if (known === undefined) return;
  if (known.upstreamBridge !== undefined) yield* enableDevice(view, known.upstreamBridge);
  yield* enableFunction(known);
}
