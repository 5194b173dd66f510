/*
 * The fields of TLP headers as a table with a sentence each; the decoder, its messages and the bit diagram read the same
 * rows. Facts: semantics reference 7.1 and 7.2, non-flit mode.
 */
import { hex } from '../../base/bits.ts';
import type { Bdf } from '../../base/units.ts';
import { bdfText } from './bdf.ts';
import { COMPLETION_STATUS, TLP_KIND, type TlpKind } from './tlp.ts';

/** What a value says. */
type Meaning = (value: number) => string;

/** One field of a header, before it has a value. */
export interface FieldRow {
  readonly name: string;
  readonly dword: number;
  readonly msb: number;
  readonly lsb: number;
  readonly meaning: Meaning;
  readonly about: string;
}

const hexed: Meaning = (value) => `0x${hex(value, 1)}`;
const bdfOf: Meaning = (value) => bdfText(value as Bdf);
const flag: Meaning = (value) => (value === 0 ? 'no' : 'yes');
/** Bits as digits, with leading zeros. */
export const binary =
  (digits: number): Meaning =>
  (value) =>
    value.toString(2).padStart(digits, '0');
/** The Length field counts to 1024 with 0. */
export const lengthDw = (value: number): number => (value === 0 ? 1024 : value);
const reserved: Meaning = (value) => (value === 0 ? '' : hexed(value));
const STATUS_NAMES = new Map<number, string>(Object.entries(COMPLETION_STATUS).map(([name, code]) => [code, name]));
const ADDRESS_TYPES = ['untranslated', 'translation request', 'translated', 'reserved'] as const;
const FORMATS = ['3 DW, no data', '4 DW, no data', '3 DW, data', '4 DW, data', 'prefix'] as const;
/** By the low three bits of the Type of a message. */
export const ROUTINGS = ['to the root complex', 'by address', 'by ID', 'broadcast', 'local', 'gathered'] as const;

/** @param bits `31:29` or `23` */
function row(dword: number, bits: string, name: string, meaning: Meaning, about: string): FieldRow {
  const [msb = 0, lsb = msb] = bits.split(':').map(Number);
  return { name, dword, msb, lsb, meaning, about };
}
const rest = (dword: number, bits: string): FieldRow =>
  row(dword, bits, 'R', reserved, 'Reserved: sent as 0, ignored by receivers.');

/** The first dword, which all TLPs have in common. */
export const FIRST_DWORD: readonly FieldRow[] = [
  row(
    0,
    '31:29',
    'Fmt',
    (value) => FORMATS[value] ?? 'reserved',
    'How many dwords the header has and whether data follow.',
  ),
  row(0, '28:24', 'Type', binary(5), 'With Fmt it says what the TLP is.'),
  row(0, '23', 'T9', binary(1), 'Bit 9 of the tag, where 10-bit tags are on.'),
  row(0, '22:20', 'TC', hexed, 'Traffic class: which virtual channel carries it. 0 is the only one this model sends.'),
  row(0, '19', 'T8', binary(1), 'Bit 8 of the tag, where 10-bit tags are on.'),
  row(0, '18', 'A2', flag, 'ID-based ordering: it may pass TLPs of other requesters.'),
  row(0, '17', 'LN', flag, 'Lightweight notification; not used here.'),
  row(0, '16', 'TH', flag, 'Processing hints follow in the low bits of the address.'),
  row(0, '15', 'TD', flag, 'A TLP digest (ECRC) of 4 bytes follows the data.'),
  row(0, '14', 'EP', flag, 'Poisoned: the data are known to be wrong, their receiver must not use them.'),
  row(
    0,
    '13:12',
    'Attr',
    (value) => `RO ${value >> 1}, NS ${value & 1}`,
    'Relaxed ordering: it may pass earlier writes. No snoop: caches need not be asked.',
  ),
  row(
    0,
    '11:10',
    'AT',
    (value) => ADDRESS_TYPES[value] ?? '',
    'Whether the address still has to be translated by an IOMMU.',
  ),
  row(
    0,
    '9:0',
    'Length',
    (value) => `${lengthDw(value)} DW`,
    'Dwords of data, or how many a read asks for; 0 means 1024.',
  ),
];
const REQUESTER = row(
  1,
  '31:16',
  'Requester ID',
  bdfOf,
  'Bus, device and function that asks; completions find their way back by it.',
);
const TAG = row(1, '15:8', 'Tag', hexed, 'Number of the request at its requester: its completions carry the same one.');
const ENABLES: readonly FieldRow[] = [
  row(1, '7:4', 'Last BE', binary(4), 'Which bytes of the last dword are meant; 0 where there is only one dword.'),
  row(1, '3:0', 'First BE', binary(4), 'Which bytes of the first dword are meant.'),
];
const ADDRESS_ABOUT = 'Where the first dword lies on the bus. Switches compare it with their windows.';
const HINTS = row(-1, '1:0', 'PH', binary(2), 'Processing hint, where TH is set.');

const LAYOUTS = {
  memory3: [
    REQUESTER,
    TAG,
    ...ENABLES,
    row(2, '31:2', 'Address [31:2]', (value) => `0x${hex(value * 4, 8)}`, ADDRESS_ABOUT),
    { ...HINTS, dword: 2 },
  ],
  memory4: [
    REQUESTER,
    TAG,
    ...ENABLES,
    row(
      2,
      '31:0',
      'Address [63:32]',
      (value) => `0x${hex(value, 8)}`,
      'The upper half of the address: not 0, else the header would have three dwords.',
    ),
    row(3, '31:2', 'Address [31:2]', (value) => `0x${hex(value * 4, 8)}`, ADDRESS_ABOUT),
    { ...HINTS, dword: 3 },
  ],
  config: [
    REQUESTER,
    TAG,
    ...ENABLES,
    row(
      2,
      '31:16',
      'Target',
      bdfOf,
      'Bus, device and function whose register is meant. Type 1 becomes type 0 on the last bus.',
    ),
    rest(2, '15:12'),
    row(2, '11:8', 'Ext. Register', hexed, 'The upper four bits of the register number: beyond the first 256 bytes.'),
    row(
      2,
      '7:2',
      'Register',
      (value) => `0x${hex(value * 4, 2)}`,
      'Which dword of the configuration space; byte enables choose bytes in it.',
    ),
    rest(2, '1:0'),
  ],
  completion: [
    row(1, '31:16', 'Completer ID', bdfOf, 'Bus, device and function that answers.'),
    row(
      1,
      '15:13',
      'Status',
      (value) => STATUS_NAMES.get(value) ?? 'reserved',
      'SC: successful. UR: unsupported request. CRS: retry a configuration request. CA: completer abort.',
    ),
    row(1, '12', 'BCM', binary(1), 'Byte count modified; only PCI-X bridges set it.'),
    row(
      1,
      '11:0',
      'Byte Count',
      (value) => `${value === 0 ? 4096 : value} B`,
      'Bytes of the request still to come, this completion included; 0 means 4096.',
    ),
    row(2, '31:16', 'Requester ID', bdfOf, 'Who asked: the completion is routed to it.'),
    row(2, '15:8', 'Tag', hexed, 'Which of its requests this answers.'),
    rest(2, '7'),
    row(2, '6:0', 'Lower Address', hexed, 'The low seven bits of the address of its first byte.'),
  ],
  message: [
    REQUESTER,
    TAG,
    row(
      1,
      '7:0',
      'Message Code',
      (value) => MESSAGE_NAMES.get(value) ?? hexed(value),
      'What is said: an error, an interrupt line, power management…',
    ),
    row(2, '31:0', 'Bytes 8…11', hexed, 'Meaning depends on the message; 0 in error messages.'),
    row(3, '31:0', 'Bytes 12…15', hexed, 'Meaning depends on the message; 0 in error messages.'),
  ],
} as const satisfies Readonly<Record<string, readonly FieldRow[]>>;
const MESSAGE_NAMES = new Map<number, string>([
  [0x30, 'ERR_COR'],
  [0x31, 'ERR_NONFATAL'],
  [0x33, 'ERR_FATAL'],
]);

/** Headers that look alike after their first dword. */
export type Layout = 'memory' | 'config' | 'completion' | 'message';
export interface TypeRow {
  readonly layout: Layout;
  /** Kind without and with data; undefined = there is none. */
  readonly kinds: readonly [TlpKind | undefined, TlpKind | undefined];
}
const both = (layout: Layout, without: TlpKind, withData: TlpKind): TypeRow => ({ layout, kinds: [without, withData] });
const atomic = (kind: TlpKind): TypeRow => ({ layout: 'memory', kinds: [undefined, kind] });
const TYPES: Readonly<Record<number, TypeRow>> = {
  0b00000: both('memory', TLP_KIND.MRd, TLP_KIND.MWr),
  0b00010: both('memory', TLP_KIND.IORd, TLP_KIND.IOWr),
  0b00100: both('config', TLP_KIND.CfgRd0, TLP_KIND.CfgWr0),
  0b00101: both('config', TLP_KIND.CfgRd1, TLP_KIND.CfgWr1),
  0b01010: both('completion', TLP_KIND.Cpl, TLP_KIND.CplD),
  0b01100: atomic(TLP_KIND.FetchAdd),
  0b01101: atomic(TLP_KIND.Swap),
  0b01110: atomic(TLP_KIND.CAS),
};

/** What the five bits of Type mean; undefined = nothing this model knows. */
export function typeOf(type: number): TypeRow | undefined {
  return type >>> 3 === 0b10 ? both('message', TLP_KIND.Msg, TLP_KIND.MsgD) : TYPES[type];
}

/** The dwords after the first. @param isLong four dwords instead of three. */
export function rowsOf(layout: Layout, isLong: boolean): readonly FieldRow[] {
  return layout === 'memory' ? LAYOUTS[isLong ? 'memory4' : 'memory3'] : LAYOUTS[layout];
}
