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
/** On the screen: what the label of a link takes (linkLabel.ts), and how much of it is above its first base line. */
const FIGURES_PX = { full: { width: 139, height: 56 }, compact: { width: 70, height: 34 } } as const;
const ASCENT_PX = 13;
/** Of a card: what its name takes, from the upper edge on. */
const NAME_LINE_PX = 22;
const TWO_LINES_PX = 33;

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

/** Draws every mark whose place is in the scene, the first with most room, none over figures. Chips lie above what moves. */
export function drawMarks(
  layers: { readonly below: Group; readonly above: Group },
  brush: Brush,
  scene: Scene,
  marks: readonly SceneMark[],
): void {
  const taken: Rect[] = [...figureRects(brush, scene), ...nameRects(brush, scene)];
  for (const mark of marks) {
    const link = mark.cut ? scene.links.find((candidate) => candidate.upper === mark.node) : undefined;
    if (link?.up === true) drawCutLink(brush, layers.below, link);
    const place = placeOf(scene, mark);
    if (place === undefined) continue;
    const texts = scene.density === 'full' || mark.short === '' ? [mark.text, mark.short, ''] : [mark.short, ''];
    const chips = texts.flatMap((text) => chipRects(brush, place, text, scene.bounds).map((rect) => ({ text, rect })));
    const chip =
      chips.find(({ rect }) => !taken.some((other) => overlap(rect, other))) ??
      // A mark is never left out: where there is no room, its glyph alone.
      chips.find(({ text }) => text === '');
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

/** Where the figures of links are written: a mark beside them is worth more than one over them. */
function figureRects(brush: Brush, scene: Scene): Rect[] {
  const scale = brush.detail.textScale;
  const size_px = scene.density === 'full' ? FIGURES_PX.full : FIGURES_PX.compact;
  return scene.links.map(({ label }) => {
    const width = Math.min(label.width, size_px.width * scale);
    const x = label.side === 'left' ? label.x - width : label.x;
    return { x, y: label.y - ASCENT_PX * scale, width, height: size_px.height * scale };
  });
}

/** Where the names of devices are written: their first line. */
function nameRects(brush: Brush, scene: Scene): Rect[] {
  const height = NAME_LINE_PX * brush.detail.textScale;
  return scene.cards.map(({ rect }) => ({ ...rect, height: Math.min(height, rect.height / 2) }));
}

/** Above its place, in the middle of it, then below, left and right of it; inside the scene, in world units. */
function chipRects(brush: Brush, place: Rect, text: string, bounds: Rect): readonly Rect[] {
  const scale = brush.detail.textScale;
  const words = text === '' ? 0 : brush.measure(text, TEXT.callout) + GAP;
  const width = (words + GLYPH + 2 * CHIP_PADDING) * scale;
  const height = CHIP_HEIGHT * scale;
  const gap = GAP * scale;
  const within = (x: number): number => Math.max(bounds.x, Math.min(x, right(bounds) - width));
  const middleX = within(place.x + (place.width - width) / 2);
  const middleY = place.y + (place.height - height) / 2;
  const lower = place.y + place.height + TWO_LINES_PX * scale;
  return [
    { x: middleX, y: place.y - height - gap, width, height },
    { x: middleX, y: place.y + place.height + gap, width, height },
    { x: within(place.x - width - gap), y: middleY, width, height },
    { x: within(right(place) + gap), y: middleY, width, height },
    // On a card, under its name and number.
    { x: middleX, y: lower, width, height },
  ];
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
