import { useState } from 'react';
import { addressText, integerText } from '../../base/format.ts';
import type { MemoryDescription } from '../../engine/protocol.ts';
import { findWriter } from '../../store/inspectWriter.ts';
import type { LaneState } from '../../store/session.ts';
import { useModel } from '../model.ts';

interface ByteBarProps {
  readonly lane: LaneState;
  readonly memory: MemoryDescription;
  /** Of the byte that is chosen. */
  readonly offset: number | undefined;
}

/** What can be asked about one byte: which TLP wrote it. */
export function ByteBar({ lane, memory, offset }: ByteBarProps) {
  const { inspect, view, announcer } = useModel();
  const [said, setSaid] = useState<{ readonly offset: number; readonly words: string }>();
  const log = lane.hops?.log;
  if (offset === undefined) {
    return <p className="byte-bar muted">Choose a byte, with a press or the arrow keys, to ask which TLP wrote it.</p>;
  }
  const ask = (): void => {
    const { machine } = lane;
    if (machine === undefined) return;
    const answer =
      log === undefined
        ? { kind: 'none' as const, reason: 'Nothing has moved in this machine yet.' }
        : findWriter(log, machine, memory.index, offset);
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
  const lost = lane.hops?.lost ?? 0;
  return (
    <div className="byte-bar">
      <code>{addressText((memory.busAddress ?? 0) + offset)}</code>
      <button type="button" className="button small" onClick={ask}>
        Find the TLP that wrote this
      </button>
      <output>{said?.offset === offset ? said.words : ''}</output>
      {lost > 0 ? (
        <span className="muted">{`${integerText(lost)} records were dropped; the writer may be one of them.`}</span>
      ) : undefined}
    </div>
  );
}
