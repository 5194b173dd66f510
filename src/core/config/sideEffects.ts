/*
 * What writing a register starts, as subscriptions: function-level reset and resizable BARs act on the
 * function itself and are connected when it is built; a secondary bus reset acts on others and is offered
 * as a hook for the fabric.
 */
import type { BarSpec, FunctionSpec } from '../pcie/machineSpec.ts';
import { pokeBar, setBarSize } from './bars.ts';
import { findCapability } from './capability.ts';
import type { ConfigSpace } from './configSpace.ts';
import { DEVICE_CAPABILITIES, DEVICE_CONTROL, EXPRESS } from './expressCapability.ts';
import {
  RESIZABLE_BAR,
  RESIZABLE_BAR_CAPABILITY,
  RESIZABLE_BAR_CONTROL,
  RESIZABLE_BAR_ENTRY_BYTES,
} from './extendedCapabilities.ts';
import { BRIDGE_CONTROL } from './header.ts';
import { extractField, fieldMask } from './register.ts';

/** Connects what happens inside one function. */
export function connectSideEffects(config: ConfigSpace, spec: FunctionSpec): void {
  connectFunctionLevelReset(config);
  connectResizableBars(config, spec.bars);
}

/**
 * A one written to Initiate Function Level Reset resets the function.
 * @spec PCIe Base 5.0 §6.6.2
 * @simplifies The reset takes no time; the 100 ms that software waits are software's.
 */
function connectFunctionLevelReset(config: ConfigSpace): void {
  const offset = findCapability(config, EXPRESS);
  if (offset === undefined) return;
  config.onRegisterWrite(DEVICE_CONTROL, offset, (written) => {
    const asked = extractField(DEVICE_CONTROL, 'initiateFunctionLevelReset', written) === 1;
    if (asked && config.field(DEVICE_CAPABILITIES, offset, 'functionLevelReset') === 1) config.reset('function');
  });
}

/**
 * A size code that the capability offers changes the BAR's writable bits at once and clears its address (B-9).
 * Codes that are not offered leave the BAR as it was.
 */
function connectResizableBars(config: ConfigSpace, bars: readonly BarSpec[]): void {
  const offset = findCapability(config, RESIZABLE_BAR);
  if (offset === undefined) return;
  const count = config.field(RESIZABLE_BAR_CONTROL, offset, 'barCount');
  for (let entry = 0; entry < count; entry++) {
    const base = offset + RESIZABLE_BAR_ENTRY_BYTES * entry;
    const index = config.field(RESIZABLE_BAR_CONTROL, base, 'barIndex');
    const bar = bars.find((candidate) => candidate.index === index);
    if (bar === undefined) continue;
    let current = config.field(RESIZABLE_BAR_CONTROL, base, 'sizeCode');
    const apply = (): void => {
      const code = config.field(RESIZABLE_BAR_CONTROL, base, 'sizeCode');
      const offered = config.field(RESIZABLE_BAR_CAPABILITY, base, 'supportedSizes');
      if (code === current || code >= 28 || Math.floor(offered / 2 ** code) % 2 === 0) return;
      current = code;
      setBarSize(config, bar, 2 ** (20 + code));
      pokeBar(config, bar, 0);
    };
    config.onRegisterWrite(RESIZABLE_BAR_CONTROL, base, apply);
    config.onReset(apply);
  }
}

/**
 * Calls `listener` when software sets or clears Secondary Bus Reset: everything below the bridge is in
 * reset while the bit is set.
 * @returns the way to stop.
 */
export function onSecondaryBusReset(config: ConfigSpace, listener: (asserted: boolean) => void): () => void {
  const bit = fieldMask(BRIDGE_CONTROL.fields.secondaryBusReset);
  let asserted = (config.readRegister(BRIDGE_CONTROL, 0) & bit) !== 0;
  return config.onRegisterWrite(BRIDGE_CONTROL, 0, () => {
    const now = (config.readRegister(BRIDGE_CONTROL, 0) & bit) !== 0;
    if (now === asserted) return;
    asserted = now;
    listener(now);
  });
}
