import { useState } from 'react';
import { TLP_KIND, type TlpKind } from '../../core/pcie/tlp.ts';
import type { DecodedTlp } from '../../core/pcie/tlpDecode.ts';
import { UNRECORDED_FIELDS } from '../../store/inspectHeader.ts';
import { BitDiagram, FieldNote } from './BitDiagram.tsx';

const KIND_TITLES: Readonly<Record<TlpKind, string>> = {
  [TLP_KIND.MRd]: 'Memory read',
  [TLP_KIND.MWr]: 'Memory write',
  [TLP_KIND.CfgRd0]: 'Configuration read, type 0',
  [TLP_KIND.CfgWr0]: 'Configuration write, type 0',
  [TLP_KIND.CfgRd1]: 'Configuration read, type 1',
  [TLP_KIND.CfgWr1]: 'Configuration write, type 1',
  [TLP_KIND.Cpl]: 'Completion without data',
  [TLP_KIND.CplD]: 'Completion with data',
  [TLP_KIND.Msg]: 'Message',
  [TLP_KIND.MsgD]: 'Message with data',
  [TLP_KIND.IORd]: 'I/O read',
  [TLP_KIND.IOWr]: 'I/O write',
  [TLP_KIND.FetchAdd]: 'Fetch and add',
  [TLP_KIND.Swap]: 'Swap',
  [TLP_KIND.CAS]: 'Compare and swap',
};
/** Kinds whose header has an address. */
export const WITH_ADDRESS: ReadonlySet<number> = new Set([
  TLP_KIND.MRd,
  TLP_KIND.MWr,
  TLP_KIND.FetchAdd,
  TLP_KIND.Swap,
  TLP_KIND.CAS,
]);
const NOTHING_UNKNOWN: ReadonlySet<string> = new Set();

export function titleOf({ kind, headerDwords }: DecodedTlp): string {
  return WITH_ADDRESS.has(kind)
    ? `${KIND_TITLES[kind]}, ${headerDwords === 4 ? 64 : 32}-bit address`
    : KIND_TITLES[kind];
}

/** The header of a TLP with the field under the pointer or the focus explained. */
export function HeaderBits({ tlp, unrecorded }: { readonly tlp: DecodedTlp; readonly unrecorded: boolean }) {
  const first = tlp.fields.findIndex((field) => field.name === 'Length');
  const [current, setCurrent] = useState<number>();
  const at = current === undefined || current < 0 || current >= tlp.fields.length ? Math.max(0, first) : current;
  const field = tlp.fields[at];
  const unknown = unrecorded ? UNRECORDED_FIELDS : NOTHING_UNKNOWN;
  return (
    <>
      <BitDiagram tlp={tlp} unrecorded={unknown} current={at} onCurrent={setCurrent} />
      {field === undefined ? undefined : <FieldNote field={field} unrecorded={unknown.has(field.name)} />}
    </>
  );
}
