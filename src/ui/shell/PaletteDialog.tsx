import { Search } from 'lucide-react';
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import '../styles/palette.css';
import { findItems, paletteItems, readRecent, rememberUse, type PaletteItem } from '../../store/palette.ts';
import { useModel, type PageModel } from '../model.ts';

const PAGE_STEP = 8;

/** Where a key takes the mark, or undefined for keys that mean something else. */
function markAfter(key: string, mark: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return (mark + 1) % count;
    case 'ArrowUp':
      return (mark + count - 1) % count;
    case 'PageDown':
      return Math.min(count - 1, mark + PAGE_STEP);
    case 'PageUp':
      return Math.max(0, mark - PAGE_STEP);
    default:
      return undefined;
  }
}

/** The browser's own command: on paper is the sheet of PrintSheet.tsx. */
const PRINT: PaletteItem = {
  id: 'print',
  label: 'Print the machine and its results',
  hint: 'Page',
  keys: ['Ctrl', 'P'],
  isEnabled: true,
  // Once the palette is gone.
  perform: () => void setTimeout(() => window.print()),
};

/** Machines of one's own, to open; one that cannot be read says why. */
function ownMachines({ library, announcer }: PageModel): readonly PaletteItem[] {
  return library.store.getState().machines.map(({ id, name }) => ({
    id: `machine ${id}`,
    label: `Open “${name}”`,
    hint: 'Your own machine',
    keys: [],
    isEnabled: true,
    perform: () => {
      const trouble = library.open(id);
      if (trouble !== undefined) announcer.say(`“${name}” was not opened. ${trouble}`);
    },
  }));
}

interface OptionProps {
  readonly id: string;
  readonly item: PaletteItem;
  readonly marked: boolean;
  readonly onChoose: () => void;
}

function PaletteOption({ id, item, marked, onChoose }: OptionProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (marked) element.current?.scrollIntoView({ block: 'nearest' });
  }, [marked]);
  return (
    // The keyboard stays in the field above: it marks options, Enter chooses.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      ref={element}
      id={id}
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
      role="option"
      className="palette-row"
      aria-selected={marked}
      aria-disabled={!item.isEnabled}
      onClick={onChoose}
    >
      <span className="palette-label">{item.label}</span>
      <span className="palette-hint">{item.hint}</span>
      <span className="palette-keys">
        {item.keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </span>
    </div>
  );
}

/** Do or find anything by typing a few letters of it. */
export function PaletteDialog({ onClose }: { readonly onClose: () => void }) {
  const model = useModel();
  const { local } = model;
  const dialog = useRef<HTMLDialogElement>(null);
  const listId = useId();
  const [query, setQuery] = useState('');
  const [mark, setMark] = useState(0);
  const items = useMemo(() => [...paletteItems(model), PRINT, ...ownMachines(model)], [model]);
  const recent = useMemo(() => readRecent(local), [local]);
  const found = useMemo(() => findItems(items, query, recent), [items, query, recent]);
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
  }, []);
  const choose = (item: PaletteItem | undefined): void => {
    if (item === undefined || !item.isEnabled) return;
    rememberUse(local, item.id);
    onClose();
    item.perform();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') {
      event.preventDefault();
      choose(found[mark]);
      return;
    }
    const next = found.length === 0 ? undefined : markAfter(event.key, mark, found.length);
    if (next === undefined) return;
    event.preventDefault();
    setMark(next);
  };
  return (
    // Pressing the backdrop is the pointer's way to close; Esc is the keyboard's.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={dialog}
      className="dialog palette-dialog"
      aria-label="Do or find anything"
      onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && onClose()}
    >
      <div className="palette-frame">
        <div className="palette-field">
          <Search size={17} aria-hidden="true" />
          <input
            type="text"
            role="combobox"
            aria-label="What to do or find"
            aria-expanded={found.length > 0}
            aria-controls={listId}
            aria-autocomplete="list"
            aria-activedescendant={found.length === 0 ? undefined : `${listId}-${mark}`}
            placeholder="Do or find anything: views, devices, machines"
            autoComplete="off"
            spellCheck={false}
            value={query}
            onChange={(event) => {
              setQuery(event.target.value);
              setMark(0);
            }}
            onKeyDown={onKey}
          />
          <kbd>Esc</kbd>
        </div>
        {/* A datalist can neither be styled nor show what a row is. */}
        {/* oxlint-disable-next-line jsx-a11y/prefer-tag-over-role */}
        <div className="palette-list" role="listbox" id={listId} aria-label="Found" tabIndex={-1}>
          {found.map((item, index) => (
            <PaletteOption
              key={item.id}
              id={`${listId}-${index}`}
              item={item}
              marked={index === mark}
              onChoose={() => choose(item)}
            />
          ))}
        </div>
        {found.length === 0 ? <p className="palette-none">Nothing here is called “{query}”.</p> : undefined}
        <output className="visually-hidden">{found.length === 1 ? '1 result' : `${found.length} results`}</output>
      </div>
    </dialog>
  );
}
