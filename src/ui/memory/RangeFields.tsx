import { useId, type ReactNode } from 'react';
import { addressText, sizeText } from '../../base/format.ts';
import type { RangeDraft } from './useRange.ts';

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly problem: string | undefined;
  readonly help: string;
  readonly onChange: (text: string) => void;
  readonly isFirst?: boolean;
  readonly children?: ReactNode;
}

/** One line of text, with what is wrong with it or what it is for. */
export function TextField({ label, value, problem, help, onChange, isFirst = false, children }: TextFieldProps) {
  const id = useId();
  return (
    <div className="memory-field">
      <label htmlFor={id}>{label}</label>
      <div className="memory-field-row">
        <input
          id={id}
          className="input mono"
          value={value}
          spellCheck={false}
          autoComplete="off"
          aria-invalid={problem !== undefined}
          aria-describedby={`${id}-help`}
          data-first-focus={isFirst ? '' : undefined}
          onChange={(event) => onChange(event.target.value)}
        />
        {children}
      </div>
      <p id={`${id}-help`} className={problem === undefined ? 'hint' : 'hint hint-bad'}>
        {problem ?? help}
      </p>
    </div>
  );
}

/** Where a range begins and how long it is. */
export function RangeFields({ draft }: { readonly draft: RangeDraft }) {
  const { range } = draft;
  return (
    <div className="memory-pair">
      <TextField
        label="From"
        value={draft.start}
        problem={draft.startProblem}
        help="Offset, bus address or name."
        onChange={draft.setStart}
        isFirst
      />
      <TextField
        label="Length"
        value={draft.length}
        problem={draft.lengthProblem}
        help={
          range === undefined
            ? 'For example 4 KiB or 0x100.'
            : `${sizeText(range.lengthBytes)}, last offset ${addressText(range.offset + range.lengthBytes - 1)}.`
        }
        onChange={draft.setLength}
      />
    </div>
  );
}
