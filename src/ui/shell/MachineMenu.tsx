import { Check, ChevronDown } from 'lucide-react';
import { presets } from '../../topology/presets/presets.ts';
import { useDocument } from '../model.ts';
import { Popover, useClosePopover } from '../widgets/Popover.tsx';

function PresetList() {
  const origin = useDocument((state) => state.origin);
  const open = useDocument((state) => state.open);
  const close = useClosePopover();
  const current = origin.from === 'preset' ? origin.preset : undefined;
  return (
    <div className="menu machine-menu">
      <h2 className="menu-head">Machines to start from</h2>
      {presets.map((preset) => (
        <button
          key={preset.id}
          type="button"
          className="menu-row"
          aria-current={preset.id === current ? 'true' : undefined}
          onClick={() => {
            close();
            open(`Open “${preset.title}”`, preset.document, { from: 'preset', preset: preset.id });
          }}
        >
          <span className="menu-mark">
            {preset.id === current ? <Check size={15} aria-hidden="true" /> : undefined}
          </span>
          <span className="menu-words">
            <strong>{preset.title}</strong>
            <span>{preset.description}</span>
          </span>
        </button>
      ))}
    </div>
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
