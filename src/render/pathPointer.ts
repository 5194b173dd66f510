/* The pointer over a followed transaction: which of its stops it is on, told when that changes. */
import type { MovingLayer } from './moving/movingLayer.ts';
import type { Viewport } from './viewport.ts';

export class PathPointer {
  readonly #stop = new AbortController();
  #shown: number | undefined;

  constructor(
    container: HTMLElement,
    parts: { readonly moving: MovingLayer; readonly viewport: Viewport },
    onStop: (stop: number | undefined) => void,
  ) {
    const { moving, viewport } = parts;
    const show = (stop: number | undefined): void => {
      if (stop === this.#shown) return;
      this.#shown = stop;
      onStop(stop);
    };
    const look = (event: PointerEvent): void => {
      if (!moving.path.active) return;
      const [x, y] = viewport.toWorld(event.clientX, event.clientY);
      show(moving.path.stopAt(x, y, viewport.transform.k));
    };
    const { signal } = this.#stop;
    container.addEventListener('pointermove', look, { signal });
    // A finger that taps does not move.
    container.addEventListener('pointerdown', look, { signal });
    container.addEventListener('pointerleave', (event) => event.pointerType === 'mouse' && show(undefined), { signal });
  }

  dispose(): void {
    this.#stop.abort();
  }
}
