import { useRef } from 'react';
import type { LinkTimeShare, RunWay } from '../../engine/protocol.ts';
import { useLive } from '../widgets/Live.tsx';

const PARTS = ['payload', 'headers', 'dllps', 'skip', 'creditStall', 'idle'] as const;

interface ShareBarProps {
  readonly read: () => LinkTimeShare | undefined;
  readonly way: RunWay;
}

/** One stacked bar; the table below it carries the figures. */
export function ShareBar({ read, way }: ShareBarProps) {
  const bar = useRef<HTMLDivElement>(null);
  useLive(() => {
    const share = read();
    for (const [index, part] of PARTS.entries()) {
      const segment = bar.current?.children[index];
      if (segment instanceof HTMLElement) segment.style.flexGrow = String(share?.[part] ?? (part === 'idle' ? 1 : 0));
    }
  }, 8);
  return (
    <div className={`share-bar flow-${way}`} ref={bar} aria-hidden="true">
      {PARTS.map((part) => (
        <span key={part} className={`share-${part}`} />
      ))}
    </div>
  );
}
