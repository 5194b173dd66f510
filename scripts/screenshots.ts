/*
 * `npm run screenshots`: pictures of every view in both themes into docs/screenshots, from the built page.
 * Times in them are where the race stood when the picture was taken; everything else is the same each time.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { chromium } from '@playwright/test';
import { browserArguments, findChromium } from '../e2e/support/chromium.ts';
import { reservePorts } from '../e2e/support/ports.ts';

const root = resolve(process.argv[1] ?? '.', '../..');
const folder = join(root, 'docs/screenshots');
const THEMES = ['dark', 'light'] as const;

interface Shot {
  readonly name: string;
  readonly query: string;
  readonly width?: number;
  readonly height?: number;
  /** The view plays nothing. */
  readonly isStill?: boolean;
  readonly prepare: (page: Page) => Promise<void>;
}

const clock = (page: Page): Promise<number> =>
  page.evaluate(() => Number((document.querySelector('.clock-digits')?.textContent ?? '0').replace(/[^\d.]/g, '')));

/** Plays until the clock shows this many milliseconds of simulated time, then pauses. */
async function playTo(page: Page, at_ms: number): Promise<void> {
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  for (let waited = 0; waited < 60_000 && (await clock(page)) < at_ms; waited += 100) await page.waitForTimeout(100);
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await page.waitForTimeout(400);
}

async function finish(page: Page): Promise<void> {
  await page.getByRole('slider', { name: 'Speed: simulated time per second' }).press('End');
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await page.getByRole('button', { name: 'Play again', exact: true }).waitFor({ timeout: 120_000 });
  await page.waitForTimeout(600);
}

const SHOTS: readonly Shot[] = [
  { name: 'race', query: '', prepare: (page) => playTo(page, 2) },
  { name: 'race-finished', query: '', prepare: finish },
  { name: 'race-1920', query: '', width: 1920, height: 1080, prepare: (page) => playTo(page, 2) },
  { name: 'watch', query: 'view=watch', prepare: (page) => playTo(page, 2) },
  { name: 'why', query: 'view=why&preset=acs-redirect-allowed', prepare: (page) => page.waitForTimeout(1500) },
  { name: 'memory', query: 'view=memory', prepare: (page) => playTo(page, 1) },
  {
    name: 'machine',
    query: 'view=machine&preset=acs-redirect',
    isStill: true,
    prepare: (page) => page.waitForTimeout(1500),
  },
  { name: 'edit', query: 'view=edit', isStill: true, prepare: (page) => page.waitForTimeout(1500) },
  {
    name: 'inspect',
    query: 'view=inspect',
    prepare: async (page) => {
      await playTo(page, 0.5);
      await page.getByRole('row').filter({ hasText: 'MWr' }).last().click();
      await page.waitForTimeout(800);
    },
  },
  {
    name: 'film',
    query: 'view=inspect',
    prepare: async (page) => {
      const part = page.getByRole('region', { name: 'Configuration space' });
      await part.getByRole('tab', { name: 'Enumeration' }).click();
      const place = page.getByRole('slider', { name: 'Place in the film' });
      await place.waitFor();
      await place.press('End');
      for (let step = 0; step < 12; step += 1) await page.getByRole('button', { name: 'Back in the film' }).click();
      await page.waitForTimeout(600);
    },
  },
  {
    name: 'time',
    query: 'view=watch',
    prepare: async (page) => {
      await playTo(page, 1);
      await page.keyboard.press('b');
      const line = page.getByRole('slider', { name: 'Instant of the run' });
      await line.focus();
      for (let step = 0; step < 3; step += 1) await line.press('PageDown');
      await page.waitForTimeout(1000);
      await page.getByRole('button', { name: /^Stops/ }).click();
      const panel = page.getByRole('form', { name: 'New stop' });
      await panel.getByLabel('First address').press('Enter');
      await page.waitForTimeout(600);
    },
  },
  {
    name: 'ledger-phone',
    query: 'view=watch',
    width: 390,
    height: 844,
    prepare: async (page) => {
      await playTo(page, 0.5);
      await page.getByRole('button', { name: 'Ledger' }).first().click();
      await page.waitForTimeout(800);
    },
  },
  {
    name: 'flows',
    query: 'view=flows',
    isStill: true,
    prepare: async (page) => {
      await page.getByRole('button', { name: /nic0.*nvme0.*at once/ }).click();
      await page.getByRole('button', { name: 'Run the flows' }).click();
      await page
        .getByRole('cell', { name: /finished/i })
        .first()
        .waitFor({ timeout: 120_000 });
      await page.waitForTimeout(2000);
    },
  },
  {
    name: 'charts',
    query: 'view=charts',
    prepare: async (page) => {
      await finish(page);
      const box = await page.getByRole('slider', { name: 'Time cursor' }).boundingBox();
      if (box === null) throw new Error('the charts have no plot');
      await page.mouse.move(box.x + box.width * 0.2, box.y + 80);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.45, box.y + 80, { steps: 5 });
      await page.mouse.up();
      await page.mouse.move(box.x + box.width * 0.4, box.y + 200);
      await page.getByText('still to be counted').waitFor({ state: 'detached', timeout: 120_000 });
      await page.waitForTimeout(1000);
    },
  },
  {
    name: 'sweep',
    query: 'view=sweep',
    isStill: true,
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Run the sweep' }).click();
      await page.getByText(/^6\sruns done$/).waitFor({ timeout: 120_000 });
      await page.waitForTimeout(800);
    },
  },
  {
    name: 'faults',
    query: 'view=faults',
    prepare: async (page) => {
      // Breaking something begins a run by itself.
      await page.getByRole('slider', { name: 'Speed: simulated time per second' }).press('End');
      await page.getByRole('button', { name: /^Bit errors on nic0/ }).click();
      await page.getByRole('button', { name: 'Play again', exact: true }).waitFor({ timeout: 120_000 });
      await page.waitForTimeout(800);
    },
  },
  { name: 'validation', query: 'view=validation', isStill: true, prepare: (page) => page.waitForTimeout(3000) },
  {
    name: 'import',
    query: '',
    prepare: async (page) => {
      await page.getByRole('button', { name: 'Import', exact: true }).click();
      const text = readFileSync(join(root, 'tests/support/samples/small-server.vvv.txt'), 'utf8');
      await page.getByLabel('Output of lspci').fill(text);
      await page.getByRole('button', { name: 'Open machine' }).waitFor();
      await page.waitForTimeout(1500);
    },
  },
];

const { preview: port } = await reservePorts();
const server = spawn('npx', ['vite', 'preview', '--port', String(port), '--strictPort'], {
  cwd: root,
  stdio: 'ignore',
});
const address = `http://localhost:${port}/`;
/** The server needs a moment: asked for until it answers, ten seconds at most. */
async function answers(): Promise<boolean> {
  return fetch(address).then(
    (response) => response.ok,
    () => false,
  );
}
for (let tries = 0; tries < 100 && !(await answers()); tries += 1) await new Promise((go) => setTimeout(go, 100));
const executablePath = findChromium();
const browser = await chromium.launch({
  args: browserArguments(),
  ...(executablePath === undefined ? {} : { executablePath }),
});
mkdirSync(folder, { recursive: true });
const wanted = process.argv.slice(2);
try {
  for (const shot of SHOTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    for (const colorScheme of THEMES) {
      const page = await browser.newPage({
        viewport: { width: shot.width ?? 1440, height: shot.height ?? 900 },
        colorScheme,
        locale: 'en-GB',
      });
      await page.goto(`${address}?${shot.query}`, { waitUntil: 'networkidle' });
      if (shot.isStill !== true) {
        await page.getByRole('button', { name: 'Play', exact: true }).and(page.locator(':enabled')).waitFor();
      }
      await shot.prepare(page);
      await page.screenshot({ path: join(folder, `${shot.name}-${colorScheme}.png`) });
      console.info(`docs/screenshots/${shot.name}-${colorScheme}.png`);
      await page.close();
    }
  }
} finally {
  await browser.close();
  server.kill();
}
