/*
 * How wide the panel at the side and how high the one below is, for each view; kept in this browser and checked when
 * read. A panel nobody has touched has the size its style gives it.
 */
import * as v from 'valibot';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { LocalStore, WriteOutcome } from './localStore.ts';
import { VIEWS, type View } from './urlState.ts';

const PANELS_KEY = 'peerlane.panels';
export type PanelName = 'side' | 'dock';

/** Limits in CSS pixels; what is left for the scene is the style's business. */
export const LEAST_PANEL: Readonly<Record<PanelName, number>> = { side: 240, dock: 120 };
export const MOST_PANEL: Readonly<Record<PanelName, number>> = { side: 720, dock: 900 };
/** What a folded panel leaves: room for the button that opens it again. */
export const FOLDED_PX = 32;

const PANEL_SCHEMA = v.object({
  /** Absent = as the style says. */
  size: v.optional(v.pipe(v.number(), v.integer(), v.minValue(LEAST_PANEL.dock), v.maxValue(MOST_PANEL.dock))),
  folded: v.optional(v.boolean()),
});
const VIEW_SCHEMA = v.object({ side: v.optional(PANEL_SCHEMA), dock: v.optional(PANEL_SCHEMA) });
const SCHEMA = v.object({ version: v.literal(1), views: v.record(v.string(), VIEW_SCHEMA) });

export type Panel = v.InferOutput<typeof PANEL_SCHEMA>;
export type PanelSizes = Readonly<Partial<Record<View, Readonly<Partial<Record<PanelName, Panel>>>>>>;

export interface PanelState {
  readonly sizes: PanelSizes;
  readonly kept: WriteOutcome;
  readonly resize: (view: View, panel: PanelName, size_px: number) => void;
  readonly fold: (view: View, panel: PanelName, folded: boolean) => void;
  /** Back to what the style says. */
  readonly reset: (view: View, panel: PanelName) => void;
}

/** A size brought within what a panel may have, in whole pixels. */
export function panelSize(panel: PanelName, size_px: number): number {
  return Math.round(Math.min(MOST_PANEL[panel], Math.max(LEAST_PANEL[panel], size_px)));
}

/** What was kept, without views that no longer exist. Anything unreadable: nothing at all. */
export function readPanels(text: string | undefined): PanelSizes {
  if (text === undefined) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return {};
  }
  const checked = v.safeParse(SCHEMA, parsed);
  if (!checked.success) return {};
  const { views } = checked.output;
  return Object.fromEntries(VIEWS.flatMap((view) => (views[view] === undefined ? [] : [[view, views[view]]])));
}

/** Sizes of all panels, remembered. */
export function createPanels(local: LocalStore): StoreApi<PanelState> {
  return createStore<PanelState>()((set, get) => {
    const change = (view: View, panel: PanelName, to: Panel): void => {
      const { sizes } = get();
      const next = { ...sizes, [view]: { ...sizes[view], [panel]: to } };
      set({ sizes: next, kept: local.write(PANELS_KEY, JSON.stringify({ version: 1, views: next })) });
    };
    return {
      sizes: readPanels(local.read(PANELS_KEY)),
      kept: 'written',
      resize: (view, panel, size_px) => change(view, panel, { size: panelSize(panel, size_px), folded: false }),
      fold: (view, panel, folded) => change(view, panel, { ...get().sizes[view]?.[panel], folded }),
      reset: (view, panel) => change(view, panel, {}),
    };
  });
}
