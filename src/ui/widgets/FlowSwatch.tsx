import type { RunWay } from '../../engine/protocol.ts';

/** The mark of a flow: a solid capsule for P2P, a hollow square box for a bounce, a ring with a core for completions. */
export function FlowSwatch({ flow }: { readonly flow: RunWay | 'completion' | 'dllp' }) {
  return (
    <svg
      className={`flow-swatch flow-${flow}`}
      width={flow === 'dllp' ? 12 : 28}
      height="12"
      viewBox={flow === 'dllp' ? '8 0 12 12' : '0 0 28 12'}
      aria-hidden="true"
    >
      {flow === 'p2p' || flow === 'flows' ? (
        <rect x="0" y="1" width="28" height="10" rx="5" className="swatch-fill" />
      ) : undefined}
      {flow === 'bounce' || flow === 'copy' ? (
        <rect x="1" y="2" width="26" height="8" className="swatch-line" />
      ) : undefined}
      {flow === 'dllp' ? <path d="M14 2.5l3.5 3.5-3.5 3.5-3.5-3.5z" className="swatch-fill" /> : undefined}
      {flow === 'completion' ? (
        <>
          <rect x="1" y="1" width="26" height="10" rx="5" className="swatch-line" />
          <rect x="7" y="4.5" width="14" height="3" rx="1.5" className="swatch-fill" />
        </>
      ) : undefined}
    </svg>
  );
}
