import { MoveRight } from 'lucide-react';
import { useEffect, useId, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { addressText, NO_VALUE, parseAddress, shortBdf } from '../../base/format.ts';
import type { AddressName, AddressNames, AddressQuestion, MachineDescription } from '../../engine/protocol.ts';
import { MACHINE_COUNTER } from '../../core/pcie/counters.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import { failureOf, type LaneId, type LaneState } from '../../store/session.ts';
import { useDocument, useModel } from '../model.ts';
import { memoryName, nodeName } from '../names.ts';
import { useEvery } from '../widgets/Live.tsx';
import { useGoThere } from './useGoThere.ts';

/** Tables and registers change while a machine runs: so often the question is asked again. */
const ASK_HZ = 2;

type NumberBy = 'bus' | 'physical' | 'iova';
type Field = NumberBy | 'offset';

interface AddressPanelProps {
  readonly laneId: LaneId;
  readonly lane: LaneState;
  /** The memory in view: the calculator begins with its first byte. */
  readonly memory: number;
}

/** Increases whenever simulated time has moved on: answers may be others then. */
function useMoment(lane: LaneState): number {
  const [moment, setMoment] = useState(0);
  useEvery(ASK_HZ, () => setMoment(lane.view?.machineCounters[MACHINE_COUNTER.now_ps] ?? 0));
  return moment;
}

interface Answer {
  readonly names: AddressNames | undefined;
  readonly failed: string | undefined;
}

/** The machine's answer; the one before stays until the next is there. */
function useNames(
  { laneId, lane }: AddressPanelProps,
  node: NodeId | undefined,
  question: AddressQuestion | undefined,
): Answer {
  const { memoryDesk } = useModel();
  const moment = useMoment(lane);
  const [answer, setAnswer] = useState<Answer>({ names: undefined, failed: undefined });
  const { machine } = lane;
  // The same question at another moment is another one.
  const asked = useMemo(() => ({ node, question, moment }), [node, question, moment]);
  useEffect(() => {
    if (machine === undefined || asked.node === undefined || asked.question === undefined) return undefined;
    let isStale = false;
    memoryDesk.nameAddress(laneId, asked.node, asked.question).then(
      (names) => !isStale && setAnswer({ names, failed: undefined }),
      (thrown: unknown) => !isStale && setAnswer({ names: undefined, failed: failureOf(thrown).message }),
    );
    return () => {
      isStale = true;
    };
  }, [memoryDesk, laneId, machine, asked]);
  return question === undefined ? { names: undefined, failed: undefined } : answer;
}

interface NumberFieldProps {
  readonly label: string;
  readonly name: AddressName | undefined;
  /** What a person types here; undefined = this field follows the others. */
  readonly typed: string | undefined;
  readonly onType: (text: string) => void;
}

/** One name of the byte: typed, or following what was typed elsewhere. */
function NumberField({ label, name, typed, onType }: NumberFieldProps) {
  const id = useId();
  const isBad = typed !== undefined && parseAddress(typed) === undefined;
  const value = name?.value;
  return (
    <div className="address-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="input mono"
        value={typed ?? (value === undefined ? '' : addressText(value))}
        placeholder={NO_VALUE}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={isBad}
        aria-describedby={`${id}-why`}
        onChange={(event) => onType(event.target.value)}
      />
      <p id={`${id}-why`} className={isBad ? 'hint hint-bad' : 'hint'}>
        {isBad ? 'Write an address in hexadecimal, below 2^52.' : (name?.why ?? NO_VALUE)}
      </p>
    </div>
  );
}

interface PlaceFieldProps {
  readonly machine: MachineDescription;
  readonly names: AddressNames | undefined;
  readonly memory: number;
  readonly typed: string | undefined;
  readonly onMemory: (memory: number) => void;
  readonly onType: (text: string) => void;
}

/** The byte as an offset in one of the memories. */
function PlaceField({ machine, names, memory, typed, onMemory, onType }: PlaceFieldProps) {
  const id = useId();
  const document = useDocument((state) => state.document);
  const goThere = useGoThere();
  const at = names?.place.at;
  const offset = typed === undefined ? undefined : parseAddress(typed);
  const size = machine.memories.find(({ index }) => index === memory)?.sizeBytes ?? 0;
  const isBad = typed !== undefined && (offset === undefined || offset >= size);
  const shown = typed === undefined ? at?.memory : memory;
  return (
    <div className="address-field">
      <label htmlFor={`${id}-memory`}>Memory and offset</label>
      <select
        id={`${id}-memory`}
        className="select"
        value={shown ?? ''}
        onChange={(event) => onMemory(Number(event.target.value))}
      >
        {shown === undefined ? <option value="">none of the memories</option> : undefined}
        {machine.memories.map((row) => (
          <option key={row.index} value={row.index}>
            {memoryName(document, row)}
          </option>
        ))}
      </select>
      <div className="address-row">
        <input
          className="input mono"
          aria-label="Offset in this memory"
          value={typed ?? (at === undefined ? '' : addressText(at.offset))}
          placeholder={NO_VALUE}
          spellCheck={false}
          autoComplete="off"
          aria-invalid={isBad}
          aria-describedby={`${id}-why`}
          onChange={(event) => onType(event.target.value)}
        />
        <button
          type="button"
          className="button"
          disabled={at === undefined}
          onClick={() => at !== undefined && goThere(at)}
        >
          Go there <MoveRight size={14} aria-hidden="true" />
        </button>
      </div>
      <p id={`${id}-why`} className={isBad ? 'hint hint-bad' : 'hint'}>
        {isBad ? `Write an offset in hexadecimal, at most ${addressText(size - 1)}.` : (names?.place.why ?? NO_VALUE)}
      </p>
    </div>
  );
}

/** Functions that have requester IDs, devices first. */
function requesters(machine: MachineDescription): readonly NodeId[] {
  const numbered = machine.functions.filter((fn) => fn.bdf !== undefined);
  return [...numbered.filter((fn) => fn.buses === undefined), ...numbered.filter((fn) => fn.buses !== undefined)].map(
    (fn) => fn.id,
  );
}

interface Typed {
  readonly field: Field;
  readonly text: string;
  readonly memory: number;
}

/** What is typed, as a question; undefined = it is none. */
function questionOf({ field, text, memory }: Typed, machine: MachineDescription): AddressQuestion | undefined {
  const value = parseAddress(text);
  if (value === undefined) return undefined;
  if (field !== 'offset') return { by: field, address: value };
  const size = machine.memories.find(({ index }) => index === memory)?.sizeBytes ?? 0;
  return value < size ? { by: 'memory', memory, offset: value } : undefined;
}

/** A question from elsewhere, as if it had been typed. */
function typedOf(question: AddressQuestion): Typed {
  if (question.by === 'memory') {
    return { field: 'offset', text: addressText(question.offset), memory: question.memory };
  }
  return { field: question.by, text: addressText(question.address), memory: 0 };
}

const NUMBERS: readonly { readonly by: NumberBy; readonly label: string }[] = [
  { by: 'bus', label: 'Bus address' },
  { by: 'physical', label: 'Physical address' },
  { by: 'iova', label: 'IOVA in this function’s requests' },
];

interface CalculatorProps extends AddressPanelProps {
  readonly machine: MachineDescription;
}

function Calculator(props: CalculatorProps) {
  const { machine, lane } = props;
  const { memoryDesk } = useModel();
  const document = useDocument((state) => state.document);
  const id = useId();
  const asked = useStore(memoryDesk.store, (state) => state.question);
  const nodes = requesters(machine);
  const engine = machine.plan.legs.find((leg) => leg.engine !== 'cpu')?.engine;
  const wished = asked?.node ?? engine;
  const node = wished !== undefined && nodes.includes(wished) ? wished : nodes[0];
  const [own, setOwn] = useState<{ readonly to: unknown; readonly typed: Typed }>();
  const typed =
    own !== undefined && own.to === asked?.question
      ? own.typed
      : typedOf(asked?.question ?? { by: 'memory', memory: props.memory, offset: 0 });
  const { field, text, memory } = typed;
  const key = `${field} ${text} ${memory}`;
  const [question, setQuestion] = useState<{ readonly key: string; readonly value: AddressQuestion | undefined }>();
  const current = question?.key === key ? question.value : questionOf(typed, machine);
  if (question?.key !== key) setQuestion({ key, value: current });
  const { names, failed } = useNames(props, node, current);
  const type = (next: Partial<Typed>): void => setOwn({ to: asked?.question, typed: { ...typed, ...next } });
  return (
    <>
      <div className="address-field">
        <label htmlFor={id}>For requests of</label>
        <select
          id={id}
          className="select"
          value={node ?? ''}
          onChange={(event) => {
            const question = current ?? asked?.question ?? { by: 'memory', memory: props.memory, offset: 0 };
            memoryDesk.ask(event.target.value, question);
          }}
        >
          {nodes.map((row) => (
            <option key={row} value={row}>
              {`${nodeName(document, row)}, ${shortBdf(machine.functions.find((fn) => fn.id === row)?.bdf ?? '')}`}
            </option>
          ))}
        </select>
      </div>
      <PlaceField
        machine={machine}
        names={names}
        memory={memory}
        typed={field === 'offset' ? text : undefined}
        onMemory={(index) =>
          type({
            field: 'offset',
            memory: index,
            text: field === 'offset' ? text : addressText(names?.place.at?.offset ?? 0),
          })
        }
        onType={(value) =>
          type({
            field: 'offset',
            text: value,
            memory: field === 'offset' ? memory : (names?.place.at?.memory ?? props.memory),
          })
        }
      />
      {NUMBERS.map(({ by, label }) => (
        <NumberField
          key={by}
          label={label}
          name={names?.[by]}
          typed={field === by ? text : undefined}
          onType={(value) => type({ field: by, text: value })}
        />
      ))}
      {failed === undefined ? undefined : <p className="hint hint-bad">{failed}</p>}
      {lane.view === undefined ? <p className="muted">The machine is being built.</p> : undefined}
    </>
  );
}

/** One byte under its four names: type any of them, the others follow. */
export function AddressPanel(props: AddressPanelProps) {
  const { machine } = props.lane;
  return (
    <div className="side-scroll address-panel">
      <header className="panel-head">
        <h2>Address calculator</h2>
      </header>
      <p className="panel-sub">
        Type any one; the others follow. Answers come from the machine’s BARs, windows and page tables as they are now.
      </p>
      {machine === undefined ? (
        <p className="muted">No machine stands.</p>
      ) : (
        <Calculator {...props} machine={machine} />
      )}
    </div>
  );
}
