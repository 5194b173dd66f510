/*
 * What end-to-end tests wait for with `?testing=1`: `window.__sim`. Nothing here counts time; a page rests when its
 * stores do and its view shows what they say.
 */
import type { StoreApi } from 'zustand/vanilla';
import type { DocumentState } from '../store/documentStore.ts';
import type { Simulation } from '../store/simulation.ts';
import { serializeDocument } from '../topology/serializeDocument.ts';

const NAME = '__sim';

/** The first render is done, and no view's code is on its way (App.tsx). */
function isWhole(): boolean {
  return document.querySelector('#root > *') !== null && document.querySelector('.view-loading') === null;
}

/** After it the frame loop has emptied the rings and written every figure once more. */
function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => resolve());
  });
}

/** Puts `idle()`, which resolves when the page rests, and `document()`, the machine's text, on the window. */
export function installTestHook(simulation: Simulation, documents: StoreApi<DocumentState>): void {
  const idle = async (): Promise<void> => {
    let whole = isWhole();
    for (;;) {
      await simulation.idle();
      const before = whole;
      await nextFrame();
      whole = isWhole();
      // A view that has just come draws itself in the frame after.
      if (before && whole && !simulation.busy) return;
    }
  };
  const text = (): string => serializeDocument(documents.getState().document);
  Object.defineProperty(window, NAME, { value: { idle, document: text } });
}
