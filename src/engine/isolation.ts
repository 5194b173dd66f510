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
