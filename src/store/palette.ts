/*
 * What the command palette offers: everything a person can do and everywhere one can go, found by a few letters.
 * What was used last comes first, across visits.
 */
import * as v from 'valibot';
import type { FunctionSpec, NodeId } from '../core/pcie/machineSpec.ts';
import { presets } from '../topology/presets/presets.ts';
import { ACTIONS, shortcutKeys, type ActionContext } from './actions.ts';
import type { LocalStore } from './localStore.ts';
import type { View } from './urlState.ts';

const RECENT_KEY = 'peerlane.palette';
const MOST_RECENT = 12;
/** A list longer than this is not read, it is searched. */
export const MOST_SHOWN = 60;

export interface PaletteItem {
  readonly id: string;
  readonly label: string;
  /** What kind of thing it is, or where it is. */
  readonly hint: string;
  readonly keys: readonly string[];
  readonly isEnabled: boolean;
  readonly perform: () => void;
}

const BEGINNING = 8;
const IN_A_ROW = 4;
const FOUND = 1;
const isWordStart = (text: string, at: number): boolean => at === 0 || /[^\p{L}\p{N}]/u.test(text[at - 1] ?? ' ');

/** How well one word is found in a text, its letters in order. `undefined`: not at all. */
function wordScore(word: string, text: string): number | undefined {
  const whole = text.indexOf(word);
  if (whole >= 0) {
    const letters = word.length * (FOUND + IN_A_ROW);
    return letters + (isWordStart(text, whole) ? 2 * BEGINNING : 0);
  }
  let score = 0;
  let at = -1;
  for (const letter of word) {
    const next = text.indexOf(letter, at + 1);
    if (next < 0) return undefined;
    score += FOUND + (next === at + 1 ? IN_A_ROW : 0) + (isWordStart(text, next) ? BEGINNING : 0);
    at = next;
  }
  // Letters scattered over a long text are an accident.
  return score >= word.length * (FOUND + IN_A_ROW) ? score : undefined;
}

/** How well texts fit what was typed: every word of it must be found in one of them. `undefined`: they do not. */
export function fuzzyScore(query: string, ...texts: readonly string[]): number | undefined {
  let score = 0;
  for (const word of query.toLowerCase().split(/\s+/).filter(Boolean)) {
    const found = texts.map((text) => wordScore(word, text.toLowerCase())).filter((one) => one !== undefined);
    if (found.length === 0) return undefined;
    score += Math.max(...found);
  }
  return score;
}

/** What fits, best first; equally good ones keep their order. With nothing typed: what was used last, then all. */
export function findItems(
  items: readonly PaletteItem[],
  query: string,
  recent: readonly string[],
): readonly PaletteItem[] {
  const rank = (item: PaletteItem): number => {
    const place = recent.indexOf(item.id);
    return place < 0 ? 0 : MOST_RECENT - place;
  };
  if (query.trim() === '') {
    return items
      .filter((item) => item.isEnabled)
      .toSorted((a, b) => rank(b) - rank(a))
      .slice(0, MOST_SHOWN);
  }
  return items
    .map((item) => ({ item, score: fuzzyScore(query, item.label, item.hint) }))
    .flatMap(({ item, score }) => (score === undefined ? [] : [{ item, score: score + rank(item) }]))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, MOST_SHOWN)
    .map(({ item }) => item);
}

const WITH_SCENE: ReadonlySet<View> = new Set(['race', 'watch', 'why', 'edit', 'machine', 'flows', 'faults']);

/** Looks at a function where the present view can show one, else in Watch. */
export function goToDevice(context: ActionContext, node: NodeId): void {
  const { view, lane, set } = context.view.getState();
  if (view === 'memory') {
    const machine = context.simulation.session.lane(lane).machine;
    const memory = machine?.memories.find((candidate) => candidate.node === node);
    if (memory !== undefined) set({ memory: memory.index });
    else set({ view: 'watch', selection: node });
    return;
  }
  set(WITH_SCENE.has(view) ? { selection: node } : { view: 'watch', selection: node });
}

function deviceHint(context: ActionContext, fn: FunctionSpec): string {
  const { machine } = context.simulation.session.lane('direct');
  const bdf = machine?.functions.find((row) => row.id === fn.id)?.bdf;
  return bdf === undefined ? 'Device' : `Device ${bdf.replace(/^0000:/, '')}`;
}

/** Everything that can be done or gone to now. */
export function paletteItems(context: ActionContext): readonly PaletteItem[] {
  const { document, open } = context.documents.getState();
  const actions = ACTIONS.filter((action) => action.id !== 'palette').map((action): PaletteItem => ({
    id: `action ${action.id}`,
    label: action.group === 'Views' && action.id.startsWith('view-') ? `View: ${action.label}` : action.label,
    hint: action.group,
    keys: action.shortcut === undefined ? [] : shortcutKeys(action.shortcut),
    isEnabled: action.isEnabled(context),
    perform: () => action.perform(context),
  }));
  const devices = document.functions.map((fn): PaletteItem => ({
    id: `device ${fn.id}`,
    label: `Go to ${fn.name}`,
    hint: deviceHint(context, fn),
    keys: [],
    isEnabled: true,
    perform: () => goToDevice(context, fn.id),
  }));
  const machines = presets.map((preset): PaletteItem => ({
    id: `preset ${preset.id}`,
    label: `Open “${preset.title}”`,
    hint: preset.document.measurement === undefined ? 'Preset' : 'Published measurement',
    keys: [],
    isEnabled: true,
    perform: () => open(`Open “${preset.title}”`, preset.document, { from: 'preset', preset: preset.id }),
  }));
  return [...actions, ...devices, ...machines];
}

const RECENT_SCHEMA = v.object({
  version: v.literal(1),
  used: v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.maxLength(MOST_RECENT)),
});

/** Ids of what was used last, newest first; nothing where what was kept cannot be used. */
export function readRecent(local: LocalStore): readonly string[] {
  try {
    const checked = v.safeParse(RECENT_SCHEMA, JSON.parse(local.read(RECENT_KEY) ?? 'null'));
    return checked.success ? checked.output.used : [];
  } catch {
    return [];
  }
}

/** Remembers that something was used. */
export function rememberUse(local: LocalStore, id: string): void {
  const used = [id, ...readRecent(local).filter((other) => other !== id)].slice(0, MOST_RECENT);
  local.write(RECENT_KEY, JSON.stringify({ version: 1, used }));
}
