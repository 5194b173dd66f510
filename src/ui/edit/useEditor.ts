import { useStore } from 'zustand';
import type { EditorState } from '../../store/editorState.ts';
import { useModel } from '../model.ts';
import { editorOf, type DeskState, type Editor } from './editor.ts';

export function useEditor(): Editor {
  return editorOf(useModel());
}

export function useEditorState<T>(select: (state: EditorState) => T): T {
  return useStore(useEditor().core.store, select);
}

export function useDesk<T>(select: (state: DeskState) => T): T {
  return useStore(useEditor().desk, select);
}
