import { useEffect, useMemo, useRef } from 'react';
import { historyOf } from '../../store/documentStore.ts';
import { useDocument } from '../model.ts';

/** Every step that was made, by name; a click goes there. */
export function History() {
  const past = useDocument((state) => state.past);
  const future = useDocument((state) => state.future);
  const jumpTo = useDocument((state) => state.jumpTo);
  const rows = useMemo(() => historyOf({ past, future }), [past, future]);
  const current = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (rows.length > 1) current.current?.scrollIntoView({ block: 'nearest' });
  }, [rows]);
  return (
    <section className="edit-history" aria-labelledby="edit-history-title">
      <header className="dock-head">
        <h2 id="edit-history-title">History</h2>
        <span className="quiet">Ctrl Z, Ctrl Shift Z</span>
      </header>
      <div className="dock-scroll">
        <ol aria-label="Steps">
          {rows.map((row) => (
            <li key={row.place}>
              <button
                ref={row.state === 'current' ? current : undefined}
                type="button"
                className={`history-row history-${row.state}`}
                aria-current={row.state === 'current' ? 'step' : undefined}
                onClick={() => jumpTo(row.place)}
              >
                {row.label}
                {row.state === 'undone' ? <span className="visually-hidden"> (undone)</span> : undefined}
              </button>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}
