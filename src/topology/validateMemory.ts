/*
 * Rules about the host's memory: sockets, channels, the last-level cache, the load on it.
 */
import type { HostSpec } from '../core/pcie/machineSpec.ts';
import type { TopologyDocument } from './document.ts';
import type { Report } from './validate.ts';

const LINE_BYTES = 64;
/** Of all sockets together: what a simulator of one page can keep track of. */
const LARGEST_CACHES_BYTES = 2 ** 30;

export function checkMemory({ host }: TopologyDocument, report: Report): void {
  checkSockets(host.memory, report);
  checkCache(host.memory, report);
  checkBackground(host.memory, report);
}

function checkSockets({ sockets, channels }: HostSpec['memory'], report: Report): void {
  if (sockets === undefined || channels % sockets === 0) return;
  const path = 'host/memory/channels';
  const have = `${channels} channel${channels === 1 ? '' : 's'}`;
  if (channels < sockets) {
    report(
      'error',
      'SOCKETS_WITHOUT_CHANNELS',
      path,
      `${sockets} sockets share the memory, but there are only ${have}.`,
      `Give the machine at least ${sockets} channels.`,
    );
    return;
  }
  const used = channels - (channels % sockets);
  report(
    'warning',
    'CHANNELS_UNEVEN',
    path,
    `${have} cannot be shared evenly by ${sockets} sockets: ${used} are used.`,
    `Make the number a multiple of ${sockets}.`,
  );
}

function checkCache({ ioCache, lastLevelCache, sockets }: HostSpec['memory'], report: Report): void {
  if (lastLevelCache === undefined) return;
  const { sizeBytes, ways, ioWays } = lastLevelCache;
  const path = 'host/memory/lastLevelCache';
  if (ioWays > ways) {
    report(
      'error',
      'IO_WAYS_TOO_MANY',
      `${path}/ioWays`,
      `Devices may fill ${ioWays} ways, but the cache has ${ways}.`,
      `Let them fill ${ways} at most.`,
    );
  }
  const all = sizeBytes * (sockets ?? 1);
  if (ioCache === 'model' && all > LARGEST_CACHES_BYTES) {
    report(
      'error',
      'CACHE_TOO_LARGE',
      `${path}/sizeBytes`,
      `Caches of ${all} bytes in all have more lines than this simulator keeps track of.`,
      `Make them ${LARGEST_CACHES_BYTES} bytes together at most; lines are ${LINE_BYTES} bytes.`,
    );
  }
}

function checkBackground(memory: HostSpec['memory'], report: Report): void {
  const asked = memory.backgroundBytesPerSecond ?? 0;
  const most = memory.channels * memory.channelBytesPerSecond;
  if (asked <= most) return;
  report(
    'note',
    'BACKGROUND_ABOVE_MEMORY',
    'host/memory/backgroundBytesPerSecond',
    `The CPU asks for ${asked / 1e9} GB/s, and ${memory.channels} channels have ${most / 1e9} GB/s: it gets what is left.`,
    'Nothing need be done; what it gets is counted.',
  );
}
