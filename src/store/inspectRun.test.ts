/* The log against whole runs: what it says of packets must be what the machine did. */
import { describe, expect, it } from 'vitest';
import { recordedRun } from './recordedRun.testing.ts';
import { decodedRecord, headerOfRecord, memoryAt } from './inspectHeader.ts';
import { NO_STATUS, transactionOf } from './inspectJoin.ts';
import { PacketRows } from './inspectRows.ts';
import { TransferRows } from './inspectTransfers.ts';
import { findWriter } from './inspectWriter.ts';

const BYTES = 16_384;

describe.each(['p2p', 'bounce', 'copy'] as const)('the log of a run, %s', (way) => {
  it('makes a valid header of every TLP, with the length and requester that were recorded', async () => {
    const { log, machine } = await recordedRun(way, BYTES);
    let decoded = 0;
    for (let record = log.first; record < log.end; record += 1) {
      if (log.isCpuAccess(record)) continue;
      const tlp = decodedRecord(log, machine, record);
      const header = headerOfRecord(log, machine, record);
      expect(tlp, `record ${record} ${JSON.stringify(header)}`).toBeDefined();
      expect(tlp?.kind).toBe(log.kind(record));
      expect(tlp?.header.requesterId).toBe(log.requester[log.cell(record)]);
      decoded += 1;
    }
    expect(decoded).toBeGreaterThan(100);
  });

  it('has an answer of the whole length for every read', async () => {
    const { log } = await recordedRun(way, BYTES);
    let reads = 0;
    for (let record = log.first; record < log.end; record += 1) {
      if (log.isCpuAccess(record) || log.isPosted(record) || log.isCompletion(record) || log.hopBefore(record) >= 0)
        continue;
      const { answeredBytes, latency_ps, status, completions } = transactionOf(log, record);
      // The chipset’s own engine reads memory without a link between.
      if (log.isInsideHost(record)) {
        expect(status).toBe(NO_STATUS.inside);
        continue;
      }
      expect({ record, answeredBytes, status }).toEqual({
        record,
        answeredBytes: log.lengthBytes[log.cell(record)],
        status: 0,
      });
      expect(latency_ps).toBeGreaterThan(0);
      for (const completion of completions) expect(log.requestOf(completion)).toBe(record);
      reads += 1;
    }
    expect(reads).toBeGreaterThan(0);
  });
});

describe('a peer-to-peer run', () => {
  it('names the writer of every byte that arrived, and of no other', async () => {
    const { log, machine } = await recordedRun('p2p', BYTES);
    const { destination } = machine;
    if (destination === undefined) throw new Error('no destination');
    const base = machine.memories[destination.memory]?.busAddress ?? 0;
    for (let offset = 0; offset < BYTES; offset += 61) {
      const answer = findWriter(log, machine, { memory: destination.memory, offset: destination.offset + offset });
      if (answer.kind !== 'found') throw new Error(answer.reason);
      const cell = log.cell(answer.record);
      const at = base + destination.offset + offset - (log.address[cell] ?? 0);
      expect(at).toBeGreaterThanOrEqual(0);
      expect(at).toBeLessThan(log.lengthBytes[cell] ?? 0);
      expect(memoryAt(machine, log.address[cell] ?? 0)?.memory.index).toBe(destination.memory);
    }
    const beyond = findWriter(log, machine, {
      memory: destination.memory,
      offset: destination.offset + BYTES + 65_536,
    });
    expect(beyond.kind).toBe('none');
  });

  it('is one transfer of all its bytes', async () => {
    const { log } = await recordedRun('p2p', BYTES);
    const rows = new PacketRows(log, 'packets', () => true);
    const transfers = new TransferRows(rows);
    while (rows.waiting > 0) {
      rows.advance(7);
      transfers.advance();
    }
    expect(transfers.rows.map(({ bytes, tlps }) => ({ bytes, tlps }))).toEqual([{ bytes: BYTES, tlps: BYTES / 256 }]);
  });
});

describe('rows found a slice at a time', () => {
  it('are those found at once, and are found by their record', async () => {
    const { log } = await recordedRun('copy', BYTES);
    const test = (record: number): boolean => log.isPosted(record);
    const [slow, fast] = [new PacketRows(log, 'hops', test), new PacketRows(log, 'hops', test)];
    while (slow.waiting > 0) slow.advance(3);
    fast.advance(1e9);
    const all = (rows: PacketRows): readonly number[] =>
      Array.from({ length: rows.end - rows.first }, (_, row) => rows.record(rows.first + row));
    expect(all(slow)).toEqual(all(fast));
    for (const record of all(fast)) expect(fast.record(fast.rowOf(record))).toBe(record);
    expect(fast.rowOf(log.end)).toBe(-1);
  });
});
