/* What each device can be in a transfer, in a few words. The engine's planner decides; this only helps to choose. */
import { sizeText } from '../../base/format.ts';
import type { FunctionSpec } from '../../core/pcie/machineSpec.ts';
import { hasDmaEngine, canHoldTransferEnd } from '../../topology/validateTransfer.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { isBridge } from '../../topology/documentIndex.ts';

/** Order of choice: what people ask about, then engines that only help, then what nobody models. */
function rank(fn: FunctionSpec): number {
  if (fn.model === undefined || fn.model.type === 'generic') return 2;
  return fn.model.type === 'dma' ? 1 : 0;
}

/** Functions that a transfer can be asked for: everything that is not a bridge, in the order to offer them. */
export function devicesOf(document: TopologyDocument): readonly FunctionSpec[] {
  return document.functions
    .filter((fn) => !isBridge(fn.kind) && fn.kind !== 'hostBridge')
    .toSorted((a, b) => rank(a) - rank(b));
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
