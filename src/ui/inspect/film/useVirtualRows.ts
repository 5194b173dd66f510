import { useCallback, useLayoutEffect, useState, type RefCallback, type UIEvent } from 'react';

const SPARE_ROWS = 4;

export interface VirtualRows {
  readonly onScroll: (event: UIEvent<HTMLElement>) => void;
  readonly first: number;
  /** Not included. */
  readonly end: number;
  /** Rows that fit into the area. */
  readonly visible: number;
  readonly abovePx: number;
  readonly belowPx: number;
}

/**
 * The rows in sight of a list that scrolls by itself; what is above and below is two heights.
 * @param current row that is brought into sight whenever it changes; −1 = none.
 */
export function useVirtualRows(
  count: number,
  rowPx: number,
  headPx: number,
  current: number,
): readonly [area: RefCallback<HTMLElement>, rows: VirtualRows] {
  const [element, area] = useState<HTMLElement | null>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(0);
  useLayoutEffect(() => {
    if (element === null) return undefined;
    const measure = (): void => setHeight(element.clientHeight);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  useLayoutEffect(() => {
    if (element === null || current < 0) return;
    const at = current * rowPx;
    const room = element.clientHeight - headPx;
    if (at < element.scrollTop) element.scrollTo({ top: at });
    else if (at + rowPx > element.scrollTop + room) element.scrollTo({ top: at + rowPx - room });
  }, [element, current, rowPx, headPx]);
  const onScroll = useCallback((event: UIEvent<HTMLElement>) => setTop(event.currentTarget.scrollTop), []);
  const visible = Math.max(1, Math.floor((height - headPx) / rowPx));
  const first = Math.max(0, Math.min(count, Math.floor(top / rowPx) - SPARE_ROWS));
  const end = Math.min(count, Math.ceil((top + height) / rowPx) + SPARE_ROWS);
  return [area, { onScroll, first, end, visible, abovePx: first * rowPx, belowPx: (count - end) * rowPx }];
}
