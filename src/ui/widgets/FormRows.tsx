/* Rows of a form: label and control in one line, what it means or what is wrong below (styles/parameters.css). */
import { useId, type ReactNode } from 'react';
import { Segmented, type SegmentedProps } from './Segmented.tsx';

interface RowProps {
  readonly label: string;
  /** What it means; stands below unless something is wrong. */
  readonly help?: string | undefined;
  readonly problem?: string | undefined;
  /** Of the form this row is in, besides those of every row. */
  readonly className?: string;
}

function classOf(className: string | undefined): string {
  return className === undefined ? 'parameter' : `parameter ${className}`;
}

function Hint({ id, help, problem }: { readonly id: string } & Pick<RowProps, 'help' | 'problem'>) {
  return (
    <p id={id} className={problem === undefined ? 'hint' : 'hint hint-bad'}>
      {problem ?? help}
    </p>
  );
}

interface TextRowProps extends RowProps {
  readonly value: string;
  readonly unit?: string;
  /** Only a number can be meant: touch shows digits. */
  readonly isNumber?: boolean;
  readonly onChange: (text: string) => void;
}

/** Something that is typed. */
export function TextRow({ label, help, problem, className, value, unit = '', isNumber, onChange }: TextRowProps) {
  const id = useId();
  return (
    <div className={classOf(className)}>
      <label htmlFor={id}>{label}</label>
      <span className="parameter-input">
        <input
          id={id}
          className="input"
          inputMode={isNumber === true ? 'decimal' : undefined}
          spellCheck={false}
          autoComplete="off"
          value={value}
          aria-invalid={problem !== undefined}
          aria-describedby={`${id}-help`}
          onChange={(event) => onChange(event.target.value)}
        />
        {unit === '' ? undefined : <span className="unit">{unit}</span>}
      </span>
      <Hint id={`${id}-help`} help={help} problem={problem} />
    </div>
  );
}

interface RowOption {
  readonly id: string;
  readonly label: string;
}

interface SelectRowProps extends RowProps {
  readonly value: string;
  readonly options: readonly RowOption[];
  readonly onChange: (id: string) => void;
}

/** One of a list. */
export function SelectRow({ label, help, problem, className, value, options, onChange }: SelectRowProps) {
  const id = useId();
  return (
    <div className={classOf(className)}>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className="select"
        value={value}
        aria-describedby={`${id}-help`}
        onChange={(event) => onChange(event.target.value)}
      >
        {options.map((option) => (
          <option key={option.id} value={option.id}>
            {option.label}
          </option>
        ))}
      </select>
      <Hint id={`${id}-help`} help={help} problem={problem} />
    </div>
  );
}

interface SegmentedRowProps<T extends string> extends Omit<SegmentedProps<T>, 'label'> {
  readonly label: string;
  /** Accessible name of the choice where the label alone says too little. */
  readonly name?: string;
  readonly className?: string;
}

/** One of a few. */
export function SegmentedRow<T extends string>({ label, name = label, className, ...choice }: SegmentedRowProps<T>) {
  return (
    <div className={classOf(className)}>
      <span>{label}</span>
      <Segmented label={name} {...choice} />
    </div>
  );
}

interface CheckRowProps {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly children: ReactNode;
}

/** On or off. */
export function CheckRow({ checked, onChange, children }: CheckRowProps) {
  return (
    <label className="check-field parameter">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      {children}
    </label>
  );
}
