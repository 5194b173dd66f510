/* The scene as an instrument: a transaction followed with its times, the ledger, what is announced, and a phone. */
import { expect, plain, test } from './app.ts';
import type { App } from './app.ts';

/** A run of 4 KiB in Watch, all of it on record. */
async function finishedRun(app: App): Promise<void> {
  await app.open({ view: 'watch' });
  await app.resize('4 KiB');
  await app.runToEnd();
}

/** Figures have one decimal of a nanosecond. */
const ROUNDING_PS = 50;

/** `125.8 ns` in picoseconds. */
function picoseconds(text: string): number {
  const found = /([\d.]+) (ps|ns|µs)/.exec(plain(text));
  const scale = { ps: 1, ns: 1e3, µs: 1e6 }[found?.[2] ?? ''];
  if (found === null || scale === undefined) throw new Error(`no duration in “${text}”`);
  return Number(found[1]) * scale;
}

const followed = (app: App) => app.page.getByRole('region', { name: 'Transaction followed' });
const times = (app: App) => app.page.getByRole('region', { name: /^Latency of the/ });

test('a packet of the list is followed, and the rows of its way add up to its time', async ({ app }) => {
  await finishedRun(app);
  const { page } = app;
  await page.getByRole('tab', { name: 'Packets' }).click();
  const read = page.getByRole('region', { name: 'Newest packets' }).getByRole('row').filter({ hasText: 'MRd' }).first();
  await read.getByRole('button', { name: /^Follow packet/ }).press('Enter');
  await expect(followed(app)).toContainText(/MRd\s\d+\sB\sno\.\s\d+, answered by CplD/);
  await expect(times(app).getByRole('heading')).toHaveText('Latency of the selected transaction');
  const rows = times(app).locator('tbody tr');
  // There and back: link, switch, link, who answers, link, switch, link.
  await expect(rows).toHaveCount(7);
  const taken = await rows.locator('td:last-child').allInnerTexts();
  const whole = picoseconds(await times(app).locator('b').first().innerText());
  const sum = taken.reduce((total, text) => total + picoseconds(text), 0);
  expect(Math.abs(sum - whole)).toBeLessThanOrEqual(ROUNDING_PS * (taken.length + 1));
  // A row lights its place, and says what it consists of.
  await rows.nth(1).hover();
  await expect(times(app)).toContainText('Switch: switch 105.0 ns (as the machine states it)');
  // The place lights the row: the link above nic0, as far as the pointer is from its middle.
  const port = await page.getByRole('treeitem', { name: /^nic0/ }).boundingBox();
  if (port === null) throw new Error('nothing is drawn');
  for (let dx = 0; dx <= 24; dx += 4) {
    await page.mouse.move(port.x + port.width / 2 + dx, port.y - 40);
    // What is under the pointer is lit in the next frame.
    await app.idle();
    if ((await times(app).locator('.way-lit').count()) > 0) break;
  }
  await expect(times(app).locator('.way-lit')).toContainText(/nic0 to 02:01\.0|02:01\.0 to nic0/);
  await app.button('Follow no transaction').click();
  await expect(followed(app)).toBeHidden();
});

test('the ledger says in numbers what moves, and a run says what it does', async ({ app }) => {
  const { page } = app;
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await app.open({ view: 'watch' });
  await app.resize('4 KiB');
  const events = page.getByRole('status', { name: 'Events' });
  // Who wants nothing to move has the ledger from the start.
  const ledger = page.getByRole('region', { name: 'Flow ledger' });
  await expect(page.getByRole('tab', { name: 'Ledger' })).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('.');
  await app.idle();
  await expect(events).toContainText(/(MRd|CplD|MWr)\s4\sB from \S+ to \S+\./);
  await app.runToEnd();
  await expect(events).toContainText(/P2P finished after .*GB\/s\./);
  const row = (name: string) =>
    ledger.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) });
  await expect(row('nic0 to 02:01.0')).toContainText(/^1/);
  await expect(row('nic0 to 02:01.0')).toContainText('4.00 KiB');
  await expect(row('02:00.0 to iopmem0')).toContainText(/^2/);
  await expect(row('DRAM')).toContainText('0 B');
  await row('nic0 to 02:01.0').getByRole('button').click();
  await expect(followed(app)).toBeVisible();
  await app.expectAccessibleInBothThemes();
  // What the shapes and lines mean is one press away, and the key closes what it opened.
  await app.button('What the shapes mean').click();
  await expect(page.getByRole('list', { name: 'Patterns of load' })).toContainText('full');
  await page.keyboard.press('Escape');
  await page.getByRole('tab', { name: 'Ledger' }).focus();
  await page.keyboard.press('l');
  await expect(page.getByRole('tab', { name: 'Throughput' })).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('l');
  await expect(page.getByRole('tab', { name: 'Ledger' })).toHaveAttribute('aria-selected', 'true');
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('a finger steps the run, pinches the scene and follows a packet', async ({ app }) => {
    await app.open();
    const { page } = app;
    const part = (name: string) => page.getByRole('navigation', { name: 'Parts' }).getByRole('button', { name });
    for (let step = 0; step < 3; step += 1) {
      await app.button('Step').tap();
      await app.idle();
    }
    await part('Packets').tap();
    const list = page.getByRole('region', { name: 'Newest packets' });
    await list.getByRole('row').nth(1).tap();
    await part('Scene').tap();
    await expect(followed(app)).toContainText(/MWr\s4\sB/);
    const card = page.getByRole('treeitem', { name: /^nic0/ });
    await app.idle();
    const before = await card.boundingBox();
    await pinch(app);
    await expect.poll(async () => ((await card.boundingBox())?.width ?? 0) > (before?.width ?? Infinity)).toBe(true);
    await app.button('Fit').tap();
    await expect.poll(async () => (await card.boundingBox())?.width).toBe(before?.width);
    await card.tap();
    await expect(page.getByRole('region', { name: 'Selected: nic0' })).toBeVisible();
    await app.expectAccessibleInBothThemes();
    for (const name of ['Path', 'Packets', 'Ledger', 'Times', 'Scene']) {
      await part(name).tap();
      await expect(part(name)).toHaveAttribute('aria-current', 'page');
      expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBeLessThanOrEqual(390);
    }
  });
});

/** Two fingers spread over the middle of the scene, as the browser's own touch input. */
async function pinch(app: App): Promise<void> {
  const box = await app.page.locator('.viewer .scene').boundingBox();
  if (box === null) throw new Error('no scene');
  const session = await app.page.context().newCDPSession(app.page);
  const x = box.x + box.width / 2;
  const y = box.y + box.height / 2;
  const fingers = (apart: number) => [
    { x: x - apart, y, id: 1 },
    { x: x + apart, y, id: 2 },
  ];
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: fingers(30) });
  for (const apart of [50, 80, 110]) {
    await session.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: fingers(apart) });
  }
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await session.detach();
}
