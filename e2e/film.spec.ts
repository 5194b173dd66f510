/* Enumeration as a film: numbers and windows being written, step by step. */
import { expect, expectSays, test } from './app.ts';
import type { App } from './app.ts';

function config(app: App) {
  return app.page.getByRole('region', { name: 'Configuration space' });
}

async function openFilm(app: App): Promise<void> {
  await app.open({ view: 'inspect' });
  await config(app).getByRole('tab', { name: 'Enumeration' }).click();
  await expect(place(app)).toBeVisible();
}

function place(app: App) {
  return app.page.getByRole('slider', { name: 'Place in the film' });
}

function machine(app: App) {
  return app.page.getByRole('region', { name: 'The machine as software knows it' });
}

function row(app: App, name: string) {
  return machine(app)
    .getByRole('row')
    .filter({ has: app.page.getByRole('rowheader', { name: new RegExp(`^${name}`) }) });
}

test('devices light up, bus numbers and windows are written, and the end is the machine that runs', async ({ app }) => {
  await openFilm(app);
  const present = app.page.getByRole('region', { name: 'The present step' });
  await expect(present).toContainText('Before the first request');
  await expect(row(app, 'iopmem0')).toContainText('not found yet');
  await app.button('On in the film').click();
  await expect(present.getByRole('heading', { level: 3 })).toHaveText('Found');
  await expect(row(app, 'Host bridge')).toContainText('00:00.0');
  await app.button('Back in the film').click();
  await expect(present).toContainText('Before the first request');
  // The list of steps, with the keyboard: the first step that gives a bus number.
  const steps = app.page.getByRole('region', { name: 'Steps of enumeration' });
  await steps.getByLabel('Steps of').selectOption({ label: 'Root port rp0' });
  await steps.getByLabel('With writes').check();
  await steps.getByRole('row', { name: /Bus 01 below/ }).click();
  await expect(present).toContainText('Primary 00, secondary 01, subordinate ff for now.');
  await expect(row(app, 'Root port rp0')).toContainText('00 › 01–ff');
  await expect(present.getByRole('region', { name: 'Secondary Bus Number, changed' })).toBeVisible();
  await app.expectAccessibleInBothThemes();
  await steps.getByRole('region', { name: /steps$/ }).press('ArrowDown');
  await expect(present.getByRole('heading', { level: 3 })).toHaveText('Buses end at 06');
  await expect(row(app, 'Root port rp0')).toContainText('00 › 01–06');
  await app.button('End of the film').click();
  await expect(row(app, 'iopmem0')).toContainText('BAR4 40_0000_0000 256 MiB');
  await expect(row(app, 'iopmem0')).toContainText('mem bm');
  await expect(app.page.getByRole('img', { name: /above 4 GiB, from 0x40_0000_0000/ })).toBeVisible();
  await expectSays(config(app), '13 functions found of 13');
});

test('the film plays by itself to its end, and can be moved by single requests', async ({ app }) => {
  await openFilm(app);
  await app.page.getByLabel('Speed of the film').selectOption({ label: '256 steps per s' });
  await app.button('Play the film').click();
  await expect(app.button('End of the film')).toBeDisabled();
  await expect(app.button('Play the film')).toBeVisible();
  await expect(app.page.getByText('The film has ended.')).toBeAttached();
  await app.choose('Move by', 'Request');
  const last = await place(app).getAttribute('aria-valuetext');
  await app.button('Start of the film').click();
  await expect(place(app)).not.toHaveAttribute('aria-valuetext', last ?? '');
  await app.button('On in the film').click();
  await expect(app.page.getByText('1 request of', { exact: false })).toBeVisible();
});

test('marked bits are those since the last step of the clock', async ({ app }) => {
  await app.open({ view: 'inspect' });
  const space = config(app);
  await space.getByLabel('Function').selectOption({ label: 'nic0 04:00.0' });
  await space.getByRole('button', { name: '80 PCI Express' }).click();
  await space.getByRole('button', { name: 'Device Control', exact: true }).click();
  const control = space.getByRole('row', { name: /Device Control(?! 2)/ });
  await space.getByRole('textbox', { name: 'Value to write to Device Control' }).fill('0x5930');
  await space.getByRole('textbox', { name: 'Value to write to Device Control' }).press('Enter');
  await expect(control).toContainText('changed');
  await app.button('Step').click();
  await app.idle();
  await expect(control).not.toContainText('changed');
});
