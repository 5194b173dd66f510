import { useId, useState } from 'react';
import { addressText, countText, integerText, parseSize, percentText, sizeText } from '../../base/format.ts';
import {
  MAX_RANGES,
  type MachineDescription,
  type MemoryDescription,
  type MemoryPlace,
} from '../../engine/protocol.ts';
import type { Comparison } from '../../store/memoryDesk.ts';
import { parsePlace } from '../../store/memoryPlaces.ts';
import type { LaneId } from '../../store/session.ts';
import { useDocument, useModel } from '../model.ts';
import { memoryName } from '../names.ts';
import { useGoThere } from './useGoThere.ts';
import { usePlaceContext } from './usePlaceContext.ts';

/** Rows of the list of differences. */
const MOST_ROWS = 200;

interface Side {
  readonly memory: number;
  readonly text: string;
}

interface SideFieldProps {
  readonly label: string;
  readonly machine: MachineDescription;
  readonly side: Side;
  readonly problem: string | undefined;
  readonly onChange: (side: Side) => void;
}

function SideField({ label, machine, side, problem, onChange }: SideFieldProps) {
  const id = useId();
  const document = useDocument((state) => state.document);
  return (
    <fieldset className="compare-side">
      <legend>{label}</legend>
      <select
        className="select"
        aria-label={`${label}: memory`}
        value={side.memory}
        onChange={(event) => onChange({ ...side, memory: Number(event.target.value) })}
      >
        {machine.memories.map((row) => (
          <option key={row.index} value={row.index}>
            {memoryName(document, row)}
          </option>
        ))}
      </select>
      <input
        className="input mono"
        aria-label={`${label}: from`}
        value={side.text}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-help`}
        onChange={(event) => onChange({ ...side, text: event.target.value })}
      />
      <p id={`${id}-help`} className={problem === undefined ? 'visually-hidden' : 'hint hint-bad'}>
        {problem ?? 'Offset, bus address or name.'}
      </p>
    </fieldset>
  );
}

interface Compared {
  readonly a: MemoryPlace;
  readonly b: MemoryPlace;
  readonly lengthBytes: number;
  readonly result: Comparison;
}

function Differences({ compared }: { readonly compared: Compared }) {
  const goThere = useGoThere();
  const { a, b, result } = compared;
  const { differentBytes, comparedBytes, ranges } = result;
  if (differentBytes === 0) {
    return <output>{`Equal: all ${sizeText(comparedBytes)} are the same.`}</output>;
  }
  const runs =
    ranges.length === MAX_RANGES ? `${integerText(MAX_RANGES)} or more ranges` : countText(ranges.length, 'range');
  const row = (place: MemoryPlace, offset: number) => (
    <button
      type="button"
      className="link-button mono"
      onClick={() => goThere({ memory: place.memory, offset: place.offset + offset })}
    >
      {addressText(place.offset + offset)}
    </button>
  );
  return (
    <>
      <output>
        {`${integerText(differentBytes)} of ${integerText(comparedBytes)} bytes differ (${percentText(differentBytes / comparedBytes)}), in ${runs}.`}
      </output>
      <table className="dense compare-table" aria-label="Ranges that differ">
        <thead>
          <tr>
            <th scope="col">First</th>
            <th scope="col">Second</th>
            <th scope="col">Bytes</th>
          </tr>
        </thead>
        <tbody>
          {ranges.slice(0, MOST_ROWS).map((range) => (
            <tr key={range.offset}>
              <td>{row(a, range.offset)}</td>
              <td>{row(b, range.offset)}</td>
              <td>{integerText(range.lengthBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {ranges.length > MOST_ROWS ? <p className="muted">{`The first ${MOST_ROWS} ranges.`}</p> : undefined}
    </>
  );
}

/** What the two fields mean, and what is wrong with them. */
function useSides(machine: MachineDescription, sides: readonly [Side, Side], lengthText: string) {
  const context = usePlaceContext(machine.memories[0]);
  const read = (side: Side) => {
    const memory = machine.memories.find(({ index }) => index === side.memory);
    if (context === undefined || memory === undefined) return { place: undefined, memory, problem: undefined };
    const parsed = parsePlace(side.text, { ...context, memory });
    if (!parsed.ok) return { place: undefined, memory, problem: parsed.error };
    const isOther = parsed.value.memory !== side.memory;
    return {
      place: isOther ? undefined : parsed.value,
      memory,
      problem: isOther ? `${side.text.trim()} is in another memory.` : undefined,
    };
  };
  const [a, b] = [read(sides[0]), read(sides[1])];
  const size = parseSize(lengthText);
  const room = [a, b].map(({ place, memory }) => (memory?.sizeBytes ?? 0) - (place?.offset ?? 0));
  const most = Math.min(...room);
  const problem = !size.ok
    ? size.error
    : size.value < 1
      ? 'At least one byte.'
      : size.value > most
        ? `Beyond the end of one of them: ${sizeText(most)} at most.`
        : undefined;
  return { a, b, lengthBytes: size.ok && problem === undefined ? size.value : undefined, problem };
}

interface ComparePanelProps {
  readonly laneId: LaneId;
  readonly machine: MachineDescription | undefined;
  readonly memory: MemoryDescription;
}

function CompareForm({ laneId, machine, memory }: ComparePanelProps & { readonly machine: MachineDescription }) {
  const { memoryDesk } = useModel();
  const id = useId();
  const bytes = useDocument((state) => state.document.transfer.bytes);
  const other = machine.memories.find(({ index }) => index !== memory.index) ?? memory;
  const [first, setFirst] = useState<Side>({ memory: memory.index, text: '0x0' });
  const [second, setSecond] = useState<Side>({ memory: other.index, text: '0x0' });
  const [length, setLength] = useState(sizeText(Math.min(bytes, memory.sizeBytes, other.sizeBytes)));
  const [compared, setCompared] = useState<Compared>();
  const [failed, setFailed] = useState<string>();
  const { a, b, lengthBytes, problem } = useSides(machine, [first, second], length);
  const compare = async (): Promise<void> => {
    if (a.place === undefined || b.place === undefined || lengthBytes === undefined) return;
    setCompared(undefined);
    const ended = await memoryDesk.compare(laneId, a.place, b.place, lengthBytes);
    setFailed(ended.kind === 'failed' ? ended.message : ended.kind === 'cancelled' ? 'Stopped.' : undefined);
    if (ended.kind === 'done') setCompared({ a: a.place, b: b.place, lengthBytes, result: ended.value });
  };
  return (
    <form
      className="compare-form"
      onSubmit={(event) => {
        event.preventDefault();
        void compare();
      }}
    >
      <SideField label="First" machine={machine} side={first} problem={a.problem} onChange={setFirst} />
      <SideField label="Second" machine={machine} side={second} problem={b.problem} onChange={setSecond} />
      <div className="address-field">
        <label htmlFor={id}>Length</label>
        <div className="address-row">
          <input
            id={id}
            className="input"
            value={length}
            spellCheck={false}
            autoComplete="off"
            aria-invalid={problem !== undefined}
            aria-describedby={`${id}-help`}
            onChange={(event) => setLength(event.target.value)}
          />
          <button
            type="submit"
            className="button primary"
            disabled={a.place === undefined || b.place === undefined || lengthBytes === undefined}
          >
            Compare
          </button>
        </div>
        <p id={`${id}-help`} className={problem === undefined ? 'hint' : 'hint hint-bad'}>
          {problem ?? 'Of both ranges, for example 64 KiB.'}
        </p>
      </div>
      {failed === undefined ? undefined : <p className="hint hint-bad">{failed}</p>}
      {compared === undefined ? undefined : <Differences compared={compared} />}
    </form>
  );
}

/** Two ranges of any memories, byte by byte. */
export function ComparePanel({ laneId, machine, memory }: ComparePanelProps) {
  return (
    <div className="side-scroll">
      <header className="panel-head">
        <h2>Compare two ranges</h2>
      </header>
      <p className="panel-sub">A press on an address goes there.</p>
      {machine === undefined ? (
        <p className="muted">No machine stands.</p>
      ) : (
        <CompareForm laneId={laneId} machine={machine} memory={memory} />
      )}
    </div>
  );
}
