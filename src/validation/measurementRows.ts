/* What rows of the tables of measurements have in common: ranges, runs, and where a figure was published. */
import type { PublishedMeasurement, SingleRun } from './measurement.ts';
import type { Span } from './points.ts';

/** A single figure. */
export const exactly = (value: number): Span => ({ low: value, high: value });

/** A range with the same share of tolerance below and above. @param high default: `low` */
export const within = (share: number, low: number, high = low): Span => ({
  low: low * (1 - share),
  high: high * (1 + share),
});

/** Not less than what hardware reached. @param share how much more is accepted. */
export const atLeast = (share: number, low: number, high = low): Span => ({ low, high: high * (1 + share) });

/** All flows of a preset. */
export const flows = (preset: string, figure: SingleRun['figure']): SingleRun => ({ preset, way: 'flows', figure });

/** The transfer of a preset, peer to peer. */
export const direct = (preset: string, figure: SingleRun['figure']): SingleRun => ({ preset, way: 'p2p', figure });

type Publication = Pick<PublishedMeasurement, 'source' | 'url' | 'confidence'>;

export const publication = (source: string, url: string, confidence = 'high'): Publication => ({
  source,
  url,
  confidence,
});
