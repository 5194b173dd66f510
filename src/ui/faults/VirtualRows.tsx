import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

const OVERSCAN = 6;
const FIRST_HEIGHT = 240;

interface VirtualRowsProps<T> {
  readonly label: string;
  readonly rows: readonly T[];
  readonly rowHeight: number;
  readonly render: (row: T, index: number) => ReactNode;
  /** Index of the current row; arrows move it. */
  readonly current: number;
  readonly onCurrent: (index: number) => void;
  readonly head: ReactNode;
}

/** Stands for rows that are out of sight: height alone. */
function Spacer({ height }: { readonly height: number }) {
  return <tr aria-hidden="true" style={{ height }} />;
}

/** A table of which only the visible rows exist. One tab stop; arrows, Page Up and Down, Home and End choose a row. */
export function VirtualRows<T>(props: VirtualRowsProps<T>) {
  const { label, rows, rowHeight, render, current, onCurrent, head } = props;
  const scroller = useRef<HTMLElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(FIRST_HEIGHT);
  const first = Math.max(0, Math.floor(top / rowHeight) - OVERSCAN);
  const last = Math.min(rows.length, Math.ceil((top + height) / rowHeight) + OVERSCAN);
  const onKey = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(height / rowHeight) - 1);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + page,
      PageUp: current - page,
      Home: 0,
      End: rows.length - 1,
    };
    const wanted = moves[event.key];
    if (wanted === undefined || rows.length === 0) return;
    event.preventDefault();
    const next = Math.min(rows.length - 1, Math.max(0, wanted));
    onCurrent(next);
    const element = scroller.current;
    if (element === null) return;
    const y = next * rowHeight;
    if (y < element.scrollTop) element.scrollTop = y;
    else if (y + 2 * rowHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = y + 2 * rowHeight - element.clientHeight;
  };
  return (
    // A scrolling region has to be reachable with the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section
      ref={scroller}
      className="virtual-scroll"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      aria-label={label}
      onKeyDown={onKey}
      onScroll={(event) => {
        setTop(event.currentTarget.scrollTop);
        setHeight(event.currentTarget.clientHeight);
      }}
    >
      <table className="error-log" aria-rowcount={rows.length}>
        <thead>{head}</thead>
        <tbody>
          {first > 0 ? <Spacer height={first * rowHeight} /> : undefined}
          {rows.slice(first, last).map((row, index) => render(row, first + index))}
          {last < rows.length ? <Spacer height={(rows.length - last) * rowHeight} /> : undefined}
        </tbody>
      </table>
    </section>
  );
}
