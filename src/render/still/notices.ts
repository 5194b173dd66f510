/*
 * What is said about things in the scene: four corner brackets around the selection, a closed ring around the
 * keyboard focus, a callout at the hop that decided.
 */
import type { Point, Rect } from '../layout/sceneModel.ts';
import type { Brush, Group } from './brush.ts';
import { TEXT } from './textFit.ts';

const BRACKET_ARM = 9;
const BRACKET_GAP = 6;
const RING_GAP = 3;
const CALLOUT_PADDING = 12;
const CALLOUT_LINE = 18;
const CALLOUT_MOST_WIDTH = 260;
const CALLOUT_DROP = 14;

/** Corner brackets around a rectangle. */
export function drawBrackets(brush: Brush, parent: Group, rect: Rect): void {
  const scale = brush.detail.textScale;
  const gap = BRACKET_GAP * scale;
  const arm = BRACKET_ARM * scale;
  const left = rect.x - gap;
  const top = rect.y - gap;
  const right = rect.x + rect.width + gap;
  const bottom = rect.y + rect.height + gap;
  const corners = [
    `M${left} ${top + arm}V${top}H${left + arm}`,
    `M${right - arm} ${top}H${right}V${top + arm}`,
    `M${right} ${bottom - arm}V${bottom}H${right - arm}`,
    `M${left + arm} ${bottom}H${left}V${bottom - arm}`,
  ];
  brush.path(parent, corners.join(''), 'pl-bracket');
}

/** The keyboard's ring: 2 px, with a gap of 2 px. */
export function drawFocusRing(brush: Brush, parent: Group, rect: Rect, radius: number): void {
  const gap = RING_GAP * brush.detail.textScale;
  parent
    .append('rect')
    .attr('class', 'pl-focus')
    .attr('x', rect.x - gap)
    .attr('y', rect.y - gap)
    .attr('width', rect.width + 2 * gap)
    .attr('height', rect.height + 2 * gap)
    .attr('rx', radius + gap);
}

/**
 * A note with a tail that points at a port: first line strong, the others plain.
 * @param mostX its right edge is moved left of this, if need be.
 */
export function drawCallout(brush: Brush, parent: Group, at: Point, text: string, mostX: number): void {
  const scale = brush.detail.textScale;
  const lines = wrapped(brush, text);
  const width = Math.max(...lines.map((line) => brush.measure(line.text, TEXT[line.style]))) + 2 * CALLOUT_PADDING;
  const height = lines.length * CALLOUT_LINE + 2 * (CALLOUT_PADDING - 4);
  const x = Math.min(8, (mostX - at.x) / scale - width);
  const group = brush.group(parent, 'pl-no-events').attr('transform', `translate(${at.x} ${at.y}) scale(${scale})`);
  brush.path(group, `M0 2L10 ${CALLOUT_DROP + 12}L22 ${CALLOUT_DROP}z`, 'pl-inverse');
  brush.fill(group, { x, y: CALLOUT_DROP, width, height }, 'pl-inverse', 4);
  lines.forEach((line, index) => {
    const y = CALLOUT_DROP + CALLOUT_PADDING + 8 + index * CALLOUT_LINE;
    brush
      .text(group, { x: x + CALLOUT_PADDING, y, text: line.text, style: line.style, tone: 'pl-ink' })
      .attr('font-size', TEXT[line.style].sizePx);
  });
}

interface CalloutLine {
  readonly text: string;
  readonly style: 'callout' | 'cardLine';
}

/** Breaks a text at its line ends and at words. */
function wrapped(brush: Brush, text: string): readonly CalloutLine[] {
  const lines: CalloutLine[] = [];
  text.split('\n').forEach((paragraph, index) => {
    const style = index === 0 ? 'callout' : 'cardLine';
    let line = '';
    for (const word of paragraph.split(' ')) {
      const longer = line === '' ? word : `${line} ${word}`;
      if (line !== '' && brush.measure(longer, TEXT[style]) > CALLOUT_MOST_WIDTH) {
        lines.push({ text: line, style });
        line = word;
      } else line = longer;
    }
    lines.push({ text: line, style });
  });
  return lines;
}
