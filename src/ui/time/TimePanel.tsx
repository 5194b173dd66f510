import { X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import '../styles/timePanel.css';
import { lanesOf } from '../../store/simulation.ts';
import type { TimePanel as TimePart } from '../../store/timeMarks.ts';
import { useLane, useModel, useView } from '../model.ts';
import { Tabs } from '../widgets/Tabs.tsx';
import { BookmarkList } from './BookmarkList.tsx';
import { HistoryPart } from './HistoryPart.tsx';
import { StopForm } from './StopForm.tsx';
import { StopList } from './StopList.tsx';

const PARTS = [
  { id: 'stops', label: 'Stops' },
  { id: 'bookmarks', label: 'Bookmarks' },
  { id: 'history', label: 'Going back' },
] as const satisfies readonly { readonly id: TimePart; readonly label: string }[];

interface TimePanelProps {
  readonly panel: TimePart;
  readonly onClose: () => void;
}

/** Floats below the line of time in every view; Esc closes it. */
export function TimePanel({ panel, onClose }: TimePanelProps) {
  const { simulation } = useModel();
  const view = useView((state) => state.view);
  const lane = useView((state) => state.lane);
  const lanes = lanesOf({ view, lane });
  const { machine } = useLane(lanes[0] ?? 'direct');
  const root = useRef<HTMLElement>(null);
  useEffect(() => {
    root.current?.querySelector<HTMLElement>('[role="tab"][aria-selected="true"]')?.focus();
  }, []);
  return (
    // Esc works from everything inside.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <aside
      ref={root}
      className="time-panel"
      aria-label="Stops and bookmarks"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.preventDefault();
        onClose();
      }}
    >
      <Tabs
        label="Marks in time"
        tabs={PARTS}
        current={panel}
        onChange={(part) => simulation.marks.show(part)}
        note={
          <button type="button" className="icon-button small" aria-label="Close" onClick={onClose}>
            <X size={16} aria-hidden="true" />
          </button>
        }
      >
        <div className="time-part">
          {panel === 'stops' ? (
            <>
              <StopList machine={machine} />
              {machine === undefined ? undefined : <StopForm machine={machine} />}
            </>
          ) : panel === 'bookmarks' ? (
            <BookmarkList />
          ) : (
            <HistoryPart lanes={lanes} />
          )}
        </div>
      </Tabs>
    </aside>
  );
}
