/* How this person likes the page; kept in the browser, checked when read, never part of a document. */
import * as v from 'valibot';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { LocalStore, WriteOutcome } from './localStore.ts';
import { DEFAULT_SPEED, SPEEDS } from './speeds.ts';

const PREFERENCES_KEY = 'peerlane.preferences';

const PREFERENCES_SCHEMA = v.object({
  version: v.literal(1),
  theme: v.picklist(['system', 'light', 'dark']),
  /** `system` follows the operating system's setting. */
  motion: v.picklist(['system', 'reduced', 'full']),
  /** Index into SPEEDS. */
  speed: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(SPEEDS.length - 1)),
  /** Who does the second leg of a bounce in a race. */
  bounceWay: v.picklist(['bounce', 'copy']),
  /** What is read aloud of a run: every start and step, or only ends, stops, faults and errors. */
  announcements: v.optional(v.picklist(['all', 'brief']), 'all'),
});

export type Preferences = v.InferOutput<typeof PREFERENCES_SCHEMA>;
export type ThemeChoice = Preferences['theme'];
export type MotionChoice = Preferences['motion'];
export type AnnouncementChoice = Preferences['announcements'];

export const DEFAULT_PREFERENCES: Preferences = {
  version: 1,
  theme: 'system',
  motion: 'system',
  speed: DEFAULT_SPEED,
  bounceWay: 'bounce',
  announcements: 'all',
};

export interface PreferencesState {
  readonly preferences: Preferences;
  /** Outcome of the last attempt to keep them. */
  readonly kept: WriteOutcome;
  readonly change: (change: Partial<Omit<Preferences, 'version'>>) => void;
  readonly reset: () => void;
}

/** Preferences from saved text; what cannot be used falls back to the defaults as a whole. */
export function readPreferences(text: string | undefined): Preferences {
  if (text === undefined) return DEFAULT_PREFERENCES;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return DEFAULT_PREFERENCES;
  }
  const checked = v.safeParse(PREFERENCES_SCHEMA, parsed);
  return checked.success ? checked.output : DEFAULT_PREFERENCES;
}

export function createPreferences(local: LocalStore): StoreApi<PreferencesState> {
  return createStore<PreferencesState>()((set, get) => ({
    preferences: readPreferences(local.read(PREFERENCES_KEY)),
    kept: 'written',
    change: (change) => {
      const preferences = { ...get().preferences, ...change };
      set({ preferences, kept: local.write(PREFERENCES_KEY, JSON.stringify(preferences)) });
    },
    reset: () => {
      local.remove(PREFERENCES_KEY);
      set({ preferences: DEFAULT_PREFERENCES, kept: 'written' });
    },
  }));
}
