import type { DragEvent } from 'react';
import '../styles/import.css';
import type { Diagnostic } from '../../base/diagnostic.ts';
import { useDocument, useModel, useView } from '../model.ts';
import { Dialog } from '../widgets/Dialog.tsx';
import { ImportPreview } from './ImportPreview.tsx';
import { ImportSource } from './ImportSource.tsx';
import { useImport } from './useImport.ts';

function Problems({ problems }: { readonly problems: readonly Diagnostic[] }) {
  return (
    <div className="import-problems" role="alert">
      <h3>This text cannot be opened</h3>
      <ul>
        {problems.map((problem) => (
          <li key={`${problem.code} ${problem.path} ${problem.message}`}>
            <strong>
              {problem.path === '' ? '' : `${problem.path}: `}
              {problem.message}
            </strong>
            <span>{problem.fix}</span>
          </li>
        ))}
      </ul>
      <p className="muted">Your text is kept, and the machine on the page has not changed.</p>
    </div>
  );
}

function Waiting() {
  return (
    <div className="import-waiting">
      <h3>Preview</h3>
      <p>On the server you want to look at, run</p>
      <pre>sudo lspci -vvv -xxxx</pre>
      <p>
        As root, because the registers behind link widths, ACS and sizes are hidden from others. Serial numbers and MAC
        addresses are removed before anything else reads the text.
      </p>
      <p>Nothing is opened until you say so.</p>
    </div>
  );
}

/** A machine from the text a server prints. Nothing on the page changes until Open. */
export function ImportDialog({ onClose }: { readonly onClose: () => void }) {
  const { announcer } = useModel();
  const { state, giveText, giveFiles } = useImport();
  const open = useDocument((documents) => documents.open);
  const set = useView((view) => view.set);
  const { outcome } = state;
  const accept = (): void => {
    if (outcome?.ok !== true) return;
    const { document } = outcome.value;
    open(`Import “${document.name}”`, document, { from: 'import' });
    set({ pair: undefined, selection: undefined, memory: undefined });
    announcer.say(`${document.name} opened.`);
    onClose();
  };
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    const files = [...event.dataTransfer.files];
    if (files.length > 0) void giveFiles(files);
    else giveText(event.dataTransfer.getData('text/plain'));
  };
  return (
    <Dialog
      title="Import your machine"
      subtitle="Paste text or drop a file. Nothing leaves this browser."
      size="large"
      onClose={onClose}
      footer={
        <>
          <p>Opens in place of the machine on the page; undo brings that one back.</p>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="button" className="button primary" disabled={outcome?.ok !== true} onClick={accept}>
            Open machine
          </button>
        </>
      }
    >
      {/* Dropping is the pointer's way; the keyboard has paste and the file button. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div className="import" onDragOver={(event) => event.preventDefault()} onDrop={onDrop}>
        <ImportSource state={state} giveText={giveText} giveFiles={giveFiles} />
        <div className="import-preview" aria-live="polite" aria-busy={state.working}>
          {outcome === undefined ? (
            <Waiting />
          ) : outcome.ok ? (
            <ImportPreview result={outcome.value} />
          ) : (
            <Problems problems={outcome.error} />
          )}
        </div>
      </div>
    </Dialog>
  );
}
