/* Places in memories: between offsets and bus addresses, and what a person types for them. */
import { addressText, parseAddress } from '../base/format.ts';
import { err, ok, type Result } from '../base/result.ts';
import {
  MAX_NEEDLE_BYTES,
  type MachineDescription,
  type MemoryDescription,
  type MemoryPlace,
} from '../engine/protocol.ts';

/** The bus address of a byte; undefined = no address leads to this memory. */
export function busAddressOf(memory: MemoryDescription, offset: number): number | undefined {
  const { pieces, busAddress } = memory;
  if (pieces === undefined) return busAddress === undefined ? undefined : busAddress + offset;
  const piece = pieces.find((row) => offset >= row.offset && offset < row.offset + row.sizeBytes);
  return piece === undefined ? undefined : piece.busAddress + (offset - piece.offset);
}

/** The byte of a memory that a bus address leads to; undefined = another memory's, or nobody's. */
export function offsetAt(memory: MemoryDescription, address: number): number | undefined {
  const { pieces, busAddress, sizeBytes } = memory;
  if (pieces !== undefined) {
    const piece = pieces.find((row) => address >= row.busAddress && address < row.busAddress + row.sizeBytes);
    return piece === undefined ? undefined : piece.offset + (address - piece.busAddress);
  }
  if (busAddress === undefined || address < busAddress || address >= busAddress + sizeBytes) return undefined;
  return address - busAddress;
}

export interface PlaceContext {
  readonly machine: MachineDescription;
  /** Offsets count in this one. */
  readonly memory: MemoryDescription;
  /** What people call a function. */
  readonly nameOf: (node: string) => string;
}

const EXPECTED = 'Write a bus address, an offset, or a name such as iopmem0+0x100, all in hexadecimal.';

const plain = (text: string): string => text.toLowerCase().replaceAll(/[\s_,]/gu, '');

/** Whether a memory is called so: `iopmem0`, `iopmem0.bar4`, `host`, `dest`. */
function isCalled({ machine, nameOf }: PlaceContext, memory: MemoryDescription, symbol: string): boolean {
  if (memory.node === 'host') return ['host', 'ram', 'dram', plain(memory.label)].includes(symbol);
  const owners = [plain(memory.node), plain(nameOf(memory.node))];
  const isFirst = machine.memories.find((row) => row.node === memory.node) === memory;
  return owners.some((owner) => (isFirst && symbol === owner) || symbol === `${owner}.${plain(memory.label)}`);
}

/** The base a symbol stands for. */
function placeOfSymbol(context: PlaceContext, symbol: string): MemoryPlace | undefined {
  const { destination, memories } = context.machine;
  if (symbol === 'dest' && destination !== undefined) return destination;
  const found = memories.find((memory) => isCalled(context, memory, symbol));
  return found === undefined ? undefined : { memory: found.index, offset: 0 };
}

function inside(machine: MachineDescription, place: MemoryPlace, text: string): Result<MemoryPlace, string> {
  const memory = machine.memories.find(({ index }) => index === place.memory);
  if (memory !== undefined && place.offset >= 0 && place.offset < memory.sizeBytes) return ok(place);
  const last = memory === undefined ? '' : `: its last offset is ${addressText(memory.sizeBytes - 1)}`;
  return err(`${text.trim()} is beyond the end of this memory${last}.`);
}

/**
 * Reads `0x40_02B3_E600` (a bus address of the memory in view, else an offset in it, else a bus address of another one),
 * `iopmem0+0x100`, `nvme0.media+2000` or `dest-40`.
 */
export function parsePlace(text: string, context: PlaceContext): Result<MemoryPlace, string> {
  const { machine, memory } = context;
  const cleaned = text.toLowerCase().replaceAll(/[\s_]/gu, '');
  const parts = /^(.*?)(?:([+-])(0x)?([0-9a-f]{1,13}))?$/u.exec(cleaned);
  const symbol = placeOfSymbol(context, parts?.[1] ?? '') ?? placeOfSymbol(context, cleaned);
  if (symbol !== undefined) {
    const by = Number.parseInt(parts?.[4] ?? '0', 16);
    return inside(machine, { ...symbol, offset: symbol.offset + (parts?.[2] === '-' ? -by : by) }, text);
  }
  const address = parseAddress(text);
  if (address === undefined) {
    return err(/^[a-z]/iu.test(cleaned) ? `Nothing here is called ${parts?.[1] ?? text}. ${EXPECTED}` : EXPECTED);
  }
  const own = offsetAt(memory, address) ?? (address < memory.sizeBytes ? address : undefined);
  if (own !== undefined) return ok({ memory: memory.index, offset: own });
  for (const candidate of machine.memories) {
    const offset = offsetAt(candidate, address);
    if (offset !== undefined) return ok({ memory: candidate.index, offset });
  }
  return err(
    `Not in this memory: ${addressText(address)} is no bus address of any memory, and offsets end at ${addressText(memory.sizeBytes - 1)}.`,
  );
}

/** Reads `de ad be ef`, `DEADBEEF` or `0xdeadbeef`: bytes in the order in which they are written. */
export function parseHexBytes(text: string, mostBytes: number): Result<Uint8Array, string> {
  const digits = text.replaceAll(/0x|[\s_,]/giu, '');
  if (digits === '') return err('Write at least one byte, as two hexadecimal digits: de ad be ef.');
  if (!/^[0-9a-f]+$/iu.test(digits)) return err('Only hexadecimal digits: de ad be ef.');
  if (digits.length % 2 !== 0) return err(`${digits.length} digits are no whole number of bytes: two digits each.`);
  if (digits.length / 2 > mostBytes) return err(`${digits.length / 2} bytes are too many: ${mostBytes} at most.`);
  return ok(
    Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
      Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16),
    ),
  );
}

/** What is looked for: bytes in hexadecimal, or a text in UTF-8. */
export function parseNeedle(text: string, kind: 'hex' | 'text'): Result<Uint8Array, string> {
  if (kind === 'hex') return parseHexBytes(text, MAX_NEEDLE_BYTES);
  const bytes = new TextEncoder().encode(text);
  if (bytes.length === 0) return err('Write what to look for.');
  return bytes.length > MAX_NEEDLE_BYTES ? err(`The text is too long: ${MAX_NEEDLE_BYTES} bytes at most.`) : ok(bytes);
}
