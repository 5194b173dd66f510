import { describe, expect, it } from 'vitest';
import type { HostSpec } from '../core/pcie/machineSpec.ts';
import { defaultMachine } from './presets/defaultMachine.ts';
import { validateDocument } from './validate.ts';

function found(memory: Partial<HostSpec['memory']>): readonly string[] {
  const { host } = defaultMachine;
  const document = { ...defaultMachine, host: { ...host, memory: { ...host.memory, ...memory } } };
  return validateDocument(document).map(({ severity, code, path }) => `${severity} ${code} ${path}`);
}

describe('memory of the host', () => {
  it('is fine as the default machine has it, and with sockets, caches and a load', () => {
    expect(found({})).toEqual([]);
    expect(
      found({
        sockets: 2,
        ioCache: 'model',
        lastLevelCache: { sizeBytes: 2 ** 25, ways: 16, ioWays: 16 },
        backgroundBytesPerSecond: 50e9,
      }),
    ).toEqual([]);
  });

  it('needs a channel for every socket, and warns where they cannot be shared evenly', () => {
    expect(found({ sockets: 4 })).toEqual(['error SOCKETS_WITHOUT_CHANNELS host/memory/channels']);
    expect(found({ sockets: 2, channels: 3 })).toEqual(['warning CHANNELS_UNEVEN host/memory/channels']);
  });

  it('cannot give devices more ways than the cache has, nor model any size', () => {
    expect(found({ lastLevelCache: { sizeBytes: 2 ** 25, ways: 8, ioWays: 9 } })).toEqual([
      'error IO_WAYS_TOO_MANY host/memory/lastLevelCache/ioWays',
    ]);
    const lastLevelCache = { sizeBytes: 2 ** 31, ways: 16, ioWays: 2 };
    expect(found({ ioCache: 'model', lastLevelCache })).toEqual([
      'error CACHE_TOO_LARGE host/memory/lastLevelCache/sizeBytes',
    ]);
    expect(found({ ioCache: 'hit', lastLevelCache })).toEqual([]);
  });

  it('may be asked for more than it has', () => {
    expect(found({ backgroundBytesPerSecond: 60e9 })).toEqual([
      'note BACKGROUND_ABOVE_MEMORY host/memory/backgroundBytesPerSecond',
    ]);
  });
});
