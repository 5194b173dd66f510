import { useId, useState } from 'react';
import { addressText, sizeText } from '../../base/format.ts';
import type { MemoryDescription } from '../../engine/protocol.ts';
import type { LaneId } from '../../store/session.ts';
import { useModel } from '../model.ts';
import { Dialog } from '../widgets/Dialog.tsx';
import { BY_HAND, MOST_WRITTEN_BYTES } from './FillDialog.tsx';
import { TextField } from './RangeFields.tsx';
import { usePlaceContext } from './usePlaceContext.ts';
import { type ByteSpan, readStart } from './useRange.ts';

interface LoadDialogProps {
  readonly lane: LaneId;
  readonly memory: MemoryDescription;
  readonly span: ByteSpan;
  readonly onClose: () => void;
  readonly onDone: (offset: number) => void;
}

/** What is wrong with a file here, or undefined. */
function fileProblem(file: File, memory: MemoryDescription, offset: number | undefined): string | undefined {
  if (file.size === 0) return `${file.name} is empty.`;
  if (file.size > MOST_WRITTEN_BYTES) {
    return `${file.name} is too large: ${sizeText(file.size)}, and ${sizeText(MOST_WRITTEN_BYTES)} is the most a tab can hold.`;
  }
  if (offset === undefined || offset + file.size <= memory.sizeBytes) return undefined;
  const beyond = sizeText(offset + file.size - memory.sizeBytes);
  return `${file.name} has ${sizeText(file.size)}: it would end ${beyond} beyond the end of this memory.`;
}

/** Puts the bytes of a file into a memory. */
export function LoadDialog({ lane, memory, span, onClose, onDone }: LoadDialogProps) {
  const { memoryDesk } = useModel();
  const id = useId();
  const context = usePlaceContext(memory);
  const [start, setStart] = useState(addressText(span.offset));
  const [file, setFile] = useState<File>();
  const { offset, problem } = readStart(start, context);
  const wrong = file === undefined ? undefined : fileProblem(file, memory, offset);
  const isReady = file !== undefined && offset !== undefined && wrong === undefined;
  const load = async (): Promise<void> => {
    if (!isReady) return;
    onClose();
    const source = {
      sizeBytes: file.size,
      read: async (at: number, lengthBytes: number) =>
        new Uint8Array(await file.slice(at, at + lengthBytes).arrayBuffer()),
    };
    const ended = await memoryDesk.load(lane, { memory: memory.index, offset }, source, `Load of ${file.name}`);
    onDone(offset);
    memoryDesk.say(
      ended.kind === 'done'
        ? `${sizeText(file.size)} of ${file.name} were loaded by hand.`
        : ended.kind === 'failed'
          ? `${file.name} could not be loaded. ${ended.message}`
          : 'The load was stopped; what was loaded can be undone.',
      ended.kind === 'failed',
    );
  };
  return (
    <Dialog
      title="Load a file into memory"
      subtitle={BY_HAND}
      onClose={onClose}
      footer={
        <button type="submit" form="memory-load" className="button primary" disabled={!isReady}>
          {isReady ? `Load ${sizeText(file.size)}` : 'Load'}
        </button>
      }
    >
      <form
        id="memory-load"
        className="memory-form"
        onSubmit={(event) => {
          event.preventDefault();
          void load();
        }}
      >
        <div className="memory-field">
          <label htmlFor={id}>File</label>
          <input
            id={id}
            type="file"
            className="memory-file"
            data-first-focus=""
            aria-describedby={`${id}-help`}
            aria-invalid={wrong !== undefined}
            onChange={(event) => setFile(event.target.files?.[0])}
          />
          <p id={`${id}-help`} className={wrong === undefined ? 'hint' : 'hint hint-bad'}>
            {wrong ??
              (file === undefined ? 'Its bytes as they are; nothing is read out of it.' : `${sizeText(file.size)}.`)}
          </p>
        </div>
        <TextField label="To" value={start} problem={problem} help="Offset, bus address or name." onChange={setStart} />
      </form>
    </Dialog>
  );
}
