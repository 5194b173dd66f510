import { useMemo, useRef, useState } from 'react';
import { Copy, Download, PencilLine, RotateCcw, Trash2, type LucideIcon } from 'lucide-react';
import type { MachineEntry } from '../../store/libraryIndex.ts';
import { parseDocument } from '../../topology/parseDocument.ts';
import { findPreset } from '../../topology/presets/presets.ts';
import { serializeDocument } from '../../topology/serializeDocument.ts';
import { useDocument, useLibrary, useModel } from '../model.ts';
import { MachinePicture } from './MachinePicture.tsx';
import { fileNameOf, saveText } from './saveFile.ts';

const MOST_LETTERS = 120;

interface ToolProps {
  readonly word: string;
  readonly name: string;
  readonly Icon: LucideIcon;
  readonly onPress: () => void;
}

function Tool({ word, name, Icon, onPress }: ToolProps) {
  return (
    <button type="button" className="icon-button small" aria-label={`${word} ${name}`} title={word} onClick={onPress}>
      <Icon size={15} aria-hidden="true" />
    </button>
  );
}

interface NameFieldProps {
  readonly name: string;
  readonly onDone: (name: string | undefined) => void;
}

/** Enter keeps the new name, Escape the old one. */
function NameField({ name, onDone }: NameFieldProps) {
  const done = useRef(false);
  const finish = (next: string | undefined): void => {
    if (done.current) return;
    done.current = true;
    onDone(next?.trim() === '' ? undefined : next?.trim());
  };
  return (
    <input
      ref={(field) => {
        if (field !== null && document.activeElement !== field) field.select();
      }}
      className="input"
      aria-label="Name of the machine"
      maxLength={MOST_LETTERS}
      defaultValue={name}
      onBlur={(event) => finish(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') finish(event.currentTarget.value);
        if (event.key !== 'Escape') return;
        // The dialog stays.
        event.preventDefault();
        event.stopPropagation();
        finish(undefined);
      }}
    />
  );
}

function dateText(at_ms: number): string {
  return new Date(at_ms).toLocaleString(undefined, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
}

/** A machine of one's own, with what can be done to it. */
export function OwnMachine({ entry, onOpen }: { readonly entry: MachineEntry; readonly onOpen: () => void }) {
  const { library } = useModel();
  const isCurrent = useLibrary((state) => state.current === entry.id);
  const edit = useDocument((state) => state.edit);
  const [renaming, setRenaming] = useState(false);
  const { id, name, changed_ms } = entry;
  // Read again whenever the machine has changed.
  // oxlint-disable-next-line react/exhaustive-deps
  const read = useMemo(() => parseDocument(library.text(id) ?? ''), [library, id, changed_ms]);
  const preset = entry.preset === undefined ? undefined : findPreset(entry.preset);
  return (
    <li className={isCurrent ? 'machine-card machine-current' : 'machine-card'}>
      <button type="button" className="machine-open" aria-current={isCurrent ? 'true' : undefined} onClick={onOpen}>
        {read.ok ? (
          <MachinePicture document={read.value} />
        ) : (
          <span className="machine-picture machine-unread">{`Cannot be read: ${read.error[0]?.message ?? 'not a machine'}`}</span>
        )}
        <strong>{name}</strong>
        <span className="machine-words">{`${isCurrent ? 'Open now. ' : ''}Changed ${dateText(changed_ms)}`}</span>
      </button>
      {renaming ? (
        <NameField
          name={name}
          onDone={(next) => {
            setRenaming(false);
            if (next !== undefined && next !== name) library.rename(id, next);
          }}
        />
      ) : (
        <div className="machine-tools">
          {read.ok ? (
            <>
              <Tool word="Rename" name={name} Icon={PencilLine} onPress={() => setRenaming(true)} />
              <Tool word="Duplicate" name={name} Icon={Copy} onPress={() => library.duplicate(id)} />
            </>
          ) : undefined}
          <Tool
            word="Save as a file:"
            name={name}
            Icon={Download}
            onPress={() =>
              saveText(fileNameOf(name), read.ok ? serializeDocument(read.value) : (library.text(id) ?? ''))
            }
          />
          {isCurrent && preset !== undefined ? (
            <Tool
              word="Reset to the preset:"
              name={name}
              Icon={RotateCcw}
              onPress={() => edit(`Reset to “${preset.title}”`, { ...preset.document, name })}
            />
          ) : undefined}
          <Tool word="Delete" name={name} Icon={Trash2} onPress={() => library.remove(id)} />
        </div>
      )}
    </li>
  );
}
