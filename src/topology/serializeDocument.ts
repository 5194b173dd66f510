import type { TopologyDocument } from './document.ts';

/** These come first, in this order; all other keys follow alphabetically. */
const LEADING_KEYS: readonly string[] = [
  'version',
  'code',
  'id',
  'name',
  'description',
  'type',
  'parent',
  'device',
  'fn',
  'kind',
];

function rank(key: string): number {
  const index = LEADING_KEYS.indexOf(key);
  return index < 0 ? LEADING_KEYS.length : index;
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, ordered(item)]));
}

/**
 * The text of a document. Equal documents give equal texts, whatever order their keys were made in, so texts
 * can be compared, hashed and kept in version control.
 */
export function serializeDocument(document: TopologyDocument): string {
  return `${JSON.stringify(ordered(document), undefined, 1)}\n`;
}
