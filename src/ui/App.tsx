import { lazy, Suspense, useEffect, useLayoutEffect } from 'react';
import { frameLoop } from '../render/frameLoop.ts';
import { actionForKey } from '../store/actions.ts';
import { LANE_IDS } from '../store/session.ts';
import { withoutPreset, withView } from '../store/urlState.ts';
import { Announcements } from './shell/Announcements.tsx';
import { PrintSheet } from './shell/PrintSheet.tsx';
import { usePanelStyle } from './shell/PanelEdge.tsx';
import { Rail } from './shell/Rail.tsx';
import { TopBar } from './shell/TopBar.tsx';
import { TimeBar } from './time/TimeBar.tsx';
import { useDocument, useModel, usePreferences, useView } from './model.ts';
import { RaceView } from './race/RaceView.tsx';
import { useMedia, VIEWER_QUERY } from './useMedia.ts';
import { TransferDialog } from './transfer/TransferDialog.tsx';

const WatchView = lazy(() => import('./watch/WatchView.tsx').then((module) => ({ default: module.WatchView })));
const WhyView = lazy(() => import('./why/WhyView.tsx').then((module) => ({ default: module.WhyView })));
const MemoryView = lazy(() => import('./memory/MemoryView.tsx').then((module) => ({ default: module.MemoryView })));
const EditView = lazy(() => import('./edit/EditView.tsx').then((module) => ({ default: module.EditView })));
const InspectView = lazy(() => import('./inspect/InspectView.tsx').then((module) => ({ default: module.InspectView })));
const MachineView = lazy(() => import('./machine/MachineView.tsx').then((module) => ({ default: module.MachineView })));
const FlowsView = lazy(() => import('./flows/FlowsView.tsx').then((module) => ({ default: module.FlowsView })));
const SweepView = lazy(() => import('./sweep/SweepView.tsx').then((module) => ({ default: module.SweepView })));
const ChartsView = lazy(() => import('./chartsView/ChartsView.tsx').then((module) => ({ default: module.ChartsView })));
const FaultsView = lazy(() => import('./faults/FaultsView.tsx').then((module) => ({ default: module.FaultsView })));
const ValidationView = lazy(() =>
  import('./validation/ValidationView.tsx').then((module) => ({ default: module.ValidationView })),
);
const MeasurementNote = lazy(() =>
  import('./validation/MeasurementNote.tsx').then((module) => ({ default: module.MeasurementNote })),
);
const ImportDialog = lazy(() =>
  import('./importing/ImportDialog.tsx').then((module) => ({ default: module.ImportDialog })),
);
const KeysDialog = lazy(() => import('./shell/KeysDialog.tsx').then((module) => ({ default: module.KeysDialog })));
const PaletteDialog = lazy(() =>
  import('./shell/PaletteDialog.tsx').then((module) => ({ default: module.PaletteDialog })),
);
const GalleryDialog = lazy(() =>
  import('./documents/GalleryDialog.tsx').then((module) => ({ default: module.GalleryDialog })),
);
const Projector = lazy(() => import('./shell/Projector.tsx').then((module) => ({ default: module.Projector })));
const SettingsDialog = lazy(() =>
  import('./shell/SettingsDialog.tsx').then((module) => ({ default: module.SettingsDialog })),
);
const ViewerPage = lazy(() => import('./viewer/ViewerPage.tsx').then((module) => ({ default: module.ViewerPage })));

/** Controls that use a key themselves keep it. */
function keyBelongsTo(target: EventTarget | null, key: string, inFields: boolean): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest('dialog[open]') !== null) return true;
  if (inFields) return false;
  if (target.matches('textarea, select') || target.isContentEditable) return true;
  if (target instanceof HTMLInputElement) {
    if (target.type === 'range') return key === 'Home' || key === 'End';
    return (target.type !== 'radio' && target.type !== 'checkbox') || key === ' ';
  }
  return key === ' ' && target.closest('button, a, summary') !== null;
}

/** One listener for every shortcut of the action table. */
function useShortcuts(): void {
  const model = useModel();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented) return;
      const action = actionForKey(event);
      if (action === undefined || keyBelongsTo(event.target, event.key, action.inFields === true)) return;
      if (!action.isEnabled(model)) return;
      event.preventDefault();
      action.perform(model);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [model]);
}

/** The clock ticks and the hop rings are emptied in the change phase of every frame. */
function useClock(): void {
  const { simulation } = useModel();
  useEffect(
    () =>
      frameLoop().subscribe('change', (_now_ms, elapsed_ms) => {
        simulation.player.tick(elapsed_ms);
        const { lanes } = simulation.session.store.getState();
        for (const lane of LANE_IDS) lanes[lane].hops?.pump();
      }),
    [simulation],
  );
}

/** Theme on the root element; the address follows the view and forgets a preset that is no longer shown. */
function usePageState(): void {
  const theme = usePreferences((state) => state.preferences.theme);
  const view = useView((state) => state.view);
  const origin = useDocument((state) => state.origin);
  const changed = useDocument((state) => state.past.length > 0);
  // Before the scenes' own effects read the colours again.
  useLayoutEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  useEffect(() => {
    const search =
      origin.from === 'preset' && !changed ? window.location.search : withoutPreset(window.location.search);
    const next = withView(search, view);
    if (next !== window.location.search) window.history.replaceState(undefined, '', next + window.location.hash);
  }, [view, origin, changed]);
}

function CurrentView() {
  const view = useView((state) => state.view);
  switch (view) {
    case 'race':
      return <RaceView />;
    case 'watch':
      return <WatchView />;
    case 'why':
      return <WhyView />;
    case 'memory':
      return <MemoryView />;
    case 'inspect':
      return <InspectView />;
    case 'charts':
      return <ChartsView />;
    case 'edit':
      return <EditView />;
    case 'machine':
      return <MachineView />;
    case 'flows':
      return <FlowsView />;
    case 'sweep':
      return <SweepView />;
    case 'faults':
      return <FaultsView />;
    case 'validation':
      return <ValidationView />;
  }
}

/** Above every view but the one that says it all. */
function CurrentMeasurement() {
  const measurement = useDocument((state) => state.document.measurement);
  const view = useView((state) => state.view);
  if (measurement === undefined || view === 'validation') return undefined;
  return (
    <Suspense fallback={undefined}>
      <MeasurementNote measurement={measurement} />
    </Suspense>
  );
}

function CurrentDialog() {
  const { view } = useModel();
  const dialog = useView((state) => state.dialog);
  // A dialog may hear of its end when another has been asked for; it closes no other than itself.
  const onClose = (): void => {
    if (view.getState().dialog === dialog) view.getState().set({ dialog: undefined });
  };
  switch (dialog) {
    case undefined:
      return undefined;
    case 'import':
      return <ImportDialog onClose={onClose} />;
    case 'transfer':
      return <TransferDialog onClose={onClose} />;
    case 'keys':
      return <KeysDialog onClose={onClose} />;
    case 'palette':
      return <PaletteDialog onClose={onClose} />;
    case 'machines':
      return <GalleryDialog onClose={onClose} />;
    case 'settings':
      return <SettingsDialog onClose={onClose} />;
  }
}

/** A view whose code is on its way. */
const LOADING = <div className="view-loading" />;

/** The page for this width, or the one for a room. */
function Page() {
  const projector = useView((state) => state.projector);
  const panelStyle = usePanelStyle();
  const viewer = useMedia(VIEWER_QUERY);
  if (viewer) {
    return (
      <Suspense fallback={LOADING}>
        <ViewerPage />
        <Announcements />
      </Suspense>
    );
  }
  if (projector) {
    return (
      <Suspense fallback={LOADING}>
        <Projector />
        <CurrentDialog />
        <Announcements />
      </Suspense>
    );
  }
  return (
    <div className="app">
      <a className="skip-link" href="#main">
        Skip to the machine
      </a>
      <Rail />
      <TopBar />
      <TimeBar />
      <main id="main" tabIndex={-1} style={panelStyle}>
        <CurrentMeasurement />
        <Suspense fallback={LOADING}>
          <CurrentView />
        </Suspense>
      </main>
      <Suspense fallback={undefined}>
        <CurrentDialog />
      </Suspense>
      <Announcements />
    </div>
  );
}

export function App() {
  useShortcuts();
  useClock();
  usePageState();
  return (
    <>
      <PrintSheet />
      <Page />
    </>
  );
}
