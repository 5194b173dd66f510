import { useEffect, useId, useRef, useState } from 'react';
import { instantText, parseInstant } from '../../store/timeText.ts';
import { useModel, usePlayer, useTime } from '../model.ts';

/** Goes to an instant that is typed. */
export function InstantField() {
  const { simulation, announcer } = useModel();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const empty = usePlayer((state) => state.phase === 'empty');
  const asked = useTime((state) => state.asked);
  const heard = useRef(asked);
  useEffect(() => {
    if (heard.current === asked) return;
    heard.current = asked;
    field.current?.focus();
    field.current?.select();
  }, [asked]);
  const read = text.trim() === '' ? undefined : parseInstant(text);
  const problem = read?.ok === false ? read.error : undefined;
  const go = (): void => {
    if (read?.ok === false) announcer.say(read.error);
    if (read?.ok !== true) return;
    setText(instantText(read.value));
    void simulation.seek(read.value);
  };
  return (
    <form
      className="instant-field"
      onSubmit={(event) => {
        event.preventDefault();
        go();
      }}
    >
      <label className="visually-hidden" htmlFor={id}>
        Go to instant
      </label>
      <input
        id={id}
        ref={field}
        className="input"
        placeholder="Go to 12.5 µs"
        title="Go to an instant of the run (J)"
        spellCheck={false}
        autoComplete="off"
        disabled={empty}
        value={text}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-problem`}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          setText('');
          event.currentTarget.blur();
        }}
      />
      <p id={`${id}-problem`} className="instant-problem" hidden={problem === undefined}>
        {problem}
      </p>
    </form>
  );
}
