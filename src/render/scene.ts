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
import { frameLoop } from './frameLoop.ts';
import { geometryOf } from './layout/geometry.ts';
import { layoutMachine } from './layout/layoutMachine.ts';
import type { Scene } from './layout/sceneModel.ts';
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
import { Viewport } from './viewport.ts';

/** Zooms nearer than this share a drawing. */
const SAME_ZOOM = 1e-3;

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
  /** The scene things move in: another zoom keeps what is in flight. */
  #movingScene: Scene | undefined;
  #route: RouteOverlay | undefined;
  #marks: readonly SceneMark[] = [];
  #reduced = false;
  #now_ps: () => number = () => 0;
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
    this.#viewport = new Viewport(this.#layers.top, (transform) => {
      if (Math.abs(transform.k / this.#drawnZoom - 1) > SAME_ZOOM) this.#needsDrawing = true;
      this.#place();
    });
    this.#tree = new SceneTree(this.#layers.top, options.label, {
      onSelect: (node) => options.onSelect(node),
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
    if (this.#document?.functions !== topology.functions) this.#viewport.reset();
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
    this.#tree.select(node);
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
    if (this.#needsDrawing) this.#draw();
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
    this.#scene = layoutMachine(topology, this.#machine, { density: this.#options.density, width, height });
    this.#viewport.setExtent(this.#scene.bounds, { width, height });
    this.#needsDrawing = true;
  }

  #draw(): void {
    this.#needsDrawing = false;
    const scene = this.#scene;
    const topology = this.#document;
    if (scene === undefined || topology === undefined) return;
    const zoom = this.#viewport.transform.k;
    this.#drawnZoom = zoom;
    const namesIdle = this.#options.density === 'full';
    const brush = new Brush(geometryOf(scene.density), detailAt(zoom, scene.density), this.#measure, namesIdle);
    const below: Group = select(this.#layers.still).html('').append('g');
    const above = this.#tree.restart();
    this.#still = new StillLayer(below, above, { brush, scene, document: topology, machine: this.#machine });
    this.#still.showMachine(this.#view, this.#figures, this.#way);
    this.#still.markPort(this.#route?.deciding?.node);
    if (this.#movingScene !== scene) {
      this.#movingScene = scene;
      this.#moving.setScene(scene, this.#machine, topology);
    }
    if (this.#route !== undefined)
      drawRoute({ below, above }, { brush, scene, document: topology, machine: this.#machine }, this.#route);
    drawMarks({ below, above }, brush, scene, this.#marks);
    this.#tree.draw(scene, brush);
    this.#options.onZoom?.(zoom);
    this.#place();
  }

  #place(): void {
    const { x, y, k } = this.#viewport.transform;
    const transform = `translate(${x} ${y}) scale(${k})`;
    for (const svg of [this.#layers.still, this.#layers.top])
      svg.firstElementChild?.setAttribute('transform', transform);
  }
}

/** Draws a machine into a container that has a size. */
export const createScene: CreateScene = (container, options) => new SceneView(container, options);
