import { ACTIONS, shortcutKeys, type Action } from '../../store/actions.ts';
import { HOLDING_KEYS, keysOf, type EditorKey } from '../../store/editorKeys.ts';
import { Dialog } from '../widgets/Dialog.tsx';

const GROUPS: readonly Action['group'][] = ['Run', 'Views', 'Document', 'Page'];

interface KeyLine {
  readonly keys: readonly string[];
  readonly label: string;
}

const SCENE_KEYS: readonly KeyLine[] = [
  { keys: ['↑', '↓', '←', '→'], label: 'Walk the tree; up is towards the root' },
  { keys: ['Enter'], label: 'Select what has focus' },
];

/** Of the Edit view, beside the editor's own table. */
const EDIT_KEYS: readonly KeyLine[] = [
  { keys: ['/'], label: 'Find in the machine' },
  { keys: ['Shift', 'Enter'], label: 'Select this as well, or no longer' },
  { keys: ['Shift', 'drag'], label: 'Select everything inside a rectangle' },
  { keys: ['Double click'], label: 'Fold or unfold a switch' },
];

const PANEL_KEYS: readonly KeyLine[] = [
  { keys: ['↑', '↓', '←', '→'], label: 'Move the edge of a panel that has focus; with Shift, further' },
  { keys: ['Home'], label: 'As small as it goes' },
  { keys: ['End'], label: 'As large as it goes' },
  { keys: ['Enter'], label: 'Fold the panel, or open it' },
];

/** Of the bytes in Memory (store/memoryEdit.ts). */
const BYTE_KEYS: readonly KeyLine[] = [
  { keys: ['↑', '↓', '←', '→'], label: 'Move the cursor; with Shift, select' },
  { keys: ['0', '…', 'F'], label: 'Type over a byte; any character in the text column' },
  { keys: ['Enter'], label: 'Apply what was typed' },
  { keys: ['Esc'], label: 'Drop what was typed' },
  { keys: ['Tab'], label: 'To the text column, Shift Tab back' },
  { keys: ['Ctrl', 'F'], label: 'Search' },
  { keys: ['Ctrl', 'G'], label: 'Go to a place' },
  { keys: ['Ctrl', 'Z'], label: 'Undo a change to memory; with Shift, redo' },
  { keys: ['Home'], label: 'Begin of the row; with Ctrl, of the memory' },
  { keys: ['End'], label: 'End of the row; with Ctrl, of the memory' },
];

function editorLines(keys: readonly EditorKey[]): readonly KeyLine[] {
  return keys.map(({ key, mod, label }) => ({ keys: shortcutKeys({ key, ...(mod === true ? { mod } : {}) }), label }));
}

const SECTIONS: readonly { readonly title: string; readonly lines: readonly KeyLine[] }[] = [
  ...GROUPS.map((group) => ({
    title: group,
    lines: ACTIONS.filter((action) => action.group === group).flatMap(({ shortcut, label }) =>
      shortcut === undefined ? [] : [{ keys: shortcutKeys(shortcut), label }],
    ),
  })),
  { title: 'In the scene', lines: SCENE_KEYS },
  { title: 'In the bytes of Memory', lines: BYTE_KEYS },
  { title: 'At the edge of a panel', lines: PANEL_KEYS },
  { title: 'In Edit', lines: [...editorLines(keysOf({ kind: 'idle' })), ...EDIT_KEYS] },
  { title: 'In Edit, after A', lines: editorLines(keysOf({ kind: 'choosing' })) },
  { title: 'In Edit, with something in the hand', lines: editorLines(HOLDING_KEYS) },
];

function KeyRow({ keys, label }: KeyLine) {
  return (
    <div className="key-row">
      <dt>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{label}</dd>
    </div>
  );
}

/** Every shortcut, from the same table that performs them. */
export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keys" size="medium" onClose={onClose}>
      {/* Longer than the dialog: the keyboard scrolls it too. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <section className="keys-columns" aria-label="List of keys" tabIndex={0}>
        {SECTIONS.map(({ title, lines }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {lines.map(({ keys, label }) => (
                <KeyRow key={`${keys.join(' ')} ${label}`} keys={keys} label={label} />
              ))}
            </dl>
          </section>
        ))}
      </section>
    </Dialog>
  );
}
