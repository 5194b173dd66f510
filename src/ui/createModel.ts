/* Makes the page's stores and joins them to engines. Reads the browser once; everything after is stores. */
import { createClient } from '../engine/client.ts';
import { isolationState } from '../engine/isolation.ts';
import { createAnnouncer } from '../store/announcer.ts';
import { createDocumentStore, startDocument, type DocumentStart } from '../store/documentStore.ts';
import { FaultLab } from '../store/faultLab.ts';
import { createFollowStore } from '../store/followStore.ts';
import { createInspectStore } from '../store/inspectStore.ts';
import { Library } from '../store/library.ts';
import { lastMachine } from '../store/libraryIndex.ts';
import { openTabLine, silentLine } from '../store/libraryTabs.ts';
import { openBrowserStore, pageStore } from '../store/localStore.ts';
import { MemoryDesk } from '../store/memoryDesk.ts';
import { createPanels } from '../store/panels.ts';
import { createPreferences } from '../store/preferences.ts';
import { Simulation } from '../store/simulation.ts';
import { followInInspect } from '../store/timeInspect.ts';
import { followMachine } from '../store/timeKeeping.ts';
import { slotsFor } from '../store/sweepPool.ts';
import { SweepLab } from '../store/sweepStore.ts';
import { readUrl } from '../store/urlState.ts';
import { createViewStore } from '../store/viewStore.ts';
import { GainLab } from '../store/whyGain.ts';
import { invariant } from '../base/invariant.ts';
import { findPreset, presets, type Preset } from '../topology/presets/presets.ts';
import { parseDocument } from '../topology/parseDocument.ts';
import type { PageModel } from './model.ts';
import { installTestHook } from './testHook.ts';

function fromPreset(preset: Preset, notice?: string): DocumentStart {
  return { document: preset.document, origin: { from: 'preset', preset: preset.id }, notice };
}

/** The whole state of the page, with its machines being built. */
export function createModel(): PageModel {
  const url = readUrl(window.location.search);
  const local = url.keeps ? openBrowserStore() : pageStore();
  const first = presets[0];
  invariant(first !== undefined, () => 'there is no preset');
  const wished = url.preset === undefined ? undefined : findPreset(url.preset);
  const unknown =
    url.preset !== undefined && wished === undefined
      ? fromPreset(first, `There is no preset called ${url.preset}; the default machine was opened.`)
      : undefined;
  const last = lastMachine(local, parseDocument);
  const start = startDocument(
    local,
    parseDocument,
    fromPreset(first),
    wished === undefined ? (unknown ?? last?.start) : fromPreset(wished),
  );
  const documents = createDocumentStore(local, start);
  const library = new Library(
    {
      local,
      documents,
      read: parseDocument,
      line: url.keeps ? openTabLine() : silentLine,
      // Not randomUUID: a page served without TLS has none.
      newId: () => Array.from(crypto.getRandomValues(new Uint32Array(3)), (part) => part.toString(36)).join('-'),
      now_ms: () => Date.now(),
    },
    start === last?.start ? last.id : undefined,
  );
  window.addEventListener('pagehide', () => library.flush());
  const preferences = createPreferences(local);
  const view = createViewStore(url.view ?? 'race');
  const announcer = createAnnouncer();
  const simulation = new Simulation({
    documents,
    preferences,
    view,
    announcer,
    makeClient: createClient,
    seed: url.seed,
    local,
  });
  const inspect = createInspectStore();
  followInInspect(simulation, inspect);
  followMachine(simulation.marks, documents, library.store);
  const faultLab = new FaultLab(simulation.session);
  simulation.onBranch((lane, at_ps) => faultLab.forgetAfter(lane, at_ps));
  simulation.start();
  if (url.testing) installTestHook(simulation, documents);
  return {
    documents,
    preferences,
    view,
    announcer,
    simulation,
    faultLab,
    sweep: new SweepLab({
      makeClient: () => createClient(false),
      announcer,
      slots: slotsFor(navigator.hardwareConcurrency, globalThis.Worker !== undefined),
      seed: url.seed,
      now_ms: () => performance.now(),
    }),
    gains: new GainLab({
      makeClient: () => createClient(false),
      announcer,
      slots: slotsFor(navigator.hardwareConcurrency, globalThis.Worker !== undefined),
      seed: url.seed,
    }),
    inspect,
    memoryDesk: new MemoryDesk(simulation.session, announcer),
    follow: createFollowStore(),
    local,
    library,
    panels: createPanels(local),
    url,
    isolation: isolationState(),
    makeClient: createClient,
  };
}
