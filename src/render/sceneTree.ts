/*
 * The tree above the drawing: one focusable item for everything that can be reached, with its name; selection
 * brackets and the focus ring. One item is in the tab order; arrows move between them.
 */
import { select } from 'd3-selection';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { Rect, Scene, TreeItem } from './layout/sceneModel.ts';
import type { Brush, Group } from './still/brush.ts';
import { drawBrackets, drawFocusRing } from './still/notices.ts';
import { TreeWalk, walkKey } from './treeNavigation.ts';

export interface SceneTreeEvents {
  readonly onSelect: (node: NodeId | undefined, event: MouseEvent | KeyboardEvent) => void;
  /** The keyboard moved to something at this place. */
  readonly onFocus: (rect: Rect) => void;
}

const RADII: Readonly<Record<TreeItem['shape'], number>> = { plate: 8, card: 6, port: 3, chip: 4, dimm: 4 };
const SVG_NAMESPACE = 'http://www.w3.org/2000/svg';

export class SceneTree {
  readonly #svg: SVGSVGElement;
  readonly #events: SceneTreeEvents;
  readonly #stop = new AbortController();
  #scene: Scene | undefined;
  #brush: Brush | undefined;
  #walk = new TreeWalk([]);
  #root: Group;
  #notices: Group | undefined;
  #elements = new Map<string, SVGGElement>();
  #selected: readonly NodeId[] = [];
  #paint: Group | undefined;
  /** The item that has, or would get, the keyboard focus. */
  #current: string | undefined;
  #ringOn: string | undefined;
  /** What a redrawing has to bring back. */
  #restore: { readonly focus: boolean; readonly ring: string | undefined } = { focus: false, ring: undefined };

  constructor(svg: SVGSVGElement, label: string, events: SceneTreeEvents) {
    this.#svg = svg;
    this.#events = events;
    svg.setAttribute('role', 'tree');
    svg.setAttribute('aria-label', label);
    this.#root = select(svg).append('g');
    const { signal } = this.#stop;
    svg.addEventListener('keydown', (event) => this.#onKey(event), { signal });
    svg.addEventListener('click', (event) => this.#onClick(event), { signal });
    svg.addEventListener('focusin', (event) => this.#onFocus(event), { signal });
    svg.addEventListener('focusout', () => this.#showRing(undefined), { signal });
  }

  /** Empties the layer. @returns the group for ports and routes, below the items. */
  restart(): Group {
    this.#restore = { focus: this.#svg.contains(document.activeElement), ring: this.#ringOn };
    this.#svg.replaceChildren();
    this.#root = select(this.#svg).append('g').attr('role', 'presentation');
    this.#paint = this.#root
      .append('g')
      .attr('role', 'presentation')
      .attr('aria-hidden', 'true')
      .attr('class', 'pl-no-events');
    return this.#paint;
  }

  /** Adds the items of a scene above what is there. Focus stays where it was. */
  draw(scene: Scene, brush: Brush): void {
    this.#scene = scene;
    this.#brush = brush;
    this.#walk = new TreeWalk(scene.tree);
    this.#elements = new Map();
    if (this.#current === undefined || this.#walk.item(this.#current) === undefined)
      this.#current = this.#walk.first?.id;
    const items = this.#root.append('g').attr('role', 'presentation');
    const selected = this.#selectedItems();
    for (const item of scene.tree) this.#elements.set(item.id, this.#element(items, item, selected.has(item.id)));
    this.#notices = this.#root.append('g').attr('role', 'presentation').attr('class', 'pl-no-events');
    const { focus, ring } = this.#restore;
    if (focus) this.#elements.get(this.#current ?? '')?.focus({ preventScroll: true });
    this.#ringOn = focus ? ring : undefined;
    this.#showNotices();
  }

  select(nodes: readonly NodeId[]): void {
    const before = this.#selectedItems();
    this.#selected = nodes;
    const now = this.#selectedItems();
    // Only what changes: a large machine has thousands of items.
    for (const id of before) if (!now.has(id)) this.#elements.get(id)?.setAttribute('aria-selected', 'false');
    for (const id of now) this.#elements.get(id)?.setAttribute('aria-selected', 'true');
    this.#showNotices();
  }

  /** What the keyboard is on, or would come to. */
  get focused(): TreeItem | undefined {
    return this.#walk.item(this.#current ?? '');
  }

  /** Gives an item the keyboard; with its ring, because something other than the pointer did it. */
  focus(node: NodeId): void {
    const item = this.#walk.item(this.#scene?.itemOfNode.get(node) ?? '');
    if (item === undefined) return;
    this.#moveFocus(item);
    this.#showRing(item.id);
  }

  /** The item of an element of this tree. */
  itemOf(target: EventTarget | null): TreeItem | undefined {
    const element = target instanceof Element ? target.closest('[data-item]') : null;
    return element === null ? undefined : this.#walk.item(element.getAttribute('data-item') ?? '');
  }

  /** The group below the items, emptied; the items stay. */
  repaint(): Group {
    const group = this.#paint ?? this.restart();
    group.html('');
    return group;
  }

  /** The same items at another zoom: only what is drawn around them changes. */
  rescale(brush: Brush): void {
    this.#brush = brush;
    this.#showNotices();
  }

  #selectedItems(): ReadonlySet<string> {
    return new Set(this.#selected.flatMap((node) => this.#scene?.itemOfNode.get(node) ?? []));
  }

  dispose(): void {
    this.#stop.abort();
  }

  #element(parent: Group, item: TreeItem, selected: boolean): SVGGElement {
    const element = document.createElementNS(SVG_NAMESPACE, 'g');
    const attributes: Readonly<Record<string, string>> = {
      role: 'treeitem',
      tabindex: item.id === this.#current ? '0' : '-1',
      'aria-label': item.label,
      'aria-level': String(item.level),
      'aria-posinset': String(item.index + 1),
      'aria-setsize': String(item.siblings),
      'aria-selected': String(selected),
      'data-item': item.id,
    };
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (item.children.length > 0 || item.collapsed === true)
      element.setAttribute('aria-expanded', String(item.collapsed !== true));
    const hit = document.createElementNS(SVG_NAMESPACE, 'rect');
    hit.setAttribute('class', 'pl-hit');
    for (const name of ['x', 'y', 'width', 'height'] as const) hit.setAttribute(name, String(item.rect[name]));
    element.append(hit);
    parent.node()?.append(element);
    return element;
  }

  #onClick(event: MouseEvent): void {
    // A drag that moved the scene is not a click; d3 stops those before they get here.
    this.#events.onSelect(this.itemOf(event.target)?.node, event);
  }

  #onKey(event: KeyboardEvent): void {
    const item = this.itemOf(event.target);
    if (item === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = walkKey(event.key);
    if (key !== undefined) {
      const next = this.#walk.step(item.id, key);
      if (next !== undefined) this.#moveFocus(next);
    } else if (event.key === 'Enter') this.#events.onSelect(item.node, event);
    else if (event.key === 'Escape' && this.#selected.length > 0) this.#events.onSelect(undefined, event);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #moveFocus(item: TreeItem): void {
    this.#elements.get(this.#current ?? '')?.setAttribute('tabindex', '-1');
    this.#current = item.id;
    const element = this.#elements.get(item.id);
    element?.setAttribute('tabindex', '0');
    element?.focus({ preventScroll: true });
    this.#events.onFocus(item.rect);
  }

  #onFocus(event: FocusEvent): void {
    const item = this.itemOf(event.target);
    if (item === undefined) return;
    if (item.id !== this.#current) {
      this.#elements.get(this.#current ?? '')?.setAttribute('tabindex', '-1');
      this.#current = item.id;
      this.#elements.get(item.id)?.setAttribute('tabindex', '0');
    }
    const byKeyboard = event.target instanceof Element && event.target.matches(':focus-visible');
    this.#showRing(byKeyboard ? item.id : undefined);
  }

  #showRing(id: string | undefined): void {
    this.#ringOn = id;
    this.#showNotices();
  }

  #showNotices(): void {
    const notices = this.#notices;
    const brush = this.#brush;
    if (notices === undefined || brush === undefined) return;
    notices.html('');
    for (const id of this.#selectedItems()) {
      const selected = this.#walk.item(id);
      if (selected !== undefined) drawBrackets(brush, notices, selected.rect);
    }
    const focused = this.#walk.item(this.#ringOn ?? '');
    if (focused !== undefined) drawFocusRing(brush, notices, focused.rect, RADII[focused.shape]);
  }
}
