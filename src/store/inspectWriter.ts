/* Who wrote this byte: the newest record of the log that covers it. */
import { TLP_KIND } from '../core/pcie/tlp.ts';
import type { MachineDescription, MemoryPlace } from '../engine/protocol.ts';
import type { PacketLog } from './inspectLog.ts';
import { busAddressOf } from './memoryPlaces.ts';

export type WriterAnswer =
  /** `record` is the newest crossing of the TLP that wrote the byte; `cpu` = it was a store of a CPU, which is no TLP. */
  | { readonly kind: 'found'; readonly record: number; readonly cpu: boolean }
  | { readonly kind: 'none'; readonly reason: string };

const WRITING_KINDS: ReadonlySet<number> = new Set([TLP_KIND.MWr, TLP_KIND.FetchAdd, TLP_KIND.Swap, TLP_KIND.CAS]);

const NO_ADDRESS = 'This memory has no bus address: only its own device reaches it, no TLP names its bytes.';
const NO_RECORD =
  'No write on record covers this byte. Data that a device reads for itself arrives in completions, which do not say where it is put.';

/**
 * The newest write that covers a byte, as far as records reach back.
 * @param place index of MachineDescription.memories, and offset of the byte in it.
 * @param now_ps records of what has not arrived by then do not count: the machine has gone back.
 */
export function findWriter(
  log: PacketLog,
  machine: MachineDescription,
  place: MemoryPlace,
  now_ps = Infinity,
): WriterAnswer {
  const found = machine.memories.find((candidate) => candidate.index === place.memory);
  const address = found === undefined ? undefined : busAddressOf(found, place.offset);
  if (found === undefined || address === undefined) return { kind: 'none', reason: NO_ADDRESS };
  const hostSegment = machine.links.length * 2;
  const isHost = found.node === 'host';
  for (let record = log.end - 1; record >= log.first; record -= 1) {
    const cell = log.cell(record);
    const from = log.address[cell] ?? 0;
    if (address < from || address >= from + (log.lengthBytes[cell] ?? 0)) continue;
    if ((log.end_ps[cell] ?? 0) > now_ps) continue;
    const segment = log.segment[cell] ?? 0;
    // Inside the host every record on the way into memory is a write, whoever made it.
    const writes = isHost && segment === hostSegment ? true : WRITING_KINDS.has(log.kind(record));
    const inHost = segment >= hostSegment;
    if (writes && (isHost ? segment !== hostSegment + 1 : !inHost)) {
      return { kind: 'found', record, cpu: log.isCpuAccess(record) };
    }
  }
  const { first } = log;
  return { kind: 'none', reason: first === 0 ? NO_RECORD : `${NO_RECORD} Older records are gone.` };
}
