import { useEffect, useRef, useState } from 'react';
import { AnnounceQueue } from '../../store/announceQueue.ts';
import { useModel } from '../model.ts';
import { useRunEvents } from './useRunEvents.ts';

/** Without a space more or less, the same sentence again would be no change, and not be read. */
const AGAIN = '\u00a0';

/** The page's one live region: read at most once a second, whatever happens. */
export function Announcements() {
  const { announcer } = useModel();
  const [said, setSaid] = useState({ text: '', count: 0 });
  const queue = useRef<AnnounceQueue>(undefined);
  useRunEvents();
  useEffect(() => {
    queue.current ??= new AnnounceQueue();
    const waiting = queue.current;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = (): void => {
      timer = undefined;
      const text = waiting.next(performance.now());
      if (text !== undefined) setSaid((before) => ({ text, count: before.count + 1 }));
      plan();
    };
    const plan = (): void => {
      const pause_ms = waiting.wait_ms(performance.now());
      if (pause_ms !== undefined && timer === undefined) timer = setTimeout(flush, pause_ms);
    };
    const stop = announcer.subscribe(({ sentence }) => {
      waiting.add(sentence);
      plan();
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [announcer]);
  return (
    <output className="visually-hidden" aria-live="polite" aria-label="Events">
      {said.text}
      {said.count % 2 === 1 ? AGAIN : ''}
    </output>
  );
}
