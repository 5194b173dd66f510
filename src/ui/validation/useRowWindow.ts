/* Which rows of a long table are on screen; the others are room above and below. */
import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react';

/** Rows kept beyond both edges, so that a slow scroll shows no gap. */
const MARGIN_ROWS = 12;

export interface RowWindow {
  readonly ref: RefObject<HTMLElement | null>;
  readonly onScroll: () => void;
  readonly first: number;
  /** One past the last. */
  readonly end: number;
}

/** @param rowPx height of every row. */
export function useRowWindow(count: number, rowPx: number): RowWindow {
  const ref = useRef<HTMLElement>(null);
  const [span, setSpan] = useState({ first: 0, end: 2 * MARGIN_ROWS });
  const measure = useCallback(() => {
    const element = ref.current;
    if (element === null) return;
    const first = Math.max(0, Math.floor(element.scrollTop / rowPx) - MARGIN_ROWS);
    const end = Math.min(count, Math.ceil((element.scrollTop + element.clientHeight) / rowPx) + MARGIN_ROWS);
    setSpan((known) => (known.first === first && known.end === end ? known : { first, end }));
  }, [count, rowPx]);
  useLayoutEffect(() => {
    measure();
    const element = ref.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [measure]);
  return { ref, onScroll: measure, first: Math.min(span.first, count), end: Math.min(span.end, count) };
}
