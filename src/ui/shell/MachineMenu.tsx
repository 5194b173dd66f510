import { Check, ChevronDown, LayoutGrid } from 'lucide-react';
import { actionById } from '../../store/actions.ts';
import { presets, type Preset } from '../../topology/presets/presets.ts';
import { useAction, useDocument, useLibrary } from '../model.ts';
import { Popover, useClosePopover } from '../widgets/Popover.tsx';

/** Machines to learn from come first; those of the validation are many. */
const GROUPS: readonly { readonly title: string; readonly presets: readonly Preset[] }[] = [
  { title: 'Machines to start from', presets: presets.filter(({ document }) => document.measurement === undefined) },
  {
    title: 'Machines of published measurements',
    presets: presets.filter(({ document }) => document.measurement !== undefined),
  },
];

function PresetList() {
  const own = useLibrary((state) => state.machines.length);
  const perform = useAction();
  const close = useClosePopover();
  return (
    <div className="menu machine-menu">
      <button
        type="button"
        className="menu-row"
        onClick={() => {
          close();
          perform(actionById('machines'));
        }}
      >
        <span className="menu-mark">
          <LayoutGrid size={15} aria-hidden="true" />
        </span>
        <span className="menu-words">
          <strong>All machines, with pictures</strong>
          <span>{own === 0 ? 'Machines you change are kept there' : `${own} of your own, and the presets`}</span>
        </span>
      </button>
      {GROUPS.map((group) => (
        <section key={group.title} aria-label={group.title}>
          <h2 className="menu-head">{group.title}</h2>
          {group.presets.map((preset) => (
            <PresetRow key={preset.id} preset={preset} />
          ))}
        </section>
      ))}
    </div>
  );
}

function PresetRow({ preset }: { readonly preset: Preset }) {
  const origin = useDocument((state) => state.origin);
  const open = useDocument((state) => state.open);
  const close = useClosePopover();
  const current = origin.from === 'preset' && origin.preset === preset.id;
  return (
    <button
      type="button"
      className="menu-row"
      aria-current={current ? 'true' : undefined}
      onClick={() => {
        close();
        open(`Open “${preset.title}”`, preset.document, { from: 'preset', preset: preset.id });
      }}
    >
      <span className="menu-mark">{current ? <Check size={15} aria-hidden="true" /> : undefined}</span>
      <span className="menu-words">
        <strong>{preset.title}</strong>
        <span>{preset.description}</span>
      </span>
    </button>
  );
}

/** The machine that is open, and the presets to open instead. */
export function MachineMenu() {
  const name = useDocument((state) => state.document.name);
  return (
    <Popover
      buttonClass="machine-button"
      button={
        <>
          <span className="visually-hidden">Machine: </span>
          <span className="machine-name">{name}</span>
          <ChevronDown size={15} aria-hidden="true" />
        </>
      }
    >
      <PresetList />
    </Popover>
  );
}
