/* A packet's way as spans of time: on each link, and inside whatever lies between two links. */
import type { MachineDescription } from '../../engine/protocol.ts';
import type { TlpHop } from '../../store/firstTlp.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { receiverName, segmentName } from '../names.ts';

export interface LatencySpan {
  readonly id: string;
  readonly name: string;
  readonly start_ps: number;
  readonly end_ps: number;
}

/**
 * Spans in the order of the way. A link's span goes from its first bit to its last bit's arrival; what lies
 * between is counted first bit in to first bit out, so with cut-through it begins before the link's span ends.
 */
export function latencySpans(
  hops: readonly TlpHop[],
  document: TopologyDocument,
  machine: MachineDescription,
): readonly LatencySpan[] {
  return hops.flatMap((hop, index) => {
    const span: LatencySpan = {
      id: `${hop.segment} ${hop.start_ps}`,
      name: segmentName(document, machine, hop.segment),
      start_ps: hop.start_ps,
      end_ps: hop.end_ps,
    };
    const next = hops[index + 1];
    if (next === undefined) return [span];
    const propagation_ps = machine.links[Math.floor(hop.segment / 2)]?.propagation_ps ?? 0;
    const inside: LatencySpan = {
      id: `inside ${span.id}`,
      name: receiverName(document, machine, hop.segment),
      start_ps: hop.start_ps + propagation_ps,
      end_ps: next.start_ps,
    };
    return inside.end_ps > inside.start_ps ? [span, inside] : [span];
  });
}
