/* Small makers of elements for charts, and the pace at which figures change. */
import type { TransferWay } from '../../topology/document.ts';
import type { ChartFlow } from './chartHandles.ts';

const SVG = 'http://www.w3.org/2000/svg';

/** Figures are rewritten at most this often; bars and playheads move every frame. */
export const FIGURE_INTERVAL_MS = 100;
/** Under reduced motion everything is rewritten at this pace. */
export const REDUCED_INTERVAL_MS = 500;
/** Tables for assistive technology follow slowly: nothing is announced by them. */
export const TABLE_INTERVAL_MS = 1000;

/** A new HTML element with a class and text, appended to `parent`. */
export function addHtml<K extends keyof HTMLElementTagNameMap>(
  parent: HTMLElement,
  name: K,
  className = '',
  text = '',
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  if (className !== '') element.className = className;
  if (text !== '') element.textContent = text;
  parent.append(element);
  return element;
}

/** A new SVG element with a class, appended to `parent`. */
export function addSvg<K extends keyof SVGElementTagNameMap>(
  parent: Element,
  name: K,
  className = '',
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, name);
  if (className !== '') element.setAttribute('class', className);
  parent.append(element);
  return element;
}

/** Writes text only where it differs: an unchanged figure costs no layout. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Colour and pattern family of a way. */
export function flowOfWay(way: TransferWay): ChartFlow {
  return way === 'p2p' ? 'p2p' : 'bounce';
}
