import { useStore } from 'zustand';
import { useModel } from '../model.ts';

/** The page's one live region. */
export function Announcements() {
  const { announcer } = useModel();
  const { sentence } = useStore(announcer);
  return (
    <output className="visually-hidden" aria-live="polite">
      {sentence}
    </output>
  );
}
