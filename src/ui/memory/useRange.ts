import { useState } from 'react';
import { addressText, parseSize, sizeText } from '../../base/format.ts';
import type { ByteRange, MemoryDescription } from '../../engine/protocol.ts';
import { type PlaceContext, parsePlace } from '../../store/memoryPlaces.ts';

/** A run of bytes that a person has chosen. */
export interface ByteSpan {
  readonly offset: number;
  readonly lengthBytes: number;
}

export interface RangeDraft {
  readonly start: string;
  readonly length: string;
  readonly setStart: (text: string) => void;
  readonly setLength: (text: string) => void;
  readonly startProblem: string | undefined;
  readonly lengthProblem: string | undefined;
  /** Undefined while something is wrong. */
  readonly range: ByteRange | undefined;
}

/** Where something begins in this memory, as typed. */
export function readStart(
  text: string,
  context: PlaceContext | undefined,
): { readonly offset?: number; readonly problem?: string } {
  if (context === undefined) return { problem: 'No machine stands.' };
  const parsed = parsePlace(text, context);
  if (!parsed.ok) return { problem: parsed.error };
  if (parsed.value.memory !== context.memory.index) return { problem: `${text.trim()} is in another memory.` };
  return { offset: parsed.value.offset };
}

function readLength(text: string, memory: MemoryDescription, offset: number | undefined, mostBytes: number) {
  const parsed = parseSize(text);
  if (!parsed.ok) return { problem: parsed.error };
  if (parsed.value < 1) return { problem: 'At least one byte.' };
  if (offset !== undefined && offset + parsed.value > memory.sizeBytes) {
    return { problem: `Beyond the end: ${sizeText(memory.sizeBytes - offset)} are left from there on.` };
  }
  if (parsed.value > mostBytes) return { problem: `${sizeText(mostBytes)} at most at once.` };
  return { lengthBytes: parsed.value };
}

/** Two fields that say a range of a memory. */
export function useRange(context: PlaceContext | undefined, span: ByteSpan, mostBytes: number): RangeDraft {
  const [start, setStart] = useState(addressText(span.offset));
  const [length, setLength] = useState(span.lengthBytes > 1 ? String(span.lengthBytes) : '');
  const from = readStart(start, context);
  const size =
    context === undefined || length.trim() === ''
      ? undefined
      : readLength(length, context.memory, from.offset, mostBytes);
  const range =
    from.offset === undefined || size?.lengthBytes === undefined
      ? undefined
      : { offset: from.offset, lengthBytes: size.lengthBytes };
  return {
    start,
    length,
    setStart,
    setLength,
    startProblem: from.problem,
    lengthProblem: size?.problem,
    range,
  };
}
