/*
 * The axis below the panels of a timeline: ticks, the present instant and the one in hand as chips on it.
 */
import { select } from 'd3-selection';
import { drawAxis, type PanelTime } from './timePanel.ts';
import { unitFor } from './timeScale.ts';

const SVG_NAMESPACE = 'http://www.w3.org/2000/svg';
const AXIS_HEIGHT = 44;
/** Middle of a chip to the middle of a tick's text beside it. */
const CHIP_REACH_PX = 44;

/** An element of its own inside another. */
export function part(className: string, parent: HTMLElement): HTMLElement {
  const element = document.createElement('div');
  element.className = className;
  parent.append(element);
  return element;
}

/** Writes a text where it is another. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Where the chips stand, in pixels of the page's element. */
export interface ChipPlaces {
  /** Of the panels in their stack. */
  readonly offset: number;
  readonly headX: number;
  /** Undefined = nothing is in hand. */
  readonly handX: number | undefined;
}

export class TimelineAxis {
  readonly #svg: SVGSVGElement;
  readonly #headChip: HTMLElement;
  readonly #handChip: HTMLElement;
  #shown = '';
  #ticks: readonly { readonly text: SVGTextElement; readonly x: number }[] = [];

  constructor(container: HTMLElement) {
    this.#svg = document.createElementNS(SVG_NAMESPACE, 'svg');
    this.#svg.setAttribute('class', 'pl-chart');
    container.append(this.#svg);
    this.#handChip = part('timeline-chip timeline-chip-hand', container);
    this.#headChip = part('timeline-chip', container);
    for (const element of [this.#svg, this.#headChip, this.#handChip]) element.setAttribute('aria-hidden', 'true');
  }

  dispose(): void {
    for (const element of [this.#svg, this.#headChip, this.#handChip]) element.remove();
  }

  show(time: PanelTime, { offset, headX, handX }: ChipPlaces): void {
    this.#showTicks(time);
    const unit = unitFor(time.span.to_ps);
    const text = (at_ps: number): string => (at_ps / unit.ps).toFixed(3);
    setText(this.#headChip, text(time.now_ps));
    this.#headChip.style.transform = `translateX(calc(${headX}px - 50%))`;
    this.#handChip.hidden = handX === undefined;
    if (handX !== undefined) {
      setText(this.#handChip, text(time.at_ps));
      this.#handChip.style.transform = `translateX(calc(${handX}px - 50%))`;
    }
    // Ticks that a chip stands on are not shown.
    for (const { text: tick, x } of this.#ticks) {
      const isCovered = [headX, handX].some(
        (middle) => middle !== undefined && Math.abs(x + offset - middle) < CHIP_REACH_PX,
      );
      const visibility = isCovered ? 'hidden' : 'visible';
      if (tick.style.visibility !== visibility) tick.style.visibility = visibility;
    }
  }

  #showTicks(time: PanelTime): void {
    const key = `${time.span.from_ps} ${time.span.to_ps} ${time.width}`;
    if (key === this.#shown) return;
    this.#shown = key;
    const root = select(this.#svg).attr('width', time.width).attr('height', AXIS_HEIGHT).html('');
    drawAxis(root.append('g'), 0.5, time);
    this.#ticks = [...this.#svg.querySelectorAll('text')].map((text) => ({ text, x: Number(text.getAttribute('x')) }));
  }
}
