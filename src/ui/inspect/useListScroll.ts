import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefCallback } from 'react';

export const ROW_PX = 24;
const HEAD_PX = 28;
const LEAST_ROWS = 3;

export interface ListScroll {
  readonly visible: number;
  /** Number of the row on top. */
  readonly top: number;
  /** The newest row stays in sight. */
  readonly following: boolean;
  readonly moveTo: (row: number) => void;
  /** Scrolls as little as needed to show a row. */
  readonly reveal: (row: number) => void;
  readonly follow: (on: boolean) => void;
}

/**
 * A window of whole rows on a list that may be longer than a page can be high, and whose oldest rows may go. The wheel,
 * a finger, the keys and a slider move it; scrolling away from the end stops following.
 * @param present what is followed: the end, unless the newest rows are of the future.
 */
export function useListScroll(
  first: number,
  end: number,
  present = end,
): readonly [area: RefCallback<HTMLElement>, scroll: ListScroll] {
  const [element, area] = useState<HTMLElement | null>(null);
  const [visible, setVisible] = useState(LEAST_ROWS);
  const [state, setState] = useState({ top: 0, following: true });
  const last = Math.max(first, end - visible);
  const followed = Math.min(last, Math.max(first, present - visible));
  const top = state.following ? followed : Math.min(Math.max(state.top, first), last);
  useLayoutEffect(() => {
    if (element === null) return undefined;
    const measure = (): void => setVisible(Math.max(LEAST_ROWS, Math.floor((element.clientHeight - HEAD_PX) / ROW_PX)));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  const moveTo = useCallback(
    (row: number) => setState({ top: row, following: row === followed && followed > first }),
    [first, followed],
  );
  const reveal = useCallback(
    (row: number) => {
      if (row < top) setState({ top: row, following: false });
      else if (row >= top + visible) setState({ top: row - visible + 1, following: false });
      // What is looked at stays where it is.
      else setState({ top, following: false });
    },
    [top, visible],
  );
  const follow = useCallback((on: boolean) => setState({ top, following: on }), [top]);
  useEffect(() => {
    if (element === null) return undefined;
    // React's own wheel listener is passive and could not keep the page still.
    const onWheel = (event: WheelEvent): void => {
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
      event.preventDefault();
      const rows = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY / ROW_PX : event.deltaY;
      moveTo(Math.max(first, Math.min(last, top + (rows < 0 ? Math.floor(rows) : Math.ceil(rows)))));
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, [element, moveTo, top, first, last]);
  useTouchPan(element, top, (row) => moveTo(Math.max(first, Math.min(last, row))));
  return [area, { visible, top, following: state.following, moveTo, reveal, follow }];
}

/** One finger takes the rows along; two are the browser's. */
function useTouchPan(element: HTMLElement | null, top: number, moveTo: (row: number) => void): void {
  const now = useRef({ top, moveTo });
  useEffect(() => {
    now.current = { top, moveTo };
  });
  useEffect(() => {
    if (element === null) return undefined;
    const stop = new AbortController();
    let held: { readonly y: number; readonly top: number } | undefined;
    const onStart = (event: TouchEvent): void => {
      const [touch] = event.touches;
      held = touch === undefined || event.touches.length > 1 ? undefined : { y: touch.clientY, top: now.current.top };
    };
    const onMove = (event: TouchEvent): void => {
      const [touch] = event.touches;
      if (held === undefined || touch === undefined) return;
      event.preventDefault();
      const row = held.top + Math.round((held.y - touch.clientY) / ROW_PX);
      if (row !== now.current.top) now.current.moveTo(row);
    };
    element.addEventListener('touchstart', onStart, { passive: true, signal: stop.signal });
    element.addEventListener('touchmove', onMove, { passive: false, signal: stop.signal });
    return () => stop.abort();
  }, [element]);
}

/** The row a key moves to; undefined = not a key of the list. */
export function rowForKey(key: string, current: number, page: number, first: number, end: number): number | undefined {
  const moves: Readonly<Record<string, number>> = {
    ArrowUp: current - 1,
    ArrowDown: current + 1,
    PageUp: current - page,
    PageDown: current + page,
    Home: first,
    End: end - 1,
  };
  const wanted = moves[key];
  return wanted === undefined || end <= first ? undefined : Math.min(end - 1, Math.max(first, wanted));
}
