/* What the address bar says: `?preset=acs-redirect&view=why&testing=1&seed=7`, `?bench=packets&count=5000`. */

/** In the order of the rail: what a run shows, what a run is made of, what vouches for the model. */
export const VIEW_GROUPS = [
  ['race', 'watch', 'why', 'memory', 'inspect', 'charts'],
  ['edit', 'machine', 'flows', 'sweep', 'faults'],
  ['validation'],
] as const;
export const VIEWS = VIEW_GROUPS.flat();
export type View = (typeof VIEWS)[number];

export interface UrlState {
  readonly preset: string | undefined;
  readonly view: View | undefined;
  /** Fixed seed, no animation, nothing kept between visits, `window.__sim` present. */
  readonly testing: boolean;
  /** What is changed outlasts the page; not with `testing=1`, unless `keep=1` asks for it. */
  readonly keeps: boolean;
  /** 32-bit seed of every model's generator. */
  readonly seed: number;
  readonly bench: { readonly name: 'packets'; readonly count: number } | undefined;
}

export const DEFAULT_SEED = 1;

function wholeNumber(text: string | null, fallback: number, least: number, most: number): number {
  const value = Number(text ?? Number.NaN);
  return Number.isInteger(value) && value >= least && value <= most ? value : fallback;
}

/** @param search the query part of an address, with or without `?`. Unknown words are ignored. */
export function readUrl(search: string): UrlState {
  const query = new URLSearchParams(search);
  const testing = query.get('testing') === '1';
  return {
    preset: query.get('preset') ?? undefined,
    view: VIEWS.find((view) => view === query.get('view')),
    testing,
    keeps: !testing || query.get('keep') === '1',
    seed: testing ? DEFAULT_SEED : wholeNumber(query.get('seed'), DEFAULT_SEED, 0, 2 ** 32 - 1),
    bench:
      query.get('bench') === 'packets'
        ? { name: 'packets', count: wholeNumber(query.get('count'), 1000, 1, 100_000) }
        : undefined,
  };
}

/** The same address with another view; everything else in it stays. */
export function withView(search: string, view: View): string {
  const query = new URLSearchParams(search);
  query.set('view', view);
  return `?${query.toString()}`;
}

/** The address without the preset: once a document was changed or replaced it is no longer that preset. */
export function withoutPreset(search: string): string {
  const query = new URLSearchParams(search);
  query.delete('preset');
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
