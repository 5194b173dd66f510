/*
 * How full each direction of a link is, as a line along its outer lane: dotted, dashed, long dashes, solid; the
 * direction that limits the machine is heavier. The pattern says it without colour, and without a band or packets.
 */
import type { LiveFigures } from '../live/liveFigures.ts';
import type { Frame } from './frame.ts';
import { LOAD_STEPS, loadStep } from './loadSteps.ts';
import type { Ways } from './ways.ts';

/** Farther away, lines beside links would be all there is to see. */
const LEAST_ZOOM = 0.3;
const LIMIT_WIDTH_PX = 4;
const NO_DASH: number[] = [];

export class LoadEdges {
  readonly #ways: Ways;
  /** Dashes of each step in world units, written again when the zoom changes. */
  readonly #dashes: readonly number[][] = LOAD_STEPS.map(({ dash_px }) => [...dash_px]);
  #zoom = 0;

  constructor(ways: Ways) {
    this.#ways = ways;
  }

  draw(frame: Frame, figures: LiveFigures): void {
    const { context, colours, zoom } = frame;
    if (zoom < LEAST_ZOOM) return;
    this.#scale(zoom);
    context.lineCap = 'butt';
    for (let step = 0; step < LOAD_STEPS.length; step += 1) {
      const { width_px, strong } = LOAD_STEPS[step] ?? LOAD_STEPS[0];
      context.setLineDash(this.#dashes[step] ?? NO_DASH);
      context.lineWidth = width_px / zoom;
      context.strokeStyle = strong ? colours.text : colours.text2;
      context.beginPath();
      this.#trace(frame, figures, step);
      context.stroke();
    }
    context.setLineDash(NO_DASH);
    this.#limit(frame, figures);
  }

  #scale(zoom: number): void {
    if (zoom === this.#zoom) return;
    this.#zoom = zoom;
    for (let step = 0; step < LOAD_STEPS.length; step += 1) {
      const dash = this.#dashes[step];
      const dash_px = LOAD_STEPS[step]?.dash_px;
      if (dash === undefined || dash_px === undefined) continue;
      for (let index = 0; index < dash.length; index += 1) dash[index] = (dash_px[index] ?? 0) / zoom;
    }
  }

  #trace({ context }: Frame, figures: LiveFigures, step: number): void {
    for (const { link, directions } of figures.loads) {
      for (let direction = 0; direction < 2; direction += 1) {
        const { fraction } = directions[direction === 0 ? 0 : 1];
        if (loadStep(fraction) !== step) continue;
        const edge = this.#ways.edge(link.index * 2 + direction);
        edge?.trace(context, 0, edge.length);
      }
    }
  }

  #limit({ context, colours, zoom }: Frame, { limit }: LiveFigures): void {
    const edge = limit === undefined ? undefined : this.#ways.edge(limit.link * 2 + limit.direction);
    if (edge === undefined) return;
    context.beginPath();
    edge.trace(context, 0, edge.length);
    context.lineWidth = LIMIT_WIDTH_PX / zoom;
    context.strokeStyle = colours.text;
    context.stroke();
  }
}
