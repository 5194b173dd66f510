/*
 * Marks on what is broken and on what reported it: a filled chip with an octagon or a triangle beside the port or on
 * the card, and the cut of a link that went down (design, sections 2 and 8).
 */
import { right } from '../layout/geometry.ts';
import type { Rect, Scene } from '../layout/sceneModel.ts';
import type { SceneMark } from '../sceneHandle.ts';
import type { Brush, Group } from './brush.ts';
import { drawCutLink } from './drawLinks.ts';
import { TEXT } from './textFit.ts';

const CHIP_HEIGHT = 18;
const CHIP_PADDING = 6;
const GLYPH = 10;
const GAP = 4;

/** Whether two lists of marks draw the same. */
export function sameMarks(a: readonly SceneMark[], b: readonly SceneMark[]): boolean {
  return (
    a.length === b.length &&
    a.every((mark, index) => {
      const other = b[index];
      return (
        mark.node === other?.node && mark.text === other.text && mark.severe === other.severe && mark.cut === other.cut
      );
    })
  );
}

/** Draws every mark whose place is in the scene. Chips lie above what moves. */
export function drawMarks(
  layers: { readonly below: Group; readonly above: Group },
  brush: Brush,
  scene: Scene,
  marks: readonly SceneMark[],
): void {
  for (const mark of marks) {
    const link = mark.cut ? scene.links.find((candidate) => candidate.upper === mark.node) : undefined;
    if (link?.up === true) drawCutLink(brush, layers.below, link);
    const rect = placeOf(scene, mark);
    if (rect !== undefined) drawChip(brush, layers.above, rect, mark, scene.bounds);
  }
}

/** Ports by their lower side, everything else by its item. */
function placeOf(scene: Scene, mark: SceneMark): Rect | undefined {
  const port = scene.ports.find((candidate) => candidate.node === mark.node);
  if (port !== undefined) return port.rect;
  return scene.tree.find((candidate) => candidate.id === scene.itemOfNode.get(mark.node))?.rect;
}

function drawChip(brush: Brush, parent: Group, rect: Rect, mark: SceneMark, bounds: Rect): void {
  const scale = brush.detail.textScale;
  const width = brush.measure(mark.text, TEXT.callout) + GLYPH + GAP + 2 * CHIP_PADDING;
  const middle = rect.x + rect.width / 2 - (width * scale) / 2;
  const x = Math.max(bounds.x, Math.min(middle, right(bounds) - width * scale));
  const y = rect.y - (CHIP_HEIGHT + GAP) * scale;
  const group = brush.group(parent, 'pl-no-events').attr('transform', `translate(${x} ${y}) scale(${scale})`);
  brush.fill(group, { x: 0, y: 0, width, height: CHIP_HEIGHT }, mark.severe ? 'pl-mark-error' : 'pl-mark-warning', 4);
  const ink = mark.severe ? 'pl-mark-error-ink' : 'pl-mark-warning-ink';
  brush.path(group, mark.severe ? octagon(CHIP_PADDING, 4) : triangle(CHIP_PADDING, 4), `${ink}-line`);
  brush
    .text(group, { x: CHIP_PADDING + GLYPH + GAP, y: CHIP_HEIGHT - 5, text: mark.text, style: 'callout' })
    .attr('class', ink)
    .attr('font-size', TEXT.callout.sizePx);
}

function octagon(x: number, y: number): string {
  const cut = 3;
  const straight = GLYPH - 2 * cut;
  return `M${x + cut} ${y}h${straight}l${cut} ${cut}v${straight}l${-cut} ${cut}h${-straight}l${-cut} ${-cut}v${-straight}z`;
}

function triangle(x: number, y: number): string {
  return `M${x + GLYPH / 2} ${y}l${GLYPH / 2} ${GLYPH}h${-GLYPH}z`;
}
