import { FolderOpen, Plus } from 'lucide-react';
import { presets } from '../../topology/presets/presets.ts';
import { useDocument } from '../model.ts';
import { Popover, useClosePopover } from '../widgets/Popover.tsx';
import { useEditor } from './useEditor.ts';

function PresetChoice() {
  const open = useDocument((state) => state.open);
  const close = useClosePopover();
  return (
    <div className="menu machine-menu">
      {presets
        .filter(({ document }) => document.measurement === undefined)
        .map((preset) => (
          <button
            key={preset.id}
            type="button"
            className="menu-row"
            aria-label={preset.title}
            onClick={() => {
              close();
              open(`Open “${preset.title}”`, preset.document, { from: 'preset', preset: preset.id });
            }}
          >
            <span className="menu-words">
              <strong>{preset.title}</strong>
              <span>{preset.description}</span>
            </span>
          </button>
        ))}
    </div>
  );
}

/** Nothing hangs on the root complex yet: what to do first. */
export function EmptyMachine() {
  const editor = useEditor();
  const isEmpty = useDocument(({ document }) => document.functions.every((fn) => fn.kind === 'hostBridge'));
  if (!isEmpty) return undefined;
  return (
    <div className="empty-machine">
      <p>This root complex has no port yet.</p>
      <div>
        <button type="button" className="button" onClick={() => editor.addAnywhere('rootPort')}>
          <Plus size={16} aria-hidden="true" />
          Add a root port
        </button>
        <Popover
          buttonClass="button"
          button={
            <>
              <FolderOpen size={16} aria-hidden="true" />
              Open a preset
            </>
          }
        >
          <PresetChoice />
        </Popover>
      </div>
    </div>
  );
}
