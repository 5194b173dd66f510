import { ArrowDown, ArrowUp, X } from 'lucide-react';
import { useId, useState, type RefObject } from 'react';
import { addressText } from '../../base/format.ts';
import type { MemoryDescription } from '../../engine/protocol.ts';
import { parseNeedle } from '../../store/memoryPlaces.ts';
import type { LaneId } from '../../store/session.ts';
import { useModel } from '../model.ts';
import { Segmented } from '../widgets/Segmented.tsx';

interface SearchBarProps {
  readonly lane: LaneId;
  readonly memory: MemoryDescription;
  /** Where the search begins. */
  readonly from: number;
  readonly field: RefObject<HTMLInputElement | null>;
  readonly onFound: (offset: number, lengthBytes: number) => void;
  readonly onClose: () => void;
}

type SearchKind = 'hex' | 'text' | 'data';

const PLACEHOLDERS: Readonly<Record<SearchKind, string>> = {
  hex: 'de ad be ef',
  text: 'Text',
  data: 'Blocks that are not zero',
};

interface Said {
  readonly words: string;
  readonly isBad: boolean;
}

/** Looks for bytes or for a text, forwards and backwards, once round the memory. */
export function SearchBar({ lane, memory, from, field, onFound, onClose }: SearchBarProps) {
  const { memoryDesk } = useModel();
  const id = useId();
  const [kind, setKind] = useState<SearchKind>('hex');
  const [text, setText] = useState('');
  const [said, setSaid] = useState<Said>();
  const toData = async (backwards: boolean): Promise<void> => {
    const place = { memory: memory.index, offset: from, sizeBytes: memory.sizeBytes };
    const ended = await memoryDesk.findData(lane, place, backwards);
    if (ended.kind === 'failed') return setSaid({ words: ended.message, isBad: true });
    if (ended.kind === 'cancelled') return setSaid({ words: 'The search was stopped.', isBad: false });
    const side = backwards ? 'before' : 'after';
    if (ended.value === undefined) return setSaid({ words: `Only zeros ${side} this block.`, isBad: false });
    onFound(ended.value, 1);
    return setSaid({ words: `Data at offset ${addressText(ended.value)}.`, isBad: false });
  };
  const search = async (backwards: boolean): Promise<void> => {
    if (kind === 'data') return toData(backwards);
    const needle = parseNeedle(text, kind);
    if (!needle.ok) return setSaid({ words: needle.error, isBad: true });
    setSaid(undefined);
    const place = { memory: memory.index, offset: from, sizeBytes: memory.sizeBytes };
    const ended = await memoryDesk.search(lane, place, needle.value, backwards);
    if (ended.kind === 'cancelled') return setSaid({ words: 'The search was stopped.', isBad: false });
    if (ended.kind === 'failed') return setSaid({ words: ended.message, isBad: true });
    const { value } = ended;
    if (value === undefined) return setSaid({ words: 'Nowhere in this memory.', isBad: false });
    onFound(value.offset, needle.value.length);
    const end = backwards ? 'start' : 'end';
    const wrapped = value.wrapped ? `, past the ${end} of the memory and round` : '';
    setSaid({ words: `Found at offset ${addressText(value.offset)}${wrapped}.`, isBad: false });
    return undefined;
  };
  return (
    <search aria-label="Search in memory">
      <form
        className="memory-search"
        onSubmit={(event) => {
          event.preventDefault();
          void search(false);
        }}
      >
        <label htmlFor={id} className="visually-hidden">
          Search for
        </label>
        <input
          id={id}
          ref={field}
          className="input mono"
          placeholder={PLACEHOLDERS[kind]}
          readOnly={kind === 'data'}
          value={kind === 'data' ? '' : text}
          spellCheck={false}
          autoComplete="off"
          aria-invalid={said?.isBad === true}
          aria-describedby={`${id}-said`}
          onKeyDown={(event) => {
            if (event.key === 'Escape') onClose();
            if (event.key !== 'Enter' || !event.shiftKey) return;
            event.preventDefault();
            void search(true);
          }}
          onChange={(event) => {
            setText(event.target.value);
            setSaid(undefined);
          }}
        />
        <Segmented
          label="What is looked for"
          value={kind}
          options={[
            { value: 'hex', label: 'Bytes' },
            { value: 'text', label: 'Text' },
            { value: 'data', label: 'Not zero', title: 'The next block of bytes that are not zero' },
          ]}
          onChange={setKind}
        />
        <button type="submit" className="button small">
          <ArrowDown size={14} aria-hidden="true" /> Next
        </button>
        <button type="button" className="button small" onClick={() => void search(true)}>
          <ArrowUp size={14} aria-hidden="true" /> Previous
        </button>
        <output id={`${id}-said`} className={said?.isBad === true ? 'hint hint-bad' : 'hint'}>
          {said?.words ?? ''}
        </output>
        <button type="button" className="icon-button small" aria-label="Close the search" onClick={onClose}>
          <X size={15} aria-hidden="true" />
        </button>
      </form>
    </search>
  );
}
