/*
 * What callers of the kernel's peer-to-peer code get: one number for a provider and all its clients, and the
 * choice of a provider.
 */
import type { Random } from '../../../base/random.ts';
import { at } from '../../../base/invariant.ts';
import type { MapType } from '../../pcie/verdict.ts';
import type { HostView } from '../hostView.ts';
import { functionAt } from './chain.ts';
import { pairMessages } from './messages.ts';
import { classifyPair } from './pair.ts';
import type { PairAnswer } from './pair.ts';

/**
 * Whoever will do the DMA: a PCI function, something below one (a disk behind a USB controller counts as the
 * controller), or something without any PCI function among its ancestors (a software RDMA device).
 */
export interface DmaClient {
  readonly pciFunction: number | undefined;
}

/** How a distance query is made and what it leaves behind. */
export interface DistanceOptions {
  /** Go on after the first unsupported client, so that every reason is logged (D-12). */
  readonly verbose?: boolean;
  readonly log?: (line: string) => void;
  /** Verdicts of this provider, refreshed by the query (D-10). */
  readonly verdicts?: StoredVerdicts;
}

/**
 * @returns the sum of the pair distances, or −1 if there is no client, a client is no PCI function's, or any
 * pair is not supported.
 * @spec semantics reference D-11, D-12
 */
export function distance(
  view: HostView,
  provider: number,
  clients: readonly DmaClient[],
  options: DistanceOptions = {},
): number {
  if (clients.length === 0) return -1;
  let sum = 0;
  let supported = true;
  for (const client of clients) {
    if (client.pciFunction === undefined) return -1;
    const answer = classifyPair(view, provider, client.pciFunction);
    options.verdicts?.store(view, answer);
    for (const line of pairMessages(view, answer, options.verbose === true)) options.log?.(line);
    sum += answer.chainDistance;
    if (answer.mapType !== 'NOT_SUPPORTED') continue;
    supported = false;
    if (options.verbose !== true) break;
  }
  return supported ? sum : -1;
}

/**
 * The provider to use for these clients: nearest first, a tie is broken at random.
 * @param published indices of the functions with published peer memory.
 * @returns undefined if none is usable by all clients.
 * @spec semantics reference D-13
 */
export function findProvider(
  view: HostView,
  published: readonly number[],
  clients: readonly DmaClient[],
  random: Random,
): number | undefined {
  let nearest: number[] = [];
  let least = Infinity;
  for (const provider of published) {
    const value = distance(view, provider, clients);
    if (value < 0 || value > least) continue;
    nearest = value < least ? [provider] : [...nearest, provider];
    least = value;
  }
  return nearest.length === 0 ? undefined : at(nearest, random.below(nearest.length));
}

/**
 * The map types a provider keeps: a mapping uses the stored one without looking at ACS again, a distance
 * query recomputes and overwrites it. So a verdict can be stale.
 * @spec semantics reference D-10
 */
export class StoredVerdicts {
  private readonly _mapTypes = new Map<number, Map<string, MapType>>();

  /** Gives a function peer-to-peer state; without it nothing is stored for it. */
  register(provider: number): void {
    if (!this._mapTypes.has(provider)) this._mapTypes.set(provider, new Map());
  }

  /** Overwrites what was stored for this pair, if the provider has peer-to-peer state. */
  store(view: HostView, answer: PairAnswer): void {
    this._mapTypes.get(answer.provider)?.set(keyOf(view, answer.client), answer.mapType);
  }

  /** What is stored for this pair. */
  stored(view: HostView, provider: number, client: number): MapType | undefined {
    return this._mapTypes.get(provider)?.get(keyOf(view, client));
  }

  /** The type a mapping uses: the stored one if there is any, otherwise computed and stored now, verbosely. */
  mapTypeForMapping(view: HostView, provider: number, client: number, log?: (line: string) => void): MapType {
    const known = this.stored(view, provider, client);
    if (known !== undefined) return known;
    const answer = classifyPair(view, provider, client);
    this.store(view, answer);
    for (const line of pairMessages(view, answer, true)) log?.(line);
    return answer.mapType;
  }
}

/** The kernel's key: domain and routing ID, so a renumbered client is another client. */
function keyOf(view: HostView, client: number): string {
  const fn = functionAt(view, client);
  return `${fn.segment}:${fn.bdf}`;
}
