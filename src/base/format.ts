/*
 * The one place where numbers become text. Rates are GB/s = 10^9 bytes per second, memory is KiB and MiB
 * (2^10, 2^20), thousands and decimals in threes are parted by a thin space that does not break.
 */
import { hex } from './bits.ts';
import { GIB, KIB, MIB, PS_PER_MS, PS_PER_NS, PS_PER_SECOND, PS_PER_US } from './units.ts';
import { err, ok, type Result } from './result.ts';

/** Narrow no-break space: between groups of three digits. */
export const THIN_SPACE = '\u202f';
/** No-break space: between a number and its unit. */
export const UNIT_SPACE = '\u00a0';
/** What stands where a number is not known yet. */
export const NO_VALUE = '–';

/** A figure and its unit, for places that set them in different type. */
export interface Figure {
  readonly value: string;
  readonly unit: string;
}

function joined(figure: Figure): string {
  return `${figure.value}${UNIT_SPACE}${figure.unit}`;
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
}

/** `177 126`: an integer with a thin space at the thousands. Fractions are rounded. */
export function integerText(value: number): string {
  const rounded = Math.round(value);
  return `${rounded < 0 ? '−' : ''}${grouped(Math.abs(rounded).toFixed(0))}`;
}

/** A number with fixed decimals and grouped thousands: `1 234.50`. */
export function fixedText(value: number, decimals: number): string {
  const [whole = '0', fraction] = Math.abs(value).toFixed(decimals).split('.');
  const sign = value < 0 && Number(value.toFixed(decimals)) !== 0 ? '−' : '';
  return `${sign}${grouped(whole)}${fraction === undefined ? '' : `.${fraction}`}`;
}

/** Bytes per second as GB/s (10^9) with two decimals: `14.37`. */
export function rateFigure(bytesPerSecond: number): Figure {
  return { value: fixedText(bytesPerSecond / 1e9, 2), unit: 'GB/s' };
}

/** `14.37 GB/s` */
export function rateText(bytesPerSecond: number): string {
  return joined(rateFigure(bytesPerSecond));
}

const BYTE_UNITS: readonly { readonly unit: string; readonly bytes: number }[] = [
  { unit: 'PiB', bytes: GIB * MIB },
  { unit: 'TiB', bytes: GIB * KIB },
  { unit: 'GiB', bytes: GIB },
  { unit: 'MiB', bytes: MIB },
  { unit: 'KiB', bytes: KIB },
];

/** A running count of bytes, with two decimals above 1 KiB: `43.24 MiB`, `512 B`. */
export function bytesFigure(bytes: number): Figure {
  const row = BYTE_UNITS.find((candidate) => bytes >= candidate.bytes);
  return row === undefined
    ? { value: integerText(bytes), unit: 'B' }
    : { value: fixedText(bytes / row.bytes, 2), unit: row.unit };
}

/** `43.24 MiB` */
export function bytesText(bytes: number): string {
  return joined(bytesFigure(bytes));
}

/** A running count in the unit of its goal, so that the figure keeps its width: `0.25` of 64 MiB. */
export function bytesTextLike(bytes: number, goalBytes: number): string {
  const row = BYTE_UNITS.find((candidate) => goalBytes >= candidate.bytes);
  return row === undefined ? bytesText(bytes) : joined({ value: fixedText(bytes / row.bytes, 2), unit: row.unit });
}

/** A given size without needless decimals: `64 MiB`, `3.5 TiB`, `4 KiB`, `1 000 B`. */
export function sizeText(bytes: number): string {
  const row = BYTE_UNITS.find(
    (candidate) => bytes >= candidate.bytes && Number.isInteger((bytes / candidate.bytes) * 4),
  );
  if (row === undefined) return joined({ value: integerText(bytes), unit: 'B' });
  return joined({ value: grouped(String(bytes / row.bytes)), unit: row.unit });
}

const DURATION_UNITS: readonly { readonly unit: string; readonly duration_ps: number; readonly decimals: number }[] = [
  { unit: 's', duration_ps: PS_PER_SECOND, decimals: 3 },
  { unit: 'ms', duration_ps: PS_PER_MS, decimals: 3 },
  { unit: 'µs', duration_ps: PS_PER_US, decimals: 2 },
  { unit: 'ns', duration_ps: PS_PER_NS, decimals: 1 },
];

/** Simulated time in the largest unit it fills: `4.671 ms`, `75.40 µs`, `250.8 ns`, `16 ps`, `0 ns`. */
export function durationFigure(duration_ps: number): Figure {
  if (duration_ps === 0) return { value: '0', unit: 'ns' };
  const row = DURATION_UNITS.find((candidate) => Math.abs(duration_ps) >= candidate.duration_ps);
  return row === undefined
    ? { value: integerText(duration_ps), unit: 'ps' }
    : { value: fixedText(duration_ps / row.duration_ps, row.decimals), unit: row.unit };
}

/** `4.671 ms` */
export function durationText(duration_ps: number): string {
  return joined(durationFigure(duration_ps));
}

/** Milliseconds with all digits down to the nanosecond, and the picoseconds apart: `3.200 418` and `250`. */
export function clockFigure(now_ps: number): { readonly toNanoseconds: string; readonly picoseconds: string } {
  const whole_ps = Math.max(0, Math.floor(now_ps));
  const milliseconds = Math.floor(whole_ps / PS_PER_MS);
  const rest = String(whole_ps - milliseconds * PS_PER_MS).padStart(9, '0');
  return {
    toNanoseconds: `${grouped(String(milliseconds))}.${rest.slice(0, 3)}${THIN_SPACE}${rest.slice(3, 6)}`,
    picoseconds: rest.slice(6),
  };
}

/** Simulated time that passes in one second: `200 ns per s`; Infinity is `as fast as possible`. */
export function timeScaleText(ps_perSecond: number): string {
  if (ps_perSecond === Infinity) return 'as fast as possible';
  const row = DURATION_UNITS.find((candidate) => ps_perSecond >= candidate.duration_ps);
  return row === undefined
    ? `${integerText(ps_perSecond)}${UNIT_SPACE}ps per s`
    : `${ps_perSecond / row.duration_ps}${UNIT_SPACE}${row.unit} per s`;
}

/** A fraction of one as per cent: `91.2 %`. */
export function percentText(fraction: number, decimals = 1): string {
  return joined({ value: fixedText(fraction * 100, decimals), unit: '%' });
}

/** `2.46×`; from a hundred on without decimals. */
export function ratioText(ratio: number): string {
  return `${ratio >= 100 ? integerText(ratio) : fixedText(ratio, 2)}×`;
}

/** A bus address or offset, in groups of four from the right: `0x40_02B3_E600`. */
export function addressText(value: number, digits = 1): string {
  return `0x${groupedHex(value, digits)}`;
}

/** The same without prefix: `40_02B3_E600`. At least `digits` hexadecimal digits. */
export function groupedHex(value: number, digits: number): string {
  return hex(value, digits)
    .toUpperCase()
    .replace(/\B(?=(.{4})+$)/g, '_');
}

/** `0000:03:00.0` → `03:00.0`: the domain is left out when it is 0000. */
export function shortBdf(text: string): string {
  return text.replace(/^0000:/, '');
}

/** `9b1c_44e0` */
export function crcText(crc32: number): string {
  const text = hex(crc32 >>> 0, 8);
  return `${text.slice(0, 4)}_${text.slice(4)}`;
}

/** `one NIC`, `3 NICs` … the plural adds an s unless given. */
export function countText(count: number, singular: string, plural = `${singular}s`): string {
  return `${integerText(count)}${UNIT_SPACE}${count === 1 ? singular : plural}`;
}

const SIZE_FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: KIB,
  kib: KIB,
  kb: 1e3,
  m: MIB,
  mib: MIB,
  mb: 1e6,
  g: GIB,
  gib: GIB,
  gb: 1e9,
};

/**
 * Reads `64 MiB`, `64M`, `4096`, `1.5 GiB` or `0x1000`.
 * @returns bytes, or a sentence that says what was expected.
 */
export function parseSize(text: string): Result<number, string> {
  const cleaned = text.replace(/[\s_\u202f\u00a0]/g, '').toLowerCase();
  const parts = /^(0x[0-9a-f]+|\d+(?:\.\d+)?)([a-z]*)$/.exec(cleaned);
  const factor = SIZE_FACTORS[parts?.[2] ?? ''];
  if (parts === null || factor === undefined) return err('Write a size such as 64 MiB, 256 KiB or 4096.');
  const bytes = Number(parts[1]) * factor;
  if (!Number.isSafeInteger(bytes)) return err(`${text.trim()} is not a whole number of bytes.`);
  return ok(bytes);
}

/** Reads `0x40_02B3_E600` or `4002b3e600`: always hexadecimal. @returns undefined if it is no address below 2^52. */
export function parseAddress(text: string): number | undefined {
  const cleaned = text.replace(/[\s_]/g, '').replace(/^0x/i, '');
  if (!/^[0-9a-f]{1,13}$/i.test(cleaned)) return undefined;
  return Number.parseInt(cleaned, 16);
}
