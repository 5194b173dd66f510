/* The page around the instruments: the palette, panels, the projector, and the machines kept in this browser. */
import { expect, test } from './app.ts';
import type { App, ViewName } from './app.ts';

const MACHINE = /^Machine:/;

async function openPalette(app: App): Promise<void> {
  await app.page.keyboard.press('Control+k');
  await expect(app.page.getByRole('combobox', { name: 'What to do or find' })).toBeFocused();
}

/** Opens the gallery with its key. */
async function openGallery(app: App): Promise<void> {
  await app.page.keyboard.press('g');
  await expect(app.dialog('Machines')).toBeVisible();
}

function own(app: App): ReturnType<App['page']['getByRole']> {
  return app.dialog('Machines').getByRole('region', { name: 'Your own' }).getByRole('listitem');
}

/** The first edit, which makes a preset one's own; waits until it is saved. */
async function editMachine(app: App, size: string): Promise<void> {
  await app.resize(size);
  await expect
    .poll(() =>
      app.page.evaluate(() =>
        Object.entries(localStorage)
          .filter(([key]) => key.startsWith('peerlane.machine.'))
          .map(([, text]) => text)
          .join(' '),
      ),
    )
    .toContain(`"bytes":${Number.parseInt(size, 10) * 1024}`);
}

test('the palette finds views, devices and machines by a few letters', async ({ app }) => {
  await app.open({ keep: '1' });
  await openPalette(app);
  await app.expectAccessibleInBothThemes();
  const { keyboard } = app.page;
  const options = app.page.getByRole('listbox', { name: 'Found' }).getByRole('option');

  await keyboard.type('vw mem');
  await expect(options.first()).toContainText('View: Memory');
  await expect(options.first()).toHaveAttribute('aria-selected', 'true');
  await keyboard.press('Enter');
  await expect(app.page.getByRole('dialog')).toBeHidden();
  await expect(app.page.getByRole('region', { name: 'Memory', exact: true })).toBeVisible();
  await app.idle();

  await openPalette(app);
  await expect(options.first(), 'what was used last comes first').toContainText('View: Memory');
  await keyboard.type('view why');
  await keyboard.press('Enter');
  await openPalette(app);
  await keyboard.type('go nvme0');
  await keyboard.press('Enter');
  await expect(app.page.getByRole('tree').first().getByRole('treeitem', { name: /nvme0/ })).toHaveAttribute(
    'aria-selected',
    'true',
  );

  await openPalette(app);
  await keyboard.type('x4 slot');
  await keyboard.press('Control+a');
  await keyboard.type('zzqq');
  await expect(app.page.getByText('Nothing here is called “zzqq”.')).toBeVisible();
  await keyboard.press('Enter');
  await expect(app.page.getByRole('dialog')).toBeVisible();
  await keyboard.press('Control+a');
  await keyboard.type('two sockets');
  await keyboard.press('Enter');
  await expect(app.page.getByRole('button', { name: MACHINE })).toContainText(/socket/i);
  await app.idle();
});

test('the sheet of keys lists every group', async ({ app }) => {
  await app.open();
  await app.page.keyboard.press('?');
  const sheet = app.dialog('Keys');
  for (const group of ['Run', 'Views', 'Document', 'Page', 'In the scene', 'At the edge of a panel', 'In Edit']) {
    await expect(sheet.getByRole('heading', { name: group, exact: true })).toBeVisible();
  }
  await expect(sheet).toContainText('Do or find anything');
  await expect(sheet).toContainText('Duplicate');
  await app.expectAccessibleInBothThemes();
});

const side = (app: App) => app.page.getByRole('separator', { name: /^Edge of the panel “/ });
const dock = (app: App) => app.page.getByRole('separator', { name: /below|matrix|ports/ });
/** The width of a view's panel in pixels; 0 while it is not there. */
const panelWidth = async (app: App): Promise<number> =>
  (await app.page.getByRole('complementary').first().boundingBox())?.width ?? 0;
const dockHeight = async (app: App): Promise<number> => Number(await dock(app).getAttribute('aria-valuenow'));

/** What a figure is once it is there. */
async function once(read: () => Promise<number>): Promise<number> {
  await expect.poll(read).toBeGreaterThan(0);
  return read();
}

test('panels change their size by arrows and by pointer, each view’s its own, fold, and are as they were', async ({
  app,
}) => {
  const { page } = app;
  await app.open({ view: 'watch', keep: '1' });
  const sizes = new Map<ViewName, { readonly width: number; readonly height: number }>();
  for (const view of ['Watch', 'Why', 'Machine', 'Faults', 'Flows'] as const) {
    await test.step(view, async () => {
      await app.view(view);
      const width = await once(() => panelWidth(app));
      const height = await once(() => dockHeight(app));
      await side(app).press('ArrowLeft');
      await expect.poll(() => panelWidth(app)).toBe(width + 16);
      await expect(side(app)).toHaveAttribute('aria-valuenow', String(width + 16));
      const edge = await side(app).boundingBox();
      if (edge === null) throw new Error('the edge is not drawn');
      await page.mouse.move(edge.x + 4, edge.y + 300);
      await page.mouse.down();
      await page.mouse.move(edge.x - 76, edge.y + 300, { steps: 4 });
      await page.mouse.up();
      await expect.poll(() => panelWidth(app)).toBe(width + 96);
      await dock(app).press('ArrowUp');
      await expect.poll(() => dockHeight(app)).toBe(height + 16);
      sizes.set(view, { width, height });
    });
  }
  await app.expectAccessibleInBothThemes();

  await page.reload();
  await app.idle();
  for (const [view, { width, height }] of sizes) {
    await test.step(`${view}, after a reload`, async () => {
      await app.view(view);
      await expect.poll(() => panelWidth(app), 'remembered').toBe(width + 96);
      await expect.poll(() => dockHeight(app)).toBe(height + 16);
      await dock(app).press('Enter');
      await expect.poll(() => dockHeight(app)).toBe(32);
      await page.getByRole('button', { name: /^Open the (panel below|matrix|table)/ }).click();
      await expect.poll(() => dockHeight(app)).toBe(height + 16);
      await side(app).dblclick({ position: { x: 4, y: 300 } });
      await expect.poll(() => panelWidth(app)).toBe(width);
    });
  }
  await dock(app).press('Enter');
  await expect.poll(() => dockHeight(app)).toBe(32);
  await app.expectAccessible();
});

test('the figures of a race fold away and come back', async ({ app }) => {
  await app.open({ keep: '1' });
  const edge = app.page.getByRole('separator', { name: 'Edge of the figures' });
  await edge.press('Enter');
  await expect(app.page.getByRole('table', { name: 'Both ways compared' })).toBeHidden();
  await app.expectAccessible();
  await app.button('Open the figures').click();
  await expect(app.page.getByRole('table', { name: 'Both ways compared' })).toBeVisible();
});

test('sizes that make no sense are not used', async ({ app }) => {
  await app.open({ view: 'memory', keep: '1' });
  const before = await once(() => panelWidth(app));
  await side(app).press('ArrowRight');
  await expect.poll(() => panelWidth(app)).toBe(before - 16);
  await app.page.evaluate(() =>
    localStorage.setItem('peerlane.panels', '{"version":1,"views":{"memory":{"side":{"size":-5}}}}'),
  );
  await app.page.reload();
  await app.idle();
  await expect.poll(() => panelWidth(app)).toBe(before);
});

test('the projector: four numbers, one sentence, and Escape leaves', async ({ app }) => {
  await app.page.setViewportSize({ width: 1920, height: 1080 });
  await app.open({ view: 'watch' });
  await app.resize('256 KiB');
  await app.page.keyboard.press('p');
  const figures = app.page.getByRole('complementary', { name: 'Figures' });
  await expect(figures.getByRole('term')).toHaveCount(4);
  await expect(figures).toContainText('The bytes turn round inside the switch.');
  await expect(app.page.getByRole('navigation', { name: 'Views' })).toBeHidden();
  await app.page.keyboard.press('End');
  await app.idle();
  await expect(figures).toContainText(/256\sKiB in /);
  await app.expectAccessibleInBothThemes();
  await app.page.keyboard.press('Escape');
  await expect(app.page.getByRole('navigation', { name: 'Views' })).toBeVisible();
});

test('a preset becomes a machine of one’s own with its first change, and is there after a reload', async ({ app }) => {
  await app.open({ keep: '1', preset: 'two-sockets' });
  await openGallery(app);
  await expect(own(app)).toHaveCount(0);
  await app.expectAccessibleInBothThemes();
  await app.page.keyboard.press('Escape');
  await editMachine(app, '128 KiB');
  await app.open({ keep: '1', view: 'watch' });
  await expect(app.page.getByRole('button', { name: /change the transfer/ })).toBeVisible();
  await expect(app.page.getByRole('complementary').first()).toContainText(/128\sKiB/);
  await openGallery(app);
  await expect(own(app)).toHaveCount(1);
  await expect(own(app)).toContainText('Open now.');
});

test('own machines are renamed, duplicated, deleted, brought back and opened', async ({ app }) => {
  await app.open({ keep: '1' });
  await editMachine(app, '128 KiB');
  await openGallery(app);
  const gallery = app.dialog('Machines');
  await gallery.getByRole('button', { name: /^Rename / }).click();
  await gallery.getByRole('textbox', { name: 'Name of the machine' }).fill('Bench A');
  await app.page.keyboard.press('Enter');
  await expect(own(app).first()).toContainText('Bench A');
  await gallery.getByRole('button', { name: 'Duplicate Bench A' }).click();
  await expect(own(app)).toHaveCount(2);
  await app.expectAccessibleInBothThemes();
  await gallery.getByRole('button', { name: 'Delete Bench A, copy' }).click();
  await expect(own(app)).toHaveCount(1);
  await gallery.getByRole('button', { name: 'Bring it back' }).click();
  await expect(own(app)).toHaveCount(2);
  const download = app.page.waitForEvent('download');
  await gallery.getByRole('button', { name: 'Save as a file: Bench A', exact: true }).click();
  expect((await download).suggestedFilename()).toBe('bench-a.peerlane.json');
  await gallery.getByRole('button', { name: /^Bench A, copy/ }).click();
  await expect(gallery).toBeHidden();
  await expect(app.page.getByRole('button', { name: MACHINE })).toContainText('Bench A, copy');
  await openPalette(app);
  await app.page.keyboard.type('bench a own');
  await app.page.getByRole('option', { name: /^Open “Bench A” Your own/ }).click();
  await expect(app.page.getByRole('button', { name: MACHINE })).not.toContainText('copy');
  await app.idle();
});

test('a second tab on the same machine is told, continues as a copy, or takes it over', async ({ app, context }) => {
  await app.open({ keep: '1', view: 'watch' });
  await editMachine(app, '128 KiB');
  const second = await context.newPage();
  await second.goto('/?testing=1&keep=1&view=watch');
  const told = second.getByRole('paragraph').filter({ hasText: 'Another tab has this machine open and saves it.' });
  await expect(told).toBeVisible();
  await second.getByRole('button', { name: 'Take over' }).click();
  await expect(told).toBeHidden();
  const lost = app.page.getByRole('paragraph').filter({ hasText: 'Another tab has taken this machine over.' });
  await expect(lost).toBeVisible();
  await app.page.getByRole('button', { name: 'Continue as a copy' }).click();
  await expect(lost).toBeHidden();
  await openGallery(app);
  await expect(own(app)).toHaveCount(2);
  await second.close();
});

test('nothing is kept with testing=1 alone, and a full storage is said', async ({ app }) => {
  await app.open();
  await app.resize('128 KiB');
  expect(await app.page.evaluate(() => localStorage.length)).toBe(0);
  await app.open({ keep: '1' });
  await app.page.evaluate(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  });
  await app.resize('256 KiB');
  await app.button('Not saved').click();
  await expect(app.page.getByRole('paragraph').filter({ hasText: 'This browser’s storage is full' })).toBeVisible();
});

test('on paper: the machine, a sentence, figures and functions, and nothing of the page', async ({ app }) => {
  await app.open();
  await app.resize('256 KiB');
  await app.runToEnd();
  await app.page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  await app.page.emulateMedia({ media: 'print' });
  const sheet = app.page.getByRole('article');
  await expect(sheet).toBeVisible();
  await expect(sheet.locator('figure svg')).toHaveCount(4);
  await expect(sheet.getByRole('row', { name: /^Throughput .*GB\/s/ })).toBeVisible();
  await expect(sheet.getByRole('row', { name: /^nvme0 07:00\.0/ })).toBeVisible();
  await expect(sheet).toContainText('The bytes turn round inside the switch.');
  await expect(app.page.getByRole('navigation', { name: 'Views' })).toBeHidden();
  await app.expectAccessible();
  await app.page.emulateMedia({ media: 'screen' });
  await app.page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
  await expect(sheet).toHaveCount(0);
  await expect(app.page.getByRole('navigation', { name: 'Views' })).toBeVisible();
  expect(await app.page.evaluate(() => document.documentElement.dataset['theme'])).toBeUndefined();
});
