import { describe, expect, it } from 'vitest';
import {
  editByKey,
  type EditPlace,
  type EditState,
  moveTo,
  NO_EDIT,
  pendingRuns,
  putBytes,
  selectionOf,
} from './memoryEdit.ts';

const place: EditPlace = { sizeBytes: 100, first: 32, visibleRows: 4, byteAt: (offset) => offset };

/** Presses keys one after the other; `^` before a key is Control, `+` is Shift. */
function press(keys: readonly string[], from: EditState = NO_EDIT): EditState {
  let state = from;
  for (const key of keys) {
    const bare = key.length > 1 ? key.replace(/^[\^+]/u, '') : key;
    const outcome = editByKey(
      state,
      { key: bare, mod: key.startsWith('^') && key !== '^', shift: key.startsWith('+') && key !== '+' },
      place,
    );
    expect(outcome.kind, key).toBe('state');
    if (outcome.kind === 'state') state = outcome.state;
  }
  return state;
}

describe('typing over bytes', () => {
  it('begins at the first byte in view, takes two digits a byte and goes on', () => {
    const state = press(['d', 'E', 'a']);
    expect(state.cursor).toBe(33);
    expect(state.isLow).toBe(true);
    expect([...state.pending]).toEqual([
      [32, 0xde],
      [33, 0xa1],
    ]);
    expect(pendingRuns(press(['d'], state).pending)).toEqual([{ offset: 32, bytes: Uint8Array.of(0xde, 0xad) }]);
  });

  it('takes back with Backspace, drops with Escape, applies with Enter', () => {
    const typed = press(['1', '2', '3', '4', '5']);
    expect(press(['Backspace'], typed)).toMatchObject({ cursor: 34, isLow: false });
    expect([...press(['Backspace', 'Backspace'], typed).pending.keys()]).toEqual([32]);
    expect(press(['Escape'], typed).pending.size).toBe(0);
    const key = (name: string, mod = false) => editByKey(typed, { key: name, mod, shift: false }, place).kind;
    expect(key('Enter')).toBe('apply');
    expect(key('z', true)).toBe('state');
    expect(editByKey(NO_EDIT, { key: 'z', mod: true, shift: false }, place).kind).toBe('undo');
    expect(editByKey(NO_EDIT, { key: 'z', mod: true, shift: true }, place).kind).toBe('redo');
  });

  it('takes any character in the text column, and leaves other keys to the page in the other', () => {
    const text = press(['ArrowRight', 'Tab', 'H', 'i', ' ']);
    expect([...text.pending.values()]).toEqual([0x48, 0x69, 0x20]);
    for (const key of [' ', 'g', 'F5', 'Escape']) {
      expect(editByKey(NO_EDIT, { key, mod: false, shift: false }, place).kind).toBe('none');
    }
  });

  it('Tab goes to the text column and then on; Shift Tab comes back and then on', () => {
    const text = press(['Tab']);
    expect(text.column).toBe('text');
    expect(editByKey(text, { key: 'Tab', mod: false, shift: false }, place).kind).toBe('none');
    expect(press(['+Tab'], text).column).toBe('hex');
    expect(editByKey(NO_EDIT, { key: 'Tab', mod: false, shift: true }, place).kind).toBe('none');
  });

  it('stops at the end of the memory', () => {
    const state = putBytes(moveTo(NO_EDIT, 98, false, place), Uint8Array.of(1, 2, 3, 4), place);
    expect([...state.pending]).toEqual([
      [98, 1],
      [99, 2],
    ]);
    expect(state.cursor).toBe(99);
  });
});

describe('the cursor', () => {
  it('moves by byte, row and page, to the ends of a row and of the memory, and never out', () => {
    const at = moveTo(NO_EDIT, 40, false, place);
    const ends = [
      'ArrowLeft',
      'ArrowRight',
      'ArrowUp',
      'ArrowDown',
      'Home',
      'End',
      '^Home',
      '^End',
      'PageUp',
      'PageDown',
    ];
    expect(ends.map((key) => press([key], at).cursor)).toEqual([39, 41, 24, 56, 32, 47, 0, 99, 0, 99]);
  });

  it('selects with Shift, from where it was', () => {
    const state = press(['+ArrowRight', '+ArrowDown'], moveTo(NO_EDIT, 40, false, place));
    expect(selectionOf(state)).toEqual({ first: 40, last: 57 });
    expect(selectionOf(press(['Escape'], state))).toEqual({ first: 57, last: 57 });
    expect(selectionOf(press(['ArrowLeft'], state))).toEqual({ first: 56, last: 56 });
  });
});

it('what was typed apart is written apart', () => {
  expect(
    pendingRuns(
      new Map([
        [7, 1],
        [3, 2],
        [4, 3],
      ]),
    ),
  ).toEqual([
    { offset: 3, bytes: Uint8Array.of(2, 3) },
    { offset: 7, bytes: Uint8Array.of(1) },
  ]);
});
