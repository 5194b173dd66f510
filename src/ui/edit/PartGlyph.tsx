import { GLYPHS } from '../../render/still/glyphs.ts';
import type { PartIcon } from '../../topology/edit/api.ts';

/** Pictures of parts that never are cards; the others use the drawing's own. 16 × 16, thin line. */
const OWN: Readonly<Record<Exclude<PartIcon, 'gpu' | 'memory' | 'drive' | 'bridge'>, string>> = {
  nic: GLYPHS.network,
  dma: GLYPHS.engine,
  teaching: 'M1.5 6L8 3l6.5 3L8 9zM4.5 7.5v3.5c0 2 7 2 7 0V7.5M14.5 6v4',
  functions: 'M4.5 4.5h10v7h-10zM3 6H1.5v7.5h10V12M7 8h5',
  switch: 'M5.5 1.5h5v3.5h-5zM1.5 11h4v3.5h-4zM10.5 11h4v3.5h-4zM8 5v3M3.5 11V8h9v3',
  rootPort: 'M8 14.5V9M8 9L3.5 6.5V5M8 9l4.5-2.5V5M2 1.5h3V5H2zM11 1.5h3V5h-3zM6.5 11.5h3v3h-3z',
  conventional: 'M1.5 5h13v6h-13zM4 11v2.5M7 11v2.5M12 11v2.5M4 7.5h3',
  retimer: 'M2 12.5c6 0 6-9 12-9M2 14a1.5 1.5 0 1 0 0-3M14 2a1.5 1.5 0 1 0 0 3',
  cpu: GLYPHS.chip,
  dimm: GLYPHS.memory,
};

/** A part's picture. */
export function PartGlyph({ icon }: { readonly icon: PartIcon }) {
  const data = icon in OWN ? OWN[icon as keyof typeof OWN] : GLYPHS[icon as keyof typeof GLYPHS];
  return (
    <svg className="part-glyph" width={16} height={16} viewBox="0 0 16 16" aria-hidden="true">
      <path d={data} />
    </svg>
  );
}
