/*
 * What a person can do, each once: button, key and menu perform the same object. Shortcuts are written as
 * KeyboardEvent.key; `Mod` is Ctrl, or Command on a Mac.
 */
import type { StoreApi } from 'zustand/vanilla';
import type { DocumentState } from './documentStore.ts';
import type { PreferencesState } from './preferences.ts';
import type { Simulation } from './simulation.ts';
import { SPEEDS } from './speeds.ts';
import { VIEWS, type View } from './urlState.ts';
import type { DialogName, ViewState } from './viewStore.ts';

export interface ActionContext {
  readonly documents: StoreApi<DocumentState>;
  readonly preferences: StoreApi<PreferencesState>;
  readonly view: StoreApi<ViewState>;
  readonly simulation: Simulation;
}

export interface Shortcut {
  readonly key: string;
  readonly mod?: boolean;
  /** Only compared where it is stated: `?` needs Shift on some keyboards and not on others. */
  readonly shift?: boolean;
}

export interface Action {
  readonly id: string;
  readonly label: string;
  readonly group: 'Run' | 'Views' | 'Document' | 'Page';
  readonly shortcut: Shortcut | undefined;
  /** Its key works in a field of text too. */
  readonly inFields?: boolean;
  readonly isEnabled: (context: ActionContext) => boolean;
  readonly perform: (context: ActionContext) => void;
}

const always = (): boolean => true;
const hasMachines = ({ simulation }: ActionContext): boolean => simulation.player.store.getState().phase !== 'empty';
/** Also while machines are being built: the clock starts once they stand. */
const canPlay = (context: ActionContext): boolean => hasMachines(context) || context.simulation.building;
const canStep = (context: ActionContext): boolean =>
  hasMachines(context) && context.simulation.player.store.getState().phase !== 'finished';

/** The clock has somewhere to go back to. */
const canGoBack = (context: ActionContext): boolean => hasMachines(context) && context.simulation.player.now_ps > 0;

function bookmarkAction(id: string, label: string, side: 'before' | 'after'): Action {
  return {
    id,
    label,
    group: 'Run',
    shortcut: { key: 'n', shift: side === 'before' },
    isEnabled: ({ simulation }) =>
      simulation.player.store.getState().phase !== 'empty' &&
      simulation.marks.bookmarkBeside(simulation.player.now_ps, side) !== undefined,
    perform: ({ simulation }) => {
      const bookmark = simulation.marks.bookmarkBeside(simulation.player.now_ps, side);
      if (bookmark !== undefined) void simulation.seek(bookmark.at_ps);
    },
  };
}

/** What moves the clock other than by playing. */
const TIME_ACTIONS: readonly Action[] = [
  {
    id: 'stepBack',
    label: 'Step back, by the unit chosen',
    group: 'Run',
    shortcut: { key: ',' },
    isEnabled: canGoBack,
    perform: ({ simulation }) => void simulation.step('back'),
  },
  {
    id: 'step',
    label: 'Step forward, by the unit chosen: event, hop, TLP or transaction',
    group: 'Run',
    shortcut: { key: '.' },
    isEnabled: canStep,
    perform: ({ simulation }) => void simulation.step('forward'),
  },
  {
    id: 'stepBackHop',
    label: 'Step back by one hop',
    group: 'Run',
    shortcut: { key: '<' },
    isEnabled: canGoBack,
    perform: ({ simulation }) => void simulation.step('back', 'hop'),
  },
  {
    id: 'stepHop',
    label: 'Step forward by one hop',
    group: 'Run',
    shortcut: { key: '>' },
    isEnabled: canStep,
    perform: ({ simulation }) => void simulation.step('forward', 'hop'),
  },
  {
    id: 'goToInstant',
    label: 'Go to instant…',
    group: 'Run',
    shortcut: { key: 'j' },
    isEnabled: hasMachines,
    perform: ({ simulation }) => simulation.marks.askForInstant(),
  },
  {
    id: 'nextStop',
    label: 'Run to the next stop',
    group: 'Run',
    shortcut: { key: 'r' },
    isEnabled: (context) =>
      canStep(context) && context.simulation.marks.store.getState().stops.some((stop) => stop.isEnabled),
    perform: ({ simulation }) => simulation.runToEnd(),
  },
  {
    id: 'stops',
    label: 'Stops: breakpoints and watchpoints',
    group: 'Run',
    shortcut: { key: 's' },
    isEnabled: hasMachines,
    perform: ({ simulation }) => simulation.marks.toggle('stops'),
  },
  {
    id: 'addBookmark',
    label: 'Add a bookmark here',
    group: 'Run',
    shortcut: { key: 'b' },
    isEnabled: hasMachines,
    perform: ({ simulation }) => simulation.bookmarkHere(),
  },
  bookmarkAction('nextBookmark', 'Next bookmark', 'after'),
  bookmarkAction('previousBookmark', 'Previous bookmark', 'before'),
];

function changeSpeed(context: ActionContext, by: number): void {
  const { preferences, change } = context.preferences.getState();
  change({ speed: Math.min(SPEEDS.length - 1, Math.max(0, preferences.speed + by)) });
}

const RUN_ACTIONS: readonly Action[] = [
  {
    id: 'play',
    label: 'Play or pause',
    group: 'Run',
    shortcut: { key: ' ' },
    isEnabled: canPlay,
    perform: ({ simulation }) => void simulation.toggle(),
  },
  {
    id: 'restart',
    label: 'Back to the start',
    group: 'Run',
    shortcut: { key: 'Home' },
    isEnabled: hasMachines,
    perform: ({ simulation }) => void simulation.restart(),
  },
  {
    id: 'end',
    label: 'Run to the end',
    group: 'Run',
    shortcut: { key: 'End' },
    isEnabled: (context) => canStep(context) || context.simulation.building,
    perform: ({ simulation }) => simulation.runToEnd(),
  },
  ...TIME_ACTIONS,
  {
    id: 'slower',
    label: 'Slower',
    group: 'Run',
    shortcut: { key: '[' },
    isEnabled: always,
    perform: (context) => changeSpeed(context, -1),
  },
  {
    id: 'faster',
    label: 'Faster',
    group: 'Run',
    shortcut: { key: ']' },
    isEnabled: always,
    perform: (context) => changeSpeed(context, 1),
  },
];

const VIEW_NAMES: Readonly<Record<View, string>> = {
  race: 'Race',
  watch: 'Watch',
  why: 'Why',
  memory: 'Memory',
  inspect: 'Inspect',
  charts: 'Charts',
  edit: 'Edit',
  machine: 'Machine',
  flows: 'Flows',
  sweep: 'Sweep',
  faults: 'Faults',
  validation: 'Validation',
};

export function viewName(view: View): string {
  return VIEW_NAMES[view];
}

/** The digits in the order of the rail, 0 for the tenth. */
function viewShortcut(index: number): Shortcut | undefined {
  return index < 10 ? { key: String((index + 1) % 10) } : undefined;
}

const VIEW_ACTIONS: readonly Action[] = VIEWS.map((view, index) => ({
  id: `view-${view}`,
  label: VIEW_NAMES[view],
  group: 'Views',
  shortcut: viewShortcut(index),
  isEnabled: always,
  perform: (context) => context.view.getState().set({ view, sheetOpen: false, projector: false }),
}));

const LEDGER_ACTION: Action = {
  id: 'ledger',
  label: 'Flow ledger: every flow in numbers, nothing moves',
  group: 'Views',
  shortcut: { key: 'l' },
  isEnabled: always,
  perform: ({ view }) => {
    const { view: current, dock, projector, set } = view.getState();
    const isOpen = current === 'watch' && dock === 'ledger' && !projector;
    set({ view: 'watch', dock: isOpen ? 'throughput' : 'ledger', projector: false });
  },
};

const SCENE_ACTIONS: readonly Action[] = (
  [
    ['zoomIn', 'Zoom in', '+'],
    ['zoomOut', 'Zoom out', '-'],
    ['fit', 'Fit the machine into the scene', 'f'],
  ] as const
).map(([kind, label, key]) => ({
  id: kind,
  label,
  group: 'Views',
  shortcut: { key },
  isEnabled: always,
  perform: ({ view }) => view.getState().wish(kind),
}));

const PAGE_DIALOGS: ReadonlySet<DialogName> = new Set(['keys', 'settings', 'palette']);

function dialogAction(dialog: DialogName, label: string, key: string | undefined): Action {
  return {
    id: dialog,
    label,
    group: PAGE_DIALOGS.has(dialog) ? 'Page' : 'Document',
    shortcut: key === undefined ? undefined : { key },
    isEnabled: always,
    perform: ({ view }) => view.getState().set({ dialog }),
  };
}

const DOCUMENT_ACTIONS: readonly Action[] = [
  {
    id: 'undo',
    label: 'Undo',
    group: 'Document',
    shortcut: { key: 'z', mod: true, shift: false },
    isEnabled: ({ documents }) => documents.getState().past.length > 0,
    perform: ({ documents }) => documents.getState().undo(),
  },
  {
    id: 'redo',
    label: 'Redo',
    group: 'Document',
    shortcut: { key: 'z', mod: true, shift: true },
    isEnabled: ({ documents }) => documents.getState().future.length > 0,
    perform: ({ documents }) => documents.getState().redo(),
  },
  dialogAction('transfer', 'Choose the transfer', 't'),
  dialogAction('import', 'Import a machine', 'i'),
  dialogAction('machines', 'Machines: open, rename, save', 'g'),
];

export const ACTIONS: readonly Action[] = [
  ...RUN_ACTIONS,
  ...VIEW_ACTIONS,
  ...SCENE_ACTIONS,
  LEDGER_ACTION,
  ...DOCUMENT_ACTIONS,
  {
    ...dialogAction('palette', 'Do or find anything', undefined),
    shortcut: { key: 'k', mod: true },
    inFields: true,
  },
  {
    id: 'projector',
    label: 'Projector: large scene and type, on and off',
    group: 'Page',
    shortcut: { key: 'p' },
    isEnabled: always,
    perform: ({ view }) => view.getState().set({ projector: !view.getState().projector, sheetOpen: false }),
  },
  dialogAction('keys', 'All keys', '?'),
  dialogAction('settings', 'Settings', undefined),
];

/** The action with this id. @throws if there is none: ids are literals in our own code. */
export function actionById(id: string): Action {
  const action = ACTIONS.find((candidate) => candidate.id === id);
  if (action === undefined) throw new Error(`no action ${id}`);
  return action;
}

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** The action a key press stands for, if any. */
export function actionForKey(press: KeyPress): Action | undefined {
  if (press.altKey) return undefined;
  const mod = press.ctrlKey || press.metaKey;
  return ACTIONS.find(({ shortcut }) => {
    if (shortcut === undefined || (shortcut.mod ?? false) !== mod) return false;
    if (shortcut.shift !== undefined && shortcut.shift !== press.shiftKey) return false;
    return shortcut.key.toLowerCase() === press.key.toLowerCase();
  });
}

/** The keys of a shortcut as printed on a keyboard. */
export function shortcutKeys(shortcut: Shortcut): readonly string[] {
  const key = shortcut.key === ' ' ? 'Space' : shortcut.key.length === 1 ? shortcut.key.toUpperCase() : shortcut.key;
  return [...(shortcut.mod === true ? ['Ctrl'] : []), ...(shortcut.shift === true ? ['Shift'] : []), key];
}
