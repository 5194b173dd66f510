/*
 * A press that becomes a drag: something is taken up once the pointer has moved, follows it as a small card, aims at
 * what is below, and is put down or put back. Nothing here is React; the pointer moves more often than it should draw.
 */
import type { EditSubject } from '../../topology/edit/api.ts';
import type { Editor } from './editor.ts';

const DRAG_FROM_PX = 5;
/** Below the pointer: what it says of a place stands beside it. */
const GHOST_DROP_PX = 26;

function makeGhost(name: string): HTMLElement {
  const ghost = document.createElement('div');
  ghost.className = 'drag-ghost';
  ghost.textContent = name;
  ghost.setAttribute('aria-hidden', 'true');
  document.body.append(ghost);
  return ghost;
}

/** After a drag the browser still sends a click to what both ends have in common. */
function swallowClick(): void {
  const swallow = (event: MouseEvent): void => event.stopPropagation();
  window.addEventListener('click', swallow, { capture: true, once: true });
  setTimeout(() => window.removeEventListener('click', swallow, { capture: true }), 0);
}

/** Begins with a press of the main button. */
export function startDrag(
  editor: Editor,
  start: { readonly clientX: number; readonly clientY: number; readonly pointerId: number },
  subject: EditSubject,
  name: string,
): void {
  let ghost: HTMLElement | undefined;
  const stop = new AbortController();
  const end = (): void => {
    stop.abort();
    ghost?.remove();
  };
  const onMove = (event: PointerEvent): void => {
    if (event.pointerId !== start.pointerId) return;
    if (ghost === undefined) {
      if (Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) < DRAG_FROM_PX) return;
      ghost = makeGhost(name);
      editor.send({ kind: 'hold', subject });
    }
    ghost.style.transform = `translate(calc(${event.clientX}px - 50%), ${event.clientY + GHOST_DROP_PX}px)`;
    editor.send({ kind: 'aim', key: editor.scene?.targetAt(event.clientX, event.clientY) });
  };
  const onUp = (event: PointerEvent): void => {
    if (event.pointerId !== start.pointerId) return;
    const wasDrag = ghost !== undefined;
    end();
    if (!wasDrag) return;
    swallowClick();
    editor.letGo();
  };
  const giveUp = (): void => {
    const wasDrag = ghost !== undefined;
    end();
    if (wasDrag) editor.send({ kind: 'cancel' });
  };
  const { signal } = stop;
  window.addEventListener('pointermove', onMove, { signal });
  window.addEventListener('pointerup', onUp, { signal });
  window.addEventListener('pointercancel', giveUp, { signal });
  window.addEventListener('blur', giveUp, { signal });
  window.addEventListener(
    'keydown',
    (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
      giveUp();
    },
    { signal, capture: true },
  );
}

/** A rectangle pulled open on empty ground: what is wholly inside is selected. */
export function startMarquee(
  editor: Editor,
  start: { readonly clientX: number; readonly clientY: number; readonly pointerId: number },
): void {
  const box = document.createElement('div');
  box.className = 'marquee';
  document.body.append(box);
  const stop = new AbortController();
  const rectTo = (event: PointerEvent): DOMRect =>
    new DOMRect(
      Math.min(start.clientX, event.clientX),
      Math.min(start.clientY, event.clientY),
      Math.abs(event.clientX - start.clientX),
      Math.abs(event.clientY - start.clientY),
    );
  const { signal } = stop;
  const end = (): void => {
    stop.abort();
    box.remove();
  };
  window.addEventListener(
    'pointermove',
    (event) => {
      const rect = rectTo(event);
      box.style.transform = `translate(${rect.x}px, ${rect.y}px)`;
      box.style.width = `${rect.width}px`;
      box.style.height = `${rect.height}px`;
    },
    { signal },
  );
  window.addEventListener(
    'pointerup',
    (event) => {
      end();
      const rect = rectTo(event);
      if (Math.hypot(rect.width, rect.height) < DRAG_FROM_PX) return;
      swallowClick();
      editor.select(editor.scene?.nodesWithin(rect) ?? []);
    },
    { signal },
  );
  window.addEventListener('pointercancel', end, { signal });
}
