import { useId } from 'react';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import {
  draftProblem,
  FAULT_GROUPS,
  FAULT_ROWS,
  placesFor,
  TRAINING,
  type FaultDraft,
  type FaultRow,
} from '../../store/faultTable.ts';
import { useDocument, useLane } from '../model.ts';
import { SegmentedRow, TextRow } from '../widgets/FormRows.tsx';
import { functionName, linkName } from './faultWords.ts';
import { timeProblem, type FormState } from './formState.ts';

interface FieldProps {
  readonly form: FormState;
  readonly change: (change: Partial<FormState>) => void;
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
export function KindFields({
  row,
  form,
  change,
  draft,
}: FieldProps & { readonly row: FaultRow; readonly draft: FaultDraft }) {
  return row.fields.map((field) => {
    switch (field) {
      case 'direction':
        return (
          <SegmentedRow
            key={field}
            label="Travelling"
            name="Direction of travel"
            value={form.direction}
            options={[
              { value: 'down', label: 'Away from the root' },
              { value: 'up', label: 'Towards it' },
            ]}
            onChange={(direction) => change({ direction })}
          />
        );
      case 'rate':
        return (
          <TextRow
            key={field}
            isNumber
            label="Bit-error rate"
            value={form.rate}
            problem={draftProblem(field, draft)}
            help="Chance that one bit is wrong, 0 to 1e-3; 0 ends it. A 256 B TLP has about 2 200 bits."
            onChange={(rate) => change({ rate })}
          />
        );
      case 'count':
        return (
          <TextRow
            key={field}
            isNumber
            label="How many"
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
          <SegmentedRow
            key={field}
            label="What"
            name="What is poisoned"
            value={form.what}
            options={[
              { value: 'writes', label: 'Writes' },
              { value: 'completions', label: 'Completions' },
            ]}
            onChange={(what) => change({ what })}
          />
        );
      case 'duration':
        return (
          <TextRow
            key={field}
            isNumber
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

/** Which fault, by group. */
export function KindSelect({ row, form, change }: FieldProps & { readonly row: FaultRow }) {
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

/** On which link or function. */
export function PlaceSelect({
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

/** Now into the machines, or at a time of every run. */
export function WhenFields({ form, change }: FieldProps) {
  return (
    <>
      <SegmentedRow
        label="When"
        value={form.when}
        options={[
          { value: 'now', label: 'Now' },
          { value: 'later', label: 'In every run, at' },
        ]}
        onChange={(when) => change({ when })}
      />
      {form.when === 'later' ? (
        <TextRow
          isNumber
          label="Simulated time"
          unit="µs"
          value={form.at_us}
          problem={timeProblem(form)}
          help="Since the start of the run. Goes into the document; both machines meet it."
          onChange={(at_us) => change({ at_us })}
        />
      ) : (
        <SegmentedRow
          label="Into"
          name="Which machine"
          value={form.lanes}
          options={LANE_CHOICES}
          onChange={(lanes) => change({ lanes })}
        />
      )}
    </>
  );
}
