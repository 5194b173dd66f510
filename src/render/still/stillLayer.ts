/*
 * Everything of a scene that stands still, for one zoom. Only what is in view is on the page: pieces come as the view
 * reaches them and go when it has left them behind; while the machine runs only texts, widths and classes change.
 * Plates, cards, links and their text lie below what moves, ports above it, so that packets pass beneath their plates.
 */
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import { overlaps } from '../layout/geometry.ts';
import type { Rect } from '../layout/sceneModel.ts';
import type { Brush, Group } from './brush.ts';
import {
  devicePieces,
  hostPieces,
  type Drawn,
  type Live,
  type Piece,
  type PieceLayers,
  type PieceParts,
} from './pieces.ts';
import { drawSilhouettes } from './silhouette.ts';

/** The pieces of a machine, made once for all zooms. */
export class StillModel {
  readonly parts: PieceParts;
  readonly hosts: readonly Piece[];
  #devices: readonly Piece[] | undefined;

  constructor(parts: PieceParts) {
    this.parts = parts;
    this.hosts = hostPieces(parts);
  }

  get devices(): readonly Piece[] {
    this.#devices ??= devicePieces(this.parts);
    return this.#devices;
  }
}

interface OnPage {
  readonly drawn: Drawn;
  readonly elements: readonly Element[];
}

/** What a piece added to its layers. */
function added(layers: readonly Group[], draw: () => Drawn): OnPage {
  const before = layers.map((layer) => layer.node()?.lastChild ?? null);
  const drawn = draw();
  const elements: Element[] = [];
  layers.forEach((layer, index) => {
    let node = before[index]?.nextSibling ?? (before[index] === null ? layer.node()?.firstChild : null);
    for (; node !== null && node !== undefined; node = node.nextSibling) {
      if (node instanceof Element) elements.push(node);
    }
  });
  return { drawn, elements };
}

export class StillLayer {
  readonly #brush: Brush;
  readonly #layers: PieceLayers;
  readonly #order: readonly Group[];
  readonly #pieces: readonly Piece[];
  readonly #onPage = new Map<Piece, OnPage>();
  #live: Live = { view: undefined, figures: undefined, way: 'p2p' };
  #decides: NodeId | undefined;

  constructor(below: Group, above: Group, brush: Brush, model: StillModel) {
    this.#brush = brush;
    this.#layers = {
      lines: brush.group(below),
      solid: brush.group(below),
      text: brush.group(below),
      ports: brush.group(above),
    };
    this.#order = [this.#layers.lines, this.#layers.solid, this.#layers.text, this.#layers.ports];
    if (brush.detail.isFar) {
      drawSilhouettes(this.#layers, brush, model.parts.scene);
      this.#pieces = model.hosts;
    } else this.#pieces = [...model.hosts, ...model.devices];
  }

  /**
   * Draws what is in view.
   * @param view world coordinates.
   * @param most pieces to draw now.
   * @returns true if nothing in view is missing.
   */
  show(view: Rect, most: number): boolean {
    let left = most;
    for (const piece of this.#pieces) {
      if (this.#onPage.has(piece) || !overlaps(piece.rect, view)) continue;
      if (left === 0) return false;
      left -= 1;
      this.#draw(piece);
    }
    return true;
  }

  /** Takes away what is outside. */
  forget(around: Rect): void {
    for (const [piece, { elements }] of this.#onPage) {
      if (overlaps(piece.rect, around)) continue;
      for (const element of elements) element.remove();
      this.#onPage.delete(piece);
    }
  }

  /** Inverts one port: the hop that decided. */
  markPort(node: NodeId | undefined): void {
    if (node === this.#decides) return;
    this.#decides = node;
    for (const { drawn } of this.#onPage.values()) drawn.decides?.(node);
  }

  /** Writes the figures of now. */
  showMachine(live: Live): void {
    this.#live = live;
    for (const { drawn } of this.#onPage.values()) drawn.show?.(live);
  }

  #draw(piece: Piece): void {
    const made = added(this.#order, () => piece.draw(this.#layers, this.#brush));
    this.#onPage.set(piece, made);
    made.drawn.show?.(this.#live);
    if (this.#decides !== undefined) made.drawn.decides?.(this.#decides);
  }
}
