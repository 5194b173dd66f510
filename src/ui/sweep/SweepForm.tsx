/* What a sweep varies: the parameter and its place, the values, the ways, the size of every run. */
import { useId, useMemo, type ReactNode } from 'react';
import { sizeText } from '../../base/format.ts';
import {
  SWEEP_PARAMETERS,
  sweepParameter,
  type ChoiceValues,
  type SweepParameter,
} from '../../store/sweepParameters.ts';
import { countSentence, MOST_POINTS, type SweepField } from '../../store/sweepPoints.ts';
import {
  planSweep,
  problemAt,
  problemOf,
  standardBytes,
  SWEEP_WAYS,
  SWEEP_WAY_NAMES,
  targetOf,
  type SweepDraft,
} from '../../store/sweepStore.ts';
import { useDocument, useModel, useSweep } from '../model.ts';
import { SegmentedRow, SelectRow, TextRow } from '../widgets/FormRows.tsx';

interface CheckGroupProps<T extends string | number> {
  readonly label: string;
  readonly options: readonly T[];
  readonly chosen: readonly T[];
  readonly text: (option: T) => string;
  readonly problem: string | undefined;
  readonly onChange: (chosen: readonly T[]) => void;
}

/** Several of a few. */
function CheckGroup<T extends string | number>({
  label,
  options,
  chosen,
  text,
  problem,
  onChange,
}: CheckGroupProps<T>) {
  const id = useId();
  const toggle = (option: T, on: boolean): void =>
    onChange(on ? [...chosen, option] : chosen.filter((other) => other !== option));
  return (
    <fieldset className="sweep-checks" aria-describedby={problem === undefined ? undefined : `${id}-bad`}>
      <legend>{label}</legend>
      {options.map((option) => (
        <label key={option} className="check-field">
          <input
            type="checkbox"
            checked={chosen.includes(option)}
            onChange={(event) => toggle(option, event.target.checked)}
          />
          {text(option)}
        </label>
      ))}
      {problem === undefined ? undefined : (
        <p id={`${id}-bad`} className="hint hint-bad">
          {problem}
        </p>
      )}
    </fieldset>
  );
}

interface ValueRowsProps {
  readonly draft: SweepDraft;
  readonly parameter: SweepParameter;
  readonly problem: (field: SweepField) => string | undefined;
  readonly change: (change: Partial<SweepDraft>) => void;
}

function RangeRows({ draft, problem, change }: ValueRowsProps) {
  return (
    <>
      <TextRow label="From" value={draft.from} problem={problem('from')} onChange={(from) => change({ from })} />
      <TextRow label="To" value={draft.to} problem={problem('to')} onChange={(to) => change({ to })} />
      <TextRow
        label="Points"
        value={draft.count}
        problem={problem('count')}
        help={`2 to ${MOST_POINTS}, both ends included.`}
        onChange={(count) => change({ count })}
      />
      <SegmentedRow
        label="Steps"
        value={draft.spacing}
        options={[
          { value: 'log', label: 'Equal ratios' },
          { value: 'linear', label: 'Equal steps' },
        ]}
        onChange={(spacing) => change({ spacing })}
      />
    </>
  );
}

function NumberRows(props: ValueRowsProps) {
  const { draft, problem, change } = props;
  return (
    <>
      <SegmentedRow
        label="Values"
        name="Values as"
        value={draft.mode}
        options={[
          { value: 'range', label: 'Range' },
          { value: 'list', label: 'List' },
        ]}
        onChange={(mode) => change({ mode })}
      />
      {draft.mode === 'range' ? (
        <RangeRows {...props} />
      ) : (
        <TextRow
          label="List"
          className="sweep-wide"
          value={draft.list}
          problem={problem('list')}
          help={`Parted by commas, at most ${MOST_POINTS}.`}
          onChange={(list) => change({ list })}
        />
      )}
    </>
  );
}

function ChoiceRows({ draft, parameter, values, problem, change }: ValueRowsProps & { readonly values: ChoiceValues }) {
  return (
    <CheckGroup
      label="Values"
      options={values.options}
      chosen={draft.chosen}
      text={parameter.text}
      problem={problem('choice')}
      onChange={(chosen) => change({ chosen })}
    />
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

export function SweepForm() {
  const { sweep } = useModel();
  const document = useDocument((state) => state.document);
  const draft = useSweep((state) => state.draft);
  const change = useSweep((state) => state.change);
  const vary = useSweep((state) => state.vary);
  const parameter = sweepParameter(draft.parameter);
  const targets = useMemo(() => parameter.targets?.(document), [parameter, document]);
  const plan = useMemo(() => planSweep(draft, document), [draft, document]);
  const problem = (field: SweepField): string | undefined => problemAt(plan, field);
  const rows = { draft, parameter, problem, change };
  return (
    <>
      <Section title="Setting">
        <SelectRow
          label="Vary"
          value={draft.parameter}
          options={SWEEP_PARAMETERS}
          help={parameter.help}
          onChange={(id) => vary(SWEEP_PARAMETERS.find((row) => row.id === id)?.id ?? draft.parameter)}
        />
        {targets === undefined ? undefined : (
          <SelectRow
            label="Where"
            value={targetOf(draft, document) ?? ''}
            options={targets}
            help={problem('target') ?? ''}
            onChange={(target) => change({ target })}
          />
        )}
        {parameter.values.kind === 'choice' ? (
          <ChoiceRows {...rows} values={parameter.values} />
        ) : (
          <NumberRows {...rows} />
        )}
      </Section>
      <Section title="Runs">
        <CheckGroup
          label="Ways"
          options={SWEEP_WAYS}
          chosen={draft.ways}
          text={(way) => SWEEP_WAY_NAMES[way]}
          problem={problem('ways')}
          onChange={(ways) => change({ ways })}
        />
        {draft.parameter === 'size' ? undefined : (
          <TextRow
            label="Transfer size"
            value={draft.bytes ?? sizeText(standardBytes(document))}
            problem={problem('bytes')}
            help="Of every run; small ones are quicker and show more of start and end."
            onChange={(bytes) => change({ bytes })}
          />
        )}
        <p className="sweep-count">
          {'message' in plan ? (
            `Nothing can run yet: ${problemOf(plan)?.message ?? ''}`
          ) : (
            <>
              <strong>{countSentence(plan.values.length, plan.ways.length)}</strong>
              {`, ${sweep.slots === 1 ? 'one after the other' : `${sweep.slots} at a time`}.`}
            </>
          )}
        </p>
      </Section>
    </>
  );
}
