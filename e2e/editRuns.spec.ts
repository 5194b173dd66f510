/*
 * Editing while machines run: a card is pulled and put back without a restart; an edit restarts and says so; of a
 * large machine only what is in view is drawn.
 */
import { serializeDocument } from '../src/topology/serializeDocument.ts';
import type { Locator, Page } from '@playwright/test';
import { fiveHundredEndpoints } from '../tests/bench/machines.ts';
import { expect, test } from './app.ts';

test('a card is removed during traffic, and plugged in again, in the same runs', async ({ app, page }) => {
  await app.open({ view: 'edit' });
  const tree = page.getByRole('tree', { name: 'The machine being built' });
  // A slot that cards can be pulled out of.
  await tree.getByRole('treeitem', { name: /^Downstream port 02:00\.0/ }).click();
  await page.getByText('Limits and wire').click();
  await page.getByRole('checkbox', { name: 'Hot-plug slot' }).check();
  await app.idle();
  await app.slowly();
  await app.button('Play').click();
  await expect(page.getByText(/Two runs stand at/)).toBeVisible();
  await page.getByRole('button', { name: 'Remove now (surprise)' }).click();
  await expect(page.getByText(/removed in both runs; they go on/).first()).toBeVisible();
  // The same machines: had they been built anew, nothing would be out of them.
  await expect(app.button('Plug in now')).toBeEnabled();
  await page.getByRole('button', { name: 'Plug in now' }).click();
  await expect(page.getByText(/plugged in in both runs; they go on/).first()).toBeVisible();
  await app.expectAccessibleInBothThemes();
});

/** How many elements the drawing has, without the tree of names above it. */
async function drawnElements(page: Page): Promise<number> {
  return page.evaluate(() => document.querySelectorAll('.pl-scene > svg:first-child *').length);
}

function words(page: Page, text: string): Locator {
  return page.locator('.pl-scene text').filter({ hasText: new RegExp(`^${text}$`) });
}

test('of a machine of 512 endpoints only what is in view is drawn; switches fold where they are', async ({
  app,
  page,
}) => {
  const text = serializeDocument(fiveHundredEndpoints());
  await page.addInitScript((document) => localStorage.setItem('peerlane.document', document), text);
  await app.open({ view: 'edit', keep: '1' });
  const tree = page.getByRole('tree', { name: 'The machine being built' });
  // All of it is there for keyboard and screen reader, and from afar it is a handful of shapes.
  await expect(tree.getByRole('treeitem', { name: /^mem-/ })).toHaveCount(512);
  await expect.poll(() => drawnElements(page)).toBeLessThan(400);
  await expect(words(page, 'Switch s0-0')).toHaveCount(0);
  // Nearer, step by step, around the first switch.
  await page.keyboard.press('/');
  await page.keyboard.type('Switch s0-0');
  await page.keyboard.press('Enter');
  const near = tree.getByRole('treeitem', { name: /^Switch, Switch s0-0,/ });
  await expect(near).toBeFocused();
  await expect(words(page, 'Switch s0-0')).toHaveCount(1);
  await expect(words(page, 'Switch s3-7')).toHaveCount(0);
  await expect.poll(() => drawnElements(page)).toBeLessThan(3000);
  // The map leads to the other end of the machine.
  const map = page.locator('.pl-minimap');
  const box = await map.boundingBox();
  if (box === null) throw new Error('no map');
  await map.click({ position: { x: box.width - 14, y: box.height - 14 } });
  await expect(words(page, 'Switch s3-7')).toHaveCount(1);
  await expect(words(page, 'Switch s0-0')).toHaveCount(0);
  await expect.poll(() => drawnElements(page)).toBeLessThan(3000);
  // Folded, a switch says what it stands for, and comes back where it was.
  const open = tree.getByRole('treeitem', { name: /^Switch, Switch s3-7,/ });
  const folded = tree.getByRole('treeitem', { name: /^Switch s3-7, .*collapsed, 16 × memory, 16 × port/ });
  const middle = async (item: Locator): Promise<number> => {
    const rect = await item.boundingBox();
    return rect === null ? Number.NaN : rect.x + rect.width / 2;
  };
  const before = await middle(open);
  await open.focus();
  await page.keyboard.press('c');
  await expect(folded).toHaveAttribute('aria-expanded', 'false');
  await expect.poll(async () => Math.abs((await middle(folded)) - before)).toBeLessThan(2);
  await page.keyboard.press('c');
  await expect.poll(async () => Math.abs((await middle(open)) - before)).toBeLessThan(2);
});
