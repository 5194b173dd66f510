/* What each device can be in a transfer, in a few words. The engine's planner decides; this only helps to choose. */
import { sizeText } from '../../base/format.ts';
import type { FunctionSpec } from '../../core/pcie/machineSpec.ts';
import { hasDmaEngine, canHoldTransferEnd } from '../../topology/validateTransfer.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { isBridge } from '../../topology/documentIndex.ts';

/** Functions that a transfer can be asked for: everything that is not a bridge. */
export function devicesOf(document: TopologyDocument): readonly FunctionSpec[] {
  return document.functions.filter((fn) => !isBridge(fn.kind) && fn.kind !== 'hostBridge');
}

/** `has a DMA engine, 64 MiB BAR memory` */
export function roleText(fn: FunctionSpec): string {
  const memory = Math.max(0, ...fn.bars.filter((bar) => bar.space === 'memory').map((bar) => bar.sizeBytes));
  const parts: string[] = [];
  if (fn.model?.type === 'nic') parts.push('wire');
  if (fn.model?.type === 'nvme') parts.push('drive');
  if (hasDmaEngine(fn)) parts.push('DMA engine');
  else parts.push('never initiates');
  if (!canHoldTransferEnd(fn)) parts.push('no memory');
  else if (memory > 0 && fn.model?.type !== 'nic') parts.push(`${sizeText(memory)} BAR`);
  return parts.join(', ');
}
