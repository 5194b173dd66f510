/* The form of a stop: text until it can be read, and what is wrong with it as it is typed. */
import { parseAddress } from '../../base/format.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { TLP_KIND } from '../../core/pcie/tlp.ts';
import type { MachineDescription, MemoryDescription } from '../../engine/protocol.ts';
import { MOST_WATCHED_BYTES, type StopCondition } from '../../store/timeStops.ts';
import { parseInstant } from '../../store/timeText.ts';

export const STOP_KINDS = [
  { kind: 'tlp', label: 'A TLP crosses a link' },
  { kind: 'memoryWrite', label: 'Bytes of a memory are written' },
  { kind: 'register', label: 'A register changes' },
  { kind: 'error', label: 'An error is recorded' },
  { kind: 'time', label: 'An instant is reached' },
] as const satisfies readonly { readonly kind: StopCondition['kind']; readonly label: string }[];

/** Kinds of TLP that are chosen together. */
export const TLP_CHOICES: readonly { readonly label: string; readonly types: readonly number[] | undefined }[] = [
  { label: 'Any TLP', types: undefined },
  { label: 'MWr', types: [TLP_KIND.MWr] },
  { label: 'MRd', types: [TLP_KIND.MRd] },
  { label: 'Cpl, CplD', types: [TLP_KIND.Cpl, TLP_KIND.CplD] },
  { label: 'CfgRd, CfgWr', types: [TLP_KIND.CfgRd0, TLP_KIND.CfgRd1, TLP_KIND.CfgWr0, TLP_KIND.CfgWr1] },
  { label: 'Msg, MsgD', types: [TLP_KIND.Msg, TLP_KIND.MsgD] },
  { label: 'IORd, IOWr', types: [TLP_KIND.IORd, TLP_KIND.IOWr] },
  { label: 'FetchAdd, Swap, CAS', types: [TLP_KIND.FetchAdd, TLP_KIND.Swap, TLP_KIND.CAS] },
];

export interface StopDraft {
  readonly kind: StopCondition['kind'];
  /** Place in TLP_CHOICES. */
  readonly tlp: number;
  readonly first: string;
  readonly last: string;
  /** '' = any. */
  readonly requester: string | undefined;
  readonly link: string | undefined;
  readonly direction: 0 | 1 | undefined;
  /** Index of a memory. */
  readonly memory: number | undefined;
  readonly from: string;
  readonly to: string;
  readonly node: string | undefined;
  /** Offset of a register by name; undefined = the first there is. */
  readonly register: number | 'other' | undefined;
  /** Name of a field; undefined = the whole register. */
  readonly field: string | undefined;
  readonly offset: string;
  readonly bytes: 1 | 2 | 4;
  readonly mask: string;
  /** Stops when it becomes this; empty = on any change. */
  readonly becomes: string;
  readonly severity: 'correctable' | 'nonFatal' | 'fatal' | undefined;
  readonly instant: string;
}

export const FIRST_DRAFT: StopDraft = {
  kind: 'tlp',
  tlp: 1,
  first: '',
  last: '',
  requester: undefined,
  link: undefined,
  direction: undefined,
  memory: undefined,
  from: '',
  to: '',
  node: undefined,
  register: undefined,
  field: undefined,
  offset: '',
  bytes: 4,
  mask: '',
  becomes: '',
  severity: undefined,
  instant: '',
};

/** A register of the function that is chosen, and its fields. */
export interface NamedRegister {
  readonly name: string;
  readonly offset: number;
  readonly bytes: 1 | 2 | 4;
  readonly fields: readonly {
    readonly id: string;
    readonly name: string;
    readonly lsb: number;
    readonly widthBits: number;
  }[];
}

/** The register that is chosen by name; undefined = one at an offset, or none is known yet. */
export function chosenRegister(draft: StopDraft, registers: readonly NamedRegister[]): NamedRegister | undefined {
  if (draft.register === 'other') return undefined;
  const [first] = registers;
  return registers.find((row) => row.offset === draft.register) ?? first;
}

/** What is wrong, and with which field of the form. */
export interface DraftProblem {
  readonly field: keyof StopDraft;
  /** Empty: something is still missing, but nothing is wrong. */
  readonly text: string;
}

type Read<T> = Result<T, DraftProblem>;

const NO_ADDRESS = 'Write a hexadecimal address such as 0x40_02B3_E600.';
const NO_OFFSET = 'Write a hexadecimal offset such as 0x1000, or a bus address of this memory.';

function missing(field: keyof StopDraft): Read<never> {
  return err({ field, text: '' });
}

function wrong(field: keyof StopDraft, text: string): Read<never> {
  return err({ field, text });
}

function tlpOf(draft: StopDraft): Read<StopCondition> {
  const first = draft.first.trim() === '' ? undefined : parseAddress(draft.first);
  if (draft.first.trim() !== '' && first === undefined) return wrong('first', NO_ADDRESS);
  const last = draft.last.trim() === '' ? first : parseAddress(draft.last);
  if (draft.last.trim() !== '' && last === undefined) return wrong('last', NO_ADDRESS);
  if (last !== undefined && first === undefined) return wrong('first', 'A range needs its first address too.');
  if (first !== undefined && last !== undefined && last < first)
    return wrong('last', 'The last address is before the first.');
  const types = TLP_CHOICES[draft.tlp]?.types;
  return ok({
    kind: 'tlp',
    ...(types === undefined ? {} : { types: [...types] }),
    ...(first === undefined || last === undefined ? {} : { addresses: { first, last } }),
    ...(draft.requester === undefined ? {} : { requester: draft.requester }),
    ...(draft.link === undefined ? {} : { link: draft.link }),
    ...(draft.direction === undefined ? {} : { direction: draft.direction }),
  });
}

/** An offset of a memory, typed as such or as a bus address. */
function offsetIn(memory: MemoryDescription, text: string): number | undefined {
  const value = parseAddress(text);
  if (value === undefined) return undefined;
  if (value < memory.sizeBytes) return value;
  const offset = value - (memory.busAddress ?? Infinity);
  return offset >= 0 && offset < memory.sizeBytes ? offset : undefined;
}

function memoryOf(draft: StopDraft, machine: MachineDescription): Read<StopCondition> {
  const memory = machine.memories.find((row) => row.index === draft.memory) ?? machine.memories[0];
  if (memory === undefined) return wrong('memory', 'No device of this machine has memory.');
  if (draft.from.trim() === '') return missing('from');
  const first = offsetIn(memory, draft.from);
  if (first === undefined) return wrong('from', NO_OFFSET);
  const last = draft.to.trim() === '' ? first : offsetIn(memory, draft.to);
  if (last === undefined) return wrong('to', NO_OFFSET);
  if (last < first) return wrong('to', 'The last byte is before the first.');
  if (last - first >= MOST_WATCHED_BYTES) return wrong('to', 'At most 64 KiB can be watched.');
  return ok({ kind: 'memoryWrite', node: memory.node, label: memory.label, range: { first, last } });
}

interface RegisterBits {
  readonly name: string;
  readonly offset: number;
  readonly bytes: 1 | 2 | 4;
  readonly mask: number;
  readonly lsb: number;
}

function namedBits(draft: StopDraft, register: NamedRegister): RegisterBits {
  const field = register.fields.find((row) => row.id === draft.field);
  const { name, offset, bytes } = register;
  if (field === undefined) return { name, offset, bytes, mask: 2 ** (bytes * 8) - 1, lsb: 0 };
  const mask = (2 ** field.widthBits - 1) * 2 ** field.lsb;
  return { name: `${name}, ${field.name}`, offset, bytes, mask, lsb: field.lsb };
}

function rawBits(draft: StopDraft): Read<RegisterBits> {
  if (draft.offset.trim() === '') return missing('offset');
  const offset = parseAddress(draft.offset);
  if (offset === undefined || offset > 4096 - draft.bytes)
    return wrong('offset', 'Write a hexadecimal offset from 0 to FFC.');
  if (offset % draft.bytes !== 0)
    return wrong('offset', `A register of ${draft.bytes} bytes begins at a multiple of it.`);
  const all = 2 ** (draft.bytes * 8) - 1;
  const mask = draft.mask.trim() === '' ? all : parseAddress(draft.mask);
  if (mask === undefined || mask > all || mask === 0)
    return wrong('mask', `Write the bits in hexadecimal, 1 to ${all.toString(16).toUpperCase()}.`);
  return ok({ name: `${offset.toString(16).toUpperCase()}h`, offset, bytes: draft.bytes, mask, lsb: 0 });
}

function registerOf(draft: StopDraft, registers: readonly NamedRegister[]): Read<StopCondition> {
  if (draft.node === undefined) return missing('node');
  const named = chosenRegister(draft, registers);
  const bits = named === undefined ? rawBits(draft) : ok(namedBits(draft, named));
  if (!bits.ok) return bits;
  const { name, offset, bytes, mask, lsb } = bits.value;
  const common = { kind: 'register', node: draft.node, offset, bytes, mask, name } as const;
  if (draft.becomes.trim() === '') return ok(common);
  const code = parseAddress(draft.becomes);
  const value = code === undefined ? undefined : code * 2 ** lsb;
  const most = Math.floor(mask / 2 ** lsb);
  if (value === undefined || code === undefined || code > most)
    return wrong('becomes', `Write a hexadecimal value, 0 to ${most.toString(16).toUpperCase()}.`);
  return ok({ ...common, value });
}

/** The condition a form describes, or what is missing or wrong. */
export function conditionOf(
  draft: StopDraft,
  machine: MachineDescription,
  registers: readonly NamedRegister[],
): Read<StopCondition> {
  switch (draft.kind) {
    case 'tlp':
      return tlpOf(draft);
    case 'memoryWrite':
      return memoryOf(draft, machine);
    case 'register':
      return registerOf(draft, registers);
    case 'error':
      return ok(draft.severity === undefined ? { kind: 'error' } : { kind: 'error', severity: draft.severity });
    case 'time': {
      if (draft.instant.trim() === '') return missing('instant');
      const at_ps = parseInstant(draft.instant);
      return at_ps.ok ? ok({ kind: 'time', at_ps: at_ps.value }) : wrong('instant', at_ps.error);
    }
  }
}
