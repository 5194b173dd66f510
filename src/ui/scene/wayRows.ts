/* A journey in words: what its stops are called, and what each part of its time is. */
import { durationText } from '../../base/format.ts';
import type { MachineDescription } from '../../engine/protocol.ts';
import type { Journey, JourneySpan, JourneyStop, SpanBasis, SpanKind } from '../../store/journey.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { nodeName, receiverName, segmentName } from '../names.ts';

export const SPAN_WORDS: Readonly<Record<SpanKind, string>> = {
  wire: 'Propagation',
  bits: 'Serialisation',
  switch: 'Switch',
  port: 'Ports',
  host: 'Root complex',
  memory: 'Access',
  wait: 'Waiting',
};

const BASIS_WORDS: Readonly<Record<SpanBasis, string>> = {
  recorded: 'recorded',
  stated: 'as the machine states it',
  least: 'the least seen on this way',
  rest: 'what is left: its turn, credits, what goes before',
};

export function stopName(document: TopologyDocument, machine: MachineDescription, stop: JourneyStop): string {
  switch (stop.at) {
    case 'link':
      return segmentName(document, machine, stop.segment);
    case 'memory':
      return 'DRAM';
    case 'inside':
    case 'turn': {
      if (stop.node === undefined) return 'Root complex';
      return stop.at === 'turn' ? nodeName(document, stop.node) : receiverName(document, machine, stop.segment);
    }
  }
}

function spanWords(span: JourneySpan): string {
  return `${SPAN_WORDS[span.kind].toLowerCase()} ${durationText(span.to_ps - span.from_ps)} (${BASIS_WORDS[span.basis]})`;
}

/** What a row consists of, part by part. */
export function stopWords(stop: JourneyStop): string {
  return stop.spans.map(spanWords).join(', ');
}

/** What the first line says: how the whole is counted. */
export function wholeWords(journey: Journey): string {
  if (journey.request < 0) return 'its request is not on record';
  if (journey.completion < 0) return journey.isPosted ? 'first bit to last bit' : 'no completion on record yet';
  return journey.completions > 1
    ? `first bit to the last of ${journey.completions} completions`
    : 'first bit to the end of its completion';
}
