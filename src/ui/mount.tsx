import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { invariant } from '../base/invariant.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/widgets.css';
import './styles/shell.css';
import './styles/race.css';
import './styles/watch.css';
import './styles/transfer.css';
import { readUrl } from '../store/urlState.ts';
import { App } from './App.tsx';
import { createModel } from './createModel.ts';
import { Failure } from './shell/Failure.tsx';
import { ModelContext } from './model.ts';

/** `?bench=packets&count=N`: nothing but a scene full of packets, for measuring frames. */
async function mountBench(root: Element, count: number): Promise<void> {
  const { startPacketBench } = await import('../render/benchPackets.ts');
  const stage = document.createElement('main');
  stage.className = 'bench-stage';
  root.append(stage);
  startPacketBench(stage, count);
}

/** Puts the page into the document. */
export function mount(): void {
  const root = document.querySelector('#root');
  invariant(root !== null, () => 'index.html has no #root');
  const { bench } = readUrl(window.location.search);
  if (bench !== undefined) {
    void mountBench(root, bench.count);
    return;
  }
  createRoot(root).render(
    <StrictMode>
      <Failure>
        <ModelContext value={createModel()}>
          <App />
        </ModelContext>
      </Failure>
    </StrictMode>,
  );
}
