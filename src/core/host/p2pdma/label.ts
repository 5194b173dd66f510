import type { PeerVerdict } from '../../pcie/verdict.ts';
import { at } from '../../../base/invariant.ts';
import type { HostView } from '../hostView.ts';
import { functionAt, inSameSlot } from './chain.ts';
import type { PairAnswer } from './pair.ts';

/**
 * What the topology matrices of GPU tools print for a pair. The labels ignore ACS completely.
 * @spec semantics reference, section 6
 */
export function topologyLabel(view: HostView, answer: PairAnswer): PeerVerdict['label'] {
  if (inSameSlot(view, answer.provider, answer.client)) return 'same device';
  if (answer.commonBridge !== undefined) return switchesOnPath(view, answer) > 1 ? 'PXB' : 'PIX';
  const provider = functionAt(view, answer.provider).hostBridge;
  const client = functionAt(view, answer.client).hostBridge;
  if (provider === client) return 'PHB';
  return at(view.hostBridges, provider).numaNode === at(view.hostBridges, client).numaNode ? 'NODE' : 'SYS';
}

/** Upstream ports between the two functions, the common bridge included. */
function switchesOnPath(view: HostView, answer: PairAnswer): number {
  return answer.examined.filter((index) => functionAt(view, index).kind === 'upstreamPort').length;
}
