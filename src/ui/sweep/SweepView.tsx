import { Play, Square } from 'lucide-react';
import { useMemo } from 'react';
import '../styles/parameters.css';
import '../styles/sweep.css';
import { countText, integerText } from '../../base/format.ts';
import { planSweep, type SweepState } from '../../store/sweepStore.ts';
import { useDocument, useModel, useSweep } from '../model.ts';
import { SidePanel } from '../shell/SidePanel.tsx';
import { SheetButton } from '../watch/WatchView.tsx';
import { SweepChart } from './SweepChart.tsx';
import { SweepForm } from './SweepForm.tsx';

function leftText(left_ms: number | undefined): string {
  if (left_ms === undefined) return '';
  const seconds = Math.ceil(left_ms / 1000);
  if (seconds < 90) return `, about ${integerText(Math.max(1, seconds))} s left`;
  return `, about ${integerText(Math.ceil(seconds / 60))} min left`;
}

function statusText({ phase, done, total, left_ms }: SweepState): string {
  switch (phase) {
    case 'idle':
      return '';
    case 'running':
      return `${done} of ${total} runs${leftText(left_ms)}`;
    case 'ended':
      return countText(total, 'run') + ' done';
    case 'cancelled':
      return `Cancelled after ${done} of ${total} runs`;
  }
}

/** Run, cancel, and how far it is. */
function RunBar() {
  const { sweep } = useModel();
  const document = useDocument((state) => state.document);
  const state = useSweep((all) => all);
  const plan = useMemo(() => planSweep(state.draft, document), [state.draft, document]);
  const running = state.phase === 'running';
  return (
    <header className="sweep-run">
      <h1>Sweep</h1>
      {running ? (
        <button type="button" className="button" onClick={() => sweep.cancel()}>
          <Square size={13} aria-hidden="true" />
          Cancel
        </button>
      ) : (
        <button
          type="button"
          className="button primary"
          disabled={'message' in plan}
          onClick={() => void sweep.start(document)}
        >
          <Play size={14} aria-hidden="true" />
          Run the sweep
        </button>
      )}
      <progress
        className="sweep-progress"
        aria-label="Runs done"
        max={Math.max(1, state.total)}
        value={state.phase === 'idle' ? 0 : state.done}
      />
      <p className="sweep-said">{statusText(state)}</p>
    </header>
  );
}

function EmptyChart() {
  return (
    <div className="sweep-empty">
      <h2>No sweep yet</h2>
      <p>
        A sweep runs this machine once for each value and way, each time from the start to the last byte, and draws what
        came out. Nothing changes in the machine that is open. Choose at the side what to vary, then run it.
      </p>
    </div>
  );
}

/** One setting varied over many machines, each run to its end beside the page. */
export function SweepView() {
  const result = useSweep((state) => state.result);
  return (
    <div className="sweep">
      <section className="sweep-main" aria-label="Sweep">
        <RunBar />
        {result === undefined ? <EmptyChart /> : <SweepChart result={result} />}
        <SheetButton />
      </section>
      <SidePanel label="What to vary">
        <div className="side-scroll">
          <header className="panel-head">
            <h2>What to vary</h2>
          </header>
          <SweepForm />
        </div>
      </SidePanel>
    </div>
  );
}
