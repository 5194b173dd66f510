/*
 * The tree above the drawing: one focusable item for everything that can be reached, with its name; selection
 * brackets and the focus ring. One item is in the tab order; arrows move between them. All items are always there for
 * keyboard and screen reader; what the pointer can hit is there only for those in view. Another drawing of the machine
 * changes what is different and leaves the rest, focus included.
 */
import type { NodeId } from '../core/pcie/machineSpec.ts';
import { overlaps } from './layout/geometry.ts';
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

/** Smaller than this on the screen a thing cannot be aimed at, CSS pixels. */
const LEAST_HIT_PX = 5;

function attributesOf(item: TreeItem, selected: boolean): Readonly<Record<string, string | undefined>> {
  const expands = item.children.length > 0 || item.collapsed === true;
  return {
    role: 'treeitem',
    'aria-label': item.label,
    'aria-level': String(item.level),
    'aria-posinset': String(item.index + 1),
    'aria-setsize': String(item.siblings),
    'aria-selected': String(selected),
    'aria-expanded': expands ? String(item.collapsed !== true) : undefined,
    'data-item': item.id,
  };
}

/** One item on the page. */
interface ItemView {
  readonly element: SVGGElement;
  readonly attributes: Map<string, string>;
  item: TreeItem;
  hit: SVGRectElement | undefined;
}

function setHit(hit: SVGRectElement, rect: Rect): void {
  for (const name of ['x', 'y', 'width', 'height'] as const) hit.setAttribute(name, String(rect[name]));
}

export class SceneTree {
  readonly #svg: SVGSVGElement;
  readonly #events: SceneTreeEvents;
  readonly #stop = new AbortController();
  /** For ports and routes, below the items. */
  readonly paint: Group;
  readonly #items: Group;
  readonly #notices: Group;
  readonly #views = new Map<string, ItemView>();
  #scene: Scene | undefined;
  #brush: Brush | undefined;
  #walk = new TreeWalk([]);
  #selected: readonly NodeId[] = [];
  /** The item that has, or would get, the keyboard focus. */
  #current: string | undefined;
  #ringOn: string | undefined;

  /** @param root moves and grows with the drawing. */
  constructor(svg: SVGSVGElement, root: Group, label: string, events: SceneTreeEvents) {
    this.#svg = svg;
    this.#events = events;
    svg.setAttribute('role', 'tree');
    svg.setAttribute('aria-label', label);
    const group = (): Group => root.append('g').attr('role', 'presentation');
    this.paint = group().attr('aria-hidden', 'true').attr('class', 'pl-no-events');
    this.#items = group();
    this.#notices = group().attr('class', 'pl-no-events');
    const { signal } = this.#stop;
    svg.addEventListener('keydown', (event) => this.#onKey(event), { signal });
    svg.addEventListener('click', (event) => this.#onClick(event), { signal });
    svg.addEventListener('pointerover', (event) => this.#nameHovered(event.target), { signal });
    svg.addEventListener('focusin', (event) => this.#onFocus(event), { signal });
    svg.addEventListener('focusout', () => this.#showRing(undefined), { signal });
  }

  /** The items of a scene. Focus stays where it was. */
  draw(scene: Scene, brush: Brush): void {
    const restore = { focus: this.#svg.contains(document.activeElement), ring: this.#ringOn };
    this.#scene = scene;
    this.#brush = brush;
    this.#walk = new TreeWalk(scene.tree);
    const wasCurrent = this.#current;
    if (this.#current === undefined || this.#walk.item(this.#current) === undefined)
      this.#current = this.#walk.first?.id;
    this.#reconcile(scene);
    if (wasCurrent !== this.#current) this.#views.get(wasCurrent ?? '')?.element.setAttribute('tabindex', '-1');
    const current = this.#views.get(this.#current ?? '')?.element;
    current?.setAttribute('tabindex', '0');
    if (restore.focus && document.activeElement !== current) current?.focus({ preventScroll: true });
    this.#ringOn = restore.focus ? restore.ring : undefined;
    this.#showNotices();
  }

  /** Goes through the items in their order; what stayed is not touched. */
  #reconcile(scene: Scene): void {
    for (const [id, { element }] of this.#views) {
      if (this.#walk.item(id) !== undefined) continue;
      element.remove();
      this.#views.delete(id);
    }
    const parent = this.#items.node();
    let next: Element | null = parent?.firstElementChild ?? null;
    const selected = this.#selectedItems();
    for (const item of scene.tree) {
      const { element } = this.#update(item, selected.has(item.id));
      if (element === next) next = element.nextElementSibling;
      else parent?.insertBefore(element, next);
    }
  }

  #update(item: TreeItem, selected: boolean): ItemView {
    let view = this.#views.get(item.id);
    if (view === undefined) {
      const element = document.createElementNS(SVG_NAMESPACE, 'g');
      element.setAttribute('tabindex', '-1');
      view = { element, attributes: new Map(), item, hit: undefined };
      this.#views.set(item.id, view);
    }
    for (const [name, value] of Object.entries(attributesOf(item, selected))) {
      if (view.attributes.get(name) === value) continue;
      if (value === undefined) {
        view.element.removeAttribute(name);
        view.attributes.delete(name);
      } else {
        view.element.setAttribute(name, value);
        view.attributes.set(name, value);
      }
    }
    if (view.hit !== undefined) setHit(view.hit, item.rect);
    view.item = item;
    return view;
  }

  /** What the pointer can hit: things in this part of the world that are not too small to aim at. */
  showHits(view: Rect, zoom: number): void {
    for (const shown of this.#views.values()) {
      const { rect } = shown.item;
      const isThere = Math.max(rect.width, rect.height) * zoom >= LEAST_HIT_PX && overlaps(rect, view);
      if (isThere === (shown.hit !== undefined)) continue;
      shown.hit?.remove();
      shown.hit = undefined;
      if (!isThere) continue;
      const hit = document.createElementNS(SVG_NAMESPACE, 'rect');
      hit.setAttribute('class', 'pl-hit');
      setHit(hit, rect);
      shown.element.append(hit);
      shown.hit = hit;
    }
  }

  select(nodes: readonly NodeId[]): void {
    const before = this.#selectedItems();
    this.#selected = nodes;
    const now = this.#selectedItems();
    // Only what changes: a large machine has thousands of items.
    for (const id of before) if (!now.has(id)) this.#setSelected(id, 'false');
    for (const id of now) this.#setSelected(id, 'true');
    this.#showNotices();
  }

  #setSelected(id: string, value: 'true' | 'false'): void {
    const view = this.#views.get(id);
    view?.attributes.set('aria-selected', value);
    view?.element.setAttribute('aria-selected', value);
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

  /** What is cut short or has no room for its name says it under the pointer; made when first wanted. */
  #nameHovered(target: EventTarget | null): void {
    const element = target instanceof Element ? target.closest('[data-item]') : null;
    if (element === null || element.querySelector(':scope > title') !== null) return;
    const title = document.createElementNS(SVG_NAMESPACE, 'title');
    title.textContent = element.getAttribute('aria-label');
    element.prepend(title);
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
    this.#views.get(this.#current ?? '')?.element.setAttribute('tabindex', '-1');
    this.#current = item.id;
    const element = this.#views.get(item.id)?.element;
    element?.setAttribute('tabindex', '0');
    element?.focus({ preventScroll: true });
    this.#events.onFocus(item.rect);
  }

  #onFocus(event: FocusEvent): void {
    const item = this.itemOf(event.target);
    if (item === undefined) return;
    if (item.id !== this.#current) {
      this.#views.get(this.#current ?? '')?.element.setAttribute('tabindex', '-1');
      this.#current = item.id;
      this.#views.get(item.id)?.element.setAttribute('tabindex', '0');
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
    if (brush === undefined) return;
    notices.node()?.replaceChildren();
    for (const id of this.#selectedItems()) {
      const selected = this.#walk.item(id);
      if (selected !== undefined) drawBrackets(brush, notices, selected.rect);
    }
    const focused = this.#walk.item(this.#ringOn ?? '');
    if (focused !== undefined) drawFocusRing(brush, notices, focused.rect, RADII[focused.shape]);
  }
}
