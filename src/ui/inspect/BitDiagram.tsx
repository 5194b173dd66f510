import { useRef, type KeyboardEvent } from 'react';
import { hex } from '../../base/bits.ts';
import type { DecodedTlp, TlpField } from '../../core/pcie/tlpDecode.ts';

/** Narrower fields have no room for their value beside the name. */
const NAME_BITS = 2;
const BYTE_BITS = 8;
const WORD_BYTES = [0, 1, 2, 3] as const;

interface BitDiagramProps {
  readonly tlp: DecodedTlp;
  /** Fields whose value the record does not hold. */
  readonly unrecorded: ReadonlySet<string>;
  /** Index of the field that is explained. */
  readonly current: number;
  readonly onCurrent: (field: number) => void;
}

/** Byte `byte` of a dword, 0 = the first on the wire, holds bits of this field. */
function isInByte(field: TlpField, dword: number, byte: number): boolean {
  const top = 31 - BYTE_BITS * byte;
  return field.dword === dword && field.lsb <= top && field.msb > top - BYTE_BITS;
}

export function fieldBits(field: TlpField): string {
  return field.msb === field.lsb ? `[${field.lsb}]` : `[${field.msb}:${field.lsb}]`;
}

/** `0x40`, or binary for what is read bit by bit. */
export function fieldFigure(field: TlpField): string {
  const width = field.msb - field.lsb + 1;
  return width <= 5
    ? field.value.toString(2).padStart(width, '0')
    : `0x${hex(field.value, Math.ceil(width / 4)).toUpperCase()}`;
}

/** What a field shows under its name: what it means where that is short, else its digits. */
function cellWords(field: TlpField): string {
  return /ID$|^(Target|Address|Register)/.test(field.name) ? field.text : fieldFigure(field);
}

function Field({
  field,
  index,
  props,
}: {
  readonly field: TlpField;
  readonly index: number;
  readonly props: BitDiagramProps;
}) {
  const { current, unrecorded, onCurrent } = props;
  const width = field.msb - field.lsb + 1;
  const isUnknown = unrecorded.has(field.name);
  return (
    <button
      type="button"
      className={`bit-field${width < NAME_BITS ? ' bit-narrow' : ''}${field.name === 'R' ? ' bit-reserved' : ''}${isUnknown ? ' bit-unknown' : ''}`}
      style={{ gridColumn: `${32 - field.msb} / span ${width}` }}
      aria-pressed={index === current}
      aria-label={`${field.name}, DW${field.dword} bits ${fieldBits(field)}, ${isUnknown ? 'not recorded' : `${fieldFigure(field)} ${field.text}`}`}
      tabIndex={index === current ? 0 : -1}
      data-field={index}
      onFocus={() => onCurrent(index)}
      onMouseEnter={() => onCurrent(index)}
      onClick={() => onCurrent(index)}
    >
      <span>{field.name}</span>
      <code>{isUnknown ? '–' : cellWords(field)}</code>
    </button>
  );
}

/** Where an arrow leads: along the fields, or to the field below or above. */
function nextField(fields: readonly TlpField[], current: number, key: string): number | undefined {
  const here = fields[current];
  if (here === undefined) return undefined;
  const middle = (here.msb + here.lsb) / 2;
  const inRow = (dword: number): number =>
    fields.findIndex((field) => field.dword === dword && field.lsb <= middle && field.msb >= middle - 0.5);
  const moves: Readonly<Record<string, number>> = {
    ArrowLeft: current - 1,
    ArrowRight: current + 1,
    ArrowUp: inRow(here.dword - 1),
    ArrowDown: inRow(here.dword + 1),
    Home: 0,
    End: fields.length - 1,
  };
  const next = moves[key];
  return next !== undefined && next >= 0 && next < fields.length ? next : undefined;
}

/** The header, one row a dword, as wide as it has bits. Fields and bytes point at each other. */
export function BitDiagram(props: BitDiagramProps) {
  const { tlp, current, onCurrent } = props;
  const root = useRef<HTMLFieldSetElement>(null);
  const field = tlp.fields[current];
  const onKey = (event: KeyboardEvent): void => {
    const next = nextField(tlp.fields, current, event.key);
    if (next === undefined) return;
    event.preventDefault();
    onCurrent(next);
    root.current?.querySelector<HTMLElement>(`[data-field="${next}"]`)?.focus();
  };
  return (
    // The fields inside are the controls; arrows go from one to the next.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <fieldset className="bit-diagram" ref={root} aria-label="Header bits" onKeyDown={onKey}>
      <div className="bit-scale" aria-hidden="true">
        {/* The first bit of each byte: two numbers beside each other would be read as one. */}
        {[31, 23, 15, 7, 0].map((bit) => (
          <span key={bit} style={{ gridColumn: 32 - bit }}>
            {bit}
          </span>
        ))}
      </div>
      {tlp.dwords.map((dword, index) => (
        // Dwords are known by their place.
        // oxlint-disable-next-line react/no-array-index-key
        <div className="bit-row" key={index}>
          <div className="bit-word">
            <span>{`DW${index}`}</span>
            <code>
              {WORD_BYTES.map((byte) => (
                <button
                  key={byte}
                  type="button"
                  tabIndex={-1}
                  className={field !== undefined && isInByte(field, index, byte) ? 'byte-current' : undefined}
                  aria-label={`Byte ${index * 4 + byte}: ${hex(dword, 8).slice(byte * 2, byte * 2 + 2)}`}
                  onMouseEnter={() => onCurrent(tlp.fields.findIndex((other) => isInByte(other, index, byte)))}
                  onClick={() => onCurrent(tlp.fields.findIndex((other) => isInByte(other, index, byte)))}
                >
                  {hex(dword, 8).slice(byte * 2, byte * 2 + 2)}
                </button>
              ))}
            </code>
          </div>
          <div className="bit-fields">
            {tlp.fields.map((other, at) =>
              other.dword === index ? (
                <Field key={`${other.name} ${other.lsb}`} field={other} index={at} props={props} />
              ) : undefined,
            )}
          </div>
        </div>
      ))}
    </fieldset>
  );
}

/** What the value means, where that is more than its digits. */
function meaningOf(field: TlpField): string {
  const isFigure = Number(field.text) === field.value || field.text === fieldFigure(field);
  return field.text === '' || isFigure ? '' : `${field.text}. `;
}

/** What the current field says and is for. */
export function FieldNote({ field, unrecorded }: { readonly field: TlpField; readonly unrecorded: boolean }) {
  return (
    <p className="field-note">
      <strong>{field.name}</strong>
      <code>{`DW${field.dword} ${fieldBits(field)}${unrecorded ? '' : ` = ${fieldFigure(field)}`}`}</code>
      <span>
        {unrecorded ? 'Records of crossings do not hold it. ' : meaningOf(field)}
        {field.about}
      </span>
    </p>
  );
}
