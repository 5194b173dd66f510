/*
 * Rules about the job. What merely cannot run is a warning: the planner refuses it with a reason, and the
 * machine can still be looked at.
 */
import type { FunctionSpec } from '../core/pcie/machineSpec.ts';
import type { TopologyDocument } from './document.ts';
import { isBridge, type DocumentIndex } from './documentIndex.ts';
import type { Report } from './validate.ts';

/** True if a transfer can start or end at this function: it has memory, a wire or media. */
export function canHoldTransferEnd(fn: FunctionSpec): boolean {
  if (isBridge(fn.kind) || fn.kind === 'hostBridge' || fn.kind === 'rcEventCollector') return false;
  if (fn.model?.type === 'nic' || fn.model?.type === 'nvme') return true;
  return fn.bars.some((bar) => bar.space === 'memory');
}

/** True if the device moves bytes by itself. */
export function hasDmaEngine(fn: FunctionSpec): boolean {
  const type = fn.model?.type;
  return type === 'nic' || type === 'nvme' || type === 'gpu' || type === 'dma';
}

/** Checks the ends of the job and its staging. */
export function checkTransfer(document: TopologyDocument, index: DocumentIndex, report: Report): void {
  const { from, to, bounce } = document.transfer;
  const ends: FunctionSpec[] = [];
  for (const [side, id] of [
    ['from', from],
    ['to', to],
  ] as const) {
    const fn = index.functions.get(id);
    const path = `transfer/${side}`;
    if (fn === undefined) {
      report(
        'error',
        'TRANSFER_END_MISSING',
        path,
        `The transfer ${side === 'from' ? 'starts' : 'ends'} at ${id}, which does not exist.`,
        'Name a device of this document.',
      );
      continue;
    }
    ends.push(fn);
    if (!canHoldTransferEnd(fn)) {
      report(
        'warning',
        'TRANSFER_END_HAS_NO_BYTES',
        path,
        `${id} (${fn.kind}) has no memory, wire or media that bytes could come from or go to.`,
        'Choose a device with a memory BAR, a NIC or a drive.',
      );
    }
  }
  if (from === to) {
    report(
      'warning',
      'TRANSFER_WITHIN_ONE_DEVICE',
      'transfer/to',
      `The transfer starts and ends at ${from}.`,
      'Choose two devices.',
    );
  } else if (ends.length === 2 && !ends.some(hasDmaEngine)) {
    report(
      'warning',
      'TRANSFER_WITHOUT_ENGINE',
      'transfer',
      `Neither ${from} nor ${to} moves bytes by itself.`,
      'Let one end be a NIC, a drive, a GPU or a DMA engine.',
    );
  }
  if (bounce.chunkBytes % 4 !== 0) {
    report(
      'error',
      'CHUNK_NOT_DWORDS',
      'transfer/bounce/chunkBytes',
      `The staging chunk of ${bounce.chunkBytes} bytes is not a multiple of 4.`,
      'Use a multiple of 4.',
    );
  }
}
