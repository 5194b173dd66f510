/*
 * Building a machine: from an empty page by pointer, and again with keys alone; breaking and mending a link; every step
 * back and forth again.
 */
import type { Locator, Page } from '@playwright/test';
import { expect, test, type App } from './app.ts';

/** The drawn machine. */
function scene(page: Page): Locator {
  return page.getByRole('tree', { name: 'The machine being built' });
}

/** A thing of the drawing, by the start of its name. */
function item(page: Page, name: RegExp): Locator {
  return scene(page).getByRole('treeitem', { name });
}

function part(page: Page, name: string): Locator {
  return page
    .getByRole('region', { name: 'Palette' })
    .getByRole('button', { name: new RegExp(`^${name}`) })
    .first();
}

/** The machine as it is saved. */
async function savedDocument(page: Page): Promise<string> {
  return await page.evaluate(() => Reflect.get(window, '__sim').document());
}

async function centreOf(place: Locator): Promise<{ readonly x: number; readonly y: number }> {
  // It also waits until the thing stands still.
  await place.scrollIntoViewIfNeeded();
  const box = await place.boundingBox();
  if (box === null) throw new Error('it is not drawn');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Drags a part of the palette onto a thing of the drawing. */
async function drag(page: Page, from: Locator, to: Locator): Promise<void> {
  const start = await centreOf(from);
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(start.x + 20, start.y + 8, { steps: 2 });
  const end = await centreOf(to);
  await page.mouse.move(end.x, end.y, { steps: 6 });
  await page.mouse.up();
}

async function fromNothing(app: App): Promise<void> {
  await app.open({ view: 'edit' });
  await app.button('New machine').click();
  await app.idle();
}

/** What the default machine has: a switch with two memory devices and a NIC, a drive beside it. */
async function expectDefaultShape(page: Page): Promise<void> {
  await expect(item(page, /^Root port/)).toHaveCount(2);
  await expect(item(page, /^Switch/)).toHaveCount(1);
  await expect(item(page, /^Downstream port/)).toHaveCount(4);
  await expect(item(page, /^iopmem\d/)).toHaveCount(2);
  await expect(item(page, /^nic\d/)).toHaveCount(1);
  await expect(item(page, /^nvme\d/)).toHaveCount(1);
}

test('the default machine is built from an empty page with the pointer', async ({ app, page }) => {
  await fromNothing(app);
  await page.getByRole('region', { name: 'Machine' }).getByRole('button', { name: 'Add a root port' }).click();
  await app.idle();
  await drag(page, part(page, 'Root port'), item(page, /Root complex|^pcie0|^CPU/).first());
  await app.idle();
  await expect(item(page, /^Root port/)).toHaveCount(2);
  await drag(page, part(page, 'Switch'), item(page, /^Root port 00:01/));
  await app.idle();
  for (const [name, port] of [
    ['iopmem', /^Downstream port \S+:00\.0/],
    ['NIC', /^Downstream port \S+:01\.0/],
    ['iopmem', /^Downstream port \S+:02\.0/],
    ['NVMe', /^Root port 00:02/],
  ] as const) {
    await drag(page, part(page, name), item(page, port));
    await app.idle();
  }
  await expectDefaultShape(page);
  await app.expectAccessibleInBothThemes();
});

test('the default machine is built from an empty page with keys alone', async ({ app, page }) => {
  await app.open({ view: 'edit' });
  const newMachine = app.button('New machine');
  await newMachine.focus();
  await page.keyboard.press('Enter');
  await app.idle();
  /** `A`, what was typed, Enter: adds where the keyboard is. */
  const add = async (words: string): Promise<void> => {
    await page.keyboard.press('a');
    await expect(page.getByRole('searchbox', { name: 'Add a device' })).toBeFocused();
    await page.keyboard.type(words);
    await page.keyboard.press('Enter');
    await app.idle();
    // What was added has the keyboard.
    await expect(scene(page).locator(':focus')).toHaveCount(1);
  };
  const host = item(page, /^Root complex|^pcie0|^CPU|^Host/).first();
  await host.focus();
  await expect(host).toBeFocused();
  await add('root port');
  await expect(item(page, /^Root port/).first()).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await add('root port');
  await expect(item(page, /^Root port/)).toHaveCount(2);
  // The new one has the keyboard: a drive there, then the switch on its neighbour.
  await add('nvme');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowLeft');
  await add('switch');
  await expect(item(page, /^Switch/)).toBeFocused();
  await page.keyboard.press('ArrowDown');
  for (const [index, name] of ['iopmem', 'nic', 'iopmem'].entries()) {
    await add(name);
    await expect(item(page, new RegExp(`^${name}`)).last()).toBeVisible();
    await page.keyboard.press('ArrowUp');
    if (index < 2) await page.keyboard.press('ArrowRight');
  }
  await expectDefaultShape(page);
});

test('a card is lifted and put down with keys, and put back with Escape', async ({ app, page }) => {
  await app.open({ view: 'edit' });
  const card = item(page, /^nic0/);
  await card.focus();
  await page.keyboard.press('m');
  await page.keyboard.press('Escape');
  await expect(page.getByText('Put back.').first()).toBeVisible();
  await card.focus();
  await page.keyboard.press('m');
  await page.keyboard.press('Enter');
  await app.idle();
  await expect(item(page, /^Downstream port 02:01\.0, empty/)).toHaveCount(1);
  await expect(item(page, /^Downstream port 02:03\.0, Gen4 x8/)).toHaveCount(1);
});

test('a place that refuses a card says why; where one is plugged in the others keep their places', async ({
  app,
  page,
}) => {
  await app.open({ view: 'edit' });
  const before = await savedDocument(page);
  await drag(page, part(page, 'GPU'), item(page, /^Downstream port 02:01\.0/));
  await app.idle();
  await expect(page.getByText(/holds nic0/).first()).toBeVisible();
  expect(await savedDocument(page)).toBe(before);

  const others = [/^iopmem0/, /^nic0/, /^iopmem1/, /^nvme0/];
  const places = () => Promise.all(others.map((name) => item(page, name).boundingBox()));
  await item(page, /^nvme0/).scrollIntoViewIfNeeded();
  const at = await places();
  expect(at).not.toContain(null);
  await drag(page, part(page, 'GPU'), item(page, /^Downstream port 02:03\.0/));
  await app.idle();
  await expect(item(page, /^gpu0/)).toHaveCount(1);
  await expect.poll(places).toEqual(at);
});

test('a link that is switched off is mended by the button of its check', async ({ app, page }) => {
  await app.open({ view: 'edit' });
  await item(page, /^Downstream port 02:01\.0/).click();
  await page.getByText('Limits and wire').click();
  await page.getByRole('checkbox', { name: 'Link disabled' }).check();
  await app.idle();
  await expect(item(page, /^Downstream port 02:01\.0.*down/)).toHaveCount(1);
  const row = page
    .getByRole('list', { name: 'Checks of the machine' })
    .getByRole('listitem')
    .filter({ hasText: 'disabled' });
  await expect(row).toHaveCount(1);
  await app.expectAccessibleInBothThemes();
  await row.getByRole('button').last().click();
  await app.idle();
  await expect(item(page, /^Downstream port 02:01\.0, Gen4 x8$/)).toHaveCount(1);
});

/** Steps of the test below. */
const EDITS = 4;

test('everything is undone and redone to the same machine', async ({ app, page }) => {
  await app.open({ view: 'edit' });
  const first = await savedDocument(page);
  await drag(page, part(page, 'GPU'), item(page, /^Downstream port 02:03\.0/));
  await app.idle();
  await item(page, /^iopmem1/).click();
  await page.keyboard.press('F2');
  await page.getByRole('textbox', { name: 'Name' }).fill('scratch');
  await page.keyboard.press('Enter');
  await item(page, /^nvme0/).focus();
  await page.keyboard.press('Delete');
  await app.idle();
  await item(page, /^scratch/).focus();
  await page.keyboard.press('Control+d');
  await app.idle();
  const last = await savedDocument(page);
  const steps = page.getByRole('list', { name: 'Steps' }).getByRole('button');
  // How it was; a card, a name, one less, one twice.
  await expect(steps).toHaveCount(EDITS + 1);
  for (let step = 0; step < EDITS; step += 1) await page.keyboard.press('Control+z');
  await app.idle();
  expect(await savedDocument(page)).toBe(first);
  for (let step = 0; step < EDITS; step += 1) await page.keyboard.press('Control+Shift+z');
  await app.idle();
  expect(await savedDocument(page)).toBe(last);
  await steps.first().click();
  await app.idle();
  expect(await savedDocument(page)).toBe(first);
});

test('what is copied can be pasted; what is folded can be unfolded', async ({ app, page }) => {
  await app.open({ view: 'edit' });
  await item(page, /^iopmem0/).click();
  await page.keyboard.press('Control+c');
  await page.keyboard.press('Control+v');
  await app.idle();
  await expect(item(page, /^iopmem/)).toHaveCount(3);
  await item(page, /^Switch/).focus();
  await page.keyboard.press('c');
  await expect(item(page, /^Switch.*collapsed/)).toHaveAttribute('aria-expanded', 'false');
  await expect(item(page, /^iopmem/)).toHaveCount(0);
  await page.getByText('Expand (C)').locator('..').click();
  await expect(item(page, /^iopmem/)).toHaveCount(3);
  await item(page, /^Switch/).dblclick({ position: { x: 30, y: 60 } });
  await expect(item(page, /^Switch.*collapsed, 3 × memory/)).toHaveCount(1);
});

test('a thing is found by its name and by its number', async ({ app, page }) => {
  await app.open({ view: 'edit' });
  await page.keyboard.press('/');
  await page.keyboard.type('nvme');
  await page.keyboard.press('Enter');
  await expect(item(page, /^nvme0/)).toBeFocused();
  await expect(item(page, /^nvme0/)).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Control+f');
  await page.keyboard.type('02:01.0');
  await page.keyboard.press('Enter');
  await expect(item(page, /^Downstream port 02:01\.0/)).toBeFocused();
});

test('what is wholly inside a rectangle pulled open with Shift is selected', async ({ app, page }) => {
  await app.open({ view: 'edit' });
  const [first, second] = await Promise.all([/^iopmem0/, /^nic0/].map((name) => item(page, name).boundingBox()));
  if (!first || !second) throw new Error('no cards');
  await page.keyboard.down('Shift');
  await page.mouse.move(first.x - 6, first.y + first.height + 12);
  await page.mouse.down();
  await page.mouse.move(second.x + second.width / 2, first.y - 4, { steps: 4 });
  await page.mouse.move(second.x + second.width + 6, first.y - 10, { steps: 4 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await expect(item(page, /./).and(page.locator('[aria-selected=true]'))).toHaveCount(2);
  await expect(item(page, /^iopmem0/)).toHaveAttribute('aria-selected', 'true');
  await expect(item(page, /^nic0/)).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByRole('heading', { name: '2 things selected' })).toBeVisible();
});
