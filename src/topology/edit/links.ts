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

/** The lower of two; an absent limit is none. */
function lower<T extends number>(first: T, second: T | undefined): T {
  return second !== undefined && second < first ? second : first;
}

/** What an end could do with a partner that is at least its equal. */
export function ownLink(end: LinkEndSpec): TrainedLink {
  return { gen: lower(end.maxGen, end.limitGen), width: lower(end.maxWidth, end.limitWidth) };
}

/** The best both ends allow; undefined if one of them is disabled. */
export function trainedLink(above: LinkEndSpec, below: LinkEndSpec): TrainedLink | undefined {
  if (above.disabled === true || below.disabled === true) return undefined;
  const first = ownLink(above);
  const second = ownLink(below);
  return { gen: lower(first.gen, second.gen), width: lower(first.width, second.width) };
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

export type RateOf = (link: TrainedLink, mpsBytes: number) => number;

/** {@link writeBytesPerSecond} that remembers: a large machine has few kinds of link. */
export function rememberedRates(): RateOf {
  const known = new Map<string, number>();
  return (link, mpsBytes) => {
    const key = `${link.gen} ${link.width} ${mpsBytes}`;
    const rate = known.get(key) ?? writeBytesPerSecond(link, mpsBytes);
    known.set(key, rate);
    return rate;
  };
}

/** What a card loses behind a port; undefined where it gets all it can use, or nothing at all. */
export function shortfallOf(
  port: LinkEndSpec,
  card: LinkEndSpec,
  mpsBytes: number,
  rateOf: RateOf = writeBytesPerSecond,
): LinkShortfall | undefined {
  const trained = trainedLink(port, card);
  const full = ownLink(card);
  if (trained === undefined || (trained.gen >= full.gen && trained.width >= full.width)) return undefined;
  return {
    card: full,
    trained,
    cardBytesPerSecond: rateOf(full, mpsBytes),
    trainedBytesPerSecond: rateOf(trained, mpsBytes),
  };
}
