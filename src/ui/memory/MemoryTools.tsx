import { Redo2, Search, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import type { MemoryDescription } from '../../engine/protocol.ts';
import type { LaneId } from '../../store/session.ts';
import { useLane, useModel } from '../model.ts';
import { FillDialog } from './FillDialog.tsx';
import { LoadDialog } from './LoadDialog.tsx';
import { SaveDialog } from './SaveDialog.tsx';
import type { ByteSpan } from './useRange.ts';

interface MemoryToolsProps {
  readonly lane: LaneId;
  readonly memory: MemoryDescription;
  /** What is selected: the range that dialogs begin with. */
  readonly span: ByteSpan;
  readonly isSearching: boolean;
  readonly onSearch: () => void;
  readonly onDone: (offset: number) => void;
}

type ToolName = 'fill' | 'load' | 'save';

const TOOLS: readonly { readonly id: ToolName; readonly label: string }[] = [
  { id: 'fill', label: 'Fill…' },
  { id: 'load', label: 'Load…' },
  { id: 'save', label: 'Save…' },
];

/** Undo of changes to memory: not the document's, so it has words of its own. */
function UndoButtons({ lane }: { readonly lane: LaneId }) {
  const { memoryDesk } = useModel();
  const { machine } = useLane(lane);
  useStore(memoryDesk.store, (state) => state.stacks[lane]);
  const { past, future, lost } = memoryDesk.stacksOf(lane, machine);
  const last = past.at(-1);
  const next = future.at(-1);
  const apart = 'changes by hand in this memory; the document has its own undo in the top bar';
  return (
    <span className="memory-undo">
      <button
        type="button"
        className="icon-button small"
        disabled={last === undefined}
        aria-label={last === undefined ? 'Undo in memory' : `Undo in memory: ${last.name}`}
        title={
          last === undefined
            ? `${lost === undefined ? 'Nothing to undo' : `${lost} was too large to be undone`} (${apart})`
            : `Undo ${last.name}, Ctrl Z in the bytes (${apart})`
        }
        onClick={() => void memoryDesk.undo(lane)}
      >
        <Undo2 size={16} aria-hidden="true" />
      </button>
      <button
        type="button"
        className="icon-button small"
        disabled={next === undefined}
        aria-label={next === undefined ? 'Redo in memory' : `Redo in memory: ${next.name}`}
        title={next === undefined ? `Nothing to redo (${apart})` : `Redo ${next.name} (${apart})`}
        onClick={() => void memoryDesk.redo(lane)}
      >
        <Redo2 size={16} aria-hidden="true" />
      </button>
    </span>
  );
}

/** Search, fill, load, save, undo. */
export function MemoryTools({ lane, memory, span, isSearching, onSearch, onDone }: MemoryToolsProps) {
  const [open, setOpen] = useState<ToolName>();
  const close = (): void => setOpen(undefined);
  const dialog = { lane, memory, span, onClose: close };
  return (
    <fieldset className="memory-tools">
      <legend className="visually-hidden">Work on this memory</legend>
      <button type="button" className="button small" aria-pressed={isSearching} onClick={onSearch}>
        <Search size={14} aria-hidden="true" /> Search
      </button>
      {TOOLS.map(({ id, label }) => (
        <button key={id} type="button" className="button small" onClick={() => setOpen(id)}>
          {label}
        </button>
      ))}
      <UndoButtons lane={lane} />
      {open === 'fill' ? <FillDialog {...dialog} onDone={onDone} /> : undefined}
      {open === 'load' ? <LoadDialog {...dialog} onDone={onDone} /> : undefined}
      {open === 'save' ? <SaveDialog {...dialog} /> : undefined}
    </fieldset>
  );
}
