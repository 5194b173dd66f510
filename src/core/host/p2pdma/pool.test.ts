import { describe, expect, it } from 'vitest';
import { invariant } from '../../../base/invariant.ts';
import { Random } from '../../../base/random.ts';
import type { Result } from '../../../base/result.ts';
import type { HostBar, HostView } from '../hostView.ts';
import { findProvider } from './distance.ts';
import { endpoint, hostFunction, machine, pcieSwitch, rootPort } from './machines.testing.ts';
import {
  canRegisterCmb,
  PeerMemories,
  PeerMemory,
  peerMemoriesAfterBoot,
  type PeerPages,
  type PoolError,
} from './pool.ts';
import { viewOfSpec } from './specView.testing.ts';

const MIB = 2 ** 20;
const PAGE = 4096;
const P = 4;
const C = 6;

const BARS: readonly HostBar[] = [
  { index: 0, space: 'io', widthBits: 32, prefetchable: false, sizeBytes: 256, address: 0x1000 },
  { index: 2, space: 'memory', widthBits: 32, prefetchable: false, sizeBytes: MIB, address: undefined },
  { index: 4, space: 'memory', widthBits: 64, prefetchable: true, sizeBytes: 4 * MIB, address: 0x40_0000_0000 },
];

/** hb · rp0 ── sw ─┬─ d0 ── p (4)     p has an I/O BAR, an unassigned one, and 4 MiB
 *                  └─ d1 ── c (6) */
function view(): HostView {
  const tree = [
    hostFunction('hb', 0x8086, 0x29c0),
    rootPort('rp0', 1, [
      pcieSwitch('sw', [
        ['d0', [endpoint('p')]],
        ['d1', [endpoint('c')]],
      ]),
    ]),
  ];
  const bare = viewOfSpec(machine([{ id: 'h0', rootBus: 0, tree }]));
  const places = bare.functions.map(({ kind }, index) => [kind, index]).filter(([kind]) => kind === 'endpoint');
  expect(places.map(([, index]) => index)).toEqual([5, C]);
  return { ...bare, functions: bare.functions.map((fn) => (fn.index === 5 ? { ...fn, bars: BARS } : fn)) };
}

const provider = 5;

function pages(result: Result<PeerPages, PoolError>): PeerPages {
  invariant(result.ok, () => 'no pages');
  return result.value;
}

const shared = (lengthBytes: number) => ({ isShared: true, offset: 0, lengthBytes });

describe('registering peer memory', () => {
  it.each([
    ['an I/O BAR', { bar: 0, sizeBytes: 0, offset: 0 }],
    ['a BAR that is not there', { bar: 5, sizeBytes: 0, offset: 0 }],
    ['an unassigned BAR', { bar: 2, sizeBytes: 0, offset: 0 }],
    ['an offset at the end', { bar: 4, sizeBytes: 0, offset: 4 * MIB }],
    ['more than there is', { bar: 4, sizeBytes: 3 * MIB, offset: 2 * MIB }],
  ])('M-1: %s is refused', (_, registration) => {
    expect(new PeerMemory(view(), provider).register(registration)).toEqual({ ok: false, error: 'EINVAL' });
  });

  it('M-1: a size of 0 means to the end; several regions join one pool', () => {
    const memory = new PeerMemory(view(), provider);
    expect(memory.register({ bar: 4, sizeBytes: 0, offset: 3 * MIB }).ok).toBe(true);
    expect(memory.files?.size).toBe(`${MIB}\n`);
    expect(memory.register({ bar: 4, sizeBytes: MIB, offset: 0 }).ok).toBe(true);
    expect(memory.files?.size).toBe(`${2 * MIB}\n`);
  });

  it('M-2: the pool gives pages, exists from the first registration on, and is not published by it', () => {
    const memory = new PeerMemory(view(), provider);
    expect(memory.files).toBeUndefined();
    memory.register({ bar: 4, sizeBytes: 3 * PAGE + 100, offset: 0 });
    expect(memory.files).toMatchObject({ size: `${3 * PAGE}\n`, published: '0\n' });
    expect(memory.isPublished).toBe(false);
  });

  it('M-3: publishing is a flag; without it the own driver allocates, and find does not see it', () => {
    const scanned = view();
    const memories = new PeerMemories(scanned);
    const memory = memories.of(provider);
    memory.register({ bar: 4, sizeBytes: 0, offset: 0 });
    expect(memory.allocate(PAGE).ok).toBe(true);
    const find = (): number | undefined =>
      findProvider(scanned, memories.published, [{ pciFunction: C }], new Random(1));
    expect(find()).toBeUndefined();
    memory.publish(true);
    expect(find()).toBe(provider);
    memory.publish(false);
    expect(find()).toBeUndefined();
  });

  it('M-4: sysfs shows sizes in decimal bytes, the flag, and a file of a dummy size', () => {
    const memory = new PeerMemory(view(), provider);
    memory.register({ bar: 4, sizeBytes: 0, offset: 0 });
    pages(memory.map(shared(PAGE)));
    expect(memory.files).toEqual({
      size: '4194304\n',
      available: '4190208\n',
      published: '0\n',
      allocate: { mode: 0o660, sizeBytes: 2 ** 40 },
    });
  });
});

describe('mapping peer memory', () => {
  const pool = (): PeerMemory => {
    const memory = new PeerMemory(view(), provider);
    memory.register({ bar: 4, sizeBytes: 8 * PAGE, offset: 0 });
    return memory;
  };

  it('M-5: it must be shared and at offset 0', () => {
    expect(pool().map({ ...shared(PAGE), isShared: false })).toEqual({ ok: false, error: 'EINVAL' });
    expect(pool().map({ ...shared(PAGE), offset: PAGE })).toEqual({ ok: false, error: 'EINVAL' });
  });

  it('M-5: each mapping gets fresh whole pages, as long as there are some', () => {
    const memory = pool();
    const first = pages(memory.map(shared(PAGE + 1)));
    const second = pages(memory.map(shared(5 * PAGE)));
    expect(first.pages).toEqual([0x40_0000_0000, 0x40_0000_1000]);
    expect(new Set([...first.pages, ...second.pages]).size).toBe(7);
    expect(memory.files?.available).toBe(`${PAGE}\n`);
    expect(memory.map(shared(2 * PAGE))).toEqual({ ok: false, error: 'ENOMEM' });
  });

  it('M-5: pages return with the last reference, not with the mapping alone', () => {
    const memory = pool();
    const mapped = pages(memory.map(shared(2 * PAGE)));
    mapped.hold();
    mapped.unmap();
    expect(memory.files?.available).toBe(`${6 * PAGE}\n`);
    mapped.release();
    expect(memory.files?.available).toBe(`${8 * PAGE}\n`);
    mapped.release();
    mapped.unmap();
    expect(memory.files?.available).toBe(`${8 * PAGE}\n`);
  });

  it('M-6: to the CPU it is device memory, and the kernel does not copy it', () => {
    expect(pool().cpuAccess).toEqual({ mapping: 'uncached', kernelMayCopy: false });
  });

  it('M-7: removing the driver undoes mappings at once and waits for references', () => {
    const memory = pool();
    memory.publish(true);
    const busy = pages(memory.map(shared(PAGE)));
    pages(memory.map(shared(PAGE)));
    busy.hold();
    expect(memory.remove()).toBe(false);
    expect(memory.isPublished).toBe(false);
    expect(memory.map(shared(PAGE))).toEqual({ ok: false, error: 'ENODEV' });
    busy.release();
    expect(memory.remove()).toBe(true);
    expect(memory.files?.available).toBe(`${8 * PAGE}\n`);
  });

  it('M-8: every memory BAR is a provider without pages; only the pool supports direct I/O', () => {
    const memory = new PeerMemory(view(), provider);
    expect(memory.providers).toEqual([{ bar: 4, address: 0x40_0000_0000, sizeBytes: 4 * MIB }]);
    expect(memory.supportsDirectIo).toBe(false);
    memory.register({ bar: 4, sizeBytes: 0, offset: 0 });
    expect(memory.supportsDirectIo).toBe(true);
  });
});

describe('what drivers publish after boot', () => {
  it('W26: memory that is registered but not published cannot be named by another driver', () => {
    const memories = new PeerMemories(view());
    memories.of(provider).register({ bar: 4, sizeBytes: 0, offset: 0 });
    expect(memories.named(provider)).toEqual({ ok: false, error: 'ENODEV' });
    expect(memories.of(provider).map(shared(PAGE)).ok).toBe(true);
    memories.of(provider).publish(true);
    expect(memories.named(provider).ok).toBe(true);
    expect(memories.named(P)).toEqual({ ok: false, error: 'ENODEV' });
  });

  it('a controller memory buffer needs whole units of memory hot-plug', () => {
    const good = view();
    expect(canRegisterCmb(good, provider, 4)).toBe(true);
    expect(canRegisterCmb(good, provider, 2)).toBe(false);
    const small = BARS.map((bar) => (bar.index === 4 ? { ...bar, sizeBytes: MIB } : bar));
    const bad = {
      ...good,
      functions: good.functions.map((fn) => (fn.index === provider ? { ...fn, bars: small } : fn)),
    };
    expect(canRegisterCmb(bad, provider, 4)).toBe(false);
    expect(peerMemoriesAfterBoot(bad, [{ fn: provider, type: 'nvme', cmbBar: 4 }]).published).toEqual([]);
    expect(peerMemoriesAfterBoot(bad, [{ fn: provider, type: 'iopmem' }]).published).toEqual([provider]);
    expect(peerMemoriesAfterBoot(good, [{ fn: provider, type: 'nvme', cmbBar: 4 }]).published).toEqual([provider]);
  });
});
