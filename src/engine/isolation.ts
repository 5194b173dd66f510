/*
 * Shared memory needs cross-origin isolation: two headers on the page (public/_headers where the host reads it,
 * public/sw.js elsewhere). Without it everything still works, with copies instead of shared memory.
 */

/** What this page may do. */
export interface IsolationState {
  readonly isolated: boolean;
  /** `SharedArrayBuffer` can be used between the page and its workers. */
  readonly sharedMemory: boolean;
  /** One or two sentences for the user; absent where memory is shared. */
  readonly reason?: string;
}

/** What {@link isolationState} looks at; the page's own global scope by default. */
export interface IsolationScope {
  readonly crossOriginIsolated?: boolean;
  readonly SharedArrayBuffer?: unknown;
  readonly isSecureContext?: boolean;
  readonly navigator?: { readonly serviceWorker?: unknown };
}

const CONSEQUENCE = 'Everything works, but the machines send the page copies, so fast runs show fewer packets.';

/** @returns whether shared memory can be used here, and if not, the sentence that says why. */
export function isolationState(scope: IsolationScope = globalThis): IsolationState {
  const isolated = scope.crossOriginIsolated === true;
  const sharedMemory = isolated && scope.SharedArrayBuffer !== undefined;
  if (sharedMemory) return { isolated, sharedMemory };
  return { isolated, sharedMemory, reason: `No shared memory: ${causeOf(scope, isolated)} ${CONSEQUENCE}` };
}

function causeOf(scope: IsolationScope, isolated: boolean): string {
  if (isolated) return 'this browser has no SharedArrayBuffer.';
  if (scope.isSecureContext === false) return 'the page did not come over https.';
  if (scope.navigator?.serviceWorker === undefined) {
    return 'the host does not send the headers for it, and this browser window allows no service worker to add them.';
  }
  return 'the host does not send the headers for it.';
}

/** What became of the service worker on this visit. */
export type ServiceWorkerOutcome =
  /** Not wanted here (development, tests) or not possible (no https, switched off in this window). */
  | { readonly state: 'absent' }
  /** The page is being loaded again, this time with the headers of isolation. */
  | { readonly state: 'reloading' }
  /** In charge of this page, or waiting to be; `offline` resolves once the page also works without a network. */
  | { readonly state: 'installed'; readonly offline: Promise<boolean> }
  | { readonly state: 'failed'; readonly message: string };

/** The page as {@link installServiceWorker} uses it. */
export interface IsolationPage {
  readonly container: ServiceWorkerContainer | undefined;
  readonly isolated: boolean;
  /** Name of this build: changes whenever any file does. */
  readonly build: string;
  /** For counting reloads; undefined where the browser keeps nothing. */
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | undefined;
  readonly reload: () => void;
}

const RELOADS_KEY = 'peerlane.isolation.reloads';
/** One is enough; the second covers a forced reload, which goes past the service worker. */
const MOST_RELOADS = 2;

/**
 * Registers public/sw.js. On a page that is not isolated and not yet in the service worker's charge, reloads it
 * once the worker can add the headers; a counter for this tab keeps that from going round for ever.
 */
export async function installServiceWorker(
  page: IsolationPage | undefined = thisPage(),
): Promise<ServiceWorkerOutcome> {
  const container = page?.container;
  if (page === undefined || container === undefined) return { state: 'absent' };
  const controlledFromStart = container.controller !== null;
  try {
    await container.register(`sw.js?build=${encodeURIComponent(page.build)}`, { updateViaCache: 'none' });
    const { active } = await container.ready;
    if (page.isolated) page.storage?.removeItem(RELOADS_KEY);
    else if (!controlledFromStart && countReload(page.storage)) {
      page.reload();
      return { state: 'reloading' };
    }
    return { state: 'installed', offline: active === null ? Promise.resolve(false) : fillCache(active) };
  } catch (error) {
    return { state: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

/** @returns false if this tab has been reloaded often enough, or where that cannot be known. */
function countReload(storage: IsolationPage['storage']): boolean {
  if (storage === undefined) return false;
  const reloads = Number(storage.getItem(RELOADS_KEY) ?? 0);
  if (reloads >= MOST_RELOADS) return false;
  storage.setItem(RELOADS_KEY, String(reloads + 1));
  return true;
}

/** Asks the service worker to keep the page for use without a network. @returns true once it has all of it. */
function fillCache(active: ServiceWorker): Promise<boolean> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = (message: MessageEvent<{ readonly complete: boolean }>) => {
      port1.close();
      resolve(message.data.complete);
    };
    active.postMessage({ kind: 'fillCache' }, [port2]);
  });
}

/** This page, or undefined in development and where a test drives the page without a service worker. */
function thisPage(): IsolationPage | undefined {
  if (import.meta.env.DEV || new URLSearchParams(location.search).has('testing')) return undefined;
  const entry = document.querySelector<HTMLScriptElement>('script[type="module"][src]');
  return {
    container: 'serviceWorker' in navigator ? navigator.serviceWorker : undefined,
    isolated: globalThis.crossOriginIsolated,
    // The entry's name carries a hash over itself, and through the names it imports over everything.
    build: entry?.src.split('/').pop() ?? 'unnamed',
    storage: tabStorage(),
    reload: () => location.reload(),
  };
}

function tabStorage(): Storage | undefined {
  try {
    return globalThis.sessionStorage;
  } catch {
    // Reading the property throws where the user forbids storage; then there is nothing to count reloads with.
    return undefined;
  }
}
