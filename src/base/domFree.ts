/*
 * base, core, topology and import are compiled without the DOM library (tsconfig.core.json), so that the
 * simulator runs in a worker, in Node and in tests. This sentinel exists only in that compilation: the other
 * configurations exclude it, because there the type is known.
 */
// @ts-expect-error The core is compiled without the DOM library; if this stops failing, DOM types leaked in.
export type Leak = HTMLElement;
