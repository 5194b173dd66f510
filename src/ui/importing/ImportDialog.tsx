import { Check, FileUp, LoaderCircle, OctagonX } from 'lucide-react';
import { useId, useRef, useState, type ClipboardEvent, type DragEvent } from 'react';
import '../styles/import.css';
import { integerText } from '../../base/format.ts';
import type { Diagnostic } from '../../base/diagnostic.ts';
import type { ImportResult } from '../../import/importText.ts';
import { useDocument, useModel, useView } from '../model.ts';
import { Dialog } from '../widgets/Dialog.tsx';
import { ImportPreview } from './ImportPreview.tsx';
import { LineList } from './LineList.tsx';
import { isTooLong, useImport, type ImportState } from './useImport.ts';

const ACCEPTED = '.txt,.log,.out,.lspci,.json,text/*';
const PLACEHOLDER = `sudo lspci -vvv -xxxx

Paste what it prints here, or drop a file.
lspci -vvv alone works too; what is missing is assumed and listed.`;

/** What the text was recognised as, or why it was not. */
function Recognition({ state }: { readonly state: ImportState }) {
  const { outcome, working } = state;
  if (working) {
    return (
      <p className="recognition">
        <LoaderCircle size={16} aria-hidden="true" />
        Reading …
      </p>
    );
  }
  if (outcome === undefined) {
    return <p className="recognition muted">lspci -vvv, lspci -xxxx, or both in one text</p>;
  }
  if (!outcome.ok) {
    return (
      <p className="recognition recognition-bad">
        <OctagonX size={16} aria-hidden="true" />
        <strong>Not imported</strong>
      </p>
    );
  }
  return (
    <p className="recognition">
      <Check size={16} aria-hidden="true" />
      <strong>{[...new Set(outcome.value.inputs.map((input) => input.format))].join(', ')}</strong>
      recognised
    </p>
  );
}

function LineCounts({ result }: { readonly result: ImportResult }) {
  const { counts } = result;
  const parts: readonly { readonly name: string; readonly count: number }[] = [
    { name: 'used', count: counts.used },
    { name: 'assumption', count: counts.assumption },
    { name: 'removed', count: counts.removed },
  ];
  return (
    <p className="line-counts">
      <span>{`${integerText(counts.lines)} lines`}</span>
      {parts.map((part) => (
        <span key={part.name} className={`line-${part.name}`}>
          <span className="line-mark" aria-hidden="true" />
          {`${part.name} ${integerText(part.count)}`}
        </span>
      ))}
    </p>
  );
}

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

interface SourceProps {
  readonly state: ImportState;
  readonly giveText: (text: string) => void;
  readonly giveFiles: (files: readonly File[]) => Promise<void>;
}

/** The left half: a text field until something is understood, then its lines with what became of each. */
function Source({ state, giveText, giveFiles }: SourceProps) {
  const id = useId();
  const picker = useRef<HTMLInputElement>(null);
  const [editing, setEditing] = useState(false);
  const [shown, setShown] = useState(0);
  const { inputs, outcome, texts } = state;
  const text = texts[Math.min(shown, texts.length - 1)];
  const showLines = text !== undefined && !editing;
  const onPaste = (event: ClipboardEvent): void => {
    const pasted = event.clipboardData.getData('text/plain');
    if (!isTooLong(pasted)) return setEditing(false);
    event.preventDefault();
    return giveText(pasted);
  };
  return (
    <div className="import-source">
      <div className="import-bar">
        <Recognition state={state} />
        {texts.length > 1 && showLines ? (
          <select
            className="select"
            aria-label="Which file"
            value={shown}
            onChange={(event) => setShown(Number(event.target.value))}
          >
            {texts.map((one, index) => (
              <option key={one.name} value={index}>
                {one.name}
              </option>
            ))}
          </select>
        ) : undefined}
        {showLines && inputs.length === 1 ? (
          <button type="button" className="button small" onClick={() => setEditing(true)}>
            Edit the text
          </button>
        ) : undefined}
        {editing && text !== undefined ? (
          <button type="button" className="button small" onClick={() => setEditing(false)}>
            Show the lines
          </button>
        ) : undefined}
        <button type="button" className="button small" onClick={() => picker.current?.click()}>
          <FileUp size={15} aria-hidden="true" />
          Choose files
        </button>
        <input
          ref={picker}
          type="file"
          className="visually-hidden"
          tabIndex={-1}
          aria-label="Files with lspci output"
          accept={ACCEPTED}
          multiple
          onChange={(event) => {
            const files = [...(event.target.files ?? [])];
            event.target.value = '';
            setEditing(false);
            if (files.length > 0) void giveFiles(files);
          }}
        />
      </div>
      {showLines ? (
        <LineList text={text} />
      ) : (
        <>
          <label htmlFor={id} className="visually-hidden">
            Output of lspci
          </label>
          <textarea
            id={id}
            className="import-text"
            data-first-focus
            spellCheck={false}
            autoComplete="off"
            placeholder={PLACEHOLDER}
            value={inputs.length === 1 ? inputs[0]?.text : ''}
            onPaste={onPaste}
            onChange={(event) => giveText(event.target.value)}
          />
        </>
      )}
      {outcome?.ok === true ? <LineCounts result={outcome.value} /> : undefined}
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
        <Source state={state} giveText={giveText} giveFiles={giveFiles} />
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
