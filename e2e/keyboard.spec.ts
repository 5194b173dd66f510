/* Without a mouse: from the first visit to a finished race, another transfer, another view. */
import { expect, test } from './app.ts';
import type { App } from './app.ts';

/** Presses Tab until the focused element has that role and name. */
async function tabTo(app: App, name: RegExp | string): Promise<void> {
  const { page } = app;
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const label = element?.getAttribute('aria-label') ?? '';
      const labels =
        element instanceof HTMLInputElement || element instanceof HTMLSelectElement ? [...(element.labels ?? [])] : [];
      return [label, element?.textContent ?? '', ...labels.map((one) => one.textContent ?? '')].join(' ').trim();
    });
    if (typeof name === 'string' ? focused.includes(name) : name.test(focused)) return;
  }
  throw new Error(`${name} cannot be reached with Tab`);
}

test('the Play button by Tab and Enter; Home, End, step and speed have keys', async ({ app }) => {
  await app.open();
  await app.slowly();
  await tabTo(app, /^Play$/);
  await app.page.keyboard.press('Enter');
  await expect(app.button('Pause')).toBeVisible();
  await app.page.keyboard.press('Enter');
  await app.idle();
  await expect(app.button('Play')).toBeFocused();

  await app.resize('64 KiB');
  const { keyboard } = app.page;
  await keyboard.press('.');
  await app.idle();
  await expect.poll(() => app.clock_ns()).toBeGreaterThan(0);
  await keyboard.press('End');
  await app.idle();
  await expect(app.button('Play again')).toBeVisible();
  await keyboard.press('Home');
  await app.idle();
  await expect(app.figure('Time to finish', 'P2P')).toHaveText('–');
  const slider = app.speed();
  const before = await slider.inputValue();
  await keyboard.press(']');
  await expect(slider).not.toHaveValue(before);
  await keyboard.press('[');
  await expect(slider).toHaveValue(before);
});

test('from the first visit to another transfer and a finished race', async ({ app }) => {
  await app.open();
  const { keyboard } = app.page;
  await keyboard.press('t');
  const dialog = app.dialog('Transfer');
  await expect(dialog).toBeVisible();
  await tabTo(app, 'Size');
  await keyboard.press('Control+a');
  await keyboard.type('2 MiB');
  await tabTo(app, 'Use this transfer');
  await keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await app.idle();
  await tabTo(app, 'Speed: simulated time per second');
  await keyboard.press('End');
  await keyboard.press('Space');
  await app.idle();
  await expect(app.button('Play again')).toBeVisible();
  await expect(app.figure('Arrived', 'Bounce')).toHaveText(/^2\.00\sMiB$/);
  await expect(app.figure('Uplink payload', 'P2P')).toHaveText(/^0\sB$/);
});

test('the first ten views have digits as keys, ? lists all keys, and arrows walk the machine', async ({ app }) => {
  await app.open();
  const { keyboard } = app.page;
  for (const [key, view] of [
    ['2', 'Watch'],
    ['3', 'Why'],
    ['4', 'Memory'],
    ['5', 'Inspect'],
    ['6', 'Charts'],
    ['7', 'Edit'],
    ['8', 'Machine'],
    ['9', 'Flows'],
    ['0', 'Sweep'],
    ['1', 'Race'],
  ] as const) {
    await keyboard.press(key);
    await expect(
      app.page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: view }),
    ).toHaveAttribute('aria-current', 'page');
    await app.idle();
  }
  await keyboard.press('?');
  await expect(app.page.getByRole('dialog')).toContainText('Play or pause');
  await keyboard.press('Escape');
  await expect(app.page.getByRole('dialog')).toBeHidden();

  await app.view('Watch');
  const tree = app.page.getByRole('tree').first();
  await expect(tree).toBeVisible();
  await tabTo(app, /./);
  await tree.getByRole('treeitem').first().focus();
  const focused = () =>
    app.page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent);
  const first = await focused();
  await app.page.keyboard.press('ArrowDown');
  await expect.poll(focused).not.toBe(first);
});
