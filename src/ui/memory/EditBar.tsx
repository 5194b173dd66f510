import { Calculator } from 'lucide-react';
import { useState } from 'react';
import { hex } from '../../base/bits.ts';
import { addressText, countText, durationText, integerText, NO_VALUE } from '../../base/format.ts';
import type { MemoryDescription } from '../../engine/protocol.ts';
import { findWriter } from '../../store/inspectWriter.ts';
import { selectionOf } from '../../store/memoryEdit.ts';
import { busAddressOf } from '../../store/memoryPlaces.ts';
import { machineCounter } from '../../store/metrics.ts';
import type { LaneId, LaneState } from '../../store/session.ts';
import { useModel } from '../model.ts';
import { LiveText } from '../widgets/Live.tsx';
import { asciiOf } from './hexModel.ts';
import type { HexEdit } from './useHexEdit.ts';

interface EditBarProps {
  readonly laneId: LaneId;
  readonly lane: LaneState;
  readonly memory: MemoryDescription;
  readonly edit: HexEdit;
}

/** Bytes that were typed and are not in memory yet. */
function Pending({ edit }: { readonly edit: HexEdit }) {
  const count = edit.state.pending.size;
  return (
    <span className="pending-bytes">
      <output>{`${countText(count, 'byte')} typed, not in memory yet`}</output>
      <button type="button" className="button small primary" onClick={edit.apply}>
        Apply <kbd>Enter</kbd>
      </button>
      <button type="button" className="button small" onClick={edit.drop}>
        Drop <kbd>Esc</kbd>
      </button>
    </span>
  );
}

/** Asks which TLP wrote a byte; the answer is shown in Inspect, or said here. */
function useFindWriter({ laneId, lane, memory }: EditBarProps) {
  const { inspect, view, announcer, memoryDesk } = useModel();
  const [said, setSaid] = useState<{ readonly offset: number; readonly words: string }>();
  const ask = (offset: number): void => {
    const { machine } = lane;
    const log = lane.hops?.log;
    if (machine === undefined) return;
    const now_ps = lane.view === undefined ? 0 : machineCounter(lane.view, 'now_ps');
    const answer =
      log === undefined
        ? { kind: 'none' as const, reason: 'Nothing has moved in this machine yet.' }
        : findWriter(log, machine, { memory: memory.index, offset }, now_ps);
    const hand = memoryDesk
      .stacksOf(laneId, machine)
      .marks.find(
        (mark) =>
          mark.memory === memory.index &&
          offset >= mark.offset &&
          offset < mark.offset + mark.lengthBytes &&
          mark.at_ps <= now_ps &&
          (answer.kind === 'none' || mark.records > answer.record),
      );
    if (hand !== undefined) {
      const words = `Changed by hand at ${durationText(hand.at_ps)}: no TLP wrote what is there now.`;
      setSaid({ offset, words });
      announcer.say(words);
      return;
    }
    if (answer.kind === 'none' || log === undefined) {
      const words = answer.kind === 'none' ? answer.reason : '';
      setSaid({ offset, words });
      announcer.say(words);
      return;
    }
    const record = log.firstHop(log.serial[log.cell(answer.record)] ?? 0);
    inspect.getState().set({
      selected: { log, record: answer.cpu || record < 0 ? answer.record : record },
      everyHop: answer.cpu,
      level: 'packets',
      filter: '',
      pasting: false,
      memoryPlace: { memory: memory.index, offset },
    });
    view.getState().set({ view: 'inspect' });
  };
  return { said, ask };
}

/** The byte at the cursor as it is now: `0x6a  106  'j'`. */
function byteWords(lane: LaneState, memory: MemoryDescription, offset: number): string {
  const byte = new Uint8Array(1);
  if (lane.view?.readMemory(memory.index, offset, byte) !== true) return NO_VALUE;
  const value = byte[0] ?? 0;
  return `0x${hex(value, 2)} = ${value}${asciiOf(value) === '.' ? '' : ` “${asciiOf(value)}”`}`;
}

/** What a screen reader says when the cursor comes to a byte; not again when the byte changes. */
function SpokenByte({ words }: { readonly words: () => string }) {
  const [said] = useState(words);
  return said;
}

/** What is at the cursor, what is typed, and what can be asked about one byte: which TLP wrote it, its addresses. */
export function EditBar(props: EditBarProps) {
  const { lane, memory, edit } = props;
  const { memoryDesk, view } = useModel();
  const { said, ask } = useFindWriter(props);
  const selection = selectionOf(edit.state);
  if (selection === undefined) {
    return (
      <p className="byte-bar muted">
        Choose a byte, with a press or the arrow keys, to ask which TLP wrote it, or to type over it.
      </p>
    );
  }
  const offset = edit.state.cursor ?? selection.first;
  const count = selection.last - selection.first + 1;
  const lost = lane.hops?.lost ?? 0;
  const words = edit.message ?? (said?.offset === offset ? said.words : '');
  return (
    <div className="byte-bar">
      <code>{addressText(busAddressOf(memory, offset) ?? offset)}</code>
      <output className="visually-hidden">
        <SpokenByte key={offset} words={() => `Offset ${addressText(offset)}: ${byteWords(lane, memory, offset)}`} />
      </output>
      {count > 1 ? (
        <span className="muted">{`${integerText(count)} bytes selected`}</span>
      ) : (
        <LiveText className="byte-value mono" read={() => byteWords(lane, memory, offset)} />
      )}
      {edit.state.pending.size > 0 ? (
        <Pending edit={edit} />
      ) : (
        <>
          <button type="button" className="button small" onClick={() => ask(offset)}>
            Find the TLP that wrote this
          </button>
          <button
            type="button"
            className="button small"
            onClick={() => {
              memoryDesk.ask(undefined, { by: 'memory', memory: memory.index, offset });
              view.getState().set({ sheetOpen: true });
            }}
          >
            <Calculator size={14} aria-hidden="true" /> Its addresses
          </button>
        </>
      )}
      <output>{words}</output>
      {lost > 0 && words === '' && edit.state.pending.size === 0 ? (
        <span className="muted byte-lost">{`${integerText(lost)} records were dropped; a writer may be one of them.`}</span>
      ) : undefined}
    </div>
  );
}
