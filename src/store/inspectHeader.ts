/* The header a TLP had on the wire, made again from its record and from what the machine says of itself. */
import type { Bdf } from '../base/units.ts';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import { CLASS_OF_KIND, TLP_CLASS, TLP_KIND, type TlpKind } from '../core/pcie/tlp.ts';
import { decodeTlp, type DecodedTlp } from '../core/pcie/tlpDecode.ts';
import { headerDwords, type TlpHeader } from '../core/pcie/tlpHeader.ts';
import type { FunctionDescription, MachineDescription, MemoryDescription } from '../engine/protocol.ts';
import type { PacketLog } from './inspectLog.ts';
import { routingIdOf } from './routingId.ts';
import { offsetAt } from './memoryPlaces.ts';

export { routingIdOf } from './routingId.ts';

/** Fields that records do not carry: attributes and what depends on them. */
export const UNRECORDED_FIELDS: ReadonlySet<string> = new Set(['A2', 'TD', 'EP', 'Attr', 'AT']);

const CONFIG_BYTES = 4096;

/** The function whose BAR holds a bus address, with the BAR. */
export function ownerOf(
  machine: MachineDescription,
  address: number,
): { readonly fn: FunctionDescription; readonly bar: number; readonly offset: number } | undefined {
  for (const fn of machine.functions) {
    for (const row of fn.bars) {
      const offset = address - (row.address ?? Infinity);
      if (row.space === 'memory' && offset >= 0 && offset < row.sizeBytes) return { fn, bar: row.index, offset };
    }
  }
  return undefined;
}

/** The memory that holds a bus address, and where in it: devices first, then DRAM. */
export function memoryAt(
  machine: MachineDescription,
  address: number,
): { readonly memory: MemoryDescription; readonly offset: number } | undefined {
  const holds = (memory: MemoryDescription): boolean => offsetAt(memory, address) !== undefined;
  const memory =
    machine.memories.find((row) => row.node !== 'host' && holds(row)) ?? machine.memories.find((row) => holds(row));
  const offset = memory === undefined ? undefined : offsetAt(memory, address);
  return memory === undefined || offset === undefined ? undefined : { memory, offset };
}

export function functionOfId(machine: MachineDescription, id: number): NodeId | undefined {
  return machine.functions.find((fn) => routingIdOf(fn.bdf) === id)?.id;
}

function isConfig(kind: number): boolean {
  return kind >= TLP_KIND.CfgRd0 && kind <= TLP_KIND.CfgWr1;
}

function kindOf(log: PacketLog, record: number): TlpKind {
  return Object.values(TLP_KIND).find((kind) => kind === log.kind(record)) ?? TLP_KIND.MRd;
}

/** What a completion answers decides who completed it and how many bytes are left. */
function completionFields(log: PacketLog, machine: MachineDescription, record: number): Partial<TlpHeader> {
  const cell = log.cell(record);
  const request = log.requestOf(record);
  const address = log.address[cell] ?? 0;
  const asksConfig = request >= 0 && isConfig(log.kind(request));
  const carried = log.lengthBytes[cell] ?? 0;
  const wanted = request < 0 ? undefined : log.cell(request);
  const left = wanted === undefined ? carried : (log.address[wanted] ?? 0) + (log.lengthBytes[wanted] ?? 0) - address;
  const owner = asksConfig ? undefined : ownerOf(machine, address);
  const completerId = asksConfig
    ? (Math.floor((log.address[wanted ?? 0] ?? 0) / CONFIG_BYTES) as Bdf)
    : (routingIdOf(owner?.fn.bdf) ?? (0 as Bdf));
  const isMemory = !asksConfig && left >= carried && left > 0;
  return {
    completerId,
    status: log.status(record),
    // Only answers to memory reads count down and carry a lower address.
    byteCount: isMemory ? Math.min(CONFIG_BYTES, left) : 4,
    ...(asksConfig ? { address: 0, lengthBytes: carried === 0 ? 0 : 4 } : {}),
  };
}

/** Fields of the header, as far as the record and the machine know them. */
export function headerOfRecord(log: PacketLog, machine: MachineDescription, record: number): TlpHeader {
  const cell = log.cell(record);
  const kind = kindOf(log, record);
  const address = log.address[cell] ?? 0;
  const base = {
    kind,
    requesterId: (log.requester[cell] ?? 0) as Bdf,
    tag: log.tag[cell] ?? 0,
    address,
    lengthBytes: log.lengthBytes[cell] ?? 0,
  };
  if (CLASS_OF_KIND[kind] === TLP_CLASS.completion) return { ...base, ...completionFields(log, machine, record) };
  if (isConfig(kind)) {
    return { ...base, targetId: Math.floor(address / CONFIG_BYTES) as Bdf, address: address % CONFIG_BYTES };
  }
  if (kind === TLP_KIND.Msg || kind === TLP_KIND.MsgD) return { ...base, code: address, address: 0, lengthBytes: 0 };
  return base;
}

/** The header taken apart; undefined for what cannot be drawn: CPU accesses, and TLPs broken on purpose. */
export function decodedRecord(log: PacketLog, machine: MachineDescription, record: number): DecodedTlp | undefined {
  if (log.isCpuAccess(record)) return undefined;
  const header = headerOfRecord(log, machine, record);
  const { lengthBytes } = header;
  if (lengthBytes > CONFIG_BYTES || (lengthBytes < 1 && !log.isCompletion(record) && header.code === undefined)) {
    return undefined;
  }
  if (header.code === undefined && (header.address % 4) + lengthBytes > CONFIG_BYTES) return undefined;
  const dwords = headerDwords(header);
  const isLong = Math.floor(dwords[0] / 2 ** 29) % 2 === 1;
  const decoded = decodeTlp(dwords.slice(0, isLong ? 4 : 3));
  return decoded.ok ? decoded.value : undefined;
}
