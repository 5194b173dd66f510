/* The list of machines this browser keeps, and where the text of each is; checked when read. */
import * as v from 'valibot';
import type { Diagnostic } from '../base/diagnostic.ts';
import type { Result } from '../base/result.ts';
import type { TopologyDocument } from '../topology/document.ts';
import type { DocumentStart } from './documentStore.ts';
import type { LocalStore, WriteOutcome } from './localStore.ts';

const INDEX_KEY = 'peerlane.machines';

const ENTRY_SCHEMA = v.object({
  id: v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/u)),
  name: v.string(),
  /** Milliseconds since 1970. */
  changed_ms: v.number(),
  /** The preset it was made from. */
  preset: v.optional(v.string()),
});
const INDEX_SCHEMA = v.object({
  version: v.literal(1),
  current: v.optional(v.string()),
  machines: v.array(ENTRY_SCHEMA),
});

export type MachineEntry = Readonly<v.InferOutput<typeof ENTRY_SCHEMA>>;

export interface MachineIndex {
  readonly machines: readonly MachineEntry[];
  readonly current: string | undefined;
}

/** Where the text of a machine is. */
export function machineKey(id: string): string {
  return `peerlane.machine.${id}`;
}

/** The list as it is kept; empty where there is none that can be read. */
export function readIndex(local: LocalStore): MachineIndex {
  try {
    const checked = v.safeParse(INDEX_SCHEMA, JSON.parse(local.read(INDEX_KEY) ?? 'null'));
    if (checked.success) return { machines: checked.output.machines, current: checked.output.current };
  } catch {
    // As if there were none: the texts of the machines stay where they are.
  }
  return { machines: [], current: undefined };
}

export function writeIndex(local: LocalStore, { machines, current }: MachineIndex): WriteOutcome {
  return local.write(INDEX_KEY, JSON.stringify({ version: 1, current, machines }));
}

export function newestFirst(machines: readonly MachineEntry[]): readonly MachineEntry[] {
  return machines.toSorted((a, b) => b.changed_ms - a.changed_ms);
}

/** The machine that was open last, with its id; a document to begin with if it can still be read. */
export function lastMachine(
  local: LocalStore,
  read: (text: string) => Result<TopologyDocument, readonly Diagnostic[]>,
): { readonly id: string; readonly start: DocumentStart } | undefined {
  const { current, machines } = readIndex(local);
  if (current === undefined || !machines.some(({ id }) => id === current)) return undefined;
  const text = local.read(machineKey(current));
  const document = text === undefined ? undefined : read(text);
  return document?.ok === true
    ? { id: current, start: { document: document.value, origin: { from: 'saved' }, notice: undefined } }
    : undefined;
}
