import { useCallback, useEffect, type KeyboardEvent, type PointerEvent } from 'react';
import { createScene } from '../../render/scene.ts';
import { useDocument, useFaultLab, useLane, useModel, usePreferences, useView } from '../model.ts';
import { marksOf } from '../faults/marks.ts';
import { useHandle } from '../useHandle.ts';
import { useMedia, useReducedMotion } from '../useMedia.ts';
import type { Editor } from './editor.ts';
import { startDrag, startMarquee } from './drag.ts';
import { useEditor, useEditorState } from './useEditor.ts';

/** Keys of something that is carried. @returns true if the key was one. */
function onCarryKey(editor: Editor, key: string): boolean {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
      editor.walk(1);
      return true;
    case 'ArrowLeft':
    case 'ArrowUp':
      editor.walk(-1);
      return true;
    case 'Enter':
      editor.drop();
      return true;
    case 'Escape':
      editor.cancel();
      return true;
    default:
      return false;
  }
}

/** Keys of the thing that has the keyboard. @returns true if the key was one. */
function onItemKey(editor: Editor, event: KeyboardEvent): boolean {
  const node = editor.scene?.itemOf(event.target)?.node;
  if (node === undefined) return false;
  const { selected } = editor.store.getState();
  const chosen = selected.includes(node) ? selected : [node];
  if (event.ctrlKey || event.metaKey) {
    if (event.key.toLowerCase() !== 'd') return false;
    editor.duplicate(chosen);
    return true;
  }
  switch (event.key) {
    case 'a':
    case 'A':
      editor.addAt(editor.targetOf(node));
      return true;
    case 'm':
    case 'M':
      editor.liftNode(node, 'keyboard');
      return true;
    case 'e':
    case 'E':
      editor.fold(node);
      return true;
    case 'Delete':
    case 'Backspace':
      editor.remove(chosen);
      return true;
    case 'F2':
      editor.select([node]);
      editor.store.setState({ renaming: node });
      return true;
    case 'Enter':
      if (event.shiftKey) editor.toggle(node);
      return event.shiftKey;
    default:
      return false;
  }
}

/** Copy, cut and paste of the page while nothing that takes text has the keyboard. */
function useClipboard(editor: Editor): void {
  useEffect(() => {
    const isText = (event: Event): boolean =>
      event.target instanceof HTMLElement && event.target.matches('input, textarea, [contenteditable]');
    const hasText = (): boolean => (window.getSelection()?.toString() ?? '') !== '';
    const onCopy = (event: ClipboardEvent): void => {
      const { selected } = editor.store.getState();
      if (isText(event) || hasText() || selected.length === 0) return;
      const text = editor.copy(selected);
      if (text === undefined) return;
      event.clipboardData?.setData('text/plain', text);
      event.preventDefault();
      if (event.type === 'cut') editor.remove(selected);
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
      else if (event.key === 'Escape' && editor.store.getState().carry !== undefined) editor.cancel();
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
  const carrying = useEditorState((state) => state.carry !== undefined);
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
        onSelect: (node, event) => {
          if (editor.store.getState().carry !== undefined) {
            if (event instanceof MouseEvent) editor.aim(scene.targetAt(event.clientX, event.clientY));
            editor.drop();
          } else if (node !== undefined && event.shiftKey) editor.toggle(node);
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
    const used = carrying ? onCarryKey(editor, event.key) : onItemKey(editor, event);
    if (!used) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      className={carrying ? 'scene edit-carrying' : 'scene'}
      ref={attach}
      onPointerDown={onPointerDown}
      onPointerMove={(event) => {
        if (carrying) editor.aim(scene?.targetAt(event.clientX, event.clientY));
      }}
      onKeyDownCapture={onKeyDown}
    />
  );
}
