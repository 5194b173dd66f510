/*
 * Small drawing words on d3 selections: what every part of the still layer uses.
 */
import type { Selection } from 'd3-selection';
import type { Geometry } from '../layout/geometry.ts';
import type { Rect } from '../layout/sceneModel.ts';
import type { Detail } from './detail.ts';
import { fitName, fitText, TEXT, type MeasureText, type TextStyleName } from './textFit.ts';

export type Group = Selection<SVGGElement, unknown, null, undefined>;
export type TextElement = Selection<SVGTextElement, unknown, null, undefined>;

export interface TextParts {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly style: TextStyleName;
  readonly tone?: 'pl-t2' | 'pl-t3' | 'pl-ink';
  readonly anchor?: 'end' | 'middle';
  /** Room in world units; longer text is cut. */
  readonly width?: number;
  /** The name of one thing among many: its end is kept as well. */
  readonly isName?: boolean;
}

/** What drawing needs to know beside the shapes. */
export class Brush {
  readonly geometry: Geometry;
  readonly detail: Detail;
  readonly measure: MeasureText;
  /** Links that carry nothing are named too; not in the small scenes of a race. */
  readonly namesIdleLinks: boolean;

  constructor(geometry: Geometry, detail: Detail, measure: MeasureText, namesIdleLinks = true) {
    this.namesIdleLinks = namesIdleLinks;
    this.geometry = geometry;
    this.detail = detail;
    this.measure = measure;
  }

  group(parent: Group, className = ''): Group {
    const group = parent.append('g');
    return className === '' ? group : group.attr('class', className);
  }

  /** A rectangle whose 1 px stroke lies inside its whole pixels. */
  rect(parent: Group, rect: Rect, className: string, radius = 0): Selection<SVGRectElement, unknown, null, undefined> {
    return parent
      .append('rect')
      .attr('class', className)
      .attr('x', rect.x + 0.5)
      .attr('y', rect.y + 0.5)
      .attr('width', Math.max(0, rect.width - 1))
      .attr('height', Math.max(0, rect.height - 1))
      .attr('rx', radius);
  }

  /** A rectangle without stroke. */
  fill(parent: Group, rect: Rect, className: string, radius = 0): Selection<SVGRectElement, unknown, null, undefined> {
    return parent
      .append('rect')
      .attr('class', className)
      .attr('x', rect.x)
      .attr('y', rect.y)
      .attr('width', Math.max(0, rect.width))
      .attr('height', Math.max(0, rect.height))
      .attr('rx', radius);
  }

  path(parent: Group, data: string, className: string): Selection<SVGPathElement, unknown, null, undefined> {
    return parent.append('path').attr('class', className).attr('d', data);
  }

  /** One line of text, cut to its room. */
  text(parent: Group, parts: TextParts): TextElement {
    const style = TEXT[parts.style];
    const classes = [
      style.family === 'mono' ? 'pl-mono' : '',
      parts.tone ?? '',
      parts.anchor === undefined ? '' : `pl-${parts.anchor}`,
    ];
    const fit = parts.isName === true ? fitName : fitText;
    const shown =
      parts.width === undefined ? parts.text : fit(parts.text, style, parts.width * this.perWorld(), this.measure);
    return parent
      .append('text')
      .attr('class', classes.filter((name) => name !== '').join(' '))
      .attr('x', parts.x)
      .attr('y', parts.y)
      .attr('font-size', style.sizePx * this.detail.textScale)
      .attr('font-weight', style.weight)
      .text(shown);
  }

  /** Width of a text in world units. */
  textWidth(text: string, style: TextStyleName): number {
    return this.measure(text, TEXT[style]) / this.perWorld();
  }

  /** CSS pixels of text for a world unit. */
  perWorld(): number {
    return 1 / this.detail.textScale;
  }
}
