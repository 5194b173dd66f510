/** Two lanes that turn round below the root: the way of peer-to-peer bytes. */
export function BrandMark({ size = 22 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 22 22" fill="none" aria-hidden="true">
      <path d="M3.5 19V11a7.5 7.5 0 0 1 15 0v8" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
      <path d="M8 19v-8a3 3 0 0 1 6 0v8" className="brand-inner" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}
