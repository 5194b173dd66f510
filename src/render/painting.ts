/*
 * What is on the page of a scene, over time: the drawing for the zoom of now, the next one while it is made, a change
 * on its way from one machine to the next, and how much of all that the pointer finds.
 */
import type { NodeId } from '../core/pcie/machineSpec.ts';
import { Drawing, type Overlays, type Stage } from './drawing.ts';
import { tweenScene } from './editing/tweenScene.ts';
import { geometryOf } from './layout/geometry.ts';
import type { Rect, Scene } from './layout/sceneModel.ts';
import type { SceneTree } from './sceneTree.ts';
import { Brush } from './still/brush.ts';
import { detailAt } from './still/detail.ts';
import type { Live, PieceParts } from './still/pieces.ts';
import { StillModel } from './still/stillLayer.ts';
import type { MeasureText } from './still/textFit.ts';
import type { Viewport } from './viewport.ts';

/** Zooms nearer than this share a drawing. */
const SAME_ZOOM = 1e-3;
/** How long things take to their new places after an edit. */
const MOVE_MS = 160;

export interface PaintingParts {
  readonly stage: Stage;
  readonly tree: SceneTree;
  readonly viewport: Viewport;
  readonly measure: MeasureText;
  /** Links that carry nothing are named too. */
  readonly namesIdleLinks: boolean;
  /** A drawing is whole: what lies above it follows. */
  readonly onWhole: (scene: Scene, brush: Brush) => void;
}

export class Painting {
  readonly #parts: PaintingParts;
  /** What of the scene is drawn: for the tweens of a change another one each frame. */
  #model: StillModel | undefined;
  #drawing: Drawing | undefined;
  /** The drawing that is being made, and takes the place of the one on the page once it is whole. */
  #next: Drawing | undefined;
  /** A change under way: the drawing as it was, and since when. */
  #move: { readonly from: Scene; readonly start_ms: number } | undefined;
  /** The scene whose items the keyboard walks; another zoom keeps them. */
  #treeScene: Scene | undefined;
  #overlays: Overlays = { route: undefined, marks: [] };
  #live: Live = { view: undefined, figures: undefined, way: 'p2p' };
  /** Where the pointer finds things. */
  #hits: Rect | undefined;
  #drawnZoom = 0;
  #needsDrawing = false;
  #needsOverlay = false;

  constructor(parts: PaintingParts) {
    this.#parts = parts;
  }

  /** Another scene. @param from the one before, if things move from their old places to the new ones. */
  setScene(parts: PieceParts, from: Scene | undefined): void {
    this.#model = new StillModel(parts);
    this.#next?.remove();
    this.#next = undefined;
    this.#move = from === undefined ? undefined : { from, start_ms: performance.now() };
    this.#needsDrawing = true;
  }

  /** The zoom may be another. */
  zoomed(): void {
    if (Math.abs(this.#parts.viewport.transform.k / this.#drawnZoom - 1) > SAME_ZOOM) this.#needsDrawing = true;
  }

  setOverlays(change: Partial<Overlays>): void {
    this.#overlays = { ...this.#overlays, ...change };
    this.#needsOverlay = true;
  }

  showMachine(live: Live): void {
    this.#live = live;
    this.#drawing?.showMachine(live);
  }

  onFrame(now_ms: number): void {
    const model = this.#model;
    if (model === undefined) return;
    if (this.#move !== undefined) this.#onMove(this.#move, model, now_ms);
    else this.#onDrawing(model);
  }

  /** True if something is drawn where this node's item is. */
  has(node: NodeId): boolean {
    return !this.#needsDrawing && this.#treeScene?.itemOfNode.has(node) === true;
  }

  /** A frame without a change under way: the next part of a new drawing, or what came into view of the one there is. */
  #onDrawing(model: StillModel): void {
    const visible = this.#parts.viewport.visible;
    if (this.#next === undefined && this.#needsDrawing) {
      this.#needsDrawing = false;
      this.#next = this.#begin(model);
    }
    const next = this.#next;
    if (next?.advance(visible) === true) {
      this.#next = undefined;
      this.#take(next);
      this.#settle(model, next.brush);
    }
    this.#drawing?.follow(visible);
    this.#showHits(visible);
    if (!this.#needsOverlay) return;
    this.#needsOverlay = false;
    this.#drawing?.overlay(this.#overlays);
  }

  /** A frame of a change: shapes on their way, keyboard and names already there. */
  #onMove(move: { readonly from: Scene; readonly start_ms: number }, model: StillModel, now_ms: number): void {
    const { parts } = model;
    const share = Math.min(1, Math.max(0, (now_ms - move.start_ms) / MOVE_MS));
    // Ease-out: fast at first.
    const eased = 1 - (1 - share) ** 3;
    if (share >= 1) this.#move = undefined;
    const now = share >= 1 ? model : new StillModel({ ...parts, scene: tweenScene(move.from, parts.scene, eased) });
    const drawing = this.#begin(now);
    drawing.complete(this.#parts.viewport.visible);
    this.#take(drawing);
    if (!this.#needsDrawing) return;
    this.#needsDrawing = false;
    this.#settle(model, drawing.brush);
    this.#showHits(this.#parts.viewport.visible);
  }

  /** A drawing for the zoom of now. */
  #begin(model: StillModel): Drawing {
    const { scene } = model.parts;
    const { viewport, measure, namesIdleLinks, stage } = this.#parts;
    const zoom = viewport.transform.k;
    this.#drawnZoom = zoom;
    const detail = detailAt(zoom, scene.density, scene.cards.length);
    return new Drawing(stage, new Brush(geometryOf(scene.density), detail, measure, namesIdleLinks), model);
  }

  /** Puts a drawing in the place of the one there is. */
  #take(drawing: Drawing): void {
    this.#drawing?.remove();
    this.#drawing = drawing;
    drawing.showMachine(this.#live);
    this.#needsOverlay = false;
    drawing.overlay(this.#overlays);
    drawing.reveal();
  }

  /** What lies above a drawing. */
  #settle({ parts: { scene } }: StillModel, brush: Brush): void {
    if (this.#treeScene === scene) this.#parts.tree.rescale(brush);
    else this.#parts.tree.draw(scene, brush);
    this.#treeScene = scene;
    this.#hits = undefined;
    this.#parts.onWhole(scene, brush);
  }

  #showHits(visible: Rect): void {
    const before = this.#hits;
    if (before?.x === visible.x && before.y === visible.y && before.width === visible.width) return;
    this.#hits = visible;
    this.#parts.tree.showHits(visible, this.#parts.viewport.transform.k);
  }
}
