/* A flow in words: what it does, how, how much. */
import { integerText, sizeText } from '../../base/format.ts';
import type { FlowReport } from '../../core/pcie/flowReport.ts';
import type { FlowWork, TopologyDocument } from '../../topology/document.ts';
import { nodeName } from '../names.ts';

const WAY_WORDS = { p2p: 'P2P', bounce: 'bounce', copy: 'CPU copy' } as const;

function placeName(document: TopologyDocument, node: string): string {
  return node === 'host' ? 'host memory' : nodeName(document, node);
}

/** `nic0 to iopmem0`, `nic0 reads host memory`, `a core stores into iopmem0` */
export function whatText(document: TopologyDocument, work: FlowWork): string {
  switch (work.kind) {
    case 'transfer':
      return `${placeName(document, work.from)} to ${placeName(document, work.to)}`;
    case 'accesses':
      return `${placeName(document, work.engine)} ${work.operation === 'read' ? 'reads' : 'writes'} ${placeName(document, work.target)}`;
    case 'cpu':
      return `a core ${work.operation === 'load' ? 'loads from' : 'stores into'} ${placeName(document, work.target)}`;
  }
}

/** `P2P`, `random, 32 at once`, `WC, 64 B each` */
export function wayText(work: FlowWork): string {
  switch (work.kind) {
    case 'transfer':
      return WAY_WORDS[work.way];
    case 'accesses':
      return `${work.pattern}, ${work.outstanding} at once`;
    case 'cpu':
      return `${work.mapping}, ${work.accessBytes} B each`;
  }
}

/** `64 MiB`, `1 000 × 256 B` */
export function amountText(work: FlowWork): string {
  if (work.kind === 'accesses') return `${integerText(work.operations)} × ${sizeText(work.operationBytes)}`;
  return sizeText(work.bytes);
}

/** Bytes a flow will move in one go. */
export function goalBytes(work: FlowWork): number {
  return work.kind === 'accesses' ? work.operations * work.operationBytes : work.bytes;
}

export const OUTCOME_WORDS: Readonly<Record<FlowReport['outcome'], string>> = {
  finished: 'finished',
  failed: 'failed',
  refused: 'refused',
  background: 'stopped',
};
