import { useId, useRef, useState, type KeyboardEvent } from 'react';
import type { PlacedRegister } from '../../core/config/registerMap.ts';
import { bitCells, parseRegister, registerAccess, registerText, withField, type BitCell } from './registerRows.ts';

interface RegisterBitsProps {
  readonly at: PlacedRegister;
  readonly value: number;
  /** What it was at the last step or before the last write. */
  readonly before: number;
  readonly onWrite: (value: number) => void;
}

function isWritable(cell: BitCell): boolean {
  return cell.field !== undefined && cell.access.startsWith('RW');
}

function digits(cell: BitCell): string {
  const width = cell.msb - cell.lsb + 1;
  return width > 8 ? `0x${cell.value.toString(16).toUpperCase()}` : cell.value.toString(2).padStart(width, '0');
}

/** What toggling does: the other value of one bit, the next value of a wider field; ones clear what they clear. */
function toggled(cell: BitCell): number {
  if (cell.access.startsWith('RW1C')) return 1;
  return (cell.value + 1) % 2 ** (cell.msb - cell.lsb + 1);
}

function CellNote({ cell, onToggle }: { readonly cell: BitCell; readonly onToggle: () => void }) {
  const place = cell.msb === cell.lsb ? `[${cell.lsb}]` : `[${cell.msb}:${cell.lsb}]`;
  const width = cell.msb - cell.lsb + 1;
  return (
    <div className="register-note">
      <p>
        <strong>{cell.name}</strong> <code>{`${place} = ${digits(cell)}`}</code>{' '}
        <span>
          {cell.meaning === undefined ? '' : `${cell.meaning}. `}
          {cell.about}
        </span>
      </p>
      {isWritable(cell) && width <= 4 ? (
        <button type="button" className="button small" onClick={onToggle}>
          {cell.access.startsWith('RW1C') ? 'Clear' : width === 1 ? (cell.value === 0 ? 'Set' : 'Clear') : 'Next value'}
        </button>
      ) : undefined}
    </div>
  );
}

/** The whole register in hexadecimal, as software would write it. */
function HexEdit({ at, value, onWrite }: RegisterBitsProps) {
  const id = useId();
  const [text, setText] = useState<string>();
  const parsed = text === undefined ? value : parseRegister(text, at.register.widthBits);
  return (
    <form
      className="register-edit"
      onSubmit={(event) => {
        event.preventDefault();
        if (parsed === undefined) return;
        onWrite(parsed);
        setText(undefined);
      }}
    >
      <label htmlFor={id}>Write</label>
      <input
        id={id}
        className="input mono"
        aria-label={`Value to write to ${at.name}`}
        value={text ?? registerText(value, at.register.widthBits)}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={parsed === undefined}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="button small" disabled={parsed === undefined}>
        Write
      </button>
      {parsed === undefined ? (
        <span className="hint hint-bad">{`Hexadecimal, ${at.register.widthBits} bits.`}</span>
      ) : undefined}
    </form>
  );
}

/** One register bit by bit; what software could write can be written here. */
export function RegisterBits(props: RegisterBitsProps) {
  const { at, value, before, onWrite } = props;
  const root = useRef<HTMLFieldSetElement>(null);
  const cells = bitCells(at, value);
  const old = bitCells(at, before);
  const [chosen, setChosen] = useState<number>();
  // Sizes and the like are what people come for; else what can be written.
  const withMeaning = cells.findIndex((each) => isWritable(each) && each.meaning !== undefined);
  const firstNamed = withMeaning >= 0 ? withMeaning : Math.max(0, cells.findIndex(isWritable));
  const current = chosen ?? firstNamed;
  const cell = cells[current];
  const toggle = (index: number): void => {
    const target = cells[index];
    if (target?.field === undefined || !isWritable(target) || target.msb - target.lsb > 3) return;
    onWrite(withField(at, value, target.field, toggled(target)));
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    const next = current + step;
    if (step === 0 || next < 0 || next >= cells.length) return;
    event.preventDefault();
    setChosen(next);
    root.current?.querySelector<HTMLElement>(`[data-cell="${next}"]`)?.focus();
  };
  const width = at.register.widthBits;
  return (
    <section className="register-bits" aria-label={`Bits of ${at.name}`}>
      {/* The cells inside are the controls; arrows go from one to the next. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <fieldset
        className={`register-cells bits-${width}`}
        style={{ gridTemplateColumns: `repeat(${width}, minmax(0, 1fr))` }}
        aria-label="Fields"
        ref={root}
        onKeyDown={onKey}
      >
        {cells.map((each, index) => (
          <button
            key={each.lsb}
            type="button"
            data-cell={index}
            className={`register-cell${each.field === undefined ? ' cell-reserved' : ''}${isWritable(each) ? '' : ' cell-fixed'}${each.value === old[index]?.value ? '' : ' cell-changed'}`}
            style={{ gridColumn: `span ${each.msb - each.lsb + 1}` }}
            tabIndex={index === current ? 0 : -1}
            aria-pressed={index === current}
            aria-label={`${each.name}, bits ${each.msb} to ${each.lsb}, ${digits(each)}, ${each.access}${each.value === old[index]?.value ? '' : ', changed'}`}
            title={each.name}
            onFocus={() => setChosen(index)}
            onClick={() => setChosen(index)}
            onDoubleClick={() => toggle(index)}
          >
            <i aria-hidden="true">{each.msb === each.lsb ? each.msb : `${each.msb}…${each.lsb}`}</i>
            <span>{each.short}</span>
            <code>{digits(each)}</code>
          </button>
        ))}
      </fieldset>
      {cell === undefined ? undefined : <CellNote cell={cell} onToggle={() => toggle(current)} />}
      {registerAccess(at) === 'RO' ? undefined : <HexEdit key={at.offset} {...props} />}
    </section>
  );
}
