/*
 * The editor on a document store: events become edits with names, and what undo takes away is no longer selected.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { NodeId } from '../core/pcie/machineSpec.ts';
import type { EditResult, NameOf } from '../topology/edit/api.ts';
import type { DocumentState } from './documentStore.ts';
import { EDITOR_START, type EditorEvent, type EditorState } from './editorState.ts';
import { editorStep } from './editorStep.ts';
import type { AnyParameter } from './parameters.ts';

export interface Editor {
  readonly store: StoreApi<EditorState>;
  /** @returns true if the event meant something: a key is then used up. */
  readonly send: (event: EditorEvent) => boolean;
  /** Carries out an edit made elsewhere: the fix of a check. */
  readonly apply: (result: EditResult) => void;
  /** Writes a property as one step; further values within a second join it. */
  readonly setParameter: (parameter: AnyParameter, node: NodeId, value: ParameterValue) => void;
  /** Lets go of the document store. */
  readonly dispose: () => void;
}

export type ParameterValue = number | string | boolean | undefined;

function valueText(parameter: AnyParameter, value: ParameterValue): string {
  if (parameter.kind === 'switch') return value === true ? 'on' : 'off';
  if (parameter.kind === 'choice') return parameter.options.find((row) => row.value === value)?.label ?? String(value);
  return value === undefined ? 'its default' : `${String(value)}${parameter.unit === '' ? '' : ` ${parameter.unit}`}`;
}

/** `Set Retimers of rp0 to 2`; rows about the whole machine name no node. */
export function parameterLabel(parameter: AnyParameter, node: NodeId, value: ParameterValue): string {
  const of = node === '' ? '' : ` of ${node}`;
  return `Set ${parameter.label}${of} to ${valueText(parameter, value)}`;
}

export function createEditor(documents: StoreApi<DocumentState>, nameOf: NameOf = (node) => node): Editor {
  const store = createStore<EditorState>()(() => EDITOR_START);

  const send = (event: EditorEvent): boolean => {
    const { document } = documents.getState();
    const step = editorStep(store.getState(), event, document, nameOf);
    if (step.state !== store.getState()) store.setState(step.state, true);
    if (step.edit !== undefined) documents.getState().edit(step.edit.label, step.edit.document);
    return step.handled;
  };

  const apply = (result: EditResult): void => {
    if (!result.ok) {
      store.setState({ refusal: result.error, said: result.error.message });
      return;
    }
    const { label, document, selection, notes } = result.value;
    store.setState({
      ...(selection.length > 0 ? { selected: selection } : {}),
      refusal: undefined,
      said: [`${label}.`, ...notes].join(' '),
    });
    documents.getState().edit(label, document);
  };

  const setParameter = (parameter: AnyParameter, node: NodeId, value: ParameterValue): void => {
    const { document, edit } = documents.getState();
    const after =
      parameter.kind === 'number' && typeof value !== 'string' && typeof value !== 'boolean'
        ? parameter.write(document, node, value)
        : parameter.kind === 'choice' && typeof value === 'string'
          ? parameter.write(document, node, value)
          : parameter.kind === 'switch' && typeof value === 'boolean'
            ? parameter.write(document, node, value)
            : document;
    edit(parameterLabel(parameter, node, value), after, `${parameter.id} ${node}`);
  };

  const dispose = documents.subscribe((state, before) => {
    if (state.document !== before.document) send({ kind: 'documentChanged' });
  });
  return { store, send, apply, setParameter, dispose };
}
