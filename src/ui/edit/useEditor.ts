import { useStore } from 'zustand';
import { useModel } from '../model.ts';
import { editorOf, type Editor, type EditorState } from './editor.ts';

export function useEditor(): Editor {
  return editorOf(useModel());
}

export function useEditorState<T>(select: (state: EditorState) => T): T {
  return useStore(useEditor().store, select);
}
