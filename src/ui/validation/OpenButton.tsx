import { ArrowUpRight } from 'lucide-react';
import type { NumberPoint } from '../../validation/points.ts';
import { useOpenMachine } from './useOpenMachine.ts';

/** Loads the very machine of a row and goes to the view of its run. */
export function OpenButton({ point }: { readonly point: NumberPoint }) {
  const open = useOpenMachine();
  return (
    <button type="button" className="val-open" onClick={() => open(point)}>
      Open
      <span className="visually-hidden"> this machine: {point.title}</span>
      <ArrowUpRight size={13} aria-hidden="true" />
    </button>
  );
}
