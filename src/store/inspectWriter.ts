/* Who wrote this byte: the newest record of the log that covers it. */
import { TLP_KIND } from '../core/pcie/tlp.ts';
import type { MachineDescription } from '../engine/protocol.ts';
import type { PacketLog } from './inspectLog.ts';

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
 * @param memory index of MachineDescription.memories. @param offset of the byte in it.
 */
export function findWriter(log: PacketLog, machine: MachineDescription, memory: number, offset: number): WriterAnswer {
  const found = machine.memories.find((candidate) => candidate.index === memory);
  if (found?.busAddress === undefined) return { kind: 'none', reason: NO_ADDRESS };
  const address = found.busAddress + offset;
  const hostSegment = machine.links.length * 2;
  const isHost = found.node === 'host';
  for (let record = log.end - 1; record >= log.first; record -= 1) {
    const cell = log.cell(record);
    const from = log.address[cell] ?? 0;
    if (address < from || address >= from + (log.lengthBytes[cell] ?? 0)) continue;
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
