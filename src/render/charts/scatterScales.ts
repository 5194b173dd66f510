/*
 * Scales of the validation's plots: positions and round ticks, no drawing.
 */
import { scaleLinear, scaleLog } from 'd3-scale';

export interface ScaledTick {
  readonly at: number;
  readonly value: number;
}

export interface PlotScale {
  readonly at: (value: number) => number;
  readonly ticks: readonly ScaledTick[];
}

/** Ticks at powers of ten and round parts of them; fewer where there is less room than this for each. */
const TICK_ROOM_PX = 34;

/**
 * Logarithmic, from `low` to `high` on the pixels from `start` to `end`.
 * @param low > 0.
 */
export function logScale(low: number, high: number, start: number, end: number): PlotScale {
  const scale = scaleLog([low, high], [start, end]);
  const decades = Math.log10(high / low);
  const room = Math.abs(end - start) / decades;
  const steps = room >= 12 * TICK_ROOM_PX ? [1, 1.5, 2, 3, 4, 5, 7] : room >= 3 * TICK_ROOM_PX ? [1, 2, 5] : [1];
  const ticks: ScaledTick[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const step of steps) {
      // Negative powers by division, so that 0.2 is 0.2.
      const value = power < 0 ? step / 10 ** -power : step * 10 ** power;
      if (value >= low && value <= high) ticks.push({ at: scale(value), value });
    }
  }
  return { at: (value) => scale(value), ticks };
}

/** Linear; values beyond its ends stay at them. */
export function clampedScale(low: number, high: number, start: number, end: number, count: number): PlotScale {
  const scale = scaleLinear([low, high], [start, end]).clamp(true);
  return { at: (value) => scale(value), ticks: scale.ticks(count).map((value) => ({ at: scale(value), value })) };
}
