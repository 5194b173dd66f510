/* First visit: a machine is there, one press runs both ways, and a sentence says what happened. */
import { MIB } from '../src/base/units.ts';
import { createInProcessClient } from '../src/engine/inProcessClient.ts';
import type { RunReport } from '../src/engine/protocol.ts';
import type { TransferWay } from '../src/topology/document.ts';
import { defaultMachine } from '../src/topology/presets/defaultMachine.ts';
import { DEFAULT_SEED } from '../src/store/urlState.ts';
import { expect, expectSays, plain, test } from './app.ts';

/** The same run in Node, through the same client interface. */
async function runInNode(way: TransferWay, bytes: number): Promise<RunReport> {
  const client = createInProcessClient();
  await client.load(defaultMachine, { ...defaultMachine.transfer, bytes }, way, DEFAULT_SEED);
  const finished = new Promise<RunReport>((resolve) => {
    client.listen((event) => event.kind === 'finished' && resolve(event.report));
  });
  await client.runUntil(Infinity);
  client.dispose();
  return finished;
}

test('a first visit: press Play, both machines finish, the figures and the sentence agree', async ({ app }) => {
  test.slow();
  await app.open();
  await expect(app.page.getByRole('heading', { name: /64 MiB, nic0 to iopmem0/ })).toBeVisible();
  await app.runToEnd();

  for (const way of ['P2P', 'Bounce'] as const) await expect(app.figure('Arrived', way)).toHaveText(/64\.00\s+MiB/);
  await expect(app.figure('Uplink payload', 'P2P')).toHaveText(/^0\sB$/);
  await expect(app.figure('DRAM touched', 'P2P')).toHaveText(/^0\sB$/);
  await expect(app.figure('Uplink payload', 'Bounce')).toHaveText(/^128\.00\sMiB$/);
  await expect(app.figure('DRAM touched', 'Bounce')).toHaveText(/^128\.00\sMiB$/);

  for (const way of ['P2P', 'Bounce'] as const) await expect(app.figure('Time to finish', way)).not.toHaveText('–');
  // The clock stops with the slower machine's job, which began when its driver was ready.
  const milliseconds = (text: string): number => Number(text.replace(/[^\d.]/g, ''));
  const clock = milliseconds(await app.page.getByRole('timer', { name: 'Simulated time' }).innerText());
  const slower = milliseconds(await app.figure('Time to finish', 'Bounce').innerText());
  expect(clock).toBeGreaterThanOrEqual(slower);
  expect(clock - slower).toBeLessThan(0.01);

  const rate = Number(/^([\d.]+)/.exec(await app.figure('Throughput', 'P2P').innerText())?.[1]);
  expect(rate).toBeGreaterThan(14.2);
  expect(rate).toBeLessThan(14.8);

  for (const way of ['P2P', 'Bounce'] as const)
    await expectSays(app.summary(), plain(await app.figure('Time to finish', way).innerText()));
  await expectSays(app.summary(), 'P2P left the uplink and DRAM idle');
});

test('the page runs the same race, hop for hop, as the same core in Node, and again the same', async ({ app }) => {
  await app.open();
  await app.resize('2 MiB');
  await app.runToEnd();
  const theirs = await Promise.all([runInNode('p2p', 2 * MIB), runInNode('bounce', 2 * MIB)]);
  const hashes = theirs.map((report) => report.traceHash);
  await expect.poll(() => app.traceHashes()).toEqual(hashes);
  expect(theirs.flatMap((report) => report.checks).filter((check) => !check.ok)).toEqual([]);

  const time = await app.figure('Time to finish', 'P2P').innerText();
  await app.button('Play again').click();
  await app.idle();
  await expect.poll(() => app.traceHashes()).toEqual(hashes);
  await expect(app.figure('Time to finish', 'P2P')).toHaveText(time);
});

test('both machines share one clock: neither is shown ahead of the other', async ({ app }) => {
  await app.open();
  await app.slowly();
  await app.button('Play').click();
  await expect(app.figure('Arrived', 'Bounce')).not.toHaveText(/^0\s/);
  await app.button('Pause').click();
  await app.idle();
  await expect(app.button('Play')).toBeVisible();
  const clock = app.page.getByRole('timer', { name: 'Simulated time' });
  const shown = await clock.innerText();
  expect(Number(shown.replace(/[^\d.]/g, ''))).toBeGreaterThan(0);
  // Paused means still.
  const arrived = await app.figure('Arrived', 'P2P').innerText();
  await app.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  expect(await clock.innerText()).toBe(shown);
  expect(await app.figure('Arrived', 'P2P').innerText()).toBe(arrived);
});
