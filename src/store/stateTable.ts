/*
 * Where each piece of state lives. What is not in this table should not exist. Figures that change while a
 * machine runs are in shared memory (engine) and never here.
 */
export type Place =
  /** The saved document: undone, exported, shared. */
  | 'document'
  /** The address bar. */
  | 'url'
  /** localStorage of this browser: how this person likes it. */
  | 'preference'
  /** Gone with the page. */
  | 'page'
  /** Written by the engine, read by the renderer. */
  | 'shared memory';

export interface StatePlace {
  readonly state: string;
  readonly store: string;
  readonly place: Place;
}

export const STATE_PLACES: readonly StatePlace[] = [
  {
    state: 'machine: host, functions, links, registers as firmware left them',
    store: 'documentStore.document',
    place: 'document',
  },
  {
    state: 'transfer: source, destination, size, staging chunk, buffers, completion',
    store: 'documentStore.document',
    place: 'document',
  },
  { state: 'autosaved copy of the document', store: 'documentStore, key peerlane.document', place: 'preference' },
  {
    state: 'machines kept in this browser, and which one is open',
    store: 'library, keys peerlane.machines and peerlane.machine.*',
    place: 'preference',
  },
  { state: 'sizes of panels, by view', store: 'panels, key peerlane.panels', place: 'preference' },
  { state: 'what was used last in the palette', store: 'palette, key peerlane.palette', place: 'preference' },
  {
    state: 'stops and bookmarks of each machine',
    store: 'simulation.marks, key peerlane.time',
    place: 'preference',
  },
  { state: 'where runs were stopped, part of the time panel that is open', store: 'simulation.marks', place: 'page' },
  { state: 'undo and redo', store: 'documentStore.past, .future', place: 'page' },
  { state: 'what is selected, folded, copied or in the hand of the editor', store: 'editorStore', place: 'page' },
  { state: 'preset to open', store: 'urlState.preset', place: 'url' },
  { state: 'view', store: 'viewStore.view', place: 'url' },
  { state: 'testing, seed, bench', store: 'urlState', place: 'url' },
  { state: 'selection, open dialog, projector, pair under question, memory shown', store: 'viewStore', place: 'page' },
  {
    state: 'theme, motion, speed, who copies in a bounce',
    store: 'preferences, key peerlane.preferences',
    place: 'preference',
  },
  { state: 'machines as enumerated, plans, reports, failures', store: 'session', place: 'page' },
  { state: 'faults that were injected, error records that were fetched', store: 'faultLab', place: 'page' },
  {
    state: 'changes made to memories by hand with their own undo, work under way, part of the panel, address asked for',
    store: 'memoryDesk',
    place: 'page',
  },
  { state: 'cursor, selection and bytes typed in the hex view', store: 'ui/memory/useHexEdit', place: 'page' },
  {
    state: 'packet shown, filter, level and columns of the list, function whose registers are shown',
    store: 'inspectStore',
    place: 'page',
  },
  { state: 'log of packets: the newest million link crossings', store: 'session, lane.hops.log', place: 'page' },
  { state: 'transaction that is followed through the scene', store: 'followStore', place: 'page' },
  { state: 'step, speed and filter of the film of enumeration', store: 'filmPlayer', place: 'page' },
  { state: 'what is swept, points that were run', store: 'sweepStore', place: 'page' },
  { state: 'gains that were simulated, by document', store: 'whyGain', place: 'page' },
  { state: 'play, pause, step unit', store: 'player', place: 'page' },
  { state: 'checkpoints, changes made by hand, breakpoints that are set', store: 'engine', place: 'page' },
  { state: 'simulated now, counters, packets, device memory', store: 'engine', place: 'shared memory' },
];
