/* Pause, step, speed, restart. */
import { expect, test } from './app.ts';

test('stepping TLPs moves the clock forward a little at a time, and an event never further than a TLP', async ({
  app,
}) => {
  await app.open();
  const clocks = [await app.clock_ns()];
  for (let step = 0; step < 6; step += 1) {
    await app.button('Step').click();
    await app.idle();
    clocks.push(await app.clock_ns());
  }
  const steps = clocks.slice(1).map((now, index) => now - (clocks[index] ?? 0));
  expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...steps)).toBeGreaterThan(0);
  expect(Math.max(...steps)).toBeLessThan(10_000);

  const [, tlp = 0] = clocks;
  await app.button('Back to the start').click();
  await app.idle();
  await expect.poll(() => app.clock_ns()).toBe(0);
  await app.page.getByRole('combobox', { name: 'Step by' }).selectOption('event');
  await app.button('Step').click();
  await app.idle();
  expect(await app.clock_ns()).toBeLessThanOrEqual(tlp);
});

test('the slider names simulated time per second; a slow run takes its time, and pausing keeps what has happened', async ({
  app,
}) => {
  await app.open();
  const slider = app.speed();
  await slider.press('End');
  await expect(slider).toHaveAttribute('aria-valuetext', 'as fast as possible');
  await slider.press('Home');
  await expect(slider).toHaveAttribute('aria-valuetext', /^1\sns per s$/);
  for (let stop = 0; stop < 9; stop += 1) await slider.press('ArrowRight');
  await expect(slider).toHaveAttribute('aria-valuetext', /^1\sµs per s$/);
  await app.button('Play').click();
  await expect.poll(() => app.clock_ns()).toBeGreaterThan(100);
  await app.button('Pause').click();
  await app.idle();
  const paused = await app.clock_ns();
  expect(paused).toBeLessThan(60_000);
  await app.button('Step').click();
  await app.idle();
  await expect.poll(() => app.clock_ns()).toBeGreaterThanOrEqual(paused);
});

test('back to the start forgets the run, whatever was under way', async ({ app }) => {
  await app.open();
  await app.resize('256 KiB');
  await app.runToEnd();
  await app.button('Back to the start').click();
  await app.idle();
  await expect.poll(() => app.clock_ns()).toBe(0);
  await expect(app.figure('Arrived', 'P2P')).toHaveText(/^0\sB$/);
  await expect(app.figure('Time to finish', 'P2P')).toHaveText('–');

  // A step, a pause or a run that is overtaken by a restart leaves nothing stuck.
  for (const first of ['.', ' ', 'End']) {
    await app.page.evaluate((key) => {
      const press = (name: string): void => {
        document.body.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));
      };
      press(key);
      if (key === ' ') press(' ');
      press('Home');
    }, first);
    await app.idle();
  }
  await app.button('Back to the start').click();
  await app.idle();
  await app.runToEnd();
  await expect(app.figure('Arrived', 'Bounce')).toHaveText(/^256\.00\sKiB$/);
});
