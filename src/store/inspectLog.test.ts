import { describe, expect, it } from 'vitest';
import { HOP, HOP_WORDS } from '../core/pcie/counters.ts';
import { CLASS_OF_KIND, TLP_KIND, type TlpKind } from '../core/pcie/tlp.ts';
import { emptyMachine } from './fakes.testing.ts';
import { LOG_BYTES, LOG_RECORDS, PacketLog } from './inspectLog.ts';
import { findWriter } from './inspectWriter.ts';

interface Hop {
  readonly kind: TlpKind;
  readonly serial: number;
  readonly start_ps?: number;
  readonly segment?: number;
  readonly address?: number;
  readonly lengthBytes?: number;
  readonly requester?: number;
  readonly tag?: number;
  readonly status?: number;
}

const words = new Float64Array(HOP_WORDS);

function add(log: PacketLog, hop: Hop): void {
  words[HOP.start_ps] = hop.start_ps ?? 0;
  words[HOP.end_ps] = (hop.start_ps ?? 0) + 10;
  words[HOP.segment] = hop.segment ?? 0;
  words[HOP.what] = hop.kind + (CLASS_OF_KIND[hop.kind] ?? 0) * 2 ** 8 + (hop.status ?? 0) * 2 ** 24;
  words[HOP.address] = hop.address ?? 0;
  words[HOP.lengthBytes] = hop.lengthBytes ?? 64;
  words[HOP.transaction] = (hop.requester ?? 0x400) * 2 ** 16 + (hop.tag ?? 0);
  words[HOP.serial] = hop.serial;
  log.add(words, 0);
}

const { MRd, MWr, CplD } = TLP_KIND;

describe('the log of packets', () => {
  it('stays below 64 MB and says so', () => {
    expect(LOG_BYTES).toBeLessThan(64e6);
    const log = new PacketLog();
    const arrays = Object.values(log).filter((value) => ArrayBuffer.isView(value));
    expect(arrays.reduce((bytes, array) => bytes + array.byteLength, 0)).toBe(LOG_RECORDS * (3 * 8 + 3 * 4 + 3 * 2));
  });

  it('finds every hop of a TLP, oldest first', () => {
    const log = new PacketLog();
    add(log, { kind: MWr, serial: 1, segment: 3 });
    add(log, { kind: MWr, serial: 2, segment: 3 });
    add(log, { kind: MWr, serial: 1, segment: 4 });
    add(log, { kind: MWr, serial: 1 + LOG_RECORDS, segment: 3 });
    expect(log.hopsOf(1)).toEqual([0, 2]);
    expect(log.hopsOf(1 + LOG_RECORDS)).toEqual([3]);
    expect(log.firstHop(2)).toBe(1);
    expect(log.hopsOf(77)).toEqual([]);
  });

  it('joins a read with its completions, not with those of the next read of the tag', () => {
    const log = new PacketLog();
    add(log, { kind: MRd, serial: 1, tag: 5 });
    add(log, { kind: MRd, serial: 2, tag: 6 });
    add(log, { kind: MRd, serial: 1, tag: 5, segment: 2 });
    add(log, { kind: CplD, serial: 3, tag: 5 });
    add(log, { kind: CplD, serial: 4, tag: 5 });
    add(log, { kind: MRd, serial: 5, tag: 5 });
    add(log, { kind: CplD, serial: 6, tag: 5 });
    const answers: number[] = [];
    log.eachAnswer(0, (record) => answers.push(record) > 0);
    expect(answers).toEqual([3, 4]);
    expect(log.requestOf(4)).toBe(0);
    expect(log.requestOf(6)).toBe(5);
  });

  it('overwrites the oldest when it is full, and forgets their chains', () => {
    const log = new PacketLog();
    add(log, { kind: MRd, serial: 1, tag: 9 });
    for (let serial = 2; serial <= LOG_RECORDS; serial += 1) add(log, { kind: MWr, serial });
    add(log, { kind: CplD, serial: LOG_RECORDS + 5, tag: 9 });
    expect(log.first).toBe(1);
    expect(log.end).toBe(LOG_RECORDS + 1);
    expect(log.holds(0)).toBe(false);
    expect(log.hopsOf(1)).toEqual([]);
    expect(log.requestOf(LOG_RECORDS)).toBe(-1);
  });

  it('goes back to an instant as if the rest had not been', () => {
    const log = new PacketLog();
    add(log, { kind: MRd, serial: 1, tag: 1, start_ps: 100 });
    add(log, { kind: CplD, serial: 2, tag: 1, start_ps: 200 });
    log.forgetAfter(150);
    expect(log.end).toBe(1);
    expect(log.epoch).toBe(1);
    expect(log.hopsOf(2)).toEqual([]);
    const answers: number[] = [];
    log.eachAnswer(0, (record) => answers.push(record) > 0);
    expect(answers).toEqual([]);
    add(log, { kind: CplD, serial: 2, tag: 1, start_ps: 200 });
    expect(log.requestOf(1)).toBe(0);
  });
});

describe('the writer of a byte', () => {
  const link = { index: 0, upper: 'p0', lower: 'iopmem0', up: true, gen: 4, width: 8 } as const;
  const machine = emptyMachine('p2p', {
    links: [{ ...link, bytesPerSecond: 15.75e9, propagation_ps: 1000 }],
    memories: [
      { index: 0, node: 'host', label: 'DRAM', busAddress: 0, sizeBytes: 2 ** 20 },
      { index: 1, node: 'iopmem0', label: 'BAR 4', busAddress: 0x40_0000_0000, sizeBytes: 4096 },
      { index: 2, node: 'nvme0', label: 'media', busAddress: undefined, sizeBytes: 4096 },
    ],
  });

  it('is the newest write that covers it', () => {
    const log = new PacketLog();
    add(log, { kind: MWr, serial: 1, address: 0x40_0000_0000, lengthBytes: 256 });
    add(log, { kind: MWr, serial: 2, address: 0x40_0000_0010, lengthBytes: 16 });
    add(log, { kind: MRd, serial: 3, address: 0x40_0000_0000, lengthBytes: 256 });
    expect(findWriter(log, machine, { memory: 1, offset: 0x1f })).toEqual({ kind: 'found', record: 1, cpu: false });
    expect(findWriter(log, machine, { memory: 1, offset: 0x20 })).toEqual({ kind: 'found', record: 0, cpu: false });
    expect(findWriter(log, machine, { memory: 1, offset: 0x100 }).kind).toBe('none');
  });

  it('may be a CPU, and media have none', () => {
    const log = new PacketLog();
    add(log, { kind: MWr, serial: 0, segment: 2, address: 0x100, lengthBytes: 64 });
    add(log, { kind: MRd, serial: 0, segment: 3, address: 0x100, lengthBytes: 64 });
    expect(findWriter(log, machine, { memory: 0, offset: 0x13f })).toEqual({ kind: 'found', record: 0, cpu: true });
    expect(findWriter(log, machine, { memory: 2, offset: 0 })).toMatchObject({
      kind: 'none',
      reason: expect.stringMatching(/no bus address/),
    });
  });
});
