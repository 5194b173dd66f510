import { describe, expect, it } from 'vitest';
import { installServiceWorker, isolationState } from './isolation.ts';
import type { IsolationPage } from './isolation.ts';

describe('isolationState', () => {
  const serviceWorker = {};

  it('has no reason to give where memory can be shared', () => {
    const state = isolationState({ crossOriginIsolated: true, SharedArrayBuffer: {}, navigator: { serviceWorker } });
    expect(state).toEqual({ isolated: true, sharedMemory: true });
  });

  it.each([
    [
      'the headers are missing',
      { crossOriginIsolated: false, isSecureContext: true, navigator: { serviceWorker } },
      'does not send the headers',
    ],
    ['the page came over http', { isSecureContext: false, navigator: {} }, 'https'],
    ['service workers are off', { isSecureContext: true, navigator: {} }, 'no service worker'],
    ['the browser lacks it', { crossOriginIsolated: true, navigator: { serviceWorker } }, 'no SharedArrayBuffer'],
  ])('says why, and that everything works, when %s', (_, scope, cause) => {
    const { sharedMemory, reason } = isolationState(scope);
    expect(sharedMemory).toBe(false);
    expect(reason).toContain(cause);
    expect(reason).toContain('Everything works');
  });
});

/** A page over a service worker container that only counts. */
function page(options: { controlled: boolean; isolated: boolean; reloads?: string; storage?: boolean }): {
  readonly page: IsolationPage;
  readonly kept: Map<string, string>;
  readonly registered: string[];
  reloads(): number;
} {
  const kept = new Map<string, string>();
  if (options.reloads !== undefined) kept.set('peerlane.isolation.reloads', options.reloads);
  const registered: string[] = [];
  let reloads = 0;
  const active = {
    postMessage: (_: unknown, [port]: readonly MessagePort[]) => port?.postMessage({ complete: true }),
  };
  const container = {
    controller: options.controlled ? active : null,
    register: (url: string) => Promise.resolve(registered.push(url)),
    ready: Promise.resolve({ active }),
  } as unknown as ServiceWorkerContainer;
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  return {
    page: {
      container,
      isolated: options.isolated,
      build: 'index-1a2b3c4d.js',
      storage: options.storage === false ? undefined : storage,
      reload: () => {
        reloads += 1;
      },
    },
    kept,
    registered,
    reloads: () => reloads,
  };
}

describe('installServiceWorker', () => {
  it('does nothing where there are no service workers', async () => {
    const { page: plain } = page({ controlled: false, isolated: false });
    expect(await installServiceWorker({ ...plain, container: undefined })).toEqual({ state: 'absent' });
  });

  it('reloads a first visit once the worker can add the headers', async () => {
    const visit = page({ controlled: false, isolated: false });
    expect(await installServiceWorker(visit.page)).toEqual({ state: 'reloading' });
    expect(visit.registered).toEqual(['sw.js?build=index-1a2b3c4d.js']);
    expect(visit.reloads()).toBe(1);
  });

  it('stays, and fills the cache, on a page that is isolated; the count of reloads starts again', async () => {
    const visit = page({ controlled: false, isolated: true, reloads: '1' });
    const outcome = await installServiceWorker(visit.page);
    expect(outcome.state).toBe('installed');
    expect(visit.reloads()).toBe(0);
    expect(visit.kept.size).toBe(0);
    expect(outcome.state === 'installed' && (await outcome.offline)).toBe(true);
  });

  it('does not reload a page that the worker served already: the headers have no effect here', async () => {
    const visit = page({ controlled: true, isolated: false });
    expect((await installServiceWorker(visit.page)).state).toBe('installed');
    expect(visit.reloads()).toBe(0);
  });

  it('gives up after two reloads of one tab', async () => {
    const visit = page({ controlled: false, isolated: false });
    for (let load = 0; load < 5; load += 1) await installServiceWorker(visit.page);
    expect(visit.reloads()).toBe(2);
  });

  it('never reloads where it cannot count', async () => {
    const visit = page({ controlled: false, isolated: false, storage: false });
    expect((await installServiceWorker(visit.page)).state).toBe('installed');
    expect(visit.reloads()).toBe(0);
  });

  it('reports why the worker could not be registered', async () => {
    const { page: plain } = page({ controlled: false, isolated: false });
    const container = {
      controller: null,
      register: () => Promise.reject(new Error('404')),
    } as unknown as ServiceWorkerContainer;
    expect(await installServiceWorker({ ...plain, container })).toEqual({ state: 'failed', message: '404' });
  });
});
