/*
 * What can be set about a machine, as tables: each row says what it is called, what it does, which values it takes,
 * what holds when nothing is said, and how it is read from and written into a document. Forms, help and the
 * property test read the same rows.
 */
import { integerText } from '../base/format.ts';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../topology/document.ts';

interface Parameter {
  /** Unique inside its table. */
  readonly id: string;
  readonly label: string;
  /** What it changes, in one sentence. */
  readonly help: string;
  /** False where it makes no difference on this machine, with the reason. */
  readonly idle?: (document: TopologyDocument, node: NodeId) => string | undefined;
}

/** `node` is a function or host bridge; rows about the whole machine ignore it. */
export interface NumberParameter extends Parameter {
  readonly kind: 'number';
  /** Behind the number; values are in this unit. */
  readonly unit: string;
  readonly minimum: number;
  readonly maximum: number;
  /** Only integers. */
  readonly whole: boolean;
  /** What holds when the document says nothing, in words or as a value. */
  readonly standard: string;
  /** May be left empty: the standard then holds. */
  readonly optional: boolean;
  /** Offered as a slider up to this value as well. */
  readonly slider?: { readonly maximum: number; readonly step: number };
  readonly read: (document: TopologyDocument, node: NodeId) => number | undefined;
  readonly write: (document: TopologyDocument, node: NodeId, value: number | undefined) => TopologyDocument;
}

export interface ChoiceParameter extends Parameter {
  readonly kind: 'choice';
  readonly options: readonly { readonly value: string; readonly label: string; readonly title?: string }[];
  /** False for an option that this function cannot have. */
  readonly offers?: (document: TopologyDocument, node: NodeId, value: string) => boolean;
  /** Shown as a row of buttons instead of a list. */
  readonly inRow: boolean;
  readonly read: (document: TopologyDocument, node: NodeId) => string;
  readonly write: (document: TopologyDocument, node: NodeId, value: string) => TopologyDocument;
}

export interface SwitchParameter extends Parameter {
  readonly kind: 'switch';
  readonly read: (document: TopologyDocument, node: NodeId) => boolean;
  readonly write: (document: TopologyDocument, node: NodeId, value: boolean) => TopologyDocument;
}

export type AnyParameter = NumberParameter | ChoiceParameter | SwitchParameter;

/** What is wrong with the text of a number field, or undefined. */
export function numberProblem(parameter: NumberParameter, text: string): string | undefined {
  const cleaned = text.trim();
  if (cleaned === '') return parameter.optional ? undefined : `Write a number of ${parameter.unit}.`;
  const value = Number(cleaned);
  if (!Number.isFinite(value)) return `${cleaned} is not a number.`;
  if (parameter.whole && !Number.isInteger(value)) return 'A whole number.';
  if (value < parameter.minimum || value > parameter.maximum) return `From ${rangeText(parameter)}.`;
  return undefined;
}

/** `1 to 64`, with the unit. */
export function rangeText({ minimum, maximum, unit }: NumberParameter): string {
  const number = (value: number): string => {
    if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential(0);
    return Number.isInteger(value) ? integerText(value) : String(value);
  };
  return `${number(minimum)} to ${number(maximum)}${unit === '' ? '' : ` ${unit}`}`;
}

export type Change<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** `base` with some fields changed; an undefined field is taken out. Undefined if nothing is left. */
export function changed<T extends object>(base: T | undefined, change: Change<T>): T | undefined {
  const entries = Object.entries({ ...base, ...change }).filter(([, value]) => value !== undefined);
  // Sound for types whose fields are all optional, or where only optional fields are undefined in `change`.
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as T);
}

/** The same where required fields are sure to remain. */
export function changedWhole<T extends object>(base: T, change: Change<T>): T {
  return changed(base, change) ?? base;
}
