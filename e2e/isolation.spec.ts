/*
 * With and without shared memory: hosts that send the headers, hosts that do not (the service worker adds them),
 * and browsers in which neither works. And without a network.
 */
import { expect, expectSays, test } from './app.ts';
import type { App } from './app.ts';
import { reservePorts } from './support/ports.ts';

async function hosts(): Promise<{ readonly bare: string; readonly headers: string }> {
  const ports = await reservePorts();
  return { bare: `http://localhost:${ports.bare}`, headers: `http://localhost:${ports.headers}` };
}

const chip = (app: App) => app.page.getByRole('button', { name: 'No shared memory' });

async function expectRace(app: App): Promise<void> {
  await app.resize('1 MiB');
  await app.runToEnd();
  await expect(app.figure('Uplink payload', 'P2P')).toHaveText(/^0\sB$/);
  await expect(app.figure('Arrived', 'Bounce')).toHaveText(/^1\.00\sMiB$/);
  await expect(app.page.getByRole('list', { name: 'Checks' }).getByText('broken')).toHaveCount(0);
}

test('a static host that obeys _headers gives an isolated page, under its content security policy too', async ({
  app,
}) => {
  await app.page.goto(`${(await hosts()).headers}/?testing=1`);
  expect(await app.page.evaluate(() => crossOriginIsolated)).toBe(true);
  await app.idle();
  await expect(chip(app)).toBeHidden();
  await expectRace(app);
});

test('without the headers the page says so, still races, and the hex view shows what arrived', async ({ app }) => {
  // `testing` keeps the service worker away.
  await app.page.goto(`${(await hosts()).bare}/?testing=1`);
  expect(await app.page.evaluate(() => crossOriginIsolated)).toBe(false);
  await app.idle();
  await chip(app).click();
  await expect(app.page.getByText(/No shared memory: the host does not send the headers/)).toBeVisible();
  await app.page.keyboard.press('Escape');
  await expectRace(app);
  await app.view('Memory');
  await app.button('Back to the start').click();
  await app.idle();
  const grid = app.page.getByRole('region', { name: /^Bytes of / });
  await expect(grid.getByRole('row').nth(1)).toContainText('00');
  const before = await grid.innerText();
  await app.runToEnd();
  await expect.poll(() => grid.innerText()).not.toBe(before);
});

test('where the browser has no SharedArrayBuffer the page says so and still races', async ({ app }) => {
  await app.page.addInitScript(() => {
    Reflect.deleteProperty(globalThis, 'SharedArrayBuffer');
  });
  await app.open();
  await chip(app).click();
  await expect(app.page.getByText(/this browser has no SharedArrayBuffer/)).toBeVisible();
  await expectRace(app);
});

test('where workers cannot be started everything runs on the one thread', async ({ app }) => {
  await app.page.addInitScript(() => {
    Reflect.deleteProperty(globalThis, 'Worker');
  });
  await app.page.goto(`${(await hosts()).bare}/?testing=1`);
  await app.idle();
  await expectRace(app);
});

test('on a host without headers the service worker makes the page isolated, once', async ({ app }) => {
  let loads = 0;
  app.page.on('domcontentloaded', () => {
    loads += 1;
  });
  await app.page.goto(`${(await hosts()).bare}/`);
  await app.page.waitForFunction(() => crossOriginIsolated);
  await app.button('Play').waitFor();
  await expect(chip(app)).toBeHidden();
  expect(loads).toBe(2);
  await app.page.reload();
  expect(await app.page.evaluate(() => crossOriginIsolated)).toBe(true);
  expect(loads).toBe(3);
});

/** The service worker says that it has kept everything (public/sw.js). */
function isKept(app: App): Promise<boolean> {
  return app.page.evaluate(async () => {
    const names = await caches.keys();
    const marks = names.map(async (name) => (await caches.open(name)).match(new URL('.complete', location.href)));
    return (await Promise.all(marks)).some((mark) => mark !== undefined);
  });
}

test('after one visit the page works without a network, with other ways and views than before', async ({ app }) => {
  await app.page.goto(`${(await hosts()).bare}/`);
  await app.page.waitForFunction(() => crossOriginIsolated);
  await expect.poll(() => isKept(app)).toBe(true);
  await app.page.context().setOffline(true);
  await app.page.goto(`${(await hosts()).bare}/?testing=1&view=why`);
  expect(await app.page.evaluate(() => crossOriginIsolated)).toBe(true);
  await app.idle();
  await expect(app.page.getByRole('complementary', { name: 'Why' }).getByRole('heading', { level: 2 })).toBeVisible();
  await app.view('Memory');
  await app.view('Race');
  await expectRace(app);
  for (const key of ['i', 't', '?']) {
    await app.page.keyboard.press(key);
    await expect(app.page.getByRole('dialog')).toBeVisible();
    await app.page.keyboard.press('Escape');
    await expect(app.page.getByRole('dialog')).toBeHidden();
  }
});

test('an engine that is lost is named, and one press starts another', async ({ app }) => {
  await app.page.addInitScript(() => {
    const RealWorker = globalThis.Worker;
    const workers: Worker[] = [];
    globalThis.Worker = class extends RealWorker {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        workers.push(this);
      }
    };
    Reflect.set(globalThis, 'loseEngines', () => {
      for (const worker of workers)
        worker.dispatchEvent(new ErrorEvent('error', { message: 'out of memory', cancelable: true }));
    });
  });
  await app.open();
  await app.page.evaluate(() => Reflect.get(globalThis, 'loseEngines')());
  await expect(app.page.getByText(/out of memory/).first()).toBeVisible();
  await app.page.getByRole('button', { name: 'Start it again' }).first().click();
  await app.idle();
  await expectRace(app);
  await expectSays(app.summary(), 'P2P');
});
