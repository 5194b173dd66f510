/*
 * Breakpoints and watchpoints as a person sets them: by the names of the document, so that they outlast the numbers a
 * machine gives its links and memories. For each machine they are made into breakpoints of its engine.
 */
import * as v from 'valibot';
import { err, ok, type Result } from '../base/result.ts';
import { TLP_KIND_NAMES } from '../core/pcie/tlp.ts';
import type { Breakpoint, MachineDescription } from '../engine/protocol.ts';
import { routingIdOf } from './routingId.ts';

const WHOLE = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const RANGE = v.object({ first: WHOLE, last: WHOLE });
const NODE = v.pipe(v.string(), v.maxLength(200));

/** Bytes of a memory that can be watched at once: they are compared after every event. */
export const MOST_WATCHED_BYTES = 2 ** 16;

/** Requests of the CPU carry the routing ID of the root. */
export const ROOT_REQUESTER = '';

const CONDITION_SCHEMA = v.variant('kind', [
  v.object({
    kind: v.literal('tlp'),
    types: v.optional(v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(TLP_KIND_NAMES.length - 1)))),
    /** Bus addresses, the last one included. */
    addresses: v.optional(RANGE),
    /** A function of the document, or {@link ROOT_REQUESTER}. */
    requester: v.optional(NODE),
    /** The port above the link. */
    link: v.optional(NODE),
    direction: v.optional(v.picklist([0, 1])),
  }),
  v.object({
    kind: v.literal('memoryWrite'),
    /** Whose memory, `host` for host memory, and which of them. */
    node: NODE,
    label: v.string(),
    /** Offsets in the memory, the last one included. */
    range: RANGE,
  }),
  v.object({
    kind: v.literal('register'),
    node: NODE,
    offset: v.pipe(WHOLE, v.maxValue(4095)),
    bytes: v.picklist([1, 2, 4]),
    mask: v.pipe(WHOLE, v.maxValue(2 ** 32 - 1)),
    value: v.optional(v.pipe(WHOLE, v.maxValue(2 ** 32 - 1))),
    /** How the register and field are called. */
    name: v.string(),
  }),
  v.object({ kind: v.literal('error'), severity: v.optional(v.picklist(['correctable', 'nonFatal', 'fatal'])) }),
  v.object({ kind: v.literal('time'), at_ps: WHOLE }),
]);

export const STOP_SCHEMA = v.object({
  id: v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/u)),
  isEnabled: v.boolean(),
  when: CONDITION_SCHEMA,
});

/** When to stop. All given conditions must hold. */
export type StopCondition = Readonly<v.InferOutput<typeof CONDITION_SCHEMA>>;
export type Stop = Readonly<v.InferOutput<typeof STOP_SCHEMA>>;
type TlpCondition = Extract<StopCondition, { kind: 'tlp' }>;
type When = Breakpoint['when'];

function requesterOf(node: string, machine: MachineDescription): number | undefined {
  return node === ROOT_REQUESTER ? 0 : routingIdOf(machine.functions.find((fn) => fn.id === node)?.bdf);
}

function tlpBreakpoint(when: TlpCondition, machine: MachineDescription): Result<When, string> {
  const link = when.link === undefined ? undefined : machine.links.find((row) => row.upper === when.link)?.index;
  if (when.link !== undefined && link === undefined) return err('This machine has no such link.');
  const requester = when.requester === undefined ? undefined : requesterOf(when.requester, machine);
  if (when.requester !== undefined && requester === undefined) return err('This machine has no such requester.');
  return ok({
    kind: 'tlp',
    ...(when.types === undefined ? {} : { types: when.types }),
    ...(when.addresses === undefined ? {} : { addresses: when.addresses }),
    ...(requester === undefined ? {} : { requester }),
    ...(link === undefined ? {} : { link }),
    ...(when.direction === undefined ? {} : { direction: when.direction }),
  });
}

function whenOf(when: StopCondition, machine: MachineDescription): Result<When, string> {
  switch (when.kind) {
    case 'tlp':
      return tlpBreakpoint(when, machine);
    case 'memoryWrite': {
      const memory = machine.memories.find((row) => row.node === when.node && row.label === when.label);
      if (memory === undefined) return err('This machine has no such memory.');
      if (when.range.last >= memory.sizeBytes) return err('The range is longer than this memory.');
      if (when.range.last - when.range.first >= MOST_WATCHED_BYTES) return err('At most 64 KiB can be watched.');
      return ok({ kind: 'memoryWrite', memory: memory.index, first: when.range.first, last: when.range.last });
    }
    case 'register': {
      if (!machine.functions.some((fn) => fn.id === when.node)) return err('This machine has no such function.');
      const { node, offset, bytes, mask, value } = when;
      return ok({ kind: 'register', node, offset, bytes, mask, ...(value === undefined ? {} : { value }) });
    }
    case 'error':
      return ok(when.severity === undefined ? { kind: 'error' } : { kind: 'error', severity: when.severity });
    case 'time':
      return ok({ kind: 'time', at_ps: when.at_ps });
  }
}

/** The breakpoint of one machine for a stop, or why it can never be met there. */
export function breakpointOf(stop: Stop, machine: MachineDescription): Result<Breakpoint, string> {
  const when = whenOf(stop.when, machine);
  return when.ok ? ok({ id: stop.id, isEnabled: stop.isEnabled, when: when.value }) : when;
}

/** All that can be met on a machine. */
export function breakpointsOf(stops: readonly Stop[], machine: MachineDescription): readonly Breakpoint[] {
  return stops.flatMap((stop) => {
    const made = breakpointOf(stop, machine);
    return made.ok ? [made.value] : [];
  });
}
