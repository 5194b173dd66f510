/*
 * Stops that the page has set. While one is set the machine runs event by event, and each is looked at right after the
 * event that may fulfil it.
 */
import { countText } from '../../base/format.ts';
import { TLP_KIND } from '../../core/pcie/tlp.ts';
import { HOP } from '../../core/pcie/counters.ts';
import type { Breakpoint } from '../protocol.ts';
import type { EngineMachine } from './engineMachine.ts';

/** Where hop records of the present event can be seen. */
export interface HopListener {
  /** @param words one record, fields of HOP from `offset` on. */
  onHop(words: Float64Array, offset: number): void;
}

export interface BreakpointHit {
  readonly breakpoint: string;
  /** What happened, in words. */
  readonly what: string;
}

type When<Kind extends Breakpoint['when']['kind']> = Extract<Breakpoint['when'], { readonly kind: Kind }>;

/** Bytes of a memory that are compared after each event; a longer range is not watched. */
export const MOST_WATCHED_BYTES = 65_536;

/** One enabled breakpoint. */
interface Watch {
  readonly id: string;
  /** Looks at the machine after an event. @returns what happened. */
  readonly look: () => string | undefined;
  /** The machine is somewhere else: what is compared with is taken anew. */
  readonly settle: () => void;
}

export class Breakpoints implements HopListener {
  readonly #machine: EngineMachine;
  #watches: readonly Watch[] = [];
  #tlps: readonly { readonly id: string; readonly when: When<'tlp'> }[] = [];
  #times: readonly { readonly id: string; readonly at_ps: number }[] = [];
  #hit: BreakpointHit | undefined;

  constructor(machine: EngineMachine) {
    this.#machine = machine;
  }

  /** Replaces all. */
  set(breakpoints: readonly Breakpoint[]): void {
    const enabled = breakpoints.filter(({ isEnabled }) => isEnabled);
    this.#tlps = enabled.flatMap(({ id, when }) => (when.kind === 'tlp' ? [{ id, when }] : []));
    this.#times = enabled.flatMap(({ id, when }) => (when.kind === 'time' ? [{ id, at_ps: when.at_ps }] : []));
    this.#watches = enabled.flatMap((breakpoint) => this.#watch(breakpoint) ?? []);
    this.settle();
  }

  /** The machine must run event by event. */
  get areSet(): boolean {
    return this.#watches.length > 0 || this.#tlps.length > 0;
  }

  /** The next instant to stop at after now. */
  get nextTime_ps(): number {
    const { now_ps } = this.#machine;
    return this.#times.reduce((next, { at_ps }) => (at_ps > now_ps && at_ps < next ? at_ps : next), Infinity);
  }

  /** The machine has been moved without being watched. */
  settle(): void {
    this.#hit = undefined;
    for (const watch of this.#watches) watch.settle();
  }

  /** To be called after each event. @returns the first breakpoint that it fulfils. */
  look(): BreakpointHit | undefined {
    for (const { id, look } of this.#watches) {
      const what = look();
      if (what !== undefined) this.#hit ??= { breakpoint: id, what };
    }
    const hit = this.#hit;
    this.#hit = undefined;
    return hit;
  }

  /** The machine has reached {@link nextTime_ps}. */
  lookAtTime(): BreakpointHit | undefined {
    const found = this.#times.find(({ at_ps }) => at_ps === this.#machine.now_ps);
    return found === undefined ? undefined : { breakpoint: found.id, what: 'The instant has come.' };
  }

  onHop(words: Float64Array, offset: number): void {
    if (this.#hit !== undefined) return;
    const found = this.#tlps.find(({ when }) => matches(when, words, offset));
    if (found !== undefined) this.#hit = { breakpoint: found.id, what: hopText(words, offset) };
  }

  #watch({ id, when }: Breakpoint): Watch | undefined {
    switch (when.kind) {
      case 'tlp':
      case 'time':
        return undefined;
      case 'memoryWrite':
        return this.#watchMemory(id, when);
      case 'register':
        return this.#watchRegister(id, when);
      case 'error':
        return this.#watchErrors(id, when);
    }
  }

  #watchMemory(id: string, { memory, first, last }: When<'memoryWrite'>): Watch | undefined {
    const lengthBytes = last - first + 1;
    if (lengthBytes < 1 || lengthBytes > MOST_WATCHED_BYTES) return undefined;
    if (this.#machine.description.memories[memory] === undefined) return undefined;
    const before = new Uint8Array(lengthBytes);
    const now = new Uint8Array(lengthBytes);
    return {
      id,
      settle: () => this.#machine.readMemory(memory, first, before),
      look: () => {
        this.#machine.readMemory(memory, first, now);
        const place = now.findIndex((byte, index) => byte !== before[index]);
        if (place < 0) return undefined;
        const what = `${hex(first + place)} changed from ${hex(before[place] ?? 0)} to ${hex(now[place] ?? 0)}.`;
        before.set(now);
        return what;
      },
    };
  }

  #watchRegister(id: string, { node, offset, bytes, mask, value }: When<'register'>): Watch | undefined {
    const read = (): number => ((this.#machine.readRegister(node, offset, bytes) ?? 0) & mask) >>> 0;
    let before = 0;
    return {
      id,
      settle: () => {
        before = read();
      },
      look: () => {
        const now = read();
        if (now === before) return undefined;
        const what = `Register ${hex(offset)} of ${node} changed from ${hex(before)} to ${hex(now)}.`;
        before = now;
        return value === undefined || now === (value & mask) >>> 0 ? what : undefined;
      },
    };
  }

  #watchErrors(id: string, { severity }: When<'error'>): Watch {
    let before = 0;
    return {
      id,
      settle: () => {
        before = this.#machine.errorsFrom(Infinity).total;
      },
      look: () => {
        const { total } = this.#machine.errorsFrom(Infinity);
        if (total === before) return undefined;
        const { records } = this.#machine.errorsFrom(before);
        before = total;
        const found = records.find((record) =>
          severity === undefined ? record.severity !== 'note' : record.severity === severity,
        );
        return found === undefined ? undefined : `${found.name}.`;
      },
    };
  }
}

function matches(when: When<'tlp'>, words: Float64Array, offset: number): boolean {
  const field = (index: number): number => words[offset + index] ?? 0;
  const what = field(HOP.what);
  if (when.types !== undefined && !when.types.includes(what & 0xff)) return false;
  if (when.requester !== undefined && Math.floor(field(HOP.transaction) / 2 ** 16) !== when.requester) return false;
  const segment = field(HOP.segment);
  if (when.link !== undefined && segment >> 1 !== when.link) return false;
  if (when.direction !== undefined && (segment & 1) !== when.direction) return false;
  if (when.addresses === undefined) return true;
  const first = field(HOP.address);
  return first <= when.addresses.last && first + Math.max(1, field(HOP.lengthBytes)) > when.addresses.first;
}

const KIND_NAMES: ReadonlyMap<number, string> = new Map(Object.entries(TLP_KIND).map(([name, kind]) => [kind, name]));

/** What crosses: `MWr of 256 bytes at 0x4000001000 begins to cross.` */
function hopText(words: Float64Array, offset: number): string {
  const field = (index: number): number => words[offset + index] ?? 0;
  const kind = KIND_NAMES.get(field(HOP.what) & 0xff) ?? 'A TLP';
  return `${kind} of ${countText(field(HOP.lengthBytes), 'byte')} at ${hex(field(HOP.address))} begins to cross.`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
