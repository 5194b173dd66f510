import { useCallback, useState, type ClipboardEvent, type KeyboardEvent } from 'react';
import { hex } from '../../base/bits.ts';
import { countText } from '../../base/format.ts';
import type { MachineView } from '../../engine/clientInterface.ts';
import type { MemoryDescription } from '../../engine/protocol.ts';
import {
  editByKey,
  type EditColumn,
  type EditState,
  MAX_PENDING_BYTES,
  moveTo,
  NO_EDIT,
  pendingRuns,
  putBytes,
  selectionOf,
} from '../../store/memoryEdit.ts';
import { parseHexBytes } from '../../store/memoryPlaces.ts';
import type { LaneId } from '../../store/session.ts';
import { useModel } from '../model.ts';
import { BYTES_PER_ROW } from './hexModel.ts';

interface HexEditOptions {
  readonly lane: LaneId;
  readonly view: MachineView | undefined;
  readonly memory: MemoryDescription;
  readonly top: number;
  readonly visibleRows: number;
  readonly startsAt: number | undefined;
  readonly onSearch: () => void;
  readonly onGoTo: () => void;
  /** The cursor has moved there. @param pages the view moves by so many, down or up. */
  readonly onCursor: (offset: number, pages: number) => void;
}

export interface HexEdit {
  readonly state: EditState;
  readonly onKey: (event: KeyboardEvent) => void;
  readonly onPick: (offset: number, column: EditColumn, isExtending: boolean) => void;
  readonly onCopy: (event: ClipboardEvent) => void;
  readonly onPaste: (event: ClipboardEvent) => void;
  /** Puts the cursor there. @param lengthBytes so many bytes are selected. */
  readonly place: (offset: number, lengthBytes?: number) => void;
  readonly apply: () => void;
  readonly drop: () => void;
  /** What went wrong with the last change, or what was said of the last paste. */
  readonly message: string | undefined;
}

const PAGES_OF_KEY: Readonly<Record<string, number>> = { PageUp: -1, PageDown: 1 };

/** Typing over the bytes of one memory: the state machine of store/memoryEdit.ts, its changes, the clipboard. */
export function useHexEdit(options: HexEditOptions): HexEdit {
  const { lane, view, memory, top, visibleRows, startsAt } = options;
  const { memoryDesk } = useModel();
  const [state, setState] = useState<EditState>({ ...NO_EDIT, cursor: startsAt });
  const [message, setMessage] = useState<string>();
  const byteAt = (offset: number): number => {
    const byte = new Uint8Array(1);
    return view?.readMemory(memory.index, offset, byte) === true ? (byte[0] ?? 0) : 0;
  };
  const frame = { sizeBytes: memory.sizeBytes, first: top * BYTES_PER_ROW, visibleRows, byteAt };
  const apply = (): void => {
    const { pending } = state;
    if (pending.size === 0) return;
    setState({ ...state, pending: new Map(), isLow: false });
    void memoryDesk.write(lane, memory.index, pendingRuns(pending)).then((done) => {
      if (done.kind === 'failed') memoryDesk.say(`The bytes were not written. ${done.message}`, true);
      else memoryDesk.say(`${countText(pending.size, 'byte')} written by hand.`, false);
    });
  };
  const drop = (): void => setState({ ...state, pending: new Map(), isLow: false });
  const place = useCallback(
    (offset: number, lengthBytes = 1) =>
      setState((before) => ({
        ...moveTo(before, offset, false, memory),
        ...(lengthBytes > 1 ? { anchor: Math.min(memory.sizeBytes - 1, offset + lengthBytes - 1) } : {}),
      })),
    [memory],
  );
  const perform = (outcome: 'apply' | 'undo' | 'redo' | 'search' | 'goTo'): void => {
    if (outcome === 'apply') apply();
    else if (outcome === 'search') options.onSearch();
    else if (outcome === 'goTo') options.onGoTo();
    else void memoryDesk[outcome](lane);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.altKey) return;
    const press = { key: event.key, mod: event.ctrlKey || event.metaKey, shift: event.shiftKey };
    const outcome = editByKey(state, press, frame);
    if (outcome.kind === 'none') return;
    event.preventDefault();
    setMessage(undefined);
    if (outcome.kind !== 'state') return perform(outcome.kind);
    setState(outcome.state);
    if (outcome.state.cursor !== undefined) options.onCursor(outcome.state.cursor, PAGES_OF_KEY[event.key] ?? 0);
    return undefined;
  };
  const onPick = (offset: number, column: EditColumn, isExtending: boolean): void =>
    setState((before) => ({ ...moveTo(before, offset, isExtending, memory), column }));
  const onCopy = (event: ClipboardEvent): void => {
    const selection = selectionOf(state);
    if (selection === undefined || view === undefined) return;
    const bytes = new Uint8Array(Math.min(MAX_PENDING_BYTES, selection.last - selection.first + 1));
    if (!view.readMemory(memory.index, selection.first, bytes)) {
      setMessage('These bytes are still being fetched: copy again.');
      return;
    }
    event.preventDefault();
    const text =
      state.column === 'hex'
        ? Array.from(bytes, (byte) => hex(byte, 2)).join(' ')
        : new TextDecoder('latin1').decode(bytes);
    event.clipboardData.setData('text/plain', text);
  };
  const onPaste = (event: ClipboardEvent): void => {
    event.preventDefault();
    const text = event.clipboardData.getData('text/plain');
    const parsed =
      state.column === 'hex'
        ? parseHexBytes(text, MAX_PENDING_BYTES)
        : { ok: true as const, value: new TextEncoder().encode(text).subarray(0, MAX_PENDING_BYTES) };
    if (!parsed.ok) return setMessage(`What was pasted is not bytes. ${parsed.error}`);
    setMessage(undefined);
    setState(putBytes(state, parsed.value, frame));
    return undefined;
  };
  return { state, onKey, onPick, onCopy, onPaste, place, apply, drop, message };
}
