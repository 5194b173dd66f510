import { useId, useRef, useState } from 'react';
import '../styles/documents.css';
import { parseDocument } from '../../topology/parseDocument.ts';
import { presets, type Preset } from '../../topology/presets/presets.ts';
import { useDocument, useLibrary, useModel } from '../model.ts';
import { Dialog } from '../widgets/Dialog.tsx';
import { Notice } from '../widgets/Notice.tsx';
import { MachinePicture } from './MachinePicture.tsx';
import { OwnMachine } from './OwnMachine.tsx';

const STARTS = presets.filter(({ document }) => document.measurement === undefined);
const MEASURED = presets.filter(({ document }) => document.measurement !== undefined);

function PresetCard({ preset, onClose }: { readonly preset: Preset; readonly onClose: () => void }) {
  const open = useDocument((state) => state.open);
  return (
    <li className="machine-card">
      <button
        type="button"
        className="machine-open"
        onClick={() => {
          open(`Open “${preset.title}”`, preset.document, { from: 'preset', preset: preset.id });
          onClose();
        }}
      >
        <MachinePicture document={preset.document} />
        <strong>{preset.title}</strong>
        <span className="machine-words">{preset.description}</span>
      </button>
    </li>
  );
}

/** What was deleted, as long as it can be had back. */
function Removed() {
  const { library } = useModel();
  const removed = useLibrary((state) => state.removed);
  return (
    <output className="machine-removed">
      {removed === undefined ? undefined : (
        <>
          <p>{`“${removed.entry.name}” was deleted.`}</p>
          <button type="button" className="button small" onClick={() => library.bringBack()}>
            Bring it back
          </button>
        </>
      )}
    </output>
  );
}

/** A machine from a file: of this program, any version. */
function OpenFile({ onOpen }: { readonly onOpen: (problem: string | undefined) => void }) {
  const open = useDocument((state) => state.open);
  const field = useRef<HTMLInputElement>(null);
  const read = async (file: File): Promise<void> => {
    const document = parseDocument(await file.text());
    if (document.ok) open(`Open “${document.value.name}”`, document.value, { from: 'import' });
    const [problem] = document.ok ? [] : document.error;
    onOpen(problem === undefined ? undefined : [problem.message, problem.fix].filter(Boolean).join(' '));
  };
  return (
    <>
      <input
        ref={field}
        type="file"
        hidden
        accept=".json,application/json"
        aria-label="File of a machine"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file !== undefined) void read(file);
          event.target.value = '';
        }}
      />
      <button type="button" className="button" onClick={() => field.current?.click()}>
        Open a file
      </button>
    </>
  );
}

function PresetSection({
  title,
  list,
  onClose,
}: {
  readonly title: string;
  readonly list: readonly Preset[];
  readonly onClose: () => void;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      <ul className="machine-cards">
        {list.map((preset) => (
          <PresetCard key={preset.id} preset={preset} onClose={onClose} />
        ))}
      </ul>
    </section>
  );
}

/** Every machine there is: one's own, those to start from, those of measurements. */
export function GalleryDialog({ onClose }: { readonly onClose: () => void }) {
  const { library } = useModel();
  const { keeps } = useModel().url;
  const machines = useLibrary((state) => state.machines);
  const saved = useLibrary((state) => state.saved);
  const [problem, setProblem] = useState<string>();
  const ownId = useId();
  return (
    <Dialog
      title="Machines"
      subtitle={keeps ? 'Kept in this browser as you change them.' : 'Kept until the page is closed.'}
      size="large"
      onClose={onClose}
      footer={
        <>
          <Removed />
          <OpenFile
            onOpen={(found) => {
              setProblem(found);
              if (found === undefined) onClose();
            }}
          />
        </>
      }
    >
      <div className="gallery">
        {problem === undefined ? undefined : <Notice kind="error">{problem}</Notice>}
        {saved === 'written' ? undefined : (
          <Notice kind="warning">
            {saved === 'full'
              ? 'This browser’s storage is full: the last change was not saved. Delete a machine, or save this one as a file.'
              : 'This browser window keeps nothing: save the machine as a file to keep it.'}
          </Notice>
        )}
        <section aria-labelledby={ownId}>
          <h3 id={ownId}>Your own</h3>
          {machines.length === 0 ? (
            <p className="gallery-none">None yet. A preset becomes your own with the first thing you change.</p>
          ) : (
            <ul className="machine-cards">
              {machines.map((entry) => (
                <OwnMachine
                  key={entry.id}
                  entry={entry}
                  onOpen={() => {
                    const trouble = library.open(entry.id);
                    setProblem(trouble);
                    if (trouble === undefined) onClose();
                  }}
                />
              ))}
            </ul>
          )}
        </section>
        <PresetSection title="To start from" list={STARTS} onClose={onClose} />
        <PresetSection title="Of published measurements" list={MEASURED} onClose={onClose} />
      </div>
    </Dialog>
  );
}
