import type { MapType } from '../../core/pcie/verdict.ts';

export type Glyph = MapType | 'HOST';

/** Full disc: bus address. Half disc: through the host bridge. Struck disc: not supported. Square: host memory. */
export function VerdictGlyph({ kind, size = 14 }: { readonly kind: Glyph; readonly size?: number }) {
  return (
    <svg className="verdict-glyph" width={size} height={size} viewBox="0 0 14 14" aria-hidden="true">
      {kind === 'HOST' ? (
        <rect x="2" y="2" width="10" height="10" fill="none" stroke="currentColor" strokeWidth="1.5" />
      ) : (
        <circle
          cx="7"
          cy="7"
          r="5.25"
          fill={kind === 'BUS_ADDR' ? 'currentColor' : 'none'}
          stroke="currentColor"
          strokeWidth="1.75"
        />
      )}
      {kind === 'THRU_HOST_BRIDGE' ? <path d="M7 2a5 5 0 0 1 0 10z" fill="currentColor" /> : undefined}
      {kind === 'NOT_SUPPORTED' ? <path d="M3.4 3.4l7.2 7.2" stroke="currentColor" strokeWidth="1.75" /> : undefined}
    </svg>
  );
}
