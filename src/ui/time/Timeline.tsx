import { useMemo, useRef, type CSSProperties, type KeyboardEvent } from 'react';
import { durationText } from '../../base/format.ts';
import { useDocument, useFaultLab, useModel, usePlayer, useTime } from '../model.ts';
import { LiveText, useLive } from '../widgets/Live.tsx';
import { instantForKey, spanOf } from './timelineScale.ts';

const DRAW_HZ = 30;
const SPOKEN_HZ = 4;

interface Tick {
  readonly key: string;
  readonly kind: 'bookmark' | 'hit' | 'fault' | 'planned';
  readonly at_ps: number;
}

/** Bookmarks, where runs were stopped, and what was broken. */
function useTicks(): readonly Tick[] {
  const bookmarks = useTime((state) => state.bookmarks);
  const hits = useTime((state) => state.hits);
  const injections = useFaultLab((state) => state.injections);
  const planned = useDocument((state) => state.document.faults);
  return useMemo(() => {
    const injected = injections.flatMap(({ serial, lanes }) =>
      lanes.flatMap(({ lane, refused, at_ps }) =>
        refused === undefined ? [{ key: `i${serial} ${lane}`, at_ps }] : [],
      ),
    );
    return [
      ...bookmarks.map((row): Tick => ({ key: `b${row.id}`, kind: 'bookmark', at_ps: row.at_ps })),
      ...hits.map((row): Tick => ({ key: `h${row.serial}`, kind: 'hit', at_ps: row.at_ps })),
      ...injected.map((row): Tick => ({ ...row, kind: 'fault' })),
      ...(planned ?? []).map((row, index): Tick => ({ key: `p${index}`, kind: 'planned', at_ps: row.at_ps })),
    ];
  }, [bookmarks, hits, injections, planned]);
}

function place(at_ps: number): CSSProperties {
  // Read by the style sheet beside --span, which the frame loop writes.
  return { '--at': at_ps } as CSSProperties;
}

interface Drag {
  readonly from_ps: number;
  wish_ps: number;
  /** Escape was pressed; the pointer may still be down. */
  ended: boolean;
}

/** Writes a property that the style sheet computes with, where it has changed. */
function write(element: HTMLElement | null, property: string, value: number): void {
  const text = String(value);
  if (element !== null && element.style.getPropertyValue(property) !== text) element.style.setProperty(property, text);
}

/**
 * The run as a line. Drawn is how far it has been; the slider is the instant that is shown. Dragging goes there at once;
 * Escape while dragging goes back to where it was.
 */
export function Timeline() {
  const { simulation } = useModel();
  const { player } = simulation;
  const ticks = useTicks();
  const empty = usePlayer((state) => state.phase === 'empty');
  const root = useRef<HTMLDivElement>(null);
  const slider = useRef<HTMLInputElement>(null);
  const drag = useRef<Drag>(undefined);
  /** Where keys have sent the clock, until it is there. */
  const sent = useRef<number>(undefined);

  useLive(() => {
    const { current: element } = slider;
    if (element === null) return;
    const furthest_ps = player.furthest_ps;
    const span_ps = spanOf(furthest_ps, player.end_ps);
    const isDragged = drag.current?.ended === false;
    write(root.current, '--furthest', furthest_ps);
    write(root.current, '--span', span_ps);
    if (element.max !== String(span_ps)) element.max = String(span_ps);
    const now = String(player.now_ps);
    if (!isDragged && element.value !== now) element.value = now;
  }, DRAW_HZ);
  useLive(() => {
    const text = `${durationText(player.now_ps)} of ${durationText(player.furthest_ps)}`;
    if (slider.current?.getAttribute('aria-valuetext') !== text) slider.current?.setAttribute('aria-valuetext', text);
  }, SPOKEN_HZ);

  const dragTo = (element: HTMLInputElement): void => {
    const dragged = drag.current;
    if (dragged === undefined || dragged.ended) return;
    const at_ps = Math.round(Math.min(player.furthest_ps, Number(element.value)));
    if (dragged.wish_ps === at_ps) return;
    dragged.wish_ps = at_ps;
    void player.seek(at_ps);
  };
  const onRelease = (): void => {
    const dragged = drag.current;
    drag.current = undefined;
    if (dragged?.ended === false) void simulation.seek(dragged.wish_ps);
  };
  const onKey = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape' && drag.current?.ended === false) {
      event.preventDefault();
      drag.current.ended = true;
      void simulation.seek(drag.current.from_ps);
      return;
    }
    const furthest_ps = player.furthest_ps;
    const at_ps = sent.current ?? player.now_ps;
    const wished_ps = instantForKey(event.key, at_ps, spanOf(furthest_ps, player.end_ps), furthest_ps);
    if (wished_ps === undefined) return;
    event.preventDefault();
    sent.current = wished_ps;
    void simulation.seek(wished_ps).then(() => {
      if (sent.current === wished_ps) sent.current = undefined;
    });
  };
  return (
    <div className="timeline" ref={root}>
      <div className="timeline-line">
        <div className="timeline-marks" aria-hidden="true">
          <span className="timeline-bed" />
          <span className="timeline-run" />
          {(empty ? [] : ticks).map((tick) => (
            <span key={tick.key} className={`timeline-tick tick-${tick.kind}`} style={place(tick.at_ps)} />
          ))}
        </div>
        <input
          ref={slider}
          type="range"
          aria-label="Instant of the run"
          min={0}
          step={1}
          defaultValue={0}
          disabled={empty}
          onPointerDown={() => {
            drag.current = { from_ps: player.now_ps, wish_ps: player.now_ps, ended: false };
          }}
          onChange={(event) => dragTo(event.currentTarget)}
          onPointerUp={onRelease}
          onPointerCancel={onRelease}
          onKeyDown={onKey}
        />
      </div>
      <LiveText
        className="timeline-span"
        hz={SPOKEN_HZ}
        read={() => {
          const span_ps = spanOf(player.furthest_ps, player.end_ps);
          return `${player.end_ps === span_ps ? 'end ' : ''}${durationText(span_ps)}`;
        }}
      />
    </div>
  );
}
