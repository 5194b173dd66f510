import { useId, useState } from 'react';
import type { NodeId } from '../../core/pcie/machineSpec.ts';
import {
  numberProblem,
  rangeText,
  type AnyParameter,
  type ChoiceParameter,
  type NumberParameter,
  type SwitchParameter,
} from '../../store/parameters.ts';
import { useDocument } from '../model.ts';
import { Segmented } from '../widgets/Segmented.tsx';

interface FieldProps<P extends AnyParameter> {
  readonly parameter: P;
  /** Function or host bridge; rows about the whole machine take any. */
  readonly node: NodeId;
  /** What a step of history is called: `IOMMU`, `02:01.0, Retimers`. */
  readonly subject: string;
  /** The reason why it has no effect stands elsewhere. */
  readonly quiet?: boolean;
}

/** Nine digits show every value that was typed, and hide what binary fractions add. */
function shown(value: number | undefined): string {
  return value === undefined ? '' : String(Number(value.toPrecision(9)));
}

interface Draft {
  /** The document's text when the typing began. */
  readonly from: string;
  readonly text: string;
}

function NumberField({ parameter, node, subject, quiet = false }: FieldProps<NumberParameter>) {
  const id = useId();
  const document = useDocument((state) => state.document);
  const edit = useDocument((state) => state.edit);
  const stored = shown(parameter.read(document, node));
  const [draft, setDraft] = useState<Draft>();
  // A draft of a value that has changed meanwhile (undo, another machine) is void.
  const text = draft?.from === stored ? draft.text : stored;
  const problem = numberProblem(parameter, text);
  const idle = parameter.idle?.(document, node);
  const commit = (typed: string): void => {
    setDraft(undefined);
    if (numberProblem(parameter, typed) !== undefined) return;
    const value = typed.trim() === '' ? undefined : Number(typed);
    if (shown(value) === stored) return;
    const words = value === undefined ? 'default' : `${shown(value)} ${parameter.unit}`.trim();
    edit(`${subject}: ${words}`, parameter.write(document, node, value));
  };
  const type = (typed: string): void => setDraft({ from: stored, text: typed });
  return (
    <div className={idle === undefined ? 'parameter' : 'parameter parameter-idle'}>
      <label htmlFor={id}>{parameter.label}</label>
      <span className="parameter-input">
        {parameter.slider === undefined ? undefined : (
          <input
            type="range"
            aria-label={`${parameter.label}, slider`}
            min={parameter.minimum}
            max={parameter.slider.maximum}
            step={parameter.slider.step}
            value={problem === undefined ? Number(text) : 0}
            onChange={(event) => type(event.target.value)}
            onPointerUp={(event) => commit(event.currentTarget.value)}
            onKeyUp={(event) => commit(event.currentTarget.value)}
          />
        )}
        <input
          id={id}
          className="input"
          inputMode="decimal"
          spellCheck={false}
          autoComplete="off"
          value={text}
          placeholder={parameter.standard}
          aria-invalid={problem !== undefined}
          aria-describedby={`${id}-help`}
          onChange={(event) => type(event.target.value)}
          onBlur={(event) => commit(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') commit(event.currentTarget.value);
            if (event.key === 'Escape') setDraft(undefined);
          }}
        />
        <span className="unit">{parameter.unit}</span>
      </span>
      <p id={`${id}-help`} className={problem === undefined ? 'hint' : 'hint hint-bad'}>
        {problem ?? (quiet ? '' : (idle ?? helpOf(parameter)))}
      </p>
    </div>
  );
}

function helpOf(parameter: NumberParameter): string {
  const standard = parameter.standard === '' ? '' : `, default ${parameter.standard}`;
  return `${parameter.help} ${rangeText(parameter)}${standard}.`;
}

function ChoiceField({ parameter, node, subject, quiet = false }: FieldProps<ChoiceParameter>) {
  const id = useId();
  const document = useDocument((state) => state.document);
  const edit = useDocument((state) => state.edit);
  const value = parameter.read(document, node);
  const options = parameter.options.filter((row) => parameter.offers?.(document, node, row.value) ?? true);
  const current = parameter.inRow ? undefined : options.find((row) => row.value === value);
  const idle = parameter.idle?.(document, node);
  const choose = (next: string): void => {
    const label = options.find((row) => row.value === next)?.label ?? next;
    if (next !== value) edit(`${subject}: ${label}`, parameter.write(document, node, next));
  };
  return (
    <div className={idle === undefined ? 'parameter' : 'parameter parameter-idle'}>
      {parameter.inRow ? (
        <>
          <span>{parameter.label}</span>
          <Segmented label={subject} options={options} value={value} onChange={choose} />
        </>
      ) : (
        <>
          <label htmlFor={id}>{parameter.label}</label>
          <select
            id={id}
            className="select"
            aria-describedby={`${id}-help`}
            value={value}
            onChange={(event) => choose(event.target.value)}
          >
            {options.map((row) => (
              <option key={row.value} value={row.value} title={row.title}>
                {row.label}
              </option>
            ))}
          </select>
        </>
      )}
      <p id={`${id}-help`} className="hint">
        {quiet ? '' : (idle ?? (current?.title === undefined ? parameter.help : `${parameter.help} ${current.title}`))}
      </p>
    </div>
  );
}

function SwitchField({ parameter, node, subject }: FieldProps<SwitchParameter>) {
  const id = useId();
  const document = useDocument((state) => state.document);
  const edit = useDocument((state) => state.edit);
  const on = parameter.read(document, node);
  return (
    <div className="parameter">
      <label className="check-field" htmlFor={id}>
        <input
          id={id}
          type="checkbox"
          checked={on}
          aria-describedby={`${id}-help`}
          onChange={(event) =>
            edit(
              `${subject}: ${event.target.checked ? 'on' : 'off'}`,
              parameter.write(document, node, event.target.checked),
            )
          }
        />
        {parameter.label}
      </label>
      <p id={`${id}-help`} className="hint">
        {parameter.idle?.(document, node) ?? parameter.help}
      </p>
    </div>
  );
}

/** One setting: label, control, unit, and one line of help or what is wrong. */
function ParameterField({ parameter, ...rest }: FieldProps<AnyParameter>) {
  switch (parameter.kind) {
    case 'number':
      return <NumberField parameter={parameter} {...rest} />;
    case 'choice':
      return <ChoiceField parameter={parameter} {...rest} />;
    case 'switch':
      return <SwitchField parameter={parameter} {...rest} />;
  }
}

interface ParameterListProps {
  readonly rows: readonly AnyParameter[];
  readonly node: NodeId;
  /** Before the label in the name of a step of history. */
  readonly where?: string;
}

/** Settings one below the other. Where several have no effect for one reason, it is said once, below the last. */
export function ParameterList({ rows, node, where }: ParameterListProps) {
  const document = useDocument((state) => state.document);
  const idle = rows.map((row) => row.idle?.(document, node));
  return rows.map((row, index) => (
    <ParameterField
      key={row.id}
      parameter={row}
      node={node}
      subject={where === undefined ? row.label : `${where}, ${row.label}`}
      quiet={idle[index] !== undefined && idle[index] === idle[index + 1]}
    />
  ));
}
