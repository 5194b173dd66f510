import { X } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { useView } from '../model.ts';
import { PanelEdge } from './PanelEdge.tsx';
import { NARROW_QUERY, useMedia } from '../useMedia.ts';

interface SidePanelProps {
  readonly label: string;
  readonly children: ReactNode;
}

/** The column of facts right of the scene; a sheet over it where the page is narrow. */
export function SidePanel({ label, children }: SidePanelProps) {
  const narrow = useMedia(NARROW_QUERY);
  // The editor's panel is part of its own frame.
  const inEditor = useView((state) => state.view === 'edit');
  const open = useView((state) => state.sheetOpen);
  const set = useView((state) => state.set);
  useEffect(() => {
    if (!narrow || !open) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') set({ sheetOpen: false });
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [narrow, open, set]);
  if (narrow && !open) return undefined;
  return (
    <aside className={narrow ? 'side side-sheet' : 'side'} aria-label={label}>
      {narrow ? (
        <button
          type="button"
          className="icon-button sheet-close"
          aria-label="Close facts"
          onClick={() => set({ sheetOpen: false })}
        >
          <X size={17} aria-hidden="true" />
        </button>
      ) : inEditor ? undefined : (
        <PanelEdge panel="side" label={`the panel “${label}”`} />
      )}
      {children}
    </aside>
  );
}
