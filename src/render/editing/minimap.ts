/*
 * The whole machine in a corner while not all of it is in view: what is where, and the part that is seen. A press or
 * drag moves the view there. For the keyboard the tree does the same, so assistive technology is not told of it.
 */
import { select } from 'd3-selection';
import type { Rect, Scene } from '../layout/sceneModel.ts';

const MOST_WIDTH = 180;
const MOST_HEIGHT = 110;
const PADDING = 6;

export class Minimap {
  readonly #svg: SVGSVGElement;
  readonly #view: SVGRectElement;
  readonly #shapes: SVGPathElement;
  #scale = 1;
  #bounds: Rect = { x: 0, y: 0, width: 1, height: 1 };

  /** @param onMove the middle of the view shall be here, world coordinates. */
  constructor(container: HTMLElement, onMove: (worldX: number, worldY: number) => void) {
    const svg = select(container).append('svg').attr('class', 'pl-minimap').attr('aria-hidden', 'true');
    this.#svg = svg.node() ?? document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    this.#shapes =
      svg.append('path').attr('class', 'pl-minimap-shape').node() ??
      document.createElementNS('http://www.w3.org/2000/svg', 'path');
    this.#view =
      svg.append('rect').attr('class', 'pl-minimap-view').node() ??
      document.createElementNS('http://www.w3.org/2000/svg', 'rect');
    const move = (event: PointerEvent): void => {
      const box = this.#svg.getBoundingClientRect();
      onMove(
        (event.clientX - box.left - PADDING) / this.#scale + this.#bounds.x,
        (event.clientY - box.top - PADDING) / this.#scale + this.#bounds.y,
      );
    };
    this.#svg.addEventListener('pointerdown', (event) => {
      event.stopPropagation();
      this.#svg.setPointerCapture(event.pointerId);
      move(event);
    });
    this.#svg.addEventListener('pointermove', (event) => {
      if (this.#svg.hasPointerCapture(event.pointerId)) move(event);
    });
  }

  draw(scene: Scene): void {
    this.#bounds = scene.bounds;
    this.#scale = Math.min(
      (MOST_WIDTH - 2 * PADDING) / scene.bounds.width,
      (MOST_HEIGHT - 2 * PADDING) / scene.bounds.height,
    );
    this.#svg.style.width = `${Math.ceil(scene.bounds.width * this.#scale + 2 * PADDING)}px`;
    this.#svg.style.height = `${Math.ceil(scene.bounds.height * this.#scale + 2 * PADDING)}px`;
    const shapes = [...scene.hosts, ...scene.plates, ...scene.cards, ...scene.slots];
    this.#shapes.setAttribute(
      'd',
      shapes
        .map(({ rect }) => {
          const width = Math.max(1, rect.width * this.#scale);
          const height = Math.max(1, rect.height * this.#scale);
          return `M${this.#x(rect.x)} ${this.#y(rect.y)}h${width}v${height}h${-width}z`;
        })
        .join(''),
    );
  }

  /** @param seen the part in view, world coordinates. @param all nothing is out of view: the map is not needed. */
  place(seen: Rect, all: boolean): void {
    this.#svg.classList.toggle('pl-minimap-hidden', all);
    if (all) return;
    this.#view.setAttribute('x', String(this.#x(seen.x)));
    this.#view.setAttribute('y', String(this.#y(seen.y)));
    this.#view.setAttribute('width', String(seen.width * this.#scale));
    this.#view.setAttribute('height', String(seen.height * this.#scale));
  }

  #x(worldX: number): number {
    return (worldX - this.#bounds.x) * this.#scale + PADDING;
  }

  #y(worldY: number): number {
    return (worldY - this.#bounds.y) * this.#scale + PADDING;
  }
}
