/*
 * Which TLP wrote each byte of a window of memory, kept up to date as records arrive. One window, flat arrays: nothing is
 * allocated for a record, and only records that are new, or whose time has come since, are looked at.
 */
import { TLP_KIND } from '../core/pcie/tlp.ts';
import type { MachineDescription, MemoryDescription } from '../engine/protocol.ts';
import type { PacketLog } from './inspectLog.ts';
import { busAddressOf } from './memoryPlaces.ts';
import type { HandMark } from './memoryUndo.ts';

const WRITING_KINDS: ReadonlySet<number> = new Set([TLP_KIND.MWr, TLP_KIND.FetchAdd, TLP_KIND.Swap, TLP_KIND.CAS]);

/** In place of a record's number. */
export const WRITER = { nobody: -1, hand: -2 } as const;

/** Segments whose records say that bytes have reached a memory: the last crossing before it. */
export interface Arrivals {
  /** Link · 2 + direction; undefined = any link: the device sits on a bus without one. */
  readonly segment: number | undefined;
  /** First segment inside the host. */
  readonly hostSegment: number;
  readonly isHost: boolean;
}

/** Bus and device of a BDF text, without the function. */
function slotOf(bdf: string | undefined): string | undefined {
  return bdf?.slice(0, bdf.lastIndexOf('.'));
}

export function arrivalsAt(machine: MachineDescription, memory: MemoryDescription): Arrivals {
  const hostSegment = machine.links.length * 2;
  if (memory.node === 'host') return { segment: hostSegment, hostSegment, isHost: true };
  const slotById = (id: string): string | undefined => slotOf(machine.functions.find((fn) => fn.id === id)?.bdf);
  const slot = slotById(memory.node);
  const link = machine.links.find(
    ({ lower }) => lower === memory.node || (lower !== undefined && slot !== undefined && slotById(lower) === slot),
  );
  return { segment: link === undefined ? undefined : link.index * 2, hostSegment, isHost: false };
}

/** Whether a record is of a write at its memory's door. Inside the host every record on the way into memory is one. */
export function isArrival(log: PacketLog, record: number, { segment, hostSegment, isHost }: Arrivals): boolean {
  const at = log.segment[log.cell(record)] ?? 0;
  if (isHost) return at === hostSegment;
  if (segment === undefined ? at >= hostSegment : at !== segment) return false;
  return WRITING_KINDS.has(log.kind(record));
}

export interface WriterSource {
  readonly log: PacketLog | undefined;
  readonly machine: MachineDescription;
  readonly memory: MemoryDescription;
  readonly marks: readonly HandMark[];
  readonly now_ps: number;
}

export class WriterMap {
  /** By byte of the window: the newest record that wrote it, or one of {@link WRITER}. */
  records: Int32Array = new Int32Array(0);
  #source: WriterSource | undefined;
  #arrivals: Arrivals | undefined;
  #offset = -1;
  #epoch = -1;
  #now_ps = -1;
  /** Records below are done: they have arrived and are in the map. */
  #next = 0;
  /** Looked at up to here, at `#now_ps`. */
  #end = 0;

  /**
   * Brings the map up to date for `lengthBytes` bytes from `offset` on.
   * @returns false if nothing can have changed since the last call.
   */
  update(source: WriterSource, offset: number, lengthBytes: number): boolean {
    const { log, memory, marks, now_ps } = source;
    const before = this.#source;
    const isSame =
      before !== undefined &&
      before.log === log &&
      before.memory === memory &&
      before.marks === marks &&
      this.#offset === offset &&
      this.records.length === lengthBytes &&
      this.#epoch === (log?.epoch ?? 0) &&
      now_ps >= this.#now_ps;
    if (isSame && now_ps === this.#now_ps && this.#end === (log?.end ?? 0)) return false;
    if (!isSame) this.#begin(source, offset, lengthBytes);
    this.#source = source;
    if (log !== undefined && busAddressOf(memory, offset) !== undefined) this.#scan(log, now_ps);
    this.#now_ps = now_ps;
    this.#end = log?.end ?? 0;
    this.#putMarks(marks, now_ps);
    return true;
  }

  #begin({ log, machine, memory }: WriterSource, offset: number, lengthBytes: number): void {
    if (this.records.length !== lengthBytes) this.records = new Int32Array(lengthBytes);
    this.records.fill(WRITER.nobody);
    this.#arrivals = arrivalsAt(machine, memory);
    this.#offset = offset;
    this.#epoch = log?.epoch ?? 0;
    this.#next = log?.first ?? 0;
  }

  /** Records whose last bit has arrived by now; later ones are known, but have not happened. */
  #scan(log: PacketLog, now_ps: number): void {
    const { memory } = this.#source ?? {};
    const arrivals = this.#arrivals;
    if (memory === undefined || arrivals === undefined) return;
    const length = this.records.length;
    const first = busAddressOf(memory, this.#offset) ?? 0;
    let isWaiting = false;
    for (let record = Math.max(this.#next, log.first); record < log.end; record += 1) {
      const cell = log.cell(record);
      if ((log.end_ps[cell] ?? 0) > now_ps) {
        if (!isWaiting) this.#next = record;
        isWaiting = true;
        continue;
      }
      const from = (log.address[cell] ?? 0) - first;
      const to = from + (log.lengthBytes[cell] ?? 0);
      if (from >= length || to <= 0 || !isArrival(log, record, arrivals)) continue;
      this.#put(Math.max(0, from), Math.min(length, to), record);
    }
    if (!isWaiting) this.#next = log.end;
  }

  #put(from: number, to: number, record: number): void {
    for (let index = from; index < to; index += 1) {
      const known = this.records[index] ?? WRITER.nobody;
      if (record > known) this.records[index] = record;
    }
  }

  /** A change by hand counts where no later record wrote. */
  #putMarks(marks: readonly HandMark[], now_ps: number): void {
    const memory = this.#source?.memory.index;
    for (const mark of marks) {
      if (mark.memory !== memory || mark.at_ps > now_ps) continue;
      const from = Math.max(0, mark.offset - this.#offset);
      const to = Math.min(this.records.length, mark.offset - this.#offset + mark.lengthBytes);
      for (let index = from; index < to; index += 1) {
        if ((this.records[index] ?? WRITER.nobody) < mark.records) this.records[index] = WRITER.hand;
      }
    }
  }
}
