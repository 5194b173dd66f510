import { ACTIONS, shortcutKeys, type Action } from '../../store/actions.ts';
import { Dialog } from '../widgets/Dialog.tsx';

const GROUPS: readonly Action['group'][] = ['Run', 'Views', 'Document', 'Page'];

const SCENE_KEYS: readonly { readonly keys: readonly string[]; readonly label: string }[] = [
  { keys: ['↑', '↓', '←', '→'], label: 'Walk the tree; up is towards the root' },
  { keys: ['Enter'], label: 'Select what has focus' },
];

function KeyRow({ keys, label }: { readonly keys: readonly string[]; readonly label: string }) {
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
      <div className="keys-columns">
        {GROUPS.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {ACTIONS.filter((action) => action.group === group).map((action) =>
                action.shortcut === undefined ? undefined : (
                  <KeyRow key={action.id} keys={shortcutKeys(action.shortcut)} label={action.label} />
                ),
              )}
            </dl>
          </section>
        ))}
        <section>
          <h3>In the scene</h3>
          <dl>
            {SCENE_KEYS.map((row) => (
              <KeyRow key={row.label} keys={row.keys} label={row.label} />
            ))}
          </dl>
        </section>
      </div>
    </Dialog>
  );
}
