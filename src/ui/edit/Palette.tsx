import { PanelLeftClose, PanelLeftOpen, Search, X } from 'lucide-react';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import type { Part, PartGroup, PartOption } from '../../topology/edit/api.ts';
import { PARTS } from '../../topology/edit/catalogue.ts';
import { holdingOf } from '../../store/editorState.ts';
import { startDrag } from './drag.ts';
import { PartGlyph } from './PartGlyph.tsx';
import { useDesk, useEditor, useEditorState } from './useEditor.ts';

const GROUPS: readonly PartGroup[] = ['Endpoints', 'Fabric', 'Host'];

/** Parts whose name or key fits what was typed; the key first. */
function partsFor(query: string): readonly Part[] {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return PARTS;
  const byKey = PARTS.filter((part) => part.key === wanted);
  const rest = PARTS.filter(
    (part) => part.key !== wanted && `${part.label} ${part.help}`.toLowerCase().includes(wanted),
  );
  const starts = rest.filter((part) => part.label.toLowerCase().startsWith(wanted));
  return [...byKey, ...starts, ...rest.filter((part) => !starts.includes(part))];
}

/** One hairline a lane. */
function Lanes({ part }: { readonly part: Part }) {
  if (part.link === undefined || part.group !== 'Endpoints') return <span className="part-fact">{part.fact}</span>;
  const { width, gen } = part.link;
  return (
    <span className="part-lanes" title={`Gen${gen} x${width}`}>
      <span className="visually-hidden">{`Gen${gen} x${width}`}</span>
      {Array.from({ length: width }, (_, lane) => (
        <i key={lane} />
      ))}
    </span>
  );
}

function OptionField({ part, option }: { readonly part: Part; readonly option: PartOption }) {
  const editor = useEditor();
  const value = useDesk((state) => state.options[part.id]?.[option.id]) ?? option.standard;
  const [text, setText] = useState(String(value));
  const typed = Number(text);
  const good = Number.isInteger(typed) && typed >= option.minimum && typed <= option.maximum;
  return (
    <label className="part-option">
      {option.label}
      <input
        className="input"
        inputMode="numeric"
        value={text}
        aria-invalid={!good}
        title={`${option.minimum} to ${option.maximum}`}
        onChange={(event) => {
          setText(event.target.value);
          const number = Number(event.target.value);
          if (Number.isInteger(number) && number >= option.minimum && number <= option.maximum)
            editor.setOption(part.id, { [option.id]: number });
        }}
        onBlur={() => setText(String(value))}
      />
    </label>
  );
}

/** Up and down among the rows and the field above them. */
function onWalk(event: KeyboardEvent<HTMLElement>): void {
  const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  const palette = event.currentTarget.closest('.palette');
  if (by === 0 || palette === null) return;
  const all = [...palette.querySelectorAll<HTMLElement>('.palette-field, .part-row')];
  const at = all.indexOf(event.currentTarget);
  const next = all[at + by];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

function PartRow({ part }: { readonly part: Part }) {
  const editor = useEditor();
  const carried = useEditorState((state) => {
    const subject = holdingOf(state.mode)?.subject;
    return subject?.kind === 'part' && subject.request.part === part.id;
  });
  return (
    <li>
      <button
        type="button"
        className={carried ? 'part-row part-carried' : 'part-row'}
        title={part.help}
        onPointerDown={(event) => {
          if (event.button === 0)
            startDrag(editor, event, { kind: 'part', request: editor.requestOf(part.id) }, part.label);
        }}
        onKeyDown={onWalk}
        onClick={() => editor.choosePart(part.id)}
      >
        <PartGlyph icon={part.icon} />
        <span className="part-label">{part.label}</span>
        <Lanes part={part} />
      </button>
      {part.options.map((option) => (
        <OptionField key={option.id} part={part} option={option} />
      ))}
    </li>
  );
}

function AddTo() {
  const editor = useEditor();
  const addTo = useDesk((state) => state.addTo);
  if (addTo === undefined) return undefined;
  return (
    <p className="palette-to">
      <span>
        Adds to <strong>{editor.placeName(addTo)}</strong>
      </span>
      <button
        type="button"
        className="icon-button small"
        aria-label="Choose the place afterwards"
        onClick={() => editor.desk.setState({ addTo: undefined })}
      >
        <X size={14} aria-hidden="true" />
      </button>
    </p>
  );
}

/** What a machine is made of: drag a row onto the machine, or choose it and then a place. */
export function Palette() {
  const editor = useEditor();
  const open = useDesk((state) => state.paletteOpen);
  const [query, setQuery] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    editor.onFocus('palette', () => {
      field.current?.focus();
      field.current?.select();
    });
    return () => editor.onFocus('palette', undefined);
  }, [editor]);
  if (!open) {
    return (
      <div className="palette palette-closed">
        <button
          type="button"
          className="icon-button"
          aria-label="Show the palette"
          onClick={() => editor.desk.setState({ paletteOpen: true })}
        >
          <PanelLeftOpen size={17} aria-hidden="true" />
        </button>
      </div>
    );
  }
  const parts = partsFor(query);
  const first = parts[0];
  return (
    <section className="palette" aria-label="Palette">
      <div className="palette-search">
        <Search size={15} aria-hidden="true" />
        <input
          ref={field}
          type="search"
          className="palette-field"
          aria-label="Add a device"
          placeholder="Add a device"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => {
            onWalk(event);
            if (event.key === 'Escape') setQuery('');
            if (event.key !== 'Enter' || first === undefined) return;
            event.preventDefault();
            setQuery('');
            editor.choosePart(first.id);
          }}
        />
        <kbd aria-hidden="true">A</kbd>
      </div>
      <AddTo />
      <div className="palette-scroll">
        {query.trim() === '' ? (
          GROUPS.map((group) => (
            <section key={group} aria-label={group}>
              <h2>{group}</h2>
              <ul>
                {parts
                  .filter((part) => part.group === group)
                  .map((part) => (
                    <PartRow key={part.id} part={part} />
                  ))}
              </ul>
            </section>
          ))
        ) : parts.length === 0 ? (
          <p className="palette-none">{`No part is called “${query.trim()}”.`}</p>
        ) : (
          <ul aria-label="Parts found">
            {parts.map((part) => (
              <PartRow key={part.id} part={part} />
            ))}
          </ul>
        )}
      </div>
      <footer className="palette-foot">
        <button type="button" className="button small" onClick={() => editor.newMachine()}>
          New machine
        </button>
        <button
          type="button"
          className="icon-button small"
          aria-label="Hide the palette"
          onClick={() => editor.desk.setState({ paletteOpen: false })}
        >
          <PanelLeftClose size={15} aria-hidden="true" />
        </button>
      </footer>
    </section>
  );
}
