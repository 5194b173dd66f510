/*
 * What the page asks of a drawn machine. A scene owns its container: a still SVG layer for the machine
 * (also for assistive technology) and one canvas above it for everything that moves. It draws from the
 * one frame loop and reads shared memory itself; nothing here changes per frame.
 */
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { RouteHop } from '../core/pcie/verdict.ts';
import type { MachineView } from '../engine/clientInterface.ts';
import type { MachineDescription, RunWay } from '../engine/protocol.ts';
import type { TargetOffer } from '../topology/edit/api.ts';
import type { TreeItem } from './layout/sceneModel.ts';
import type { ScenePath } from './moving/scenePath.ts';
import type { TopologyDocument } from '../topology/document.ts';

export interface SceneOptions {
  /** The colour and shape family of the job's packets. */
  readonly way: RunWay;
  /** Full cards and labels, or the smaller scene of a race. */
  readonly density: 'full' | 'compact';
  /** Accessible name of the drawing. */
  readonly label: string;
  /** A node was clicked, or chosen with Enter. */
  readonly onSelect: (node: NodeId | undefined, event: MouseEvent | KeyboardEvent) => void;
  /** The machine is being built: its drawing keeps its place, things can be taken up, places to put them are shown. */
  readonly editing?: boolean;
  /** The pointer is on a stop of the path that is followed, or on none. */
  readonly onStop?: (stop: number | undefined) => void;
  /** The handle was pressed that folds or unfolds something; while editing. */
  readonly onFold?: (node: NodeId) => void;
  /** The zoom changed; 1 = one world unit is one CSS pixel. */
  readonly onZoom?: (zoom: number) => void;
}

export interface RouteOverlay {
  readonly hops: readonly RouteHop[];
  /** Drawn as deciding hop with this callout. */
  readonly deciding?: { readonly node: NodeId; readonly callout: string };
  /** Where it was refused: the last hop ends in a stop mark with these words. */
  readonly end?: { readonly node: NodeId; readonly words: string };
}

/** Something is wrong here: a chip at a port, or on the card of a device. */
export interface SceneMark {
  readonly node: NodeId;
  readonly text: string;
  /** Where there is no room for the text. */
  readonly short: string;
  /** Drawn as an error rather than as a warning. */
  readonly severe: boolean;
  /** The link below this port is drawn cut. */
  readonly cut: boolean;
}

export interface SceneHandle {
  /** Draws the still layer. `machine` is undefined while the engine loads: numbers are shown as –. */
  setMachine(document: TopologyDocument, machine: MachineDescription | undefined): void;
  /** Where moving things come from; undefined clears them. */
  setView(view: MachineView | undefined): void;
  setWay(way: RunWay): void;
  /** Simulated instant to draw, picoseconds; read once a frame. Paused = returns the same value. */
  setClock(now_ps: () => number): void;
  setReducedMotion(reduced: boolean): void;
  select(node: NodeId | undefined): void;
  /** As many brackets as nodes. */
  selectAll(nodes: readonly NodeId[]): void;
  showRoute(route: RouteOverlay | undefined): void;
  /** Follows a transaction: its way stands out, the rest steps back. */
  follow(path: ScenePath | undefined): void;
  /** Marks a stop of the path. */
  lightStop(stop: number | undefined): void;
  /** The instant of the path to show; undefined = the clock's. */
  setPathTime(at_ps: number | undefined): void;
  /** Numbers at directions of links: rows of a ledger. */
  setNumbers(numbers: readonly (readonly [segment: number, text: string])[]): void;
  setMarks(marks: readonly SceneMark[]): void;
  /** Re-reads colour tokens from CSS after a theme change. */
  refreshTheme(): void;
  fit(): void;
  zoomBy(steps: number): void;
  dispose(): void;
  /** Switches and bridges drawn as one card. */
  setCollapsed(nodes: ReadonlySet<NodeId>): void;
  /** Rings and words at the places where something can go; an empty list ends it. */
  showTargets(offers: readonly TargetOffer[], current: string | undefined): void;
  /** Key of the place under the pointer. */
  targetAt(clientX: number, clientY: number): string | undefined;
  /** Scrolls until a place is in view. */
  revealTarget(key: string): void;
  /** What is under the pointer, or has the keyboard where no element is given. */
  itemOf(element?: EventTarget | null): TreeItem | undefined;
  /** The upper end of the link under the pointer. */
  linkAt(clientX: number, clientY: number): NodeId | undefined;
  /** Everything that is wholly inside a rectangle of the page. */
  nodesWithin(box: DOMRectReadOnly): readonly NodeId[];
  /** Gives something the keyboard, as soon as it is drawn. */
  focusNode(node: NodeId): void;
  centreOn(node: NodeId): void;
  /** Parts of packets in the last frame: for measuring the drawing. */
  readonly packetCount: number;
}

/** Made by render/scene.ts: `createScene(container, options)`. */
export type CreateScene = (container: HTMLElement, options: SceneOptions) => SceneHandle;
