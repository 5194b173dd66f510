/* Instants as people write them, to the picosecond. */
import { THIN_SPACE, UNIT_SPACE } from '../base/format.ts';
import { err, ok, type Result } from '../base/result.ts';
import { PS_PER_MS, PS_PER_NS, PS_PER_SECOND, PS_PER_US } from '../base/units.ts';

const UNITS: readonly { readonly unit: string; readonly other?: string; readonly duration_ps: number }[] = [
  { unit: 's', duration_ps: PS_PER_SECOND },
  { unit: 'ms', duration_ps: PS_PER_MS },
  { unit: 'µs', other: 'us', duration_ps: PS_PER_US },
  { unit: 'ns', duration_ps: PS_PER_NS },
  { unit: 'ps', duration_ps: 1 },
];

const EXPECTED = 'Write an instant with its unit, such as 12.5 µs, 3.2 ms or 250 ns.';

/** Reads `12.5 µs`, `12.5us` or `3.200 418 ms`. @returns picoseconds, or a sentence that says what was expected. */
export function parseInstant(text: string): Result<number, string> {
  const cleaned = text.replace(/[\s_\u202f\u00a0]/g, '').replace('μ', 'µ');
  const parts = /^(\d+)(?:\.(\d+))?([a-zµ]+)$/i.exec(cleaned);
  const unit = UNITS.find((row) => row.unit === parts?.[3] || row.other === parts?.[3]);
  if (parts === null || unit === undefined) return err(EXPECTED);
  const [, whole = '0', fraction = ''] = parts;
  // Digits are moved, not multiplied: 0.1 µs is 100 000 ps exactly.
  const places = Math.round(Math.log10(unit.duration_ps));
  if (fraction.replace(/0+$/, '').length > places) return err('The model counts whole picoseconds.');
  const at_ps = Number(whole + fraction.padEnd(places, '0').slice(0, places));
  return Number.isSafeInteger(at_ps) ? ok(at_ps) : err('Simulated time ends after 2.5 hours.');
}

/** Every digit of an instant in the largest unit it fills: `12.345 678 µs`, `250 ns`, `3.2 ms`. */
export function instantText(at_ps: number): string {
  const whole_ps = Math.max(0, Math.floor(at_ps));
  if (whole_ps === 0) return `0${UNIT_SPACE}ns`;
  const row = UNITS.find((candidate) => candidate.unit !== 's' && whole_ps >= candidate.duration_ps);
  const duration_ps = row?.duration_ps ?? 1;
  const places = Math.round(Math.log10(duration_ps));
  const digits = String(whole_ps).padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
  const fraction = digits.slice(digits.length - places).replace(/0+$/, '');
  const decimals = fraction.replace(/(\d{3})(?=\d)/g, `$1${THIN_SPACE}`);
  return `${whole}${fraction === '' ? '' : `.${decimals}`}${UNIT_SPACE}${row?.unit ?? 'ps'}`;
}
