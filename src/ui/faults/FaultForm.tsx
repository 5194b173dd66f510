import { CalendarPlus, Zap } from 'lucide-react';
import { useId, useState } from 'react';
import { PS_PER_US } from '../../base/units.ts';
import type { FaultKind, FaultSpec } from '../../core/pcie/faults.ts';
import type { LinkGen, LinkWidth } from '../../core/pcie/link.ts';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import { addPlannedFault, editPlannedFault } from '../../store/faultEdits.ts';
import {
  draftProblem,
  FAULT_GROUPS,
  FAULT_ROWS,
  faultOf,
  faultRow,
  placeOfFault,
  placesFor,
  TRAINING,
  type FaultDraft,
  type FaultRow,
} from '../../store/faultTable.ts';
import { RACE_LANES, type LaneId } from '../../store/session.ts';
import type { TopologyDocument } from '../../topology/document.ts';
import { useDocument, useLane, useModel, usePlayer } from '../model.ts';
import { Segmented } from '../widgets/Segmented.tsx';
import { faultSentence, functionName, linkName } from './faultWords.ts';

/** What is in the form; numbers stay text until they are numbers. */
export interface FormState {
  readonly kind: FaultKind;
  readonly node: NodeId | undefined;
  readonly direction: 'up' | 'down';
  readonly rate: string;
  readonly count: string;
  readonly gen: LinkGen | undefined;
  readonly width: LinkWidth | undefined;
  readonly what: 'writes' | 'completions';
  readonly duration_us: string;
  readonly lanes: 'both' | LaneId;
  readonly when: 'now' | 'later';
  readonly at_us: string;
  /** Index of the planned fault that is being changed. */
  readonly editing: number | undefined;
}

export const FIRST_FORM: FormState = {
  kind: 'bitErrors',
  node: undefined,
  direction: 'down',
  rate: '1e-6',
  count: '1',
  gen: undefined,
  width: undefined,
  what: 'writes',
  duration_us: '100',
  lanes: 'both',
  when: 'now',
  at_us: '100',
  editing: undefined,
};

/** The form filled with a fault, as the table of planned faults hands it back. */
export function formOf(fault: FaultSpec, at_ps: number, editing: number): FormState {
  return {
    ...FIRST_FORM,
    kind: fault.kind,
    node: placeOfFault(fault),
    ...('direction' in fault ? { direction: fault.direction } : {}),
    ...('rate' in fault ? { rate: String(fault.rate) } : {}),
    ...('count' in fault ? { count: String(fault.count) } : {}),
    ...('what' in fault ? { what: fault.what } : {}),
    ...('gen' in fault ? { gen: fault.gen } : {}),
    ...('width' in fault ? { width: fault.width } : {}),
    ...('duration_ps' in fault ? { duration_us: String(fault.duration_ps / PS_PER_US) } : {}),
    when: 'later',
    at_us: String(at_ps / PS_PER_US),
    editing,
  };
}

/** The place to begin with: what the transfer uses, else the first there is. */
function placeIn(document: TopologyDocument, row: FaultRow, wanted: NodeId | undefined): NodeId | undefined {
  const places = placesFor(document, row).map((fn) => fn.id);
  const parentOf = (node: NodeId | undefined): NodeId | undefined =>
    document.functions.find((fn) => fn.id === node)?.parent;
  const { from, to } = document.transfer;
  const wishes = row.place === 'link' ? [wanted, parentOf(wanted), parentOf(from)] : [wanted, from, to];
  return wishes.find((node) => node !== undefined && places.includes(node)) ?? places[0];
}

function draftOf(form: FormState, node: NodeId): FaultDraft {
  return {
    node,
    direction: form.direction,
    rate: form.rate.trim() === '' ? Number.NaN : Number(form.rate),
    count: form.count.trim() === '' ? Number.NaN : Number(form.count),
    gen: form.gen,
    width: form.width,
    what: form.what,
    duration_ps: Math.round(Number(form.duration_us) * PS_PER_US),
  };
}

const MOST_US = 1e9;

function timeProblem(form: FormState): string | undefined {
  const at = Number(form.at_us);
  if (form.when === 'now') return undefined;
  return form.at_us.trim() !== '' && at >= 0 && at <= MOST_US ? undefined : 'From 0 to 1 000 000 000 µs.';
}

interface FieldProps {
  readonly form: FormState;
  readonly change: (change: Partial<FormState>) => void;
}

function NumberRow({
  label,
  unit,
  value,
  problem,
  help,
  onChange,
}: {
  readonly label: string;
  readonly unit: string;
  readonly value: string;
  readonly problem: string | undefined;
  readonly help: string;
  readonly onChange: (text: string) => void;
}) {
  const id = useId();
  return (
    <div className="parameter">
      <label htmlFor={id}>{label}</label>
      <span className="parameter-input">
        <input
          id={id}
          className="input"
          inputMode="decimal"
          spellCheck={false}
          autoComplete="off"
          value={value}
          aria-invalid={problem !== undefined}
          aria-describedby={`${id}-help`}
          onChange={(event) => onChange(event.target.value)}
        />
        <span className="unit">{unit}</span>
      </span>
      <p id={`${id}-help`} className={problem === undefined ? 'hint' : 'hint hint-bad'}>
        {problem ?? help}
      </p>
    </div>
  );
}

function TrainingRow({ form, change }: FieldProps) {
  const id = useId();
  return (
    <div className="parameter">
      <label htmlFor={id}>Train to</label>
      <span className="parameter-input">
        <select
          id={id}
          className="select"
          value={form.gen ?? ''}
          onChange={(event) => change({ gen: TRAINING.gens.find((gen) => String(gen) === event.target.value) })}
        >
          <option value="">same speed</option>
          {TRAINING.gens.map((gen) => (
            <option key={gen} value={gen}>{`Gen${gen}`}</option>
          ))}
        </select>
        <select
          className="select"
          aria-label="Width"
          value={form.width ?? ''}
          onChange={(event) => change({ width: TRAINING.widths.find((width) => String(width) === event.target.value) })}
        >
          <option value="">same width</option>
          {TRAINING.widths.map((width) => (
            <option key={width} value={width}>{`x${width}`}</option>
          ))}
        </select>
      </span>
    </div>
  );
}

/** What this kind of fault needs to be told. */
function KindFields({ row, form, change, draft }: FieldProps & { readonly row: FaultRow; readonly draft: FaultDraft }) {
  return row.fields.map((field) => {
    switch (field) {
      case 'direction':
        return (
          <div key={field} className="parameter">
            <span>Travelling</span>
            <Segmented
              label="Direction of travel"
              value={form.direction}
              options={[
                { value: 'down', label: 'Away from the root' },
                { value: 'up', label: 'Towards it' },
              ]}
              onChange={(direction) => change({ direction })}
            />
          </div>
        );
      case 'rate':
        return (
          <NumberRow
            key={field}
            label="Bit-error rate"
            unit=""
            value={form.rate}
            problem={draftProblem(field, draft)}
            help="Chance that one bit is wrong, 0 to 1e-3; 0 ends it. A 256 B TLP has about 2 200 bits."
            onChange={(rate) => change({ rate })}
          />
        );
      case 'count':
        return (
          <NumberRow
            key={field}
            label="How many"
            unit=""
            value={form.count}
            problem={draftProblem(field, draft)}
            help="The next so many, 1 to 1 000 000."
            onChange={(count) => change({ count })}
          />
        );
      case 'training':
        return <TrainingRow key={field} form={form} change={change} />;
      case 'what':
        return (
          <div key={field} className="parameter">
            <span>What</span>
            <Segmented
              label="What is poisoned"
              value={form.what}
              options={[
                { value: 'writes', label: 'Writes' },
                { value: 'completions', label: 'Completions' },
              ]}
              onChange={(what) => change({ what })}
            />
          </div>
        );
      case 'duration':
        return (
          <NumberRow
            key={field}
            label="For"
            unit="µs"
            value={form.duration_us}
            problem={draftProblem(field, draft)}
            help="How long it answers with Request Retry Status."
            onChange={(duration_us) => change({ duration_us })}
          />
        );
    }
  });
}

function KindSelect({ row, form, change }: FieldProps & { readonly row: FaultRow }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>Fault</label>
      <select
        id={id}
        className="select"
        aria-describedby={`${id}-help`}
        value={form.kind}
        onChange={(event) => {
          const next = FAULT_ROWS.find((candidate) => candidate.kind === event.target.value) ?? row;
          change({ kind: next.kind });
        }}
      >
        {FAULT_GROUPS.map((group) => (
          <optgroup key={group} label={group}>
            {FAULT_ROWS.filter((candidate) => candidate.group === group).map((candidate) => (
              <option key={candidate.kind} value={candidate.kind}>
                {candidate.label}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      <p id={`${id}-help`} className="hint">
        {row.help}
      </p>
    </div>
  );
}

function PlaceSelect({
  row,
  node,
  change,
}: {
  readonly row: FaultRow;
  readonly node: NodeId | undefined;
  readonly change: FieldProps['change'];
}) {
  const id = useId();
  const document = useDocument((state) => state.document);
  const { machine } = useLane('direct');
  const places = placesFor(document, row);
  return (
    <div className="field">
      <label htmlFor={id}>{row.place === 'link' ? 'Link' : 'Function'}</label>
      <select id={id} className="select" value={node ?? ''} onChange={(event) => change({ node: event.target.value })}>
        {places.map((fn) => (
          <option key={fn.id} value={fn.id}>
            {row.place === 'link' ? linkName(document, machine, fn.id) : functionName(document, machine, fn.id)}
          </option>
        ))}
      </select>
      <p className="hint">
        {places.length === 0 ? 'This machine has no such place.' : 'Or pick it in one of the two machines.'}
      </p>
    </div>
  );
}

const LANE_CHOICES = [
  { value: 'both', label: 'Both' },
  { value: 'direct', label: 'P2P' },
  { value: 'bounced', label: 'Bounce' },
] as const;

function WhenFields({ form, change }: FieldProps) {
  return (
    <>
      <div className="parameter">
        <span>When</span>
        <Segmented
          label="When"
          value={form.when}
          options={[
            { value: 'now', label: 'Now' },
            { value: 'later', label: 'In every run, at' },
          ]}
          onChange={(when) => change({ when })}
        />
      </div>
      {form.when === 'later' ? (
        <NumberRow
          label="Simulated time"
          unit="µs"
          value={form.at_us}
          problem={timeProblem(form)}
          help="Since the start of the run. Goes into the document; both machines meet it."
          onChange={(at_us) => change({ at_us })}
        />
      ) : (
        <div className="parameter">
          <span>Into</span>
          <Segmented
            label="Which machine"
            value={form.lanes}
            options={LANE_CHOICES}
            onChange={(lanes) => change({ lanes })}
          />
        </div>
      )}
    </>
  );
}

interface FaultFormProps {
  readonly form: FormState;
  readonly onForm: (form: FormState) => void;
}

/** Which fault, where, how much and when; into the machines now or into the plan of every run. */
export function FaultForm({ form, onForm }: FaultFormProps) {
  const document = useDocument((state) => state.document);
  const edit = useDocument((state) => state.edit);
  const { faultLab, announcer } = useModel();
  const { machine } = useLane('direct');
  const phase = usePlayer((state) => state.phase);
  const [refusal, setRefusal] = useState<string>();
  const row = faultRow(form.kind);
  const node = placeIn(document, row, form.node);
  const draft = draftOf(form, node ?? '');
  const problem =
    row.fields.map((field) => draftProblem(field, draft)).find((text) => text !== undefined) ?? timeProblem(form);
  const change = (changes: Partial<FormState>): void => {
    setRefusal(undefined);
    onForm({ ...form, ...changes });
  };
  const plan = (fault: FaultSpec): void => {
    const planned = { at_ps: Math.round(Number(form.at_us) * PS_PER_US), fault };
    const sentence = faultSentence(document, machine, fault);
    if (form.editing === undefined) edit(`Plan: ${sentence}`, addPlannedFault(document, planned));
    else edit(`Change plan: ${sentence}`, editPlannedFault(document, form.editing, planned));
    onForm({ ...form, editing: undefined });
  };
  const inject = async (fault: FaultSpec): Promise<void> => {
    const injection = await faultLab.inject(fault, form.lanes === 'both' ? RACE_LANES : [form.lanes]);
    const refused = injection.lanes.map((lane) => lane.refused).find((text) => text !== undefined);
    const taken = injection.lanes.some((lane) => lane.refused === undefined);
    setRefusal(injection.lanes.length === 0 ? 'No machine stands that could be broken.' : taken ? undefined : refused);
    announcer.say(
      taken ? `Injected: ${faultSentence(document, machine, fault)}.` : (refused ?? 'Nothing was injected.'),
    );
  };
  const submit = (): void => {
    if (problem !== undefined || node === undefined) return;
    const fault = faultOf(row, draft);
    if (form.when === 'later') plan(fault);
    else void inject(fault);
  };
  return (
    <form
      className="fault-form"
      aria-label="What to break"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <KindSelect row={row} form={form} change={change} />
      <PlaceSelect row={row} node={node} change={change} />
      <KindFields row={row} form={form} change={change} draft={draft} />
      <WhenFields form={form} change={change} />
      <div className="button-row">
        <button
          type="submit"
          className="button primary wide"
          disabled={problem !== undefined || node === undefined || (form.when === 'now' && phase === 'empty')}
        >
          {form.when === 'now' ? <Zap size={15} aria-hidden="true" /> : <CalendarPlus size={15} aria-hidden="true" />}
          {form.when === 'now' ? 'Inject now' : form.editing === undefined ? 'Add to the plan' : 'Change the plan'}
        </button>
        {form.editing === undefined ? undefined : (
          <button type="button" className="button" onClick={() => onForm({ ...form, editing: undefined, when: 'now' })}>
            Cancel
          </button>
        )}
      </div>
      <p className="hint hint-bad" role="alert">
        {refusal}
      </p>
    </form>
  );
}
