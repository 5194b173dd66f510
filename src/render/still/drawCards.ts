/*
 * Device cards and empty slots.
 */
import { right } from '../layout/geometry.ts';
import type { CardShape, Rect, SlotShape } from '../layout/sceneModel.ts';
import type { Brush, Group, TextElement } from './brush.ts';
import { GLYPH_SIZE, GLYPHS } from './glyphs.ts';

/** What changes on a card while the machine runs. Absent where the drawing has no room for it. */
export interface CardView {
  readonly node: string;
  readonly memoryBytes: number;
  readonly state: TextElement | undefined;
  /** Room for state and value together, CSS pixels of text. */
  readonly lineWidth: number;
  readonly value: TextElement | undefined;
  /** Text that gives way while there is something to say. */
  readonly replaced: TextElement | undefined;
  readonly fill: SVGRectElement | undefined;
  /** Width of the fill when the memory is full. */
  readonly fillWidth: number;
}

const INSET = 11;
const STACK_STEP = 4;

/** A card; several functions of one device show as a stack. */
export function drawCard(brush: Brush, parent: Group, card: CardShape): CardView {
  const group = brush.group(parent);
  const { rect } = card;
  const { detail } = brush;
  const layers = Math.min(2, card.members.length - 1);
  for (let layer = layers; layer > 0; layer -= 1) {
    const shift = layer * STACK_STEP;
    brush.rect(group, { ...rect, x: rect.x + shift, y: rect.y + shift, width: rect.width - shift }, 'pl-card', 6);
  }
  const front = layers === 0 ? rect : { ...rect, width: rect.width - layers * STACK_STEP, height: rect.height };
  brush.rect(group, front, 'pl-card', 6);
  const empty: CardView = {
    node: card.node,
    memoryBytes: card.memoryBytes,
    state: undefined,
    lineWidth: 0,
    value: undefined,
    replaced: undefined,
    fill: undefined,
    fillWidth: 0,
  };
  if (detail.card === 'none') return empty;
  if (brush.geometry.density === 'compact') return { ...empty, ...drawCompact(brush, group, card, front) };
  return { ...empty, ...drawFull(brush, group, card, front) };
}

/** Below a name where there is one line: which function it is, or of a folded switch what it stands for. */
function under({ folded, lines, bdf }: CardShape): string {
  return folded ? lines[0] : bdf;
}

type LiveParts = Partial<Pick<CardView, 'state' | 'value' | 'lineWidth' | 'replaced' | 'fill' | 'fillWidth'>>;

function drawFull(brush: Brush, group: Group, card: CardShape, rect: Rect): LiveParts {
  const { detail } = brush;
  const inner = rect.width - 2 * INSET;
  const x = rect.x + INSET;
  if (detail.card === 'name' || detail.card === 'short') return drawSmall(brush, group, card, rect);
  const glyph = GLYPH_SIZE + 7;
  const roomy = detail.card === 'all';
  const bdf = roomy && card.bdf !== '' ? brush.textWidth(card.bdf, 'smallMono') + 6 : 0;
  drawGlyph(group, card, x, rect.y + 17);
  brush.text(group, {
    x: x + glyph,
    y: rect.y + 30,
    text: card.name,
    style: 'cardName',
    width: inner - glyph - bdf,
    isName: true,
  });
  if (bdf > 0)
    brush.text(group, {
      x: right(rect) - INSET,
      y: rect.y + 30,
      text: card.bdf,
      style: 'smallMono',
      tone: 'pl-t2',
      anchor: 'end',
    });
  if (roomy) {
    card.lines.forEach((line, index) => {
      const tone = index === 0 ? 'pl-t2' : 'pl-t3';
      brush.text(group, { x, y: rect.y + 53 + index * 16, text: line, style: 'cardLine', tone, width: inner });
    });
  } else {
    const style = card.folded ? 'cardLine' : 'bdf';
    brush.text(group, { x, y: rect.y + 56, text: under(card), style, tone: 'pl-t2', width: inner });
  }
  brush.path(group, `M${x} ${rect.y + 80.5}H${right(rect) - INSET}`, 'pl-rule');
  const y = rect.y + 98;
  const state = brush.text(group, { x, y, text: '', style: 'cardLine', tone: 'pl-t2' });
  const value = brush.text(group, { x: right(rect) - INSET, y, text: '', style: 'cardValue', anchor: 'end' });
  const bed = { x, y: rect.y + rect.height - 7, width: inner, height: 2 };
  const fill = brush.fill(group, { ...bed, width: 0 }, 'pl-fill-neutral').node() ?? undefined;
  return { state, value, fill, fillWidth: inner, lineWidth: inner * brush.perWorld() };
}

function drawGlyph(group: Group, card: CardShape, x: number, y: number): void {
  group
    .append('path')
    .attr('class', 'pl-glyph')
    .attr('d', GLYPHS[card.glyph])
    .attr('transform', `translate(${x} ${y})`);
}

/** Name, and the BDF below it if there is room. */
function drawSmall(brush: Brush, group: Group, card: CardShape, rect: Rect): LiveParts {
  const { detail, geometry } = brush;
  const twoLines = detail.card === 'short';
  const inset = Math.min(INSET, (twoLines ? 6 : 3) * detail.textScale);
  const width = rect.width - 2 * inset;
  const line = 15 * detail.textScale;
  const top = rect.y + geometry.portHeight / 2;
  const middle = (top + rect.y + rect.height) / 2 + 4 * detail.textScale;
  const y = middle - (twoLines ? line / 2 : 0);
  const style = twoLines ? 'smallName' : 'tinyName';
  const tone = card.kind === 'quiet' ? ({ tone: 'pl-t3' } as const) : {};
  const x = twoLines ? rect.x + inset : rect.x + rect.width / 2;
  const anchor = twoLines ? {} : ({ anchor: 'middle' } as const);
  brush.text(group, { x, y, text: card.name, style, width, isName: true, ...anchor, ...tone });
  const below = card.folded ? 'small' : 'smallMono';
  if (twoLines) brush.text(group, { x, y: y + line, text: under(card), style: below, tone: 'pl-t3', width });
  return {};
}

function drawCompact(brush: Brush, group: Group, card: CardShape, rect: Rect): LiveParts {
  if (brush.detail.card !== 'state') return drawSmall(brush, group, card, rect);
  const inset = 10;
  const width = rect.width - 2 * inset;
  const quiet = card.kind === 'quiet' ? ({ tone: 'pl-t3' } as const) : {};
  const x = rect.x + inset;
  brush.text(group, { x, y: rect.y + 24, text: card.name, style: 'smallName', width, isName: true, ...quiet });
  const y = rect.y + 40;
  const below = card.folded ? 'small' : 'smallMono';
  const bdf = brush.text(group, { x, y, text: under(card), style: below, tone: 'pl-t3', width });
  const room = width - brush.textWidth(bdf.text(), below) - 4;
  // Without room for both, what the device does takes the place of its number.
  const isShared = room < brush.textWidth('receives', 'small');
  const place = isShared ? { x } : { x: right(rect) - inset, anchor: 'end' as const };
  const state = brush.text(group, { ...place, y, text: '', style: 'small', tone: 'pl-t3' });
  return isShared ? { state, replaced: bdf } : { state };
}

/** A slot nothing is plugged into. */
export function drawSlot(brush: Brush, parent: Group, slot: SlotShape): void {
  const { rect } = slot;
  const group = brush.group(parent);
  brush.rect(group, rect, 'pl-slot', 6);
  const { card } = brush.detail;
  if (card === 'none' || card === 'name') return;
  const x = rect.x + rect.width / 2;
  const middle = rect.y + rect.height / 2 + 4;
  const [title, note] = slot.lines;
  const full = brush.geometry.density === 'full';
  const twoLines = full && card !== 'short';
  // Half the distance of the lines; text keeps its size while the slot shrinks.
  const apart = 9 * brush.detail.textScale;
  const width = rect.width - 8;
  const text = twoLines ? title : 'empty';
  brush.text(group, {
    x,
    y: middle - (twoLines ? apart : 0),
    text,
    style: 'plateNote',
    tone: twoLines ? 'pl-t2' : 'pl-t3',
    anchor: 'middle',
    width,
  });
  if (twoLines)
    brush.text(group, { x, y: middle + apart, text: note, style: 'small', tone: 'pl-t3', anchor: 'middle', width });
}
