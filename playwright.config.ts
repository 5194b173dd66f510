/*
 * End-to-end tests: Chromium, as many as two at a time, against the built page. `npm test` builds first; alone:
 * `npx vite build && npx playwright test`. Hosts: `vite preview` as `npm start` serves it, and two plain static
 * hosts (e2e/support/staticHost.ts), with public/_headers and without any.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from '@playwright/test';
import { browserArguments, findChromium } from './e2e/support/chromium.ts';
import { reservePorts } from './e2e/support/ports.ts';

if (!existsSync('dist/index.html')) throw new Error('There is no dist/index.html: run `npm run build` first.');

const ports = await reservePorts();
const executablePath = findChromium();

export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.spec.ts',
  outputDir: 'test-results/artifacts',
  reporter: [['list'], ['json', { outputFile: 'test-results/e2e.json' }]],
  // A test waits for its browser half of the time. Nothing is shared but files that are served.
  workers: Math.min(2, availableParallelism()),
  fullyParallel: false,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    baseURL: `http://localhost:${ports.preview}`,
    viewport: { width: 1440, height: 900 },
    colorScheme: 'dark',
    locale: 'en-GB',
    screenshot: 'only-on-failure',
    // Recording every test to keep the failed ones' traces costs as much again as the tests: `--trace on` when looking.
    trace: 'off',
    launchOptions: { args: browserArguments(), ...(executablePath === undefined ? {} : { executablePath }) },
  },
  webServer: [
    {
      command: `npx vite preview --port ${ports.preview} --strictPort`,
      url: `http://localhost:${ports.preview}`,
      stdout: 'ignore',
    },
    {
      command: `node scripts/run.mjs e2e/support/staticHost.ts ${ports.bare} ${ports.headers}`,
      url: `http://localhost:${ports.headers}`,
      stdout: 'ignore',
    },
  ],
});
