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
import { App } from './App.tsx';
import { createModel } from './createModel.ts';
import { Failure } from './shell/Failure.tsx';
import { ModelContext } from './model.ts';

/** Puts the page into the document. */
export function mount(): void {
  const root = document.querySelector('#root');
  invariant(root !== null, () => 'index.html has no #root');
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
