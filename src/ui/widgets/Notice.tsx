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
    <div className={`notice notice-${kind}`}>
      <Icon size={16} aria-hidden="true" />
      <div>{children}</div>
    </div>
  );
}
