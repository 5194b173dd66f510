/*
 * A drawn machine on the page: a still SVG layer, a canvas for everything that moves, and a second SVG above
 * with ports, notices and the tree that keyboard and screen reader use. Draws from the one frame loop; per
 * frame nothing here touches the page but the canvas.
 */
import './scene.css';
import { select } from 'd3-selection';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { MachineView } from '../engine/clientInterface.ts';
import type { MachineDescription } from '../engine/protocol.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { EditLayer } from './editing/editLayer.ts';
import { moveOf, tweenScene } from './editing/tweenScene.ts';
import { frameLoop } from './frameLoop.ts';
import { geometryOf } from './layout/geometry.ts';
import { layoutMachine } from './layout/layoutMachine.ts';
import type { Scene, TreeItem } from './layout/sceneModel.ts';
import type { TargetOffer } from '../topology/edit/api.ts';
import { LiveFigures } from './live/liveFigures.ts';
import { MovingLayer } from './moving/movingLayer.ts';
import { drawMarks, sameMarks } from './still/faultMarks.ts';
import { drawRoute } from './still/routeOverlay.ts';
import { SceneTree } from './sceneTree.ts';
import type { CreateScene, RouteOverlay, SceneHandle, SceneMark, SceneOptions } from './sceneHandle.ts';
import { Brush, type Group } from './still/brush.ts';
import { detailAt } from './still/detail.ts';
import { StillLayer } from './still/stillLayer.ts';
import { canvasMeasure, type MeasureText } from './still/textFit.ts';
import { Viewport, type ViewportRules } from './viewport.ts';

/** Zooms nearer than this share a drawing. */
const SAME_ZOOM = 1e-3;
/** How long things take to their new places after an edit; machines with more things than this jump. */
const MOVE_MS = 160;
const MOST_MOVING = 160;
const NONE: ReadonlySet<NodeId> = new Set();

interface Layers {
  readonly still: SVGSVGElement;
  readonly canvas: HTMLCanvasElement;
  readonly top: SVGSVGElement;
}

function makeLayers(container: HTMLElement): Layers {
  const svg = (): SVGSVGElement => document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const layers = { still: svg(), canvas: document.createElement('canvas'), top: svg() };
  layers.still.setAttribute('aria-hidden', 'true');
  layers.canvas.setAttribute('aria-hidden', 'true');
  container.classList.add('pl-scene');
  container.append(layers.still, layers.canvas, layers.top);
  return layers;
}

class SceneView implements SceneHandle {
  readonly #container: HTMLElement;
  readonly #options: SceneOptions;
  readonly #layers: Layers;
  readonly #viewport: Viewport;
  readonly #moving: MovingLayer;
  readonly #tree: SceneTree;
  readonly #stopFrames: () => void;
  readonly #resize: ResizeObserver;
  readonly #measure: MeasureText;
  #way: SceneOptions['way'];
  #document: TopologyDocument | undefined;
  #machine: MachineDescription | undefined;
  #view: MachineView | undefined;
  #figures: LiveFigures | undefined;
  #scene: Scene | undefined;
  #still: StillLayer | undefined;
  /** The scene whose items the keyboard walks; another zoom keeps them. */
  #treeScene: Scene | undefined;
  /** The scene things move in: another zoom keeps what is in flight. */
  #movingScene: Scene | undefined;
  #route: RouteOverlay | undefined;
  #marks: readonly SceneMark[] = [];
  #reduced = false;
  #now_ps: () => number = () => 0;
  readonly #edit: EditLayer | undefined;
  #collapsed = NONE;
  /** A change under way: the drawing as it was, and since when. */
  #move: { readonly from: Scene; readonly start_ms: number } | undefined;
  #anchors: readonly NodeId[] = [];
  #focusNext: NodeId | undefined;
  #drawnZoom = 0;
  #needsLayout = false;
  #needsDrawing = false;
  #needsFigures = false;

  constructor(container: HTMLElement, options: SceneOptions) {
    this.#container = container;
    this.#options = options;
    this.#way = options.way;
    this.#layers = makeLayers(container);
    const style = getComputedStyle(container);
    const token = (name: string, otherwise: string): string => style.getPropertyValue(name).trim() || otherwise;
    this.#measure = canvasMeasure(token('--pl-sans', 'sans-serif'), token('--pl-mono', 'monospace'));
    this.#moving = new MovingLayer(this.#layers.canvas);
    this.#viewport = new Viewport(
      this.#layers.top,
      (transform) => {
        if (Math.abs(transform.k / this.#drawnZoom - 1) > SAME_ZOOM) this.#needsDrawing = true;
        this.#place();
      },
      this.#rules(),
    );
    if (options.editing === true) {
      this.#edit = new EditLayer(container, this.#viewport);
      this.#layers.top.setAttribute('aria-multiselectable', 'true');
    }
    this.#tree = new SceneTree(this.#layers.top, options.label, {
      onSelect: (node, event) => options.onSelect(node, event),
      onFocus: (rect) => this.#viewport.reveal(rect),
    });
    this.#resize = new ResizeObserver(() => {
      this.#needsLayout = true;
    });
    this.#resize.observe(container);
    this.#stopFrames = frameLoop().subscribe('draw', (now_ms) => this.#onFrame(now_ms));
  }

  get packetCount(): number {
    return this.#moving.packetCount;
  }

  setMachine(topology: TopologyDocument, machine: MachineDescription | undefined): void {
    if (this.#options.editing !== true && this.#document?.functions !== topology.functions) this.#viewport.reset();
    if (this.#document?.name !== topology.name) this.#forget();
    this.#document = topology;
    this.#machine = machine;
    this.#needsLayout = true;
    this.#makeFigures();
  }

  setView(view: MachineView | undefined): void {
    this.#view = view;
    this.#makeFigures();
  }

  setWay(way: SceneOptions['way']): void {
    if (this.#way === way) return;
    this.#way = way;
    this.#makeFigures();
  }

  setClock(now_ps: () => number): void {
    this.#now_ps = now_ps;
  }

  setReducedMotion(reduced: boolean): void {
    this.#reduced = reduced;
    this.#moving.setReducedMotion(reduced);
  }

  select(node: NodeId | undefined): void {
    this.selectAll(node === undefined ? [] : [node]);
  }

  selectAll(nodes: readonly NodeId[]): void {
    this.#anchors = nodes;
    this.#tree.select(nodes);
  }

  setCollapsed(nodes: ReadonlySet<NodeId>): void {
    this.#collapsed = nodes;
    this.#needsLayout = true;
  }

  showTargets(offers: readonly TargetOffer[], current: string | undefined): void {
    this.#edit?.showTargets(offers, current);
  }

  targetAt(clientX: number, clientY: number): string | undefined {
    return this.#edit?.targetAt(clientX, clientY);
  }

  revealTarget(key: string): void {
    const ring = this.#edit?.ringOf(key);
    if (ring !== undefined) this.#viewport.reveal(ring);
  }

  itemOf(element?: EventTarget | null): TreeItem | undefined {
    return element === undefined ? this.#tree.focused : this.#tree.itemOf(element);
  }

  linkAt(clientX: number, clientY: number): NodeId | undefined {
    return this.#edit?.linkAt(clientX, clientY);
  }

  nodesWithin(box: DOMRectReadOnly): readonly NodeId[] {
    return this.#edit?.nodesWithin(box) ?? [];
  }

  focusNode(node: NodeId): void {
    if (!this.#needsLayout && this.#scene?.itemOfNode.has(node) === true) this.#tree.focus(node);
    else this.#focusNext = node;
  }

  centreOn(node: NodeId): void {
    const item = this.#scene?.tree.find((candidate) => candidate.id === this.#scene?.itemOfNode.get(node));
    if (item !== undefined) this.#viewport.centreOn(item.rect);
  }

  showRoute(route: RouteOverlay | undefined): void {
    this.#route = route;
    this.#needsDrawing = true;
  }

  setMarks(marks: readonly SceneMark[]): void {
    if (sameMarks(marks, this.#marks)) return;
    this.#marks = marks;
    this.#needsDrawing = true;
  }

  refreshTheme(): void {
    this.#moving.readTokens();
  }

  fit(): void {
    if (this.#options.editing === true) {
      // The most readable style again, whatever the drawing had before.
      this.#forget();
      this.#needsLayout = true;
    }
    this.#viewport.fit();
  }

  zoomBy(steps: number): void {
    this.#viewport.zoomBy(steps);
  }

  dispose(): void {
    this.#stopFrames();
    this.#resize.disconnect();
    this.#viewport.dispose();
    this.#tree.dispose();
    this.#container.replaceChildren();
    this.#container.classList.remove('pl-scene');
  }

  /** Figures and packets start again with every machine and every window on one. */
  #makeFigures(): void {
    this.#figures =
      this.#machine === undefined || this.#view === undefined
        ? undefined
        : new LiveFigures(this.#machine, this.#view, this.#way);
    this.#needsFigures = true;
    this.#moving.setSource(this.#machine, this.#view);
  }

  #onFrame(now_ms: number): void {
    if (this.#needsLayout) this.#layout();
    if (this.#move !== undefined) this.#onMove(this.#move, now_ms);
    else if (this.#needsDrawing) this.#draw(this.#scene);
    const now_ps = this.#now_ps();
    const ticked = this.#figures?.tick(now_ms, now_ps, this.#reduced) ?? false;
    if (ticked || this.#needsFigures) {
      this.#needsFigures = false;
      this.#still?.showMachine(this.#view, this.#figures, this.#way);
    }
    this.#moving.draw(now_ms, now_ps, this.#viewport.transform, this.#figures);
  }

  #layout(): void {
    this.#needsLayout = false;
    const topology = this.#document;
    const { clientWidth: width, clientHeight: height } = this.#container;
    if (topology === undefined || width === 0 || height === 0) return;
    this.#moving.resize(width, height);
    const before = this.#scene;
    const editing = this.#options.editing === true ? { collapsed: this.#collapsed, keep: before?.style } : undefined;
    const scene = layoutMachine(topology, this.#machine, {
      density: this.#options.density,
      width,
      height,
      ...(editing === undefined ? {} : { editing }),
    });
    this.#scene = scene;
    if (editing === undefined || before === undefined) this.#viewport.setExtent(scene.bounds, { width, height });
    else {
      const anchors = [...this.#anchors, ...topology.hostBridges.map((bridge) => bridge.id)];
      this.#viewport.follow(scene.bounds, { width, height }, moveOf(before, scene, anchors));
      const few = scene.tree.length <= MOST_MOVING;
      if (few && !this.#reduced && before.tree.length > 0) this.#move = { from: before, start_ms: performance.now() };
    }
    this.#needsDrawing = true;
  }

  /** The style of the drawing, and where one looked. */
  #forget(): void {
    this.#scene = undefined;
    this.#move = undefined;
    this.#viewport.reset();
  }

  /** What means something else than moving the view, while a machine is being built. */
  #rules(): ViewportRules {
    if (this.#options.editing !== true) return {};
    return {
      mostFit: 1,
      pans: (event) => {
        const item = this.#tree.itemOf(event.target);
        const isHost = item?.shape === 'plate' && item.level === 1;
        return !(event instanceof MouseEvent && event.shiftKey) && (item === undefined || isHost);
      },
    };
  }

  /** A frame of a change: shapes on their way, keyboard and names already there. */
  #onMove(move: { readonly from: Scene; readonly start_ms: number }, now_ms: number): void {
    const scene = this.#scene;
    if (scene === undefined) return;
    if (this.#needsDrawing) this.#draw(scene);
    const share = Math.min(1, Math.max(0, (now_ms - move.start_ms) / MOVE_MS));
    // Ease-out: fast at first.
    const eased = 1 - (1 - share) ** 3;
    if (share >= 1) {
      this.#move = undefined;
      this.#paint(scene, this.#tree.repaint());
      return;
    }
    this.#paint(tweenScene(move.from, scene, eased), this.#tree.repaint());
  }

  /** The whole drawing, with the tree above it. */
  #draw(scene: Scene | undefined): void {
    this.#needsDrawing = false;
    const topology = this.#document;
    if (scene === undefined || topology === undefined) return;
    const isNew = this.#treeScene !== scene;
    const brush = this.#paint(scene, isNew ? this.#tree.restart() : this.#tree.repaint());
    if (brush === undefined) return;
    this.#treeScene = scene;
    if (isNew) this.#tree.draw(scene, brush);
    else this.#tree.rescale(brush);
    this.#edit?.draw(this.#layers.top, scene, brush);
    const next = this.#focusNext;
    if (next !== undefined && scene.itemOfNode.has(next)) {
      this.#focusNext = undefined;
      this.#tree.focus(next);
    }
    this.#options.onZoom?.(this.#viewport.transform.k);
    this.#place();
  }

  /** The shapes of a drawing. */
  #paint(scene: Scene, above: Group): Brush | undefined {
    const topology = this.#document;
    if (topology === undefined) return undefined;
    const zoom = this.#viewport.transform.k;
    this.#drawnZoom = zoom;
    const namesIdle = this.#options.density === 'full';
    const brush = new Brush(geometryOf(scene.density), detailAt(zoom, scene.density), this.#measure, namesIdle);
    const below: Group = select(this.#layers.still).html('').append('g');
    this.#still = new StillLayer(below, above, { brush, scene, document: topology, machine: this.#machine });
    this.#still.showMachine(this.#view, this.#figures, this.#way);
    this.#still.markPort(this.#route?.deciding?.node);
    if (this.#movingScene !== this.#scene) {
      this.#movingScene = this.#scene;
      this.#moving.setScene(this.#scene ?? scene, this.#machine, topology);
    }
    if (this.#route !== undefined)
      drawRoute({ below, above }, { brush, scene, document: topology, machine: this.#machine }, this.#route);
    drawMarks({ below, above }, brush, scene, this.#marks);
    this.#place();
    return brush;
  }

  #place(): void {
    const { x, y, k } = this.#viewport.transform;
    const transform = `translate(${x} ${y}) scale(${k})`;
    this.#edit?.place(this.#viewport.transform);
    for (const svg of [this.#layers.still, this.#layers.top])
      svg.firstElementChild?.setAttribute('transform', transform);
  }
}

/** Draws a machine into a container that has a size. */
export const createScene: CreateScene = (container, options) => new SceneView(container, options);
