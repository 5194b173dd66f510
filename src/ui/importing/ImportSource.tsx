import { Check, FileUp, LoaderCircle, OctagonX } from 'lucide-react';
import { useId, useRef, useState, type ClipboardEvent } from 'react';
import { integerText } from '../../base/format.ts';
import type { ImportResult } from '../../import/importText.ts';
import { LineList } from './LineList.tsx';
import type { MarkedText } from './importMessages.ts';
import { isTooLong, type ImportState } from './useImport.ts';

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

interface SourceProps {
  readonly state: ImportState;
  readonly giveText: (text: string) => void;
  readonly giveFiles: (files: readonly File[]) => Promise<void>;
}

/** The button that opens the browser's file chooser. */
function FileButton({ onFiles }: { readonly onFiles: (files: readonly File[]) => void }) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
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
          if (files.length > 0) onFiles(files);
        }}
      />
    </>
  );
}

interface TextFieldProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  /** A paste replaces what was there: show what it is. */
  readonly onPasted: () => void;
}

function TextField({ text, onText, onPasted }: TextFieldProps) {
  const id = useId();
  const onPaste = (event: ClipboardEvent): void => {
    const pasted = event.clipboardData.getData('text/plain');
    if (!isTooLong(pasted)) return onPasted();
    event.preventDefault();
    return onText(pasted);
  };
  return (
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
        value={text}
        onPaste={onPaste}
        onChange={(event) => onText(event.target.value)}
      />
    </>
  );
}

interface TextSelectProps {
  readonly texts: readonly MarkedText[];
  readonly shown: number;
  readonly onShow: (shown: number) => void;
}

function TextSelect({ texts, shown, onShow }: TextSelectProps) {
  return (
    <select
      className="select"
      aria-label="Which file"
      value={shown}
      onChange={(event) => onShow(Number(event.target.value))}
    >
      {texts.map((text, index) => (
        <option key={text.name} value={index}>
          {text.name}
        </option>
      ))}
    </select>
  );
}

/** The left half: a text field until something is understood, then its lines with what became of each. */
export function ImportSource({ state, giveText, giveFiles }: SourceProps) {
  const [editing, setEditing] = useState(false);
  const [shown, setShown] = useState(0);
  const { inputs, outcome, texts } = state;
  const text = texts[Math.min(shown, texts.length - 1)];
  const showLines = text !== undefined && !editing;
  const onFiles = (files: readonly File[]): void => {
    setEditing(false);
    void giveFiles(files);
  };
  return (
    <div className="import-source">
      <div className="import-bar">
        <Recognition state={state} />
        {texts.length > 1 && showLines ? <TextSelect texts={texts} shown={shown} onShow={setShown} /> : undefined}
        {text !== undefined && inputs.length === 1 ? (
          <button type="button" className="button small" onClick={() => setEditing(!editing)}>
            {editing ? 'Show the lines' : 'Edit the text'}
          </button>
        ) : undefined}
        <FileButton onFiles={onFiles} />
      </div>
      {showLines ? (
        <LineList text={text} />
      ) : (
        <TextField
          text={inputs.length === 1 ? (inputs[0]?.text ?? '') : ''}
          onText={giveText}
          onPasted={() => setEditing(false)}
        />
      )}
      {outcome?.ok === true ? <LineCounts result={outcome.value} /> : undefined}
    </div>
  );
}
