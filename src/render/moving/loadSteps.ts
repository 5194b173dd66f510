/* Steps of a link's load and how each is drawn; the same table makes the drawing and its legend. */

export interface LoadStep {
  /** Share of what the link can carry, up to which it holds. */
  readonly below: number;
  readonly label: string;
  readonly dash_px: readonly number[];
  readonly width_px: number;
  /** In the ink of text, not of secondary text. */
  readonly strong: boolean;
}

export const LOAD_STEPS = [
  { below: 0.1, label: '< 10 %', dash_px: [1.5, 5], width_px: 1.5, strong: false },
  { below: 0.5, label: '< 50 %', dash_px: [5, 4], width_px: 1.5, strong: false },
  { below: 0.95, label: '< 95 %', dash_px: [14, 4], width_px: 2, strong: true },
  { below: Infinity, label: 'full', dash_px: [], width_px: 2.5, strong: true },
] as const satisfies readonly LoadStep[];

/** Number of the step of a load; −1 = idle. */
export function loadStep(fraction: number): number {
  if (fraction <= 0) return -1;
  for (let step = 0; step < LOAD_STEPS.length; step += 1) {
    if (fraction < (LOAD_STEPS[step]?.below ?? Infinity)) return step;
  }
  return LOAD_STEPS.length - 1;
}
