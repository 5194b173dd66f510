/*
 * Ids, names and slot numbers that nothing in a document has yet.
 */
import type { FunctionSpec, NodeId } from '../../core/pcie/machineSpec.ts';
import type { TopologyDocument } from '../document.ts';
import { MAX_NAME_LENGTH } from '../schemaValues.ts';

const MOST_ID_CHARACTERS = 64;
/** Room for a number behind a stem, and for `-p15` behind that. */
const MOST_STEM_CHARACTERS = MOST_ID_CHARACTERS - 12;

/** Hands out what is free; what it gave is taken afterwards. */
export class FreshNames {
  readonly #ids: Set<NodeId>;
  readonly #names: Set<string>;
  #slot: number;

  constructor(document: TopologyDocument) {
    this.#ids = new Set([...document.hostBridges, ...document.functions].map(({ id }) => id));
    this.#names = new Set([...document.hostBridges, ...document.functions].map(({ name }) => name));
    this.#slot = Math.max(0, ...document.functions.map((fn) => fn.slot?.number ?? 0));
  }

  /** `nic1` for the stem `nic`. @param along further ids that must be free with it, from the candidate. */
  id(stem: string, along: (candidate: NodeId) => readonly NodeId[] = () => []): NodeId {
    const short = stem.slice(0, MOST_STEM_CHARACTERS);
    for (let number = 0; ; number++) {
      const candidate = `${short}${number}`;
      const all = [candidate, ...along(candidate)];
      if (all.some((id) => this.#ids.has(id))) continue;
      for (const id of all) this.#ids.add(id);
      return candidate;
    }
  }

  /** The same id if it is free, else one of its kind. */
  idLike(id: NodeId): NodeId {
    if (this.#ids.has(id) || id.length > MOST_ID_CHARACTERS) return this.id(stemOf(id));
    this.#ids.add(id);
    return id;
  }

  /** The same name if it is free, else with the next number: `Switch 2`. */
  nameLike(name: string): string {
    let candidate = name;
    const stem = name.replace(/\s*\d+$/, '').slice(0, MAX_NAME_LENGTH - 6);
    for (let number = 2; this.#names.has(candidate); number++) candidate = `${stem} ${number}`.trim();
    this.#names.add(candidate);
    return candidate;
  }

  /** Physical slot numbers have 13 bits; past their end they start again. */
  slot(): number {
    this.#slot = this.#slot >= 8191 ? 1 : this.#slot + 1;
    return this.#slot;
  }
}

/** `nic` of `nic12`. */
export function stemOf(id: NodeId): string {
  const stem = id.replace(/\d+$/, '');
  return stem === '' ? 'f' : stem;
}

/** The name of a copy: what in it came from the original's id or its owner's name follows the copy. */
export function copiedName(
  fn: Pick<FunctionSpec, 'name'>,
  ids: { readonly before: NodeId; readonly after: NodeId },
  owner: { readonly before: string; readonly after: string } | undefined,
  fresh: FreshNames,
): string {
  if (fn.name === '') return '';
  if (owner !== undefined && owner.before !== '' && fn.name.startsWith(owner.before)) {
    const renamed = owner.after + fn.name.slice(owner.before.length);
    return renamed.slice(0, MAX_NAME_LENGTH);
  }
  const words = fn.name.split(' ').map((word) => (word === ids.before ? ids.after : word));
  return fresh.nameLike(words.join(' ').slice(0, MAX_NAME_LENGTH));
}
