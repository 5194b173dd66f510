/*
 * Transfers: runs of payload of one requester and one flow whose addresses continue each other. A staging buffer, a
 * descriptor or a whole job shows as one row. Rows are few; packets only add to numbers in them.
 */
import { FLOW, flowClassOf } from '../core/pcie/tlp.ts';
import type { PacketLog } from './inspectLog.ts';
import type { PacketRows } from './inspectRows.ts';

export interface TransferRow {
  readonly flow: number;
  readonly requester: number;
  readonly kind: number;
  readonly fromAddress: number;
  /** One past the last byte so far. */
  toAddress: number;
  bytes: number;
  tlps: number;
  readonly begun_ps: number;
  ended_ps: number;
  readonly firstRecord: number;
}

/** Kept; older ones are dropped and counted. */
export const TRANSFERS_KEPT = 4096;
/** How far back a run is looked for: the queues that interleave. */
const OPEN_RUNS = 64;

export class TransferRows {
  readonly rows: TransferRow[] = [];
  dropped = 0;
  readonly #packets: PacketRows;
  #next: number;

  /** @param packets rows of level `packets`; only those with payload of a flow count. */
  constructor(packets: PacketRows) {
    this.#packets = packets;
    this.#next = packets.first;
  }

  /** Takes in the packets that were found since. @returns whether anything changed. */
  advance(): boolean {
    const { log } = this.#packets;
    const from = Math.max(this.#next, this.#packets.first);
    for (let row = from; row < this.#packets.end; row += 1) this.#take(log, this.#packets.record(row));
    this.#next = this.#packets.end;
    return this.#next !== from;
  }

  #take(log: PacketLog, record: number): void {
    const flow = log.flow(record);
    const cell = log.cell(record);
    const bytes = log.lengthBytes[cell] ?? 0;
    const carries = log.isPosted(record) || log.isCompletion(record);
    if (flowClassOf(flow) === FLOW.control || !carries || bytes === 0) return;
    const address = log.address[cell] ?? 0;
    const requester = log.requester[cell] ?? 0;
    const kind = log.kind(record);
    const run = this.#runEndingAt(address, flow, requester, kind);
    const ended_ps = log.end_ps[cell] ?? 0;
    if (run !== undefined) {
      run.toAddress = address + bytes;
      run.bytes += bytes;
      run.tlps += 1;
      run.ended_ps = Math.max(run.ended_ps, ended_ps);
      return;
    }
    this.rows.push({
      flow,
      requester,
      kind,
      fromAddress: address,
      toAddress: address + bytes,
      bytes,
      tlps: 1,
      begun_ps: log.start_ps[cell] ?? 0,
      ended_ps,
      firstRecord: record,
    });
    if (this.rows.length > TRANSFERS_KEPT) {
      this.rows.shift();
      this.dropped += 1;
    }
  }

  #runEndingAt(address: number, flow: number, requester: number, kind: number): TransferRow | undefined {
    const { rows } = this;
    for (let index = rows.length - 1; index >= Math.max(0, rows.length - OPEN_RUNS); index -= 1) {
      const run = rows[index];
      const isSame = run?.flow === flow && run.requester === requester && run.kind === kind;
      if (isSame && run.toAddress === address) return run;
    }
    return undefined;
  }
}
