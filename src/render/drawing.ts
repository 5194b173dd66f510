/*
 * One drawing of a scene at one zoom: the still layer, and above it what is said about the machine (a route, marks).
 * A large drawing is made over several frames, unseen, and then takes the place of the one before.
 */
import { select } from 'd3-selection';
import { grown } from './layout/geometry.ts';
import type { Rect } from './layout/sceneModel.ts';
import type { RouteOverlay, SceneMark } from './sceneHandle.ts';
import type { Brush, Group } from './still/brush.ts';
import { drawMarks } from './still/faultMarks.ts';
import type { Live } from './still/pieces.ts';
import { drawRoute } from './still/routeOverlay.ts';
import { StillLayer, type StillModel } from './still/stillLayer.ts';

/** So many pieces are drawn at once; of more, so many a frame. */
const AT_ONCE = 140;
const A_FRAME = 56;
/** Around the view: drawn when nothing else is to do, and kept. Shares of the view. */
const AHEAD = 0.3;
const KEPT = 0.8;

/** The groups a drawing makes its own groups in. */
export interface Stage {
  readonly below: Group;
  readonly above: Group;
}

export interface Overlays {
  readonly route: RouteOverlay | undefined;
  readonly marks: readonly SceneMark[];
}

/** A rectangle grown by a share of its larger side. */
function around(view: Rect, share: number): Rect {
  return grown(view, Math.max(view.width, view.height) * share);
}

export class Drawing {
  readonly brush: Brush;
  readonly model: StillModel;
  readonly #below: Group;
  readonly #above: Group;
  readonly #still: StillLayer;
  #overlays: Stage | undefined;
  #seen: Rect | undefined;
  #isAhead = false;
  #began = false;

  constructor(stage: Stage, brush: Brush, model: StillModel) {
    this.brush = brush;
    this.model = model;
    // Laid out where it will stand, but not to be seen until it is whole.
    this.#below = brush.group(stage.below).attr('opacity', 0);
    this.#above = brush.group(stage.above).attr('opacity', 0);
    this.#still = new StillLayer(this.#below, this.#above, brush, model);
  }

  /** The next part of the work. @returns true once nothing in view is missing. */
  advance(view: Rect): boolean {
    const most = this.#began ? A_FRAME : AT_ONCE;
    this.#began = true;
    return this.#still.show(view, most);
  }

  /** All of it, however long that takes. */
  complete(view: Rect): void {
    this.#still.show(view, Infinity);
  }

  /** Lets it be seen. */
  reveal(): void {
    this.#below.attr('opacity', null);
    this.#above.attr('opacity', null);
  }

  /** The view moved, or a frame has nothing to do: what comes into view is drawn, then what is around it. */
  follow(view: Rect): void {
    const before = this.#seen;
    const moved = before === undefined || before.x !== view.x || before.y !== view.y || before.width !== view.width;
    if (moved) {
      this.#seen = view;
      this.#isAhead = false;
      this.#still.show(view, Infinity);
      return;
    }
    if (this.#isAhead) return;
    this.#isAhead = this.#still.show(around(view, AHEAD), A_FRAME);
    if (this.#isAhead) this.#still.forget(around(view, KEPT));
  }

  showMachine(live: Live): void {
    this.#still.showMachine(live);
  }

  /** Draws what is said about the machine anew. */
  overlay({ route, marks }: Overlays): void {
    for (const group of [this.#overlays?.below, this.#overlays?.above]) group?.remove();
    const layers = { below: this.brush.group(this.#below), above: this.brush.group(this.#above) };
    this.#overlays = layers;
    const { parts } = this.model;
    this.#still.markPort(route?.deciding?.node);
    if (route !== undefined) drawRoute(layers, { ...parts, brush: this.brush }, route);
    drawMarks(layers, this.brush, parts.scene, marks);
  }

  remove(): void {
    this.#below.remove();
    this.#above.remove();
  }
}

/** A group of a layer that moves with the view and one inside it that grows with the zoom. */
export class Ground {
  readonly #moved: SVGGElement;
  readonly root: Group;

  /** @param attributes of both groups: roles. */
  constructor(svg: SVGSVGElement, attributes: Readonly<Record<string, string>> = {}) {
    const moved = select(svg).append('g').attr('class', 'pl-ground');
    const root = moved.append('g');
    for (const [name, value] of Object.entries(attributes)) {
      moved.attr(name, value);
      root.attr(name, value);
    }
    this.#moved = moved.node() ?? document.createElementNS('http://www.w3.org/2000/svg', 'g');
    this.root = root;
  }

  /** Moving costs no drawing; another zoom does. */
  place(x: number, y: number, zoom: number): void {
    this.#moved.style.transform = `translate(${x}px, ${y}px)`;
    this.root.attr('transform', `scale(${zoom})`);
  }
}
