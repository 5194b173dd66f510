import { useState } from 'react';
import { hex } from '../../base/bits.ts';
import { sizeText } from '../../base/format.ts';
import type { MemoryDescription } from '../../engine/protocol.ts';
import type { LaneId } from '../../store/session.ts';
import { useDocument, useModel } from '../model.ts';
import { memoryName } from '../names.ts';
import { Dialog } from '../widgets/Dialog.tsx';
import { MOST_WRITTEN_BYTES } from './FillDialog.tsx';
import { RangeFields, TextField } from './RangeFields.tsx';
import { usePlaceContext } from './usePlaceContext.ts';
import { type ByteSpan, useRange } from './useRange.ts';

interface SaveDialogProps {
  readonly lane: LaneId;
  readonly memory: MemoryDescription;
  readonly span: ByteSpan;
  readonly onClose: () => void;
}

/** A name every file system takes. */
function fileNameOf(name: string, offset: number): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]+/gu, '-');
  return `${plain}-${hex(offset, 1)}.bin`;
}

/** Lets the browser save bytes as it saves downloads. */
function saveBytes(fileName: string, pieces: readonly Uint8Array<ArrayBuffer>[]): void {
  const address = URL.createObjectURL(new Blob([...pieces], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(address);
}

/** Saves a range of a memory as it is now. */
export function SaveDialog({ lane, memory, span, onClose }: SaveDialogProps) {
  const { memoryDesk } = useModel();
  const machine = useDocument((state) => state.document);
  const draft = useRange(usePlaceContext(memory), span, MOST_WRITTEN_BYTES);
  const [name, setName] = useState<string>();
  const { range } = draft;
  const fileName = name ?? fileNameOf(memoryName(machine, memory), range?.offset ?? span.offset);
  const problem = fileName.trim() === '' ? 'A file needs a name.' : undefined;
  const save = async (): Promise<void> => {
    if (range === undefined || problem !== undefined) return;
    onClose();
    const ended = await memoryDesk.read(lane, memory.index, range);
    if (ended.kind === 'done') saveBytes(fileName.trim(), ended.value);
    memoryDesk.say(
      ended.kind === 'done'
        ? `${sizeText(range.lengthBytes)} were saved as ${fileName.trim()}.`
        : ended.kind === 'failed'
          ? `Nothing was saved. ${ended.message}`
          : 'Saving was stopped.',
      ended.kind === 'failed',
    );
  };
  return (
    <Dialog
      title="Save a range of memory"
      subtitle="Its bytes as they are when you press Save."
      onClose={onClose}
      footer={
        <button
          type="submit"
          form="memory-save"
          className="button primary"
          disabled={range === undefined || problem !== undefined}
        >
          {range === undefined ? 'Save' : `Save ${sizeText(range.lengthBytes)}`}
        </button>
      }
    >
      <form
        id="memory-save"
        className="memory-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <RangeFields draft={draft} />
        <TextField
          label="File name"
          value={fileName}
          problem={problem}
          help="Raw bytes, no header."
          onChange={setName}
        />
      </form>
    </Dialog>
  );
}
