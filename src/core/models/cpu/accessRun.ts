import { invariant, unreachable } from '../../../base/invariant.ts';
import type { HostRequest } from '../../pcie/requests.ts';
import { LINE_BYTES } from '../cpuCosts.ts';
import { CachedAccesses, LineFlush } from './cachedRun.ts';
import type { AccessHost, CoreRun } from './coreRun.ts';
import type { DeviceLines } from './deviceLines.ts';
import { UncachedLoads } from './loadRuns.ts';
import { CombinedStores, UncachedStores } from './storeRuns.ts';

export type AccessRequest = Extract<HostRequest, { kind: 'cpuStore' | 'cpuLoad' | 'flushLines' }>;

/**
 * What a core does with loads and stores to a device, by the memory type of their mapping.
 *
 *              loads                                    stores
 *   UC         8 B reads, one at a time                 8 B writes, 100 ns apart
 *   WC         64 B reads, ten at once (from 16 B on)   64 B writes, or 8 B pieces of part of a line
 *   WT         line fills, kept                         as WC, and into the line that is kept
 *   WB         line fills, kept                         line fill, then in the cache until written back
 *
 * @spec Intel SDM vol. 3, 11.3 (memory types); performance reference, sections 6 and 7.3
 */
export function accessRun(request: AccessRequest, host: AccessHost, cache: DeviceLines): CoreRun {
  if (request.kind === 'flushLines') return new LineFlush(request, host, cache);
  const { address, lengthBytes, accessBytes, mapping } = request;
  invariant(
    lengthBytes > 0 && lengthBytes % accessBytes === 0 && address % accessBytes === 0 && accessBytes <= LINE_BYTES,
    () => `${lengthBytes} bytes at ${address} are not accesses of ${accessBytes} bytes`,
  );
  switch (mapping) {
    case 'UC':
      return request.kind === 'cpuLoad' ? new UncachedLoads(request, host) : new UncachedStores(request, host);
    case 'WC':
      return request.kind === 'cpuLoad'
        ? new UncachedLoads(request, host)
        : new CombinedStores(request, host, undefined);
    case 'WT':
      return request.kind === 'cpuLoad'
        ? new CachedAccesses(request, host, cache)
        : new CombinedStores(request, host, cache);
    case 'WB':
      return new CachedAccesses(request, host, cache);
    default:
      return unreachable(mapping);
  }
}
