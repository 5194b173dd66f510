/*
 * What a drawing shows while its machine is being built, above everything else: places, and the map in the corner.
 */
import type { ZoomTransform } from 'd3-zoom';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import type { TargetOffer } from '../../topology/edit/api.ts';
import type { Rect, Scene } from '../layout/sceneModel.ts';
import type { Brush, Group } from '../still/brush.ts';
import type { Viewport } from '../viewport.ts';
import { drawFolds } from './foldHandles.ts';
import { Minimap } from './minimap.ts';
import { drawTargets, linkAt, targetAt, targetPlaces, type TargetPlace } from './targets.ts';

export class EditLayer {
  readonly #viewport: Viewport;
  readonly #minimap: Minimap;
  #scene: Scene | undefined;
  #brush: Brush | undefined;
  readonly #group: Group;
  readonly #folds: Group;
  readonly #onFold: (node: NodeId) => void;
  #offers: readonly TargetOffer[] = [];
  #places: readonly TargetPlace[] = [];
  #current: string | undefined;

  /** @param root moves and grows with the drawing. @param onFold a handle was pressed. */
  constructor(container: HTMLElement, root: Group, viewport: Viewport, onFold: (node: NodeId) => void) {
    this.#viewport = viewport;
    this.#onFold = onFold;
    this.#folds = root.append('g').attr('role', 'presentation').attr('aria-hidden', 'true');
    this.#group = root
      .append('g')
      .attr('class', 'pl-no-events')
      .attr('role', 'presentation')
      .attr('aria-hidden', 'true');
    this.#minimap = new Minimap(container, (x, y) => viewport.centreOn({ x, y, width: 0, height: 0 }));
  }

  /** A drawing was made anew. */
  draw(scene: Scene, brush: Brush): void {
    if (this.#scene !== scene) this.#minimap.draw(scene);
    this.#scene = scene;
    this.#brush = brush;
    drawFolds(brush, this.#folds, scene, this.#onFold);
    this.#locate();
    this.#show();
  }

  place({ x, y, k }: ZoomTransform): void {
    const { width, height } = this.#viewport.size;
    this.#minimap.place({ x: -x / k, y: -y / k, width: width / k, height: height / k }, this.#viewport.showsAll);
  }

  showTargets(offers: readonly TargetOffer[], current: string | undefined): void {
    const same = offers === this.#offers;
    if (same && current === this.#current) return;
    this.#offers = offers;
    this.#current = current;
    if (!same) this.#locate();
    this.#show();
  }

  targetAt(clientX: number, clientY: number): string | undefined {
    const [x, y] = this.#viewport.toWorld(clientX, clientY);
    return targetAt(this.#places, { x, y })?.key;
  }

  ringOf(key: string): Rect | undefined {
    return this.#places.find((place) => place.key === key)?.ring;
  }

  linkAt(clientX: number, clientY: number): NodeId | undefined {
    if (this.#scene === undefined || this.#brush === undefined) return undefined;
    const [x, y] = this.#viewport.toWorld(clientX, clientY);
    return linkAt(this.#brush, this.#scene, { x, y });
  }

  nodesWithin(box: DOMRectReadOnly): readonly NodeId[] {
    const [left, top] = this.#viewport.toWorld(box.left, box.top);
    const [right, bottom] = this.#viewport.toWorld(box.right, box.bottom);
    return (this.#scene?.tree ?? []).flatMap(({ node, rect, shape }) =>
      node !== undefined &&
      shape !== 'port' &&
      rect.x >= left &&
      rect.y >= top &&
      rect.x + rect.width <= right &&
      rect.y + rect.height <= bottom
        ? [node]
        : [],
    );
  }

  #locate(): void {
    this.#places = this.#scene === undefined ? [] : targetPlaces(this.#scene, this.#offers);
  }

  #show(): void {
    this.#group.node()?.replaceChildren();
    if (this.#scene === undefined || this.#brush === undefined || this.#offers.length === 0) return;
    drawTargets(this.#brush, this.#group, this.#scene, this.#places, this.#current);
  }
}
