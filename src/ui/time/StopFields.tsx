import { useId, type ReactNode } from 'react';
import { hex } from '../../base/bits.ts';
import type { MachineDescription } from '../../engine/protocol.ts';
import { ROOT_REQUESTER } from '../../store/timeStops.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { functionName, linkName } from '../faults/faultWords.ts';
import { memoryName } from '../names.ts';
import {
  chosenRegister,
  STOP_KINDS,
  TLP_CHOICES,
  type DraftProblem,
  type NamedRegister,
  type StopDraft,
} from './stopDraft.ts';

interface FieldsProps {
  readonly draft: StopDraft;
  readonly change: (change: Partial<StopDraft>) => void;
  readonly problem: DraftProblem | undefined;
  readonly machine: MachineDescription;
  readonly document: TopologyDocument;
}

interface TextProps extends FieldsProps {
  readonly field: 'first' | 'last' | 'from' | 'to' | 'offset' | 'mask' | 'becomes' | 'instant';
  readonly label: string;
  readonly placeholder: string;
  readonly help?: string;
}

/** One line of text; what is wrong with it stands below it. */
function TextField({ draft, change, problem, field, label, placeholder, help = '' }: TextProps) {
  const id = useId();
  const bad = problem?.field === field && problem.text !== '' ? problem.text : undefined;
  return (
    <div className="stop-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="input"
        spellCheck={false}
        autoComplete="off"
        placeholder={placeholder}
        value={draft[field]}
        aria-invalid={bad !== undefined}
        aria-describedby={`${id}-help`}
        onChange={(event) => change({ [field]: event.target.value })}
      />
      <p id={`${id}-help`} className={bad === undefined ? 'hint' : 'hint hint-bad'}>
        {bad ?? help}
      </p>
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly children: ReactNode;
}

function ChoiceField({ label, value, onChange, children }: ChoiceProps) {
  const id = useId();
  return (
    <div className="stop-field">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="select" value={value} onChange={(event) => onChange(event.target.value)}>
        {children}
      </select>
    </div>
  );
}

/** Value of a choice that leaves something open; ids of a document cannot begin with a space. */
const ANY = ' ';
const orAny = (value: string): string | undefined => (value === ANY ? undefined : value);

export function KindField({ draft, change }: FieldsProps) {
  return (
    <ChoiceField
      label="Stop when"
      value={draft.kind}
      onChange={(value) => change({ kind: STOP_KINDS.find((row) => row.kind === value)?.kind ?? 'tlp' })}
    >
      {STOP_KINDS.map((row) => (
        <option key={row.kind} value={row.kind}>
          {row.label}
        </option>
      ))}
    </ChoiceField>
  );
}

export function TlpFields(props: FieldsProps) {
  const { draft, change, machine, document } = props;
  return (
    <>
      <ChoiceField label="Type" value={String(draft.tlp)} onChange={(value) => change({ tlp: Number(value) })}>
        {TLP_CHOICES.map((row, index) => (
          <option key={row.label} value={index}>
            {row.label}
          </option>
        ))}
      </ChoiceField>
      <ChoiceField
        label="Requester"
        value={draft.requester ?? ANY}
        onChange={(value) => change({ requester: orAny(value) })}
      >
        <option value={ANY}>any</option>
        <option value={ROOT_REQUESTER}>root complex, 00:00.0</option>
        {machine.functions.map((fn) => (
          <option key={fn.id} value={fn.id}>
            {functionName(document, machine, fn.id)}
          </option>
        ))}
      </ChoiceField>
      <ChoiceField label="Link" value={draft.link ?? ANY} onChange={(value) => change({ link: orAny(value) })}>
        <option value={ANY}>any</option>
        {machine.links.flatMap((link) =>
          link.lower === undefined
            ? []
            : [
                <option key={link.index} value={link.upper}>
                  {linkName(document, machine, link.upper)}
                </option>,
              ],
        )}
      </ChoiceField>
      <ChoiceField
        label="Direction"
        value={draft.direction === undefined ? ANY : String(draft.direction)}
        onChange={(value) => change({ direction: value === ANY ? undefined : value === '0' ? 0 : 1 })}
      >
        <option value={ANY}>either</option>
        <option value="0">away from the root</option>
        <option value="1">towards the root</option>
      </ChoiceField>
      <TextField {...props} field="first" label="First address" placeholder="any" />
      <TextField
        {...props}
        field="last"
        label="Last address"
        placeholder="the first"
        help="Bus addresses, in hexadecimal. Empty: any address."
      />
    </>
  );
}

export function MemoryFields(props: FieldsProps) {
  const { draft, change, machine, document } = props;
  return (
    <>
      <ChoiceField
        label="Memory"
        value={String(draft.memory ?? machine.memories[0]?.index ?? '')}
        onChange={(value) => change({ memory: Number(value) })}
      >
        {machine.memories.map((memory) => (
          <option key={memory.index} value={memory.index}>
            {memoryName(document, memory)}
          </option>
        ))}
      </ChoiceField>
      <TextField {...props} field="from" label="First byte" placeholder="0x1000" />
      <TextField
        {...props}
        field="to"
        label="Last byte"
        placeholder="the first"
        help="Offsets in the memory or bus addresses, in hexadecimal."
      />
    </>
  );
}

export function RegisterFields({
  registers,
  ...props
}: FieldsProps & { readonly registers: readonly NamedRegister[] }) {
  const { draft, change, machine, document } = props;
  const named = chosenRegister(draft, registers);
  return (
    <>
      <ChoiceField
        label="Function"
        value={draft.node ?? ''}
        onChange={(value) => change({ node: value, register: undefined, field: undefined })}
      >
        {machine.functions.map((fn) => (
          <option key={fn.id} value={fn.id}>
            {functionName(document, machine, fn.id)}
          </option>
        ))}
      </ChoiceField>
      <ChoiceField
        label="Register"
        value={named === undefined ? ANY : String(named.offset)}
        onChange={(value) => change({ register: value === ANY ? 'other' : Number(value), field: undefined })}
      >
        {registers.map((row) => (
          <option key={`${row.offset} ${row.name}`} value={row.offset}>
            {`${hex(row.offset, 3).toUpperCase()}h ${row.name}`}
          </option>
        ))}
        <option value={ANY}>at another offset</option>
      </ChoiceField>
      {named === undefined ? (
        <>
          <TextField {...props} field="offset" label="Offset" placeholder="0x004" />
          <ChoiceField
            label="Width"
            value={String(draft.bytes)}
            onChange={(value) => change({ bytes: value === '1' ? 1 : value === '2' ? 2 : 4 })}
          >
            <option value="1">1 byte</option>
            <option value="2">2 bytes</option>
            <option value="4">4 bytes</option>
          </ChoiceField>
          <TextField {...props} field="mask" label="Bits" placeholder="all" help="A mask, in hexadecimal." />
        </>
      ) : (
        <ChoiceField label="Field" value={draft.field ?? ANY} onChange={(value) => change({ field: orAny(value) })}>
          <option value={ANY}>any bit</option>
          {named.fields.map((field) => (
            <option key={field.id} value={field.id}>
              {field.name}
            </option>
          ))}
        </ChoiceField>
      )}
      <TextField
        {...props}
        field="becomes"
        label="Becomes"
        placeholder="anything"
        help="A hexadecimal value. Empty: on any change."
      />
    </>
  );
}

export function ErrorFields({ draft, change }: FieldsProps) {
  return (
    <ChoiceField
      label="Severity"
      value={draft.severity ?? ANY}
      onChange={(value) =>
        change({
          severity: value === 'correctable' || value === 'nonFatal' || value === 'fatal' ? value : undefined,
        })
      }
    >
      <option value={ANY}>any</option>
      <option value="correctable">correctable</option>
      <option value="nonFatal">non-fatal</option>
      <option value="fatal">fatal</option>
    </ChoiceField>
  );
}

export function InstantFields(props: FieldsProps) {
  return <TextField {...props} field="instant" label="Instant" placeholder="12.5 µs" />;
}
