import { Info, OctagonX, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

interface NoticeProps {
  readonly kind: 'error' | 'warning' | 'note';
  readonly children: ReactNode;
}

/** One sentence that matters, with the shape that says how much. */
export function Notice({ kind, children }: NoticeProps) {
  const Icon = kind === 'error' ? OctagonX : kind === 'warning' ? TriangleAlert : Info;
  return (
    <div className="notice">
      <span className={`notice-mark notice-${kind}`}>
        <Icon size={14} aria-hidden="true" />
      </span>
      <div>{children}</div>
    </div>
  );
}
