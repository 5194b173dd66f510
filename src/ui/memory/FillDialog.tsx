import { useId, useState } from 'react';
import { sizeText } from '../../base/format.ts';
import { MIB } from '../../base/units.ts';
import type { MemoryDescription } from '../../engine/protocol.ts';
import { parsePattern, type PatternKind, randomSource } from '../../store/memoryPatterns.ts';
import type { LaneId } from '../../store/session.ts';
import { useModel } from '../model.ts';
import { Dialog } from '../widgets/Dialog.tsx';
import { RangeFields, TextField } from './RangeFields.tsx';
import { usePlaceContext } from './usePlaceContext.ts';
import { type ByteSpan, useRange } from './useRange.ts';

/** Every byte that is not zero needs storage in this tab. */
export const MOST_WRITTEN_BYTES = 256 * MIB;

export const BY_HAND = 'Done by hand, as a debugger does: no TLP moves and no simulated time passes.';

const PATTERNS: readonly { readonly kind: PatternKind; readonly label: string }[] = [
  { kind: 'zeros', label: 'Zeros, 00' },
  { kind: 'ones', label: 'Ones, ff' },
  { kind: 'counter', label: 'Counter, 00 01 02 … ff 00' },
  { kind: 'random', label: 'Random, from a seed' },
  { kind: 'hex', label: 'Bytes of your own, repeated' },
];

interface FillDialogProps {
  readonly lane: LaneId;
  readonly memory: MemoryDescription;
  readonly span: ByteSpan;
  readonly onClose: () => void;
  readonly onDone: (offset: number) => void;
}

/** The pattern, and what it needs to be told. */
function usePattern() {
  const [kind, setKind] = useState<PatternKind>('counter');
  const [text, setText] = useState<Readonly<Record<'random' | 'hex', string>>>({ random: '1', hex: '' });
  const own = kind === 'random' || kind === 'hex' ? text[kind] : '';
  const parsed = parsePattern(kind, own);
  const change = (value: string): void => {
    if (kind === 'random' || kind === 'hex') setText({ ...text, [kind]: value });
  };
  return { kind, setKind, own, change, parsed };
}

function PatternFields({ pattern }: { readonly pattern: ReturnType<typeof usePattern> }) {
  const id = useId();
  const { kind, own, parsed } = pattern;
  const problem = parsed.ok || own === '' ? undefined : parsed.error;
  return (
    <>
      <div className="memory-field">
        <label htmlFor={id}>Pattern</label>
        <select
          id={id}
          className="select"
          value={kind}
          onChange={(event) => {
            const chosen = PATTERNS.find((row) => row.kind === event.target.value);
            if (chosen !== undefined) pattern.setKind(chosen.kind);
          }}
        >
          {PATTERNS.map((row) => (
            <option key={row.kind} value={row.kind}>
              {row.label}
            </option>
          ))}
        </select>
      </div>
      {kind === 'random' ? (
        <TextField
          label="Seed"
          value={own}
          problem={problem}
          help="The same seed gives the same bytes."
          onChange={pattern.change}
        />
      ) : undefined}
      {kind === 'hex' ? (
        <TextField
          label="Bytes"
          value={own}
          problem={problem}
          help="For example de ad be ef."
          onChange={pattern.change}
        />
      ) : undefined}
    </>
  );
}

/** Fills a range of a memory with a pattern. */
export function FillDialog({ lane, memory, span, onClose, onDone }: FillDialogProps) {
  const { memoryDesk } = useModel();
  const pattern = usePattern();
  const most = pattern.kind === 'zeros' ? Infinity : MOST_WRITTEN_BYTES;
  const draft = useRange(usePlaceContext(memory), span, most);
  const { range } = draft;
  const { parsed } = pattern;
  const fill = async (): Promise<void> => {
    if (range === undefined || !parsed.ok) return;
    onClose();
    const ended =
      parsed.value.kind === 'repeat'
        ? await memoryDesk.fill(lane, memory.index, range, parsed.value.bytes)
        : await memoryDesk.load(
            lane,
            { memory: memory.index, offset: range.offset },
            randomSource(parsed.value.seed, range.lengthBytes),
            `Random fill of ${sizeText(range.lengthBytes)}`,
          );
    onDone(range.offset);
    memoryDesk.say(
      ended.kind === 'done'
        ? `${sizeText(range.lengthBytes)} were filled by hand.`
        : ended.kind === 'failed'
          ? `The fill failed. ${ended.message}`
          : 'The fill was stopped; what was filled can be undone.',
      ended.kind === 'failed',
    );
  };
  return (
    <Dialog
      title="Fill memory"
      subtitle={BY_HAND}
      onClose={onClose}
      footer={
        <button
          type="submit"
          form="memory-fill"
          className="button primary"
          disabled={range === undefined || !parsed.ok}
        >
          {range === undefined ? 'Fill' : `Fill ${sizeText(range.lengthBytes)}`}
        </button>
      }
    >
      <form
        id="memory-fill"
        className="memory-form"
        onSubmit={(event) => {
          event.preventDefault();
          void fill();
        }}
      >
        <RangeFields draft={draft} />
        <PatternFields pattern={pattern} />
      </form>
    </Dialog>
  );
}
