/*
 * What a link would train to and carry, before there is a machine: the rule of core/config (places.ts) on two
 * descriptions, and the closed form of core/pcie. A test keeps the first one the same as the machine's.
 */
import type { LinkGen, LinkWidth } from '../../core/pcie/link.ts';
import type { LinkEndSpec } from '../../core/pcie/machineSpec.ts';
import { nominalBytesPerSecond } from '../../core/pcie/throughput.ts';
import type { LinkShortfall } from './api.ts';

export interface TrainedLink {
  readonly gen: LinkGen;
  readonly width: LinkWidth;
}

const lowest = <T extends number>(first: T, ...rest: readonly T[]): T => rest.reduce((a, b) => (b < a ? b : a), first);

/** The best both ends allow; undefined if one of them is disabled. */
export function trainedLink(upper: LinkEndSpec, lower: LinkEndSpec): TrainedLink | undefined {
  if (upper.disabled === true || lower.disabled === true) return undefined;
  const ends = [upper, lower];
  return {
    gen: lowest(upper.maxGen, ...ends.flatMap((end) => [end.maxGen, end.limitGen ?? end.maxGen])),
    width: lowest(upper.maxWidth, ...ends.flatMap((end) => [end.maxWidth, end.limitWidth ?? end.maxWidth])),
  };
}

/** What an end could do with a partner that is at least its equal. */
export function ownLink(end: LinkEndSpec): TrainedLink {
  return {
    gen: lowest(end.maxGen, end.limitGen ?? end.maxGen),
    width: lowest(end.maxWidth, end.limitWidth ?? end.maxWidth),
  };
}

/**
 * Payload of posted writes a link carries one way, in bytes a second.
 * @spec performance reference 3.3
 */
export function writeBytesPerSecond({ gen, width }: TrainedLink, mpsBytes: number): number {
  const setting = {
    gen,
    lanes: width,
    mpsBytes,
    mrrsBytes: 512,
    rcbBytes: 64,
    completionChunk: 'mps',
    addressBits: 64,
    ecrc: false,
  } as const;
  return nominalBytesPerSecond(setting, 'write', mpsBytes);
}

/** `Gen4 x8` */
export function linkText({ gen, width }: TrainedLink): string {
  return `Gen${gen} x${width}`;
}

/** What a card loses behind a port; undefined where it gets all it can use, or nothing at all. */
export function shortfallOf(port: LinkEndSpec, card: LinkEndSpec, mpsBytes: number): LinkShortfall | undefined {
  const trained = trainedLink(port, card);
  const full = ownLink(card);
  if (trained === undefined || (trained.gen >= full.gen && trained.width >= full.width)) return undefined;
  return {
    card: full,
    trained,
    cardBytesPerSecond: writeBytesPerSecond(full, mpsBytes),
    trainedBytesPerSecond: writeBytesPerSecond(trained, mpsBytes),
  };
}
