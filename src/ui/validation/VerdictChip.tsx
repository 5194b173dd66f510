import { Check, Minus, OctagonX } from 'lucide-react';
import { VERDICT_WORDS } from '../../validation/figures.ts';
import type { PointVerdict } from '../../validation/points.ts';
import '../styles/verdictChip.css';

const ICONS = { inside: Check, missed: OctagonX, notRun: Minus } as const;

/** Inside, missed or not run: a word with a shape of its own. */
export function VerdictChip({ verdict }: { readonly verdict: PointVerdict }) {
  const Icon = ICONS[verdict];
  return (
    <span className={`val-chip val-${verdict}`}>
      <Icon size={13} aria-hidden="true" />
      {VERDICT_WORDS[verdict]}
    </span>
  );
}
