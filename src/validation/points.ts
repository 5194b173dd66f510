/*
 * What a validation run produces: plain data, the same in docs/validation.md, in the page and on the command line.
 * A point is one comparison of a figure of the model with a figure from elsewhere.
 */
export const RESULTS_VERSION = 1;

export const SECTIONS = ['throughput', 'latency', 'semantics', 'measurements'] as const;
export type Section = (typeof SECTIONS)[number];

/** `notRun`: the model has no such thing, or could not run it; the reason says what is missing. */
export type PointVerdict = 'inside' | 'missed' | 'notRun';

/**
 * validated: no parameter of the model was chosen with this figure in view.
 * calibrated: a parameter was, so agreement says only that the parameter arrives.
 */
export type PointRole = 'validated' | 'calibrated';

export type PointUnit = 'B/s' | 'ns' | 'B' | 'ratio' | 'B/B' | 'capability';

/** Inclusive. */
export interface Span {
  readonly low: number;
  readonly high: number;
}

export interface NumberPoint {
  /** Unique among all points. */
  readonly id: string;
  readonly section: Exclude<Section, 'semantics'>;
  readonly title: string;
  readonly unit: PointUnit;
  /** Undefined = not run. */
  readonly model: number | undefined;
  /** What the model is compared with: a closed form (low = high) or a published range. */
  readonly reference: Span;
  /** What the model may give. */
  readonly accepted: Span;
  readonly verdict: PointVerdict;
  readonly role: PointRole;
  /** Parameters that were set from this figure. */
  readonly calibrates: string | undefined;
  /** Why it was missed or not run; or what was seen besides. */
  readonly reason: string | undefined;
  /** What kept the run from being faster, as it was measured in the run; undefined where that is no question. */
  readonly limitedBy: string | undefined;
  /** Further conditions that the run had to meet, each with its outcome. */
  readonly checks: readonly { readonly text: string; readonly ok: boolean }[];
}

/** What the kernel decides, the IOMMU groups, and the way of the packets. */
export const LAYERS = ['policy', 'isolation', 'path'] as const;
export type Layer = (typeof LAYERS)[number];

/** What of a worked case agreed; undefined = that layer was not run, or the case does not ask for it. */
export interface SemanticsPoint {
  /** `semantics:W07` */
  readonly id: string;
  readonly section: 'semantics';
  readonly title: string;
  readonly verdict: PointVerdict;
  readonly asked: readonly Layer[];
  /** `path`: the paths that TLPs really took. */
  readonly layers: Readonly<Record<Layer, boolean | undefined>>;
  readonly answer: string;
  readonly reason: string | undefined;
}

export interface SectionSummary {
  readonly section: Section;
  readonly inside: number;
  readonly missed: number;
  readonly notRun: number;
  readonly validated: number;
  readonly calibrated: number;
}

export interface ValidationResults {
  readonly version: typeof RESULTS_VERSION;
  /** Version of the model that was run. */
  readonly model: string;
  readonly summary: readonly SectionSummary[];
  readonly throughput: readonly NumberPoint[];
  readonly latency: readonly NumberPoint[];
  readonly semantics: readonly SemanticsPoint[];
  readonly measurements: readonly NumberPoint[];
}

/** Inside means inside the accepted span, and every further condition met. */
export function verdictFor(
  model: number | undefined,
  accepted: Span,
  checks: readonly { readonly ok: boolean }[] = [],
): PointVerdict {
  if (model === undefined) return 'notRun';
  return model >= accepted.low && model <= accepted.high && checks.every(({ ok }) => ok) ? 'inside' : 'missed';
}

/** Counts of one section; semantics cases calibrate nothing. */
export function summarise(section: Section, points: readonly (NumberPoint | SemanticsPoint)[]): SectionSummary {
  const count = (verdict: PointVerdict): number => points.filter((point) => point.verdict === verdict).length;
  const calibrated = points.filter((point) => 'role' in point && point.role === 'calibrated').length;
  return {
    section,
    inside: count('inside'),
    missed: count('missed'),
    notRun: count('notRun'),
    validated: points.length - calibrated,
    calibrated,
  };
}

/** Figures are kept to this many digits after the point, by unit. */
const DECIMALS: Readonly<Record<PointUnit, number>> = { 'B/s': 0, ns: 3, B: 0, ratio: 6, 'B/B': 6, capability: 0 };

export function rounded(value: number, unit: PointUnit): number {
  return Number(value.toFixed(DECIMALS[unit]));
}

/** Whether a parsed file is results of this version; its points are as the same version wrote them. */
export function isValidationResults(value: unknown): value is ValidationResults {
  if (typeof value !== 'object' || value === null) return false;
  const entries = new Map<string, unknown>(Object.entries(value));
  return entries.get('version') === RESULTS_VERSION && SECTIONS.every((section) => Array.isArray(entries.get(section)));
}
