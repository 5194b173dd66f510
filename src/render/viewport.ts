/*
 * Zoom and pan. Zoom snaps to steps; the wheel and the keys go from step to step, a pinch is free while it lasts
 * and snaps at its end. `fit` shows everything, at most at 100 % unless there is room for a whole step more.
 */
import { select, type Selection } from 'd3-selection';
import { zoom, zoomIdentity, type D3ZoomEvent, type ZoomBehavior, type ZoomTransform } from 'd3-zoom';
import { grown, right, bottom } from './layout/geometry.ts';
import type { Rect } from './layout/sceneModel.ts';

export const ZOOM_STEPS: readonly number[] = [0.5, 0.75, 1, 1.5, 2];
/** For machines that fit only at less: between the whole of them and where things can be told apart. */
const FAR_STEPS: readonly number[] = [0.0625, 0.125, 0.25];
/** A far step must show clearly more than the whole machine does. */
const CLEARLY_NEARER = 1.25;
const LEAST_ZOOM = 0.04;
/** Between the content and the edge of the view when everything is shown. */
const FIT_MARGIN = 16;
const LEAST_MARGIN = 6;
/** The view may be moved until this much of the content's surroundings is in the middle. */
const PAN_MARGIN = 400;
/** Wheel distance of one step, in the events' own pixels. */
const WHEEL_STEP = 80;
/** What was searched for is shown at least this large. */
const READABLE_ZOOM = 0.75;

export interface ViewportSize {
  readonly width: number;
  readonly height: number;
}

/** The zoom at which all of `bounds` is visible: whole steps from 100 % on, anything below. */
export function fitZoom(bounds: Rect, size: ViewportSize): number {
  const most = (margin: number): number =>
    Math.min(
      (size.width - 2 * margin) / Math.max(1, bounds.width),
      (size.height - 2 * margin) / Math.max(1, bounds.height),
    );
  // At whole steps hairlines are sharp: for that the margin may be narrow.
  const step = ZOOM_STEPS.filter((candidate) => candidate >= 1 && candidate <= most(LEAST_MARGIN)).at(-1);
  return step ?? Math.max(LEAST_ZOOM, Math.min(1, most(FIT_MARGIN)));
}

/** Where the zoom may rest: the steps, the fitting zoom, and for large machines what lies between. */
function zoomStops(fitting: number): readonly number[] {
  const far = FAR_STEPS.filter((step) => step > fitting * CLEARLY_NEARER);
  return [...new Set([...ZOOM_STEPS, ...far, Math.min(fitting, 1)])].toSorted((a, b) => a - b);
}

/** The next zoom in a direction: a step, or the fitting zoom between or below the steps. */
export function nextZoom(current: number, direction: number, fitting: number): number {
  const stops = zoomStops(fitting);
  const near = 1e-3;
  const found =
    direction > 0
      ? stops.find((stop) => stop > current * (1 + near))
      : stops.findLast((stop) => stop < current * (1 - near));
  return found ?? current;
}

export interface ViewportRules {
  /** False for presses that mean something else than moving the view. */
  readonly pans?: (event: Event) => boolean;
  /** Fitting magnifies no more than this. */
  readonly mostFit?: number;
}

export class Viewport {
  readonly #target: Selection<SVGSVGElement, unknown, null, undefined>;
  readonly #behaviour: ZoomBehavior<SVGSVGElement, unknown>;
  #bounds: Rect = { x: 0, y: 0, width: 1, height: 1 };
  #size: ViewportSize = { width: 1, height: 1 };
  #transform: ZoomTransform = zoomIdentity;
  #wheel = 0;
  /** The user has chosen a place; resizing keeps it instead of fitting again. */
  #isChosen = false;

  readonly #rules: ViewportRules;

  constructor(svg: SVGSVGElement, onChange: (transform: ZoomTransform) => void, rules: ViewportRules = {}) {
    this.#rules = rules;
    this.#target = select(svg);
    this.#behaviour = zoom<SVGSVGElement, unknown>()
      .scaleExtent([LEAST_ZOOM, ZOOM_STEPS.at(-1) ?? 2])
      .filter(
        (event: Event) =>
          event.type !== 'wheel' && event.type !== 'dblclick' && !isSecondary(event) && rules.pans?.(event) !== false,
      )
      .clickDistance(4)
      .on('zoom', (event: D3ZoomEvent<SVGSVGElement, unknown>) => {
        if (event.sourceEvent !== null && event.sourceEvent !== undefined) this.#isChosen = true;
        this.#transform = event.transform;
        onChange(event.transform);
      })
      .on('end', (event: D3ZoomEvent<SVGSVGElement, unknown>) => {
        if (event.sourceEvent !== null && event.sourceEvent !== undefined) this.#snap();
      });
    this.#target.call(this.#behaviour);
    svg.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false });
  }

  get transform(): ZoomTransform {
    return this.#transform;
  }

  /** Content and view; fits unless the user has chosen a place. */
  setExtent(bounds: Rect, size: ViewportSize): void {
    this.#bounds = bounds;
    this.#size = size;
    const world = grown(bounds, PAN_MARGIN);
    this.#behaviour
      .extent([
        [0, 0],
        [size.width, size.height],
      ])
      .translateExtent([
        [world.x, world.y],
        [right(world), bottom(world)],
      ]);
    if (!this.#isChosen) this.fit();
  }

  /** Other content: what was chosen for the old one is forgotten. */
  reset(): void {
    this.#isChosen = false;
  }

  fit(): void {
    const k = this.#fitZoom();
    const x = Math.round((this.#size.width - this.#bounds.width * k) / 2 - this.#bounds.x * k);
    const y = Math.round(
      Math.max(LEAST_MARGIN, (this.#size.height - this.#bounds.height * k) / 2) - this.#bounds.y * k,
    );
    this.#isChosen = false;
    this.#behaviour.transform(this.#target, zoomIdentity.translate(x, y).scale(k));
  }

  /** Steps in or out around a point of the view (default: its middle). */
  zoomBy(steps: number, point: [number, number] = [this.#size.width / 2, this.#size.height / 2]): void {
    const fitting = this.#fitZoom();
    let k = this.#transform.k;
    for (let step = 0; step < Math.abs(steps); step += 1) k = nextZoom(k, Math.sign(steps), fitting);
    this.#isChosen = true;
    this.#behaviour.scaleTo(this.#target, k, point);
    this.#snap();
  }

  /** Moves the view as little as needed to show a rectangle of the world. */
  reveal(rect: Rect): void {
    const { x, y, k } = this.#transform;
    const margin = FIT_MARGIN;
    const left = rect.x * k + x;
    const top = rect.y * k + y;
    const dx = shift(left, left + rect.width * k, this.#size.width, margin);
    const dy = shift(top, top + rect.height * k, this.#size.height, margin);
    if (dx === 0 && dy === 0) return;
    this.#isChosen = true;
    this.#behaviour.translateBy(this.#target, dx / k, dy / k);
    this.#snap();
  }

  get size(): ViewportSize {
    return this.#size;
  }

  /** What is in view of the content. */
  get visible(): Rect {
    const { x, y, k } = this.#transform;
    return { x: -x / k, y: -y / k, width: this.#size.width / k, height: this.#size.height / k };
  }

  /** True if all of the content is in view. */
  get showsAll(): boolean {
    const { x, y, k } = this.#transform;
    const left = this.#bounds.x * k + x;
    const top = this.#bounds.y * k + y;
    return (
      left >= 0 &&
      top >= 0 &&
      left + this.#bounds.width * k <= this.#size.width &&
      top + this.#bounds.height * k <= this.#size.height
    );
  }

  /**
   * Other content in which something kept its place: the view moves along with it. What grew out of the view is
   * fitted in again, unless the user has chosen where to look.
   * @param keeps the zoom stays even so.
   */
  follow(bounds: Rect, size: ViewportSize, moved: { readonly x: number; readonly y: number }, keeps = false): void {
    const chosen = this.#isChosen || keeps;
    this.#isChosen = true;
    this.setExtent(bounds, size);
    const { x, y, k } = this.#transform;
    this.#behaviour.transform(this.#target, zoomIdentity.translate(x - moved.x * k, y - moved.y * k).scale(k));
    this.#isChosen = chosen;
    if (!chosen && !this.showsAll) this.fit();
    else if (keeps && bounds.width * k <= size.width && bounds.height * k <= size.height) this.reveal(bounds);
  }

  /** Puts the middle of a rectangle into the middle of the view, near enough to read. */
  centreOn(rect: Rect): void {
    const k = Math.max(this.#transform.k, READABLE_ZOOM);
    const x = this.#size.width / 2 - (rect.x + rect.width / 2) * k;
    const y = this.#size.height / 2 - (rect.y + rect.height / 2) * k;
    this.#isChosen = true;
    this.#behaviour.transform(this.#target, zoomIdentity.translate(x, y).scale(k));
    this.#snap();
  }

  /** A place of the page in the content's coordinates. */
  toWorld(clientX: number, clientY: number): [number, number] {
    const box = this.#target.node()?.getBoundingClientRect();
    return this.#transform.invert([clientX - (box?.left ?? 0), clientY - (box?.top ?? 0)]);
  }

  #fitZoom(): number {
    return Math.min(fitZoom(this.#bounds, this.#size), this.#rules.mostFit ?? Infinity);
  }

  dispose(): void {
    this.#target.on('.zoom', null);
  }

  /** Whole pixels, so that hairlines stay sharp; after a pinch the nearest step. */
  #snap(): void {
    const { x, y, k } = this.#transform;
    const stops = zoomStops(this.#fitZoom());
    const nearest = stops.reduce((best, stop) =>
      Math.abs(Math.log(stop / k)) < Math.abs(Math.log(best / k)) ? stop : best,
    );
    if (Math.abs(nearest / k - 1) > 1e-3) {
      this.#behaviour.scaleTo(this.#target, nearest);
      return;
    }
    const [wholeX, wholeY] = [Math.round(x), Math.round(y)];
    if (wholeX !== x || wholeY !== y)
      this.#behaviour.transform(this.#target, zoomIdentity.translate(wholeX, wholeY).scale(k));
  }

  #onWheel(event: WheelEvent): void {
    event.preventDefault();
    this.#wheel += event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1) * (event.ctrlKey ? 6 : 1);
    if (Math.abs(this.#wheel) < WHEEL_STEP) return;
    const box = this.#target.node()?.getBoundingClientRect();
    this.zoomBy(-Math.sign(this.#wheel), [event.clientX - (box?.left ?? 0), event.clientY - (box?.top ?? 0)]);
    this.#wheel = 0;
  }
}

function isSecondary(event: Event): boolean {
  return event instanceof MouseEvent && (event.button !== 0 || event.ctrlKey);
}

/** How far to move a span so that it lies inside the view. One that is too long stays where it fills half of it. */
export function shift(from: number, to: number, size: number, margin: number): number {
  const isTooLong = to - from > size - 2 * margin;
  if (isTooLong && Math.min(to, size) - Math.max(from, 0) >= size / 2) return 0;
  if (from < margin) return margin - from;
  return to > size - margin ? Math.max(size - margin - to, margin - from) : 0;
}
