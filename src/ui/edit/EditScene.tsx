import { useCallback, useEffect, type KeyboardEvent, type PointerEvent } from 'react';
import { createScene } from '../../render/scene.ts';
import { eventOfKey } from '../../store/editorKeys.ts';
import { holdingOf } from '../../store/editorState.ts';
import { isWalkKey } from '../../store/editorWalk.ts';
import { useDocument, useFaultLab, useLane, useModel, usePreferences, useView } from '../model.ts';
import { marksOf } from '../faults/marks.ts';
import { useHandle } from '../useHandle.ts';
import { useMedia, useReducedMotion } from '../useMedia.ts';
import type { Editor } from './editor.ts';
import { startDrag, startMarquee } from './drag.ts';
import { useEditor, useEditorState } from './useEditor.ts';

/** Keys of the thing that has the keyboard, as the editor's table has them. @returns true if the key was one. */
function onItemKey(editor: Editor, event: KeyboardEvent): boolean {
  const mod = event.ctrlKey || event.metaKey;
  const press = { kind: 'key', key: event.key, mod, shift: event.shiftKey } as const;
  if (editor.isHolding) return editor.send(press);
  const node = editor.scene?.itemOf(event.target)?.node;
  if (node === undefined) return false;
  if (event.key === 'Enter' && event.shiftKey) return editor.send({ kind: 'select', node, how: 'toggle' });
  // The clipboard's own events, the drawing's walk, and the global undo come later.
  if (isWalkKey(event.key) || (mod && 'cvxz'.includes(event.key.toLowerCase()))) return false;
  const meant = eventOfKey({ kind: 'idle' }, event.key, mod, node);
  if (meant === undefined || meant.kind === 'cancel') return false;
  if (meant.kind === 'choose') {
    editor.addAt(editor.targetOf(node));
    return true;
  }
  if (meant.kind === 'collapse') {
    editor.fold(node);
    return true;
  }
  if (meant.kind === 'hold') {
    editor.take(meant.subject);
    return true;
  }
  if (!editor.selected.includes(node)) editor.select([node]);
  return editor.send(meant);
}

/** Copy, cut and paste of the page while nothing that takes text has the keyboard. */
function useClipboard(editor: Editor): void {
  useEffect(() => {
    const isText = (event: Event): boolean =>
      event.target instanceof HTMLElement && event.target.matches('input, textarea, [contenteditable]');
    const hasText = (): boolean => (window.getSelection()?.toString() ?? '') !== '';
    const onCopy = (event: ClipboardEvent): void => {
      if (isText(event) || hasText() || editor.selected.length === 0) return;
      const text = editor.copy();
      if (text === undefined) return;
      event.clipboardData?.setData('text/plain', text);
      event.preventDefault();
      if (event.type === 'cut') editor.send({ kind: 'remove' });
    };
    const onPaste = (event: ClipboardEvent): void => {
      if (isText(event)) return;
      event.preventDefault();
      editor.paste(event.clipboardData?.getData('text/plain'));
    };
    document.addEventListener('copy', onCopy);
    document.addEventListener('cut', onCopy);
    document.addEventListener('paste', onPaste);
    return () => {
      document.removeEventListener('copy', onCopy);
      document.removeEventListener('cut', onCopy);
      document.removeEventListener('paste', onPaste);
    };
  }, [editor]);
}

/** Ctrl F and / lead to the search of the machine, A to the palette, from anywhere in the view. */
function useViewKeys(editor: Editor): void {
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent): void => {
      if (event.defaultPrevented || event.altKey || document.querySelector('dialog[open]') !== null) return;
      const mod = event.ctrlKey || event.metaKey;
      const typing = event.target instanceof HTMLElement && event.target.matches('input, textarea, select');
      if (mod && event.key.toLowerCase() === 'f') editor.focus('search');
      else if (!mod && !typing && event.key === '/') editor.focus('search');
      else if (!mod && !typing && event.key.toLowerCase() === 'a') editor.addAt(undefined);
      else if (event.key === 'Escape' && editor.isHolding) editor.send({ kind: 'cancel' });
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [editor]);
}

/** The machine as something to build: taken up and put down by pointer or keys. */
export function EditScene() {
  const editor = useEditor();
  const { simulation } = useModel();
  const document = useDocument((state) => state.document);
  const { machine, hops, way } = useLane('direct');
  const selected = useEditorState((state) => state.selected);
  const carrying = useEditorState((state) => holdingOf(state.mode) !== undefined);
  const selection = useView((state) => state.selection);
  const wish = useView((state) => state.sceneWish);
  const theme = usePreferences((state) => state.preferences.theme);
  const systemDark = useMedia('(prefers-color-scheme: dark)');
  const reduced = useReducedMotion();
  const lab = useFaultLab((state) => state);
  const make = useCallback(
    (container: HTMLElement) => {
      const scene = createScene(container, {
        way: 'p2p',
        density: 'full',
        label: 'The machine being built',
        editing: true,
        onFold: (node) => editor.fold(node),
        onSelect: (node, event) => {
          if (editor.isHolding) {
            if (event instanceof MouseEvent)
              editor.send({ kind: 'aim', key: scene.targetAt(event.clientX, event.clientY) });
            editor.send({ kind: 'drop' });
          } else if (node !== undefined && event.shiftKey) editor.send({ kind: 'select', node, how: 'toggle' });
          else if (node === undefined && scene.itemOf(event.target)?.shape === 'dimm') editor.selectMemory();
          else if (node === undefined && event instanceof MouseEvent) {
            const link = scene.linkAt(event.clientX, event.clientY);
            editor.select(link === undefined ? [] : [link]);
          } else editor.select(node === undefined ? [] : [node]);
        },
      });
      scene.setClock(() => simulation.player.now_ps);
      const detach = editor.attach(scene);
      return {
        scene,
        dispose: () => {
          detach();
          scene.dispose();
        },
      };
    },
    [editor, simulation],
  );
  const [handle, attach] = useHandle(make);
  const scene = handle?.scene;

  useEffect(() => scene?.setWay(way), [scene, way]);
  useEffect(() => scene?.setReducedMotion(reduced), [scene, reduced]);
  useEffect(() => scene?.setMachine(document, machine), [scene, document, machine]);
  useEffect(() => scene?.setView(hops?.view()), [scene, hops]);
  useEffect(() => scene?.selectAll(selected), [scene, selected]);
  useEffect(() => editor.follow(selection), [editor, selection]);
  useEffect(() => scene?.setMarks(marksOf(lab.injections, [], 'direct', [])), [scene, lab]);
  // The colours come from CSS, which has changed by now; what they depend on is what this effect runs for.
  // oxlint-disable-next-line react/exhaustive-effect-dependencies
  useEffect(() => scene?.refreshTheme(), [scene, theme, systemDark]);
  useEffect(() => {
    if (wish.serial === 0) return;
    if (wish.kind === 'fit') scene?.fit();
    else scene?.zoomBy(wish.kind === 'zoomIn' ? 1 : -1);
  }, [scene, wish]);
  useClipboard(editor);
  useViewKeys(editor);

  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0 || event.ctrlKey || carrying) return;
    const item = scene?.itemOf(event.target);
    const isThing = item !== undefined && item.node !== undefined && item.level > 1 && item.shape !== 'dimm';
    if (isThing && item.node !== undefined && !event.shiftKey)
      startDrag(editor, event, { kind: 'subtree', node: item.node }, editor.nameOf(item.node));
    else if (event.shiftKey && !isThing) startMarquee(editor, event);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!onItemKey(editor, event)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      className="scene"
      data-carrying={carrying}
      ref={attach}
      onPointerDown={onPointerDown}
      onPointerMove={(event) => {
        if (carrying) editor.send({ kind: 'aim', key: scene?.targetAt(event.clientX, event.clientY) });
      }}
      onKeyDownCapture={onKeyDown}
      onDoubleClick={(event) => {
        const node = scene?.itemOf(event.target)?.node;
        if (node !== undefined && editor.canFold(node)) editor.fold(node);
      }}
    />
  );
}
