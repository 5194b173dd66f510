/*
 * A drawn machine on the page: a still SVG layer, a canvas for everything that moves, and a second SVG above
 * with ports, notices and the tree that keyboard and screen reader use. Draws from the one frame loop; per
 * frame nothing here touches the page but the canvas.
 */
import './scene.css';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { MachineView } from '../engine/clientInterface.ts';
import type { MachineDescription } from '../engine/protocol.ts';
import type { TopologyDocument } from '../topology/document.ts';
import { Ground } from './drawing.ts';
import { EditLayer } from './editing/editLayer.ts';
import { moveOf } from './editing/tweenScene.ts';
import { frameLoop } from './frameLoop.ts';
import { layoutMachine } from './layout/layoutMachine.ts';
import type { Scene, TreeItem } from './layout/sceneModel.ts';
import type { TargetOffer } from '../topology/edit/api.ts';
import { LiveFigures } from './live/liveFigures.ts';
import { MovingLayer } from './moving/movingLayer.ts';
import { PathPointer } from './pathPointer.ts';
import type { ScenePath } from './moving/scenePath.ts';
import { Painting } from './painting.ts';
import { sameMarks } from './still/faultMarks.ts';
import { SceneTree } from './sceneTree.ts';
import type { CreateScene, RouteOverlay, SceneHandle, SceneMark, SceneOptions } from './sceneHandle.ts';
import type { Brush } from './still/brush.ts';
import { canvasMeasure } from './still/textFit.ts';
import { Viewport, type ViewportRules } from './viewport.ts';

/** After an edit things move to their new places; in machines with more things than this they jump. */
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
  readonly #pathPointer: PathPointer | undefined;
  readonly #grounds: readonly Ground[];
  readonly #painting: Painting;
  readonly #stopFrames: () => void;
  readonly #resize: ResizeObserver;
  #way: SceneOptions['way'];
  #document: TopologyDocument | undefined;
  #machine: MachineDescription | undefined;
  #view: MachineView | undefined;
  #figures: LiveFigures | undefined;
  #scene: Scene | undefined;
  /** The scene things move in: another zoom keeps what is in flight. */
  #movingScene: Scene | undefined;
  #marks: readonly SceneMark[] = [];
  #reduced = false;
  #now_ps: () => number = () => 0;
  readonly #edit: EditLayer | undefined;
  #collapsed = NONE;
  #anchors: readonly NodeId[] = [];
  /** What was folded or unfolded since the last layout. */
  #folded: readonly NodeId[] = [];
  #focusNext: NodeId | undefined;
  #needsLayout = false;
  #needsFigures = false;

  constructor(container: HTMLElement, options: SceneOptions) {
    this.#container = container;
    this.#options = options;
    this.#way = options.way;
    this.#layers = makeLayers(container);
    const style = getComputedStyle(container);
    const token = (name: string, otherwise: string): string => style.getPropertyValue(name).trim() || otherwise;
    const measure = canvasMeasure(token('--pl-sans', 'sans-serif'), token('--pl-mono', 'monospace'));
    this.#moving = new MovingLayer(this.#layers.canvas);
    const below = new Ground(this.#layers.still);
    const above = new Ground(this.#layers.top, { role: 'presentation' });
    this.#grounds = [below, above];
    this.#viewport = new Viewport(
      this.#layers.top,
      () => {
        this.#painting.zoomed();
        this.#place();
      },
      this.#rules(),
    );
    this.#tree = new SceneTree(this.#layers.top, above.root, options.label, {
      onSelect: (node, event) => options.onSelect(node, event),
      onFocus: (rect) => this.#viewport.reveal(rect),
    });
    this.#painting = new Painting({
      stage: { below: below.root, above: this.#tree.paint },
      tree: this.#tree,
      viewport: this.#viewport,
      measure,
      namesIdleLinks: options.density === 'full',
      onWhole: (scene, brush) => this.#onWhole(scene, brush),
    });
    if (options.editing === true) {
      this.#edit = new EditLayer(container, above.root, this.#viewport, (node) => options.onFold?.(node));
      this.#layers.top.setAttribute('aria-multiselectable', 'true');
    }
    this.#resize = new ResizeObserver(() => {
      this.#needsLayout = true;
    });
    this.#resize.observe(container);
    if (options.onStop !== undefined)
      this.#pathPointer = new PathPointer(
        container,
        { moving: this.#moving, viewport: this.#viewport },
        options.onStop,
      );
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
    // What is folded or unfolded stays below the eye.
    const before = this.#collapsed;
    this.#folded = [...nodes, ...before].filter((node) => nodes.has(node) !== before.has(node));
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
    if (!this.#needsLayout && this.#painting.has(node)) this.#tree.focus(node);
    else this.#focusNext = node;
  }

  centreOn(node: NodeId): void {
    const item = this.#scene?.tree.find((candidate) => candidate.id === this.#scene?.itemOfNode.get(node));
    if (item !== undefined) this.#viewport.centreOn(item.rect);
  }

  showRoute(route: RouteOverlay | undefined): void {
    this.#painting.setOverlays({ route });
  }

  follow(path: ScenePath | undefined): void {
    this.#moving.setPath(path);
    this.#container.classList.toggle('pl-following', path !== undefined);
  }

  lightStop(stop: number | undefined): void {
    this.#moving.path.light(stop);
  }

  setPathTime(at_ps: number | undefined): void {
    this.#moving.path.setTime(at_ps);
  }

  setNumbers(numbers: readonly (readonly [segment: number, text: string])[]): void {
    this.#moving.path.setNumbers(numbers);
  }

  setMarks(marks: readonly SceneMark[]): void {
    if (sameMarks(marks, this.#marks)) return;
    this.#marks = marks;
    this.#painting.setOverlays({ marks });
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
    this.#pathPointer?.dispose();
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
    this.#painting.onFrame(now_ms);
    const now_ps = this.#now_ps();
    const ticked = this.#figures?.tick(now_ms, now_ps, this.#reduced) ?? false;
    if (ticked || this.#needsFigures) {
      this.#needsFigures = false;
      this.#painting.showMachine({ view: this.#view, figures: this.#figures, way: this.#way });
      // For measuring: how full the last picture was.
      this.#layers.canvas.dataset['packets'] = String(this.#moving.packetCount);
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
    let from: Scene | undefined;
    if (editing === undefined || before === undefined) this.#viewport.setExtent(scene.bounds, { width, height });
    else {
      const anchors = [...this.#folded, ...this.#anchors, ...topology.hostBridges.map((bridge) => bridge.id)];
      const isFold = this.#folded.length > 0;
      this.#viewport.follow(scene.bounds, { width, height }, moveOf(before, scene, anchors), isFold);
      this.#folded = [];
      const few = scene.tree.length <= MOST_MOVING;
      if (few && !this.#reduced && before.tree.length > 0) from = before;
    }
    this.#painting.setScene({ scene, document: topology, machine: this.#machine }, from);
  }

  /** The style of the drawing, and where one looked. */
  #forget(): void {
    this.#scene = undefined;
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

  /** A drawing is whole: packets, places to put things and the keyboard follow. */
  #onWhole(scene: Scene, brush: Brush): void {
    const topology = this.#document;
    if (this.#movingScene !== scene && topology !== undefined) {
      this.#movingScene = scene;
      this.#moving.setScene(scene, this.#machine, topology);
    }
    this.#edit?.draw(scene, brush);
    const next = this.#focusNext;
    if (next !== undefined && scene.itemOfNode.has(next)) {
      this.#focusNext = undefined;
      this.#tree.focus(next);
    }
    this.#options.onZoom?.(this.#viewport.transform.k);
    this.#place();
  }

  #place(): void {
    const { x, y, k } = this.#viewport.transform;
    this.#edit?.place(this.#viewport.transform);
    for (const ground of this.#grounds) ground.place(x, y, k);
  }
}

/** Draws a machine into a container that has a size. */
export const createScene: CreateScene = (container, options) => new SceneView(container, options);
