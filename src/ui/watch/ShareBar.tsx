import { useRef } from 'react';
import type { LinkTimeShare, RunWay } from '../../engine/protocol.ts';
import { SHARE_PARTS, sharePart } from '../../store/metrics.ts';
import { useLive } from '../widgets/Live.tsx';

interface ShareBarProps {
  readonly read: () => LinkTimeShare | undefined;
  readonly way: RunWay;
}

/** One stacked bar; the table below it carries the figures. */
export function ShareBar({ read, way }: ShareBarProps) {
  const bar = useRef<HTMLDivElement>(null);
  useLive(() => {
    const share = read();
    for (const [index, part] of SHARE_PARTS.entries()) {
      const segment = bar.current?.children[index];
      if (segment instanceof HTMLElement)
        segment.style.flexGrow = String(share === undefined ? (part === 'idle' ? 1 : 0) : sharePart(share, part));
    }
  }, 8);
  return (
    <div className={`share-bar flow-${way}`} ref={bar} aria-hidden="true">
      {SHARE_PARTS.map((part) => (
        <span key={part} className={`share-${part}`} />
      ))}
    </div>
  );
}
