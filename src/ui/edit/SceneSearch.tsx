import { Search } from 'lucide-react';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { shortBdf } from '../../base/format.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import { useDocument, useLane } from '../model.ts';
import { KIND_WORDS } from '../machine/kindWords.ts';
import { useEditor } from './useEditor.ts';

const MOST_FOUND = 8;

interface Found {
  readonly node: NodeId;
  readonly name: string;
  readonly bdf: string;
  readonly kind: string;
}

function useFound(query: string): readonly Found[] {
  const document = useDocument((state) => state.document);
  const { machine } = useLane('direct');
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return [];
  const bdfs = new Map(machine?.functions.map((fn) => [fn.id, fn.bdf === undefined ? '' : shortBdf(fn.bdf)]));
  const all = document.functions.map((fn) => ({
    node: fn.id,
    name: fn.name,
    bdf: bdfs.get(fn.id) ?? '',
    kind: KIND_WORDS[fn.kind],
  }));
  const fits = ({ node, name, bdf, kind }: Found): boolean =>
    `${name} ${node} ${bdf} ${kind}`.toLowerCase().includes(wanted);
  const starts = ({ name, bdf }: Found): boolean => name.toLowerCase().startsWith(wanted) || bdf.startsWith(wanted);
  return all
    .filter(fits)
    .toSorted((a, b) => Number(starts(b)) - Number(starts(a)))
    .slice(0, MOST_FOUND);
}

/** Finds a thing by name, kind or BDF, and brings it to the middle of the drawing. */
export function SceneSearch() {
  const editor = useEditor();
  const field = useRef<HTMLInputElement>(null);
  const [query, setQuery] = useState('');
  const found = useFound(query);
  useEffect(() => {
    editor.onFocus('search', () => {
      field.current?.focus();
      field.current?.select();
    });
    return () => editor.onFocus('search', undefined);
  }, [editor]);
  const choose = (node: NodeId): void => {
    setQuery('');
    editor.show(node, true);
  };
  const isOpen = query.trim() !== '';
  /** From the field into the list and back. */
  const onWalk = (event: KeyboardEvent<HTMLElement>): void => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.key === 'Escape') {
      setQuery('');
      field.current?.focus();
    }
    const stops = [...(event.currentTarget.closest('search')?.querySelectorAll<HTMLElement>('input, button') ?? [])];
    const next = stops[stops.indexOf(event.currentTarget) + by];
    if (by === 0 || next === undefined) return;
    event.preventDefault();
    next.focus();
  };
  return (
    <search
      className="scene-search"
      onBlur={(event) => {
        if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget))) setQuery('');
      }}
    >
      <Search size={15} aria-hidden="true" />
      <input
        ref={field}
        type="search"
        aria-label="Find in the machine"
        placeholder="Find"
        value={query}
        onChange={(event) => setQuery(event.target.value)}
        onKeyDown={(event) => {
          onWalk(event);
          const [first] = found;
          if (event.key !== 'Enter' || first === undefined) return;
          event.preventDefault();
          choose(first.node);
        }}
      />
      <kbd aria-hidden="true">/</kbd>
      {isOpen ? (
        <ul aria-label="Found">
          {found.map((row) => (
            <li key={row.node}>
              <button
                type="button"
                // The field must not lose the keyboard before the click arrives.
                onPointerDown={(event) => event.preventDefault()}
                onKeyDown={onWalk}
                onClick={() => choose(row.node)}
              >
                <strong>{row.name}</strong>
                <code>{row.bdf}</code>
                <span>{row.kind}</span>
              </button>
            </li>
          ))}
          {found.length === 0 ? <li className="search-none">Nothing is called that.</li> : undefined}
        </ul>
      ) : undefined}
    </search>
  );
}
