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

/** Draws every mark whose place is in the scene, the first with most room. Chips lie above what moves. */
export function drawMarks(
  layers: { readonly below: Group; readonly above: Group },
  brush: Brush,
  scene: Scene,
  marks: readonly SceneMark[],
): void {
  const taken: Rect[] = [];
  for (const mark of marks) {
    const link = mark.cut ? scene.links.find((candidate) => candidate.upper === mark.node) : undefined;
    if (link?.up === true) drawCutLink(brush, layers.below, link);
    const place = placeOf(scene, mark);
    if (place === undefined) continue;
    const texts = scene.density === 'full' || mark.short === '' ? [mark.text, mark.short, ''] : [mark.short, ''];
    const chips = texts.map((text) => ({ text, rect: chipRect(brush, place, text, scene.bounds) }));
    const chip = chips.find(({ rect }) => !taken.some((other) => overlap(rect, other)));
    if (chip === undefined) continue;
    taken.push(chip.rect);
    drawChip(brush, layers.above, chip.rect, chip.text, mark.severe);
  }
}

function overlap(a: Rect, b: Rect): boolean {
  return a.x < right(b) && b.x < right(a) && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Ports by their lower side, everything else by its item. */
function placeOf(scene: Scene, mark: SceneMark): Rect | undefined {
  const port = scene.ports.find((candidate) => candidate.node === mark.node);
  if (port !== undefined) return port.rect;
  return scene.tree.find((candidate) => candidate.id === scene.itemOfNode.get(mark.node))?.rect;
}

/** Above its place, in the middle of it, inside the scene; in world units. */
function chipRect(brush: Brush, place: Rect, text: string, bounds: Rect): Rect {
  const scale = brush.detail.textScale;
  const words = text === '' ? 0 : brush.measure(text, TEXT.callout) + GAP;
  const width = (words + GLYPH + 2 * CHIP_PADDING) * scale;
  const middle = place.x + (place.width - width) / 2;
  const height = CHIP_HEIGHT * scale;
  return {
    x: Math.max(bounds.x, Math.min(middle, right(bounds) - width)),
    y: place.y - height - GAP * scale,
    width,
    height,
  };
}

function drawChip(brush: Brush, parent: Group, rect: Rect, text: string, severe: boolean): void {
  const scale = brush.detail.textScale;
  const group = brush.group(parent, 'pl-no-events').attr('transform', `translate(${rect.x} ${rect.y}) scale(${scale})`);
  const box = { x: 0, y: 0, width: rect.width / scale, height: CHIP_HEIGHT };
  brush.fill(group, box, severe ? 'pl-mark-error' : 'pl-mark-warning', 4);
  const ink = severe ? 'pl-mark-error-ink' : 'pl-mark-warning-ink';
  brush.path(group, severe ? octagon(CHIP_PADDING, 4) : triangle(CHIP_PADDING, 4), `${ink}-line`);
  if (text === '') return;
  brush
    .text(group, { x: CHIP_PADDING + GLYPH + GAP, y: CHIP_HEIGHT - 5, text, style: 'callout' })
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
