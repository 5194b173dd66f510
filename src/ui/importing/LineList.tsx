import { useLayoutEffect, useRef, useState } from 'react';
import { LINE_CLASS } from '../../import/lines.ts';
import type { MarkedText } from './importMessages.ts';

const LINE_PX = 20;
const MARGIN_LINES = 20;
/** Longer lines are cut for display: the importer has looked at all of them. */
const MOST_CHARACTERS = 400;

const CLASS_NAMES: Readonly<Record<number, string>> = {
  [LINE_CLASS.ignored]: 'ignored',
  [LINE_CLASS.used]: 'used',
  [LINE_CLASS.assumption]: 'assumption',
  [LINE_CLASS.removed]: 'removed',
  [LINE_CLASS.problem]: 'problem',
};

/** First line with a problem, else with an assumption, else 0: where the list opens. */
function firstOfInterest(text: MarkedText): number {
  for (const wanted of [LINE_CLASS.problem, LINE_CLASS.assumption]) {
    const line = text.classes.indexOf(wanted);
    if (line >= 0) return line;
  }
  return 0;
}

/** The lines of a text with what became of each; only what is visible exists. */
export function LineList({ text }: { readonly text: MarkedText }) {
  const scroller = useRef<HTMLElement>(null);
  const [first, setFirst] = useState(0);
  const [visible, setVisible] = useState(60);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const measure = (): void => setVisible(Math.ceil(element.clientHeight / LINE_PX));
    element.scrollTop = Math.max(0, firstOfInterest(text) * LINE_PX - element.clientHeight / 3);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [text]);
  const from = Math.max(0, first - MARGIN_LINES);
  const to = Math.min(text.lines.length, first + visible + MARGIN_LINES);
  return (
    // A scrolling region has to be reachable with the keyboard.
    <section
      className="line-scroll"
      ref={scroller}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      aria-label={`Lines${text.name === '' ? '' : ` of ${text.name}`}`}
      onScroll={(event) => setFirst(Math.floor(event.currentTarget.scrollTop / LINE_PX))}
    >
      <ol style={{ height: text.lines.length * LINE_PX }} start={text.firstLine + from + 1}>
        {text.lines.slice(from, to).map((line, index) => {
          const number = from + index;
          const name = CLASS_NAMES[text.classes[number] ?? 0] ?? 'ignored';
          return (
            <li key={number} className={`line line-${name}`} style={{ top: number * LINE_PX }}>
              <span className="line-number">{text.firstLine + number + 1}</span>
              <span className="line-mark" title={name} />
              {name === 'ignored' || name === 'used' ? undefined : <span className="visually-hidden">{name}: </span>}
              <code>{line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line}</code>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
