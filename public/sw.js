/*
 * Service worker of the page; registered by src/engine/isolation.ts as `sw.js?build=NAME`.
 *
 * 1. Adds the headers of cross-origin isolation to what the page loads, on hosts that do not send them.
 * 2. Keeps the page for use without a network: one cache for each build, filled by following the references
 *    from index.html. Pages come from the network when there is one; files whose names carry a hash never change.
 *
 * A newer build waits until the tabs of the older one are closed, so no tab loses the files it was built with.
 */
const BUILD = new URL(self.location.href).searchParams.get('build') ?? 'unnamed';
const SCOPE = self.registration.scope;
const CACHE_FAMILY = `peerlane ${new URL(SCOPE).pathname} `;
const CACHE = CACHE_FAMILY + BUILD;
const COMPLETE = new URL('.complete', SCOPE).href;

const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** `assets/index-Bc3dE_fg.js`: a name that changes with its content. */
const HASHED = /\/assets\/[^/]+-[\w-]{8}\.\w+$/;
const HASHED_NAME = /[\w.-]+-[\w-]{8}\.(?:js|css|svg|png|woff2?|json)\b/g;
const HTML_REFERENCE = /(?:src|href)="([^"#?]+)"/g;

self.addEventListener('install', (event) => {
  // The first build starts at once and fills its cache when the page asks; a newer one comes complete.
  if (self.registration.active === null) self.skipWaiting();
  else event.waitUntil(fillCache());
});

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOldCaches().then(() => self.clients.claim()));
});

self.addEventListener('message', (event) => {
  if (event.data?.kind === 'fillCache') event.waitUntil(fillCache().then((complete) => event.ports[0]?.postMessage({ complete })));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  // Anything else is not ours to answer; `only-if-cached` of another mode may not be fetched (the specification forbids it).
  if (request.method !== 'GET' || !request.url.startsWith(SCOPE)) return;
  if (request.cache === 'only-if-cached' && request.mode !== 'same-origin') return;
  event.respondWith(answer(request));
});

async function answer(request) {
  const key = request.mode === 'navigate' ? SCOPE : withoutQuery(request.url);
  const cache = await caches.open(CACHE);
  if (HASHED.test(key)) {
    const kept = await cache.match(key);
    if (kept !== undefined) return isolated(kept);
  }
  try {
    const fresh = await fetch(request);
    if (fresh.ok && (request.mode !== 'navigate' || withoutQuery(request.url) === SCOPE)) await cache.put(key, fresh.clone());
    return isolated(fresh);
  } catch (error) {
    const kept = await cache.match(key);
    if (kept !== undefined) return isolated(kept);
    throw error;
  }
}

function withoutQuery(address) {
  const url = new URL(address);
  return url.origin + url.pathname.replace(/\/index\.html$/, '/');
}

/** The same response with the headers of isolation. */
function isolated(response) {
  if (response.type === 'opaque' || response.type === 'opaqueredirect') return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

/** Fetches everything that index.html leads to. @returns true once nothing is missing. */
async function fillCache() {
  const cache = await caches.open(CACHE);
  if ((await cache.match(COMPLETE)) !== undefined) return true;
  const known = new Set([SCOPE]);
  for (const address of known) {
    const response = await fetch(address, { cache: 'no-cache' });
    // A name that only looks like a file's.
    if (!response.ok) continue;
    await cache.put(address, response.clone());
    for (const reference of await referencesIn(address, response)) known.add(reference);
  }
  await cache.put(COMPLETE, new Response(BUILD));
  return true;
}

async function referencesIn(address, response) {
  const type = response.headers.get('Content-Type') ?? '';
  if (!/html|javascript|css|json/.test(type)) return [];
  const text = await response.text();
  const hashed = [...text.matchAll(HASHED_NAME)].map(([name]) => new URL(`assets/${name}`, SCOPE).href);
  if (!type.includes('html')) return hashed;
  const linked = [...text.matchAll(HTML_REFERENCE)].map((match) => new URL(match[1], address).href);
  return [...hashed, ...linked].filter((reference) => reference.startsWith(SCOPE));
}

async function dropOldCaches() {
  for (const name of await caches.keys()) {
    if (name.startsWith(CACHE_FAMILY) && name !== CACHE) await caches.delete(name);
  }
}
