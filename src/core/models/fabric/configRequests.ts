/*
 * Configuration requests as TLPs: routed by ID, converted from type 1 to type 0 where the target bus begins, answered
 * by whoever holds the function (semantics reference 7.3, enumeration reference C-2, C-3).
 *
 * In the pool the address of such a TLP is bus:device.function · 4096 + register.
 */
import { byteAt } from '../../sim/cells.ts';
import type { Bdf } from '../../../base/units.ts';
import { COMPLETION_STATUS, TLP_KIND } from '../../pcie/tlp.ts';
import { type CompletionPath, completeRegister, completeWithStatus } from './completions.ts';
import type { BridgeRegisters } from './registers.ts';
import type { TlpPool } from './tlpPool.ts';

/** Bytes of configuration space of a function. */
export const CONFIG_BYTES = 4096;

/** The registers of all functions, without time. */
export interface ConfigAccess {
  /** False where no function answers at this ID now. */
  isPresent(segment: number, id: Bdf): boolean;
  read(segment: number, id: Bdf, offset: number, bytes: number): number;
  write(segment: number, id: Bdf, offset: number, bytes: number, value: number): void;
  /** True while the function answers with Configuration Request Retry Status. */
  isNotReady(segment: number, id: Bdf): boolean;
  /** The root port above shows retries of vendor IDs to software instead of repeating them (enumeration reference C-4). */
  showsRetry(segment: number, id: Bdf): boolean;
}

/** No functions: for fabrics that are built by hand. */
export const NO_CONFIG: ConfigAccess = {
  isPresent: () => false,
  read: () => 0xffff_ffff,
  write: () => undefined,
  isNotReady: () => false,
  showsRetry: () => false,
};

/** True for CfgRd0, CfgWr0, CfgRd1 and CfgWr1. */
export function isConfigRequest(pool: TlpPool, slot: number): boolean {
  // TLP_KIND in figures, see TlpPool: this is asked of every request at every node.
  const kind = pool.kind(slot);
  return kind >= 2 && kind <= 5;
}

/** Bus number that a configuration request is for. */
export function targetBus(pool: TlpPool, slot: number): number {
  return idOf(pool, slot) >> 8;
}

/** A request passes a bridge: where its bus begins, type 1 becomes type 0. */
export function passBridge(pool: TlpPool, slot: number, bridge: BridgeRegisters): void {
  if (targetBus(pool, slot) !== bridge.secondary) return;
  if (pool.kind(slot) === TLP_KIND.CfgRd1) pool.setKind(slot, TLP_KIND.CfgRd0);
  else if (pool.kind(slot) === TLP_KIND.CfgWr1) pool.setKind(slot, TLP_KIND.CfgWr0);
}

/** Does what a configuration request asks and answers it; UR where nobody is. */
export function answerConfig(
  pool: TlpPool,
  slot: number,
  access: ConfigAccess,
  segment: number,
  path: CompletionPath,
): void {
  const id = idOf(pool, slot) as Bdf;
  if (!access.isPresent(segment, id)) return completeWithStatus(pool, slot, COMPLETION_STATUS.UR, path);
  if (access.isNotReady(segment, id)) return completeWithStatus(pool, slot, COMPLETION_STATUS.CRS, path);
  const offset = pool.address(slot) % CONFIG_BYTES;
  const bytes = pool.lengthBytes(slot);
  const kind = pool.kind(slot);
  if (kind === TLP_KIND.CfgRd0 || kind === TLP_KIND.CfgRd1) {
    return completeRegister(pool, slot, access.read(segment, id, offset, bytes), 0, path);
  }
  let value = 0;
  for (let index = bytes - 1; index >= 0; index--)
    value = value * 256 + byteAt(pool.payload, slot * pool.strideBytes + index);
  access.write(segment, id, offset, bytes, value);
  completeWithStatus(pool, slot, COMPLETION_STATUS.SC, path);
}

function idOf(pool: TlpPool, slot: number): number {
  return Math.floor(pool.address(slot) / CONFIG_BYTES);
}
