import { useId, useState, type RefObject } from 'react';
import type { MemoryPlace } from '../../engine/protocol.ts';
import { parsePlace } from '../../store/memoryPlaces.ts';
import { usePlaceContext } from './usePlaceContext.ts';
import type { MemoryDescription } from '../../engine/protocol.ts';

interface GoToProps {
  readonly memory: MemoryDescription;
  readonly field: RefObject<HTMLInputElement | null>;
  readonly onGo: (place: MemoryPlace) => void;
}

/** An address, an offset or a name, and there. */
export function GoTo({ memory, field, onGo }: GoToProps) {
  const id = useId();
  const context = usePlaceContext(memory);
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string>();
  return (
    <form
      className="go-to"
      onSubmit={(event) => {
        event.preventDefault();
        if (context === undefined) return;
        const parsed = parsePlace(text, context);
        setProblem(parsed.ok ? undefined : parsed.error);
        if (parsed.ok) onGo(parsed.value);
      }}
    >
      <label htmlFor={id} className="visually-hidden">
        Go to offset or bus address
      </label>
      <input
        id={id}
        ref={field}
        className="input mono"
        placeholder="Address, offset or iopmem0+0x100"
        value={text}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-hint`}
        onChange={(event) => {
          setText(event.target.value);
          setProblem(undefined);
        }}
      />
      <button type="submit" className="button">
        Go
      </button>
      <output id={`${id}-hint`} className={problem === undefined ? 'visually-hidden' : 'hint hint-bad go-problem'}>
        {problem ?? ''}
      </output>
    </form>
  );
}
