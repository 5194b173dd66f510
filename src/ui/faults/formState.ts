/* What the form of a fault holds: text until it is a number, places as they are chosen. */
import { PS_PER_US } from '../../base/units.ts';
import type { FaultKind, FaultSpec } from '../../core/pcie/faults.ts';
import type { LinkGen, LinkWidth } from '../../core/pcie/link.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import { placeOfFault, placesFor, type FaultDraft, type FaultRow } from '../../store/faultTable.ts';
import type { LaneId } from '../../store/session.ts';
import type { TopologyDocument } from '../../topology/document.ts';

/** What is in the form; numbers stay text until they are numbers. */
export interface FormState {
  readonly kind: FaultKind;
  readonly node: NodeId | undefined;
  readonly direction: 'up' | 'down';
  readonly rate: string;
  readonly count: string;
  readonly gen: LinkGen | undefined;
  readonly width: LinkWidth | undefined;
  readonly what: 'writes' | 'completions';
  readonly duration_us: string;
  readonly lanes: 'both' | LaneId;
  readonly when: 'now' | 'later';
  readonly at_us: string;
  /** Index of the planned fault that is being changed. */
  readonly editing: number | undefined;
}

export const FIRST_FORM: FormState = {
  kind: 'bitErrors',
  node: undefined,
  direction: 'down',
  rate: '1e-6',
  count: '1',
  gen: undefined,
  width: undefined,
  what: 'writes',
  duration_us: '100',
  lanes: 'both',
  when: 'now',
  at_us: '100',
  editing: undefined,
};

/** The form filled with a fault, as the table of planned faults hands it back. */
export function formOf(fault: FaultSpec, at_ps: number, editing: number): FormState {
  return {
    ...FIRST_FORM,
    kind: fault.kind,
    node: placeOfFault(fault),
    ...('direction' in fault ? { direction: fault.direction } : {}),
    ...('rate' in fault ? { rate: String(fault.rate) } : {}),
    ...('count' in fault ? { count: String(fault.count) } : {}),
    ...('what' in fault ? { what: fault.what } : {}),
    ...('gen' in fault ? { gen: fault.gen } : {}),
    ...('width' in fault ? { width: fault.width } : {}),
    ...('duration_ps' in fault ? { duration_us: String(fault.duration_ps / PS_PER_US) } : {}),
    when: 'later',
    at_us: String(at_ps / PS_PER_US),
    editing,
  };
}

/** The place to begin with: what the transfer uses, else the first there is. */
export function placeIn(document: TopologyDocument, row: FaultRow, wanted: NodeId | undefined): NodeId | undefined {
  const places = placesFor(document, row).map((fn) => fn.id);
  const parentOf = (node: NodeId | undefined): NodeId | undefined =>
    document.functions.find((fn) => fn.id === node)?.parent;
  const { from, to } = document.transfer;
  const wishes = row.place === 'link' ? [wanted, parentOf(wanted), parentOf(from)] : [wanted, from, to];
  return wishes.find((node) => node !== undefined && places.includes(node)) ?? places[0];
}

/** The numbers behind the text; what is no number is NaN, which no range admits. */
export function draftOf(form: FormState, node: NodeId): FaultDraft {
  return {
    node,
    direction: form.direction,
    rate: form.rate.trim() === '' ? Number.NaN : Number(form.rate),
    count: form.count.trim() === '' ? Number.NaN : Number(form.count),
    gen: form.gen,
    width: form.width,
    what: form.what,
    duration_ps: Math.round(Number(form.duration_us) * PS_PER_US),
  };
}

const MOST_US = 1e9;

/** What is wrong with the time of a planned fault, or undefined. */
export function timeProblem(form: FormState): string | undefined {
  const at = Number(form.at_us);
  if (form.when === 'now') return undefined;
  return form.at_us.trim() !== '' && at >= 0 && at <= MOST_US ? undefined : 'From 0 to 1 000 000 000 µs.';
}
