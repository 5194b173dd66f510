/* Back in time: by instants, by steps, from a byte to before it was written; stops, bookmarks, all of it by keyboard. */
import { expect, plain, test } from './app.ts';
import type { App } from './app.ts';

const UNITS = ['event', 'hop', 'tlp', 'transaction'] as const;

const timeline = (app: App) => app.page.getByRole('slider', { name: 'Instant of the run' });
const panel = (app: App) => app.page.getByRole('complementary', { name: 'Stops and bookmarks' });

/** Types an instant and goes there. */
async function goTo(app: App, instant: string): Promise<void> {
  const field = app.page.getByLabel('Go to instant');
  await field.fill(instant);
  await field.press('Enter');
  await app.idle();
}

/** The clock once it shows that many nanoseconds. */
async function expectClock(app: App, ns: number): Promise<void> {
  await expect.poll(() => app.clock_ns()).toBe(ns);
}

test('a byte leads to the TLP that wrote it, and before that TLP it has its old value', async ({ app }) => {
  await app.open({ view: 'race' });
  await app.resize('4 KiB');
  await app.view('Memory');
  await app.runToEnd();
  const grid = app.page.getByRole('region', { name: /^Bytes of / });
  await grid.focus();
  await grid.press('Enter');
  const byte = app.page.locator('.byte-value');
  // The first byte that says something.
  await expect(byte).toHaveText(/^0x/);
  for (let step = 0; step < 8 && (await byte.innerText()).startsWith('0x00'); step += 1) {
    const before = await app.page.locator('.byte-bar code').innerText();
    await grid.press('ArrowRight');
    await expect(app.page.locator('.byte-bar code')).not.toHaveText(before);
  }
  await expect(byte).toHaveText(/^0x(?!00)/);
  const written = plain(await byte.innerText());
  await app.button('Find the TLP that wrote this').click();
  const detail = app.page.getByRole('region', { name: 'TLP in detail' });
  await expect(detail.getByRole('heading', { name: 'Memory write, 64-bit address' })).toBeVisible();
  await detail.getByRole('button', { name: 'Go to just before it' }).click();
  await app.idle();
  // The run is not over any more, and the list knows what is still to come.
  await expect(app.button('Play')).toBeVisible();
  await expect(app.page.getByRole('region', { name: 'Packets' }).getByText('now', { exact: true })).toBeVisible();
  await expect(detail.getByRole('heading', { name: 'Memory write, 64-bit address' })).toBeVisible();
  await app.expectAccessibleInBothThemes();
  await app.view('Memory');
  await expect(byte).toHaveText(/^0x00\s=\s0/);
  await app.button('Play').click();
  await app.idle();
  await expect.poll(async () => plain(await byte.innerText())).toBe(written);
});

test('a step back returns to exactly where the step forward began, by every unit', async ({ app }) => {
  await app.open();
  await app.resize('64 KiB');
  await goTo(app, '3 µs');
  await expectClock(app, 3000);
  for (const unit of UNITS) {
    await app.page.getByRole('combobox', { name: 'Step by' }).selectOption(unit);
    const places: number[] = [];
    for (let step = 0; step < 3; step += 1) {
      await app.button('Step').click();
      await app.idle();
      places.push(await app.clock_ns());
    }
    for (const place of places.slice(0, -1).toReversed()) {
      await app.button('Step back').click();
      await app.idle();
      await expectClock(app, place);
    }
  }
});

test('a run that is taken back and run again is the same run', async ({ app }) => {
  await app.open();
  await app.resize('256 KiB');
  await app.runToEnd();
  const hashes = await app.traceHashes();
  const time = await app.figure('Time to finish', 'P2P').innerText();
  const end = await app.clock_ns();
  await timeline(app).focus();
  for (let key = 0; key < 5; key += 1) await timeline(app).press('PageDown');
  await app.idle();
  await expect.poll(() => app.clock_ns()).toBeLessThan(end * 0.51);
  expect(await app.clock_ns()).toBeGreaterThan(end * 0.49);
  await expect(app.figure('Time to finish', 'P2P')).toHaveText('–');
  await expect(timeline(app)).toHaveAttribute('aria-valuetext', / of /);
  await app.button('Play').click();
  await app.idle();
  await expectClock(app, end);
  await expect(app.figure('Time to finish', 'P2P')).toHaveText(time);
  expect(await app.traceHashes()).toEqual(hashes);
  // Dragging follows the pointer; Escape takes back what was dragged.
  const box = await timeline(app).boundingBox();
  if (box === null) throw new Error('the line of time is not there');
  const y = box.y + box.height / 2;
  await app.page.mouse.move(box.x + box.width * 0.9, y);
  await app.page.mouse.down();
  await app.page.mouse.move(box.x + box.width * 0.25, y, { steps: 5 });
  await expect.poll(() => app.clock_ns()).toBeLessThan(end * 0.3);
  await app.page.keyboard.press('Escape');
  await app.page.mouse.up();
  await app.idle();
  await expectClock(app, end);
  await expect(app.button('Play again')).toBeVisible();
});

test('stops and bookmarks by keyboard: the run stops there, Inspect shows the packet', async ({ app }) => {
  await app.open({ view: 'watch' });
  const { keyboard } = app.page;
  await keyboard.press('s');
  await expect(panel(app).getByRole('tab', { name: 'Stops' })).toBeFocused();
  const form = panel(app).getByRole('form', { name: 'New stop' });
  await form.getByLabel('First address').fill('not hex');
  await expect(form.getByText(/Write a hexadecimal address/)).toBeVisible();
  await expect(form.getByRole('button', { name: 'Add this stop' })).toBeDisabled();
  await form.getByLabel('First address').fill('');
  await form.getByLabel('Type').selectOption('Cpl, CplD');
  await form.getByLabel('First address').press('Enter');
  await expect(panel(app).getByRole('checkbox', { name: 'Cpl, CplD' })).toBeChecked();
  await keyboard.press('Escape');
  await expect(panel(app)).toBeHidden();
  await expect(app.page.getByRole('button', { name: /^Stops/ })).toBeFocused();

  await keyboard.press('r');
  await app.idle();
  const notice = app.page.getByText(/^Stopped at /).first();
  await expect(notice).toBeVisible();
  const stopped = await app.clock_ns();
  expect(stopped).toBeGreaterThan(0);
  await expect(app.button('Play')).toBeVisible();
  await keyboard.press('s');
  await expect(panel(app).getByText(/^Met at /)).toBeVisible();
  await app.expectAccessibleInBothThemes();
  await keyboard.press('Escape');
  await app.page.getByRole('button', { name: 'Show in Inspect' }).click();
  await app.idle();
  const current = app.page.getByRole('region', { name: 'Packets' }).locator('tr[aria-current]');
  await expect(current).toContainText('Cpl');
  await expectClock(app, stopped);

  // The next one is another one; a stop that is off stops nothing.
  await keyboard.press('r');
  await app.idle();
  await expect.poll(() => app.clock_ns()).toBeGreaterThan(stopped);
  const second = await app.clock_ns();
  await keyboard.press('b');
  await goTo(app, '100 ns');
  await expectClock(app, 100);
  await keyboard.press('Escape');
  await keyboard.press('n');
  await app.idle();
  await expectClock(app, second);
  await keyboard.press('j');
  await keyboard.type('2 µs');
  await keyboard.press('Enter');
  await app.idle();
  await expectClock(app, 2000);
  await keyboard.press('Escape');
  await keyboard.press('s');
  await panel(app).getByRole('checkbox', { name: 'Cpl, CplD' }).uncheck();
  await panel(app).getByRole('tab', { name: 'Stops' }).press('ArrowRight');
  await expect(panel(app).getByRole('list', { name: 'Bookmarks' }).getByRole('listitem')).toHaveCount(1);
  await app.expectAccessible();
  await panel(app).getByRole('tab', { name: 'Bookmarks' }).press('ArrowRight');
  await expect(panel(app).getByText(/^Going back keeps \d+\scheckpoints?, .* of at most /)).toBeVisible();
  await app.expectAccessible();
  await keyboard.press('Escape');
});
