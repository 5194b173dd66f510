import { BookmarkPlus, CornerUpLeft, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Bookmark } from '../../store/timeMarks.ts';
import { instantText } from '../../store/timeText.ts';
import { actionById } from '../../store/actions.ts';
import { useAction, useModel, usePlayer, useTime } from '../model.ts';

function BookmarkRow({ bookmark }: { readonly bookmark: Bookmark }) {
  const { simulation, announcer } = useModel();
  const [draft, setDraft] = useState<string>();
  const commit = (name: string): void => {
    setDraft(undefined);
    const given = name.trim().slice(0, 200);
    if (given !== '' && given !== bookmark.name) simulation.marks.renameBookmark(bookmark.id, given);
  };
  return (
    <li className="mark-row">
      <span className="mark-text">
        <input
          className="input"
          aria-label={`Name of the bookmark at ${instantText(bookmark.at_ps)}`}
          value={draft ?? bookmark.name}
          maxLength={200}
          onChange={(event) => setDraft(event.target.value)}
          onBlur={(event) => commit(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') commit(event.currentTarget.value);
            if (event.key !== 'Escape' || draft === undefined) return;
            event.stopPropagation();
            setDraft(undefined);
          }}
        />
        <span className="mark-note">{instantText(bookmark.at_ps)}</span>
      </span>
      <button
        type="button"
        className="icon-button small"
        aria-label={`Go to ${bookmark.name}`}
        title="Go there"
        onClick={() => void simulation.seek(bookmark.at_ps)}
      >
        <CornerUpLeft size={15} aria-hidden="true" />
      </button>
      <button
        type="button"
        className="icon-button small"
        aria-label={`Delete ${bookmark.name}`}
        title="Delete this bookmark"
        onClick={() => {
          simulation.marks.removeBookmark(bookmark.id);
          announcer.say('Bookmark deleted.');
        }}
      >
        <Trash2 size={15} aria-hidden="true" />
      </button>
    </li>
  );
}

/** Instants to come back to, in their order. */
export function BookmarkList() {
  const perform = useAction();
  const bookmarks = useTime((state) => state.bookmarks);
  const empty = usePlayer((state) => state.phase === 'empty');
  return (
    <>
      {bookmarks.length === 0 ? (
        <p className="muted">No bookmarks yet. B adds one at the instant that is shown, N goes to the next.</p>
      ) : (
        <ul className="mark-list" aria-label="Bookmarks">
          {bookmarks.map((bookmark) => (
            <BookmarkRow key={bookmark.id} bookmark={bookmark} />
          ))}
        </ul>
      )}
      <button type="button" className="button wide" disabled={empty} onClick={() => perform(actionById('addBookmark'))}>
        <BookmarkPlus size={15} aria-hidden="true" />
        Bookmark this instant
      </button>
    </>
  );
}
