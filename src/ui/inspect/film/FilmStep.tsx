import { useMemo } from 'react';
import { readRegister } from '../../../core/config/decode.ts';
import { registerMap, type PlacedRegister } from '../../../core/config/registerMap.ts';
import type { Film, FilmStep as Step } from '../../../store/film.ts';
import type { FilmPlayer } from '../../../store/filmPlayer.ts';
import { requestText, requestValue, stepWords } from '../../../store/filmWords.ts';
import { bytesReader } from '../../faults/aerRegisters.ts';
import { bitCells, registerText, type BitCell } from '../registerRows.ts';

/** More registers than these have no room; the list of requests names the others by offset. */
const MOST_REGISTERS = 4;

interface ShownRegister {
  readonly at: PlacedRegister;
  readonly before: number;
  readonly after: number;
}

interface Span {
  readonly fn: number;
  /** Bytes of the configuration space. */
  readonly first: number;
  readonly end: number;
  /** Requests done before and after. */
  readonly from: number;
  readonly to: number;
}

/** At the end of a step the registers it has changed, else those of the last request. */
function shownRegisters(film: Film): readonly ShownRegister[] {
  const { done } = film;
  const step = film.steps[film.step];
  if (step === undefined) return [];
  const changed = done === step.end ? changedBy(film, step) : [];
  if (changed.length > 0) return changed;
  const { fn, offset, bytes } = film.recording.requests;
  const first = offset[done - 1] ?? 0;
  return registersOf(film, {
    fn: fn[done - 1] ?? -1,
    first,
    end: first + (bytes[done - 1] ?? 0),
    from: done - 1,
    to: done,
  });
}

/** Registers that hold something else after a step than before. */
function changedBy(film: Film, step: Step): readonly ShownRegister[] {
  const { from, to } = film.changes(step.first, step.end);
  const { fn, offset } = film.recording.changes;
  const dwords = new Set<number>();
  for (let change = from; change < to; change += 1) if (fn[change] === step.fn) dwords.add(offset[change] ?? 0);
  const all = [...dwords].toSorted((a, b) => a - b);
  return all
    .flatMap((first) => registersOf(film, { fn: step.fn, first, end: first + 4, from: step.first, to: step.end }))
    .filter(({ before, after }) => before !== after)
    .slice(0, MOST_REGISTERS);
}

/** The registers in some bytes, with what they held before and after. */
function registersOf(film: Film, { fn, first, end, from, to }: Span): readonly ShownRegister[] {
  if (fn < 0) return [];
  const before = bytesReader(film.bytesAt(fn, from));
  const after = bytesReader(film.bytesAt(fn, to));
  // Which registers there are does not change; what BARs call themselves does while they hold all ones.
  const map = registerMap(bytesReader(film.bytesAt(fn, film.length)));
  const value = (config: typeof before, at: PlacedRegister): number =>
    readRegister(config, { ...at.register, offsetBytes: 0 }, at.offset);
  return map
    .flatMap((section) => section.registers)
    .filter((at) => at.offset < end && at.offset + at.register.widthBits / 8 > first)
    .slice(0, MOST_REGISTERS)
    .map((at) => ({ at, before: value(before, at), after: value(after, at) }));
}

function digits(cell: BitCell): string {
  const width = cell.msb - cell.lsb + 1;
  return width > 8 ? cell.value.toString(16).toUpperCase() : cell.value.toString(2).padStart(width, '0');
}

/** The bits of a register before and after one request; what changed is shown twice. */
function RegisterChange({ shown }: { readonly shown: ShownRegister }) {
  const { at, before, after } = shown;
  const width = at.register.widthBits;
  const old = bitCells(at, before);
  const cells = bitCells(at, after);
  const hasChanged = before !== after;
  const change = hasChanged
    ? `${registerText(before, width)} → ${registerText(after, width)}`
    : registerText(after, width);
  return (
    <section className="film-register" aria-label={`${at.name}, ${hasChanged ? 'changed' : 'unchanged'}`}>
      <h4>
        {at.name} <code>{change}</code>
      </h4>
      <ul
        className={`film-cells bits-${width}`}
        style={{ gridTemplateColumns: `repeat(${width}, minmax(0, 1fr))` }}
        aria-label="Fields"
      >
        {cells.map((cell, index) => {
          const was = old[index];
          const isChanged = was !== undefined && was.value !== cell.value;
          const place = cell.msb === cell.lsb ? `${cell.msb}` : `${cell.msb}…${cell.lsb}`;
          return (
            <li
              key={cell.lsb}
              className={`${cell.field === undefined ? 'cell-reserved' : ''}${isChanged ? ' film-cell-changed' : ''}`}
              style={{ gridColumn: `span ${cell.msb - cell.lsb + 1}` }}
              title={`${cell.name} [${place}]`}
            >
              <span className="visually-hidden">{`${cell.name}: `}</span>
              <i aria-hidden="true">{place}</i>
              <b aria-hidden="true">{cell.short}</b>
              {isChanged ? <del>{digits(was)}</del> : undefined}
              <code>{digits(cell)}</code>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

interface RequestsProps {
  readonly player: FilmPlayer;
  readonly step: Step;
}

/** Every request of the step with what came back or was written; a press goes to right after it. */
function Requests({ player, step }: RequestsProps) {
  const { film } = player;
  const { recording } = film;
  const numbers = Array.from({ length: step.end - step.first }, (_, index) => step.first + index);
  return (
    <ol className="film-requests" aria-label="Configuration requests of this step">
      {numbers.map((request) => {
        const isWrite = recording.requests.isWrite[request] === 1;
        const isCurrent = request === film.done - 1;
        return (
          <li key={request}>
            <button
              type="button"
              aria-current={isCurrent ? 'true' : undefined}
              className={`${isWrite ? 'film-write' : ''}${request >= film.done ? ' film-later' : ''}`}
              onClick={() => player.seek(request + 1)}
            >
              <code>{requestText(recording, request)}</code>
              <span aria-hidden="true">{isWrite ? '←' : '→'}</span>
              <span className="visually-hidden">{isWrite ? 'writes' : 'reads'}</span>
              <code>{requestValue(recording, request)}</code>
            </button>
          </li>
        );
      })}
    </ol>
  );
}

interface FilmStepProps {
  readonly player: FilmPlayer;
  readonly nameOf: (fn: number) => string | undefined;
  readonly isPlaying: boolean;
}

/** What the present step does, why, with its requests and the bits they changed. */
export function FilmStep({ player, nameOf, isPlaying }: FilmStepProps) {
  const { film } = player;
  const { done } = film;
  const step = film.steps[film.step];
  const registers = useMemo(() => (done === 0 ? [] : shownRegisters(film)), [film, done]);
  if (step === undefined) {
    return (
      <section className="film-step" aria-label="The present step">
        <h3>Before the first request</h3>
        <p>
          The machine has power and nobody has asked it anything. Software knows its host bridges from firmware’s
          tables, and no function behind them.
        </p>
      </section>
    );
  }
  const words = stepWords(step, film.recording, nameOf(step.fn));
  return (
    <section className="film-step" aria-label="The present step">
      <div aria-live={isPlaying ? 'off' : 'polite'}>
        <h3>{words.title}</h3>
        <p className="film-what">{words.what}</p>
        <p>{words.why}</p>
      </div>
      <p className="film-linux">
        In Linux <code>{words.linux}</code>
      </p>
      <div className="film-step-registers">
        {registers.map((shown) => (
          <RegisterChange key={shown.at.offset} shown={shown} />
        ))}
      </div>
      <Requests player={player} step={step} />
    </section>
  );
}
