// A combobox that completes part of a text: neither select nor datalist can do that.
/* oxlint-disable jsx-a11y/prefer-tag-over-role */
import { Search, X } from 'lucide-react';
import { useId, useRef, useState, type KeyboardEvent } from 'react';
import { completeFilter, type FilterNames, type Suggestion } from '../../store/inspectFilter.ts';
import type { FilterError } from '../../store/inspectFilterText.ts';

const MOST_SHOWN = 40;

interface FilterFieldProps {
  readonly value: string;
  readonly names: FilterNames;
  readonly error: FilterError | undefined;
  readonly onChange: (text: string) => void;
}

interface Open {
  readonly from: number;
  readonly to: number;
  readonly suggestions: readonly Suggestion[];
  readonly current: number;
}

/** Where the text is wrong: the place underlined below it, and the reason. */
function FilterTrouble({
  id,
  text,
  error,
}: {
  readonly id: string;
  readonly text: string;
  readonly error: FilterError;
}) {
  return (
    <output id={id} className="filter-trouble">
      <code aria-hidden="true">
        {text.slice(0, error.at)}
        <mark>{text.slice(error.at, error.at + error.length) || ' '}</mark>
        {text.slice(error.at + error.length)}
      </code>
      <span>{`Character ${error.at + 1}: ${error.message}`}</span>
    </output>
  );
}

/** The filter with its completion: a combobox by the ARIA practices. Tab and Enter take the current suggestion. */
export function FilterField({ value, names, error, onChange }: FilterFieldProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState<Open>();
  const suggest = (text: string, caret: number): void => {
    const { from, to, suggestions } = completeFilter(text, caret, names);
    setOpen(
      suggestions.length === 0 ? undefined : { from, to, suggestions: suggestions.slice(0, MOST_SHOWN), current: -1 },
    );
  };
  const take = (suggestion: Suggestion): void => {
    if (open === undefined) return;
    const text = `${value.slice(0, open.from)}${suggestion.text} ${value.slice(open.to).trimStart()}`;
    const caret = open.from + suggestion.text.length + 1;
    onChange(text);
    suggest(text, caret);
    requestAnimationFrame(() => input.current?.setSelectionRange(caret, caret));
  };
  const move = (by: number): void => {
    if (open === undefined) return;
    const count = open.suggestions.length;
    const current = open.current < 0 ? (by > 0 ? 0 : count - 1) : (open.current + by + count) % count;
    setOpen({ ...open, current });
    document.getElementById(`${id}-${current}`)?.scrollIntoView({ block: 'nearest' });
  };
  const onKey = (event: KeyboardEvent<HTMLInputElement>): void => {
    const chosen = open?.suggestions[open.current];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (open === undefined) suggest(value, event.currentTarget.selectionStart ?? value.length);
      else move(event.key === 'ArrowDown' ? 1 : -1);
    } else if ((event.key === 'Enter' || event.key === 'Tab') && chosen !== undefined) {
      event.preventDefault();
      take(chosen);
    } else if (event.key === 'Enter') setOpen(undefined);
    else if (event.key === 'Escape' && open !== undefined) {
      event.preventDefault();
      setOpen(undefined);
    }
  };
  return (
    <div className="filter-field">
      <Search size={14} aria-hidden="true" />
      <input
        ref={input}
        className="input mono"
        type="text"
        role="combobox"
        aria-label="Filter"
        aria-expanded={open !== undefined}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={open === undefined || open.current < 0 ? undefined : `${id}-${open.current}`}
        aria-invalid={error !== undefined}
        aria-describedby={error === undefined ? undefined : `${id}-trouble`}
        placeholder="type = MWr and length >= 128"
        spellCheck={false}
        autoComplete="off"
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
          suggest(event.target.value, event.target.selectionStart ?? event.target.value.length);
        }}
        onFocus={(event) => suggest(value, event.target.selectionStart ?? value.length)}
        onBlur={() => setOpen(undefined)}
        onKeyDown={onKey}
      />
      {value === '' ? undefined : (
        <button
          type="button"
          className="icon-button small"
          aria-label="Clear the filter"
          onClick={() => {
            onChange('');
            input.current?.focus();
          }}
        >
          <X size={14} aria-hidden="true" />
        </button>
      )}
      <div
        className="filter-list"
        id={`${id}-list`}
        role="listbox"
        aria-label="Suggestions"
        hidden={open === undefined}
      >
        {open?.suggestions.map((suggestion, index) => (
          // The field keeps the focus and takes the keys; a press is the pointer's way.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={suggestion.text}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === open.current}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(suggestion)}
          >
            <code>{suggestion.text}</code>
            <span>{suggestion.detail}</span>
          </div>
        ))}
      </div>
      {error === undefined || open !== undefined ? undefined : (
        <FilterTrouble id={`${id}-trouble`} text={value} error={error} />
      )}
    </div>
  );
}
