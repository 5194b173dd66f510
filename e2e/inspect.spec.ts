/* Packets found, taken apart and followed; a byte traced to its TLP; a register bit that changes the route. */
import { expect, plain, test } from './app.ts';
import type { App } from './app.ts';

/** A run of 4 KiB, all of it on record. */
async function finishedRun(app: App): Promise<void> {
  await app.open({ view: 'race' });
  await app.resize('4 KiB');
  await app.view('Inspect');
  await app.runToEnd();
}

const packets = (app: App) => app.page.getByRole('region', { name: 'Packets' });
const detail = (app: App) => app.page.getByRole('region', { name: 'TLP in detail' });
const filter = (app: App) => app.page.getByRole('combobox', { name: 'Filter' });
const current = (app: App) => packets(app).getByRole('row').and(app.page.locator('[aria-current]'));

async function filterBy(app: App, text: string): Promise<void> {
  await filter(app).fill(text);
  await filter(app).press('Escape');
  await filter(app).press('Enter');
}

test('a filter is completed with the keyboard, lists what passes, and says where it is wrong', async ({ app }) => {
  await finishedRun(app);
  const field = filter(app);
  await field.focus();
  await field.pressSequentially('ty');
  await field.press('ArrowDown');
  await field.press('Enter');
  await field.pressSequentially('= MW');
  await expect(app.page.getByRole('option', { name: 'MWr' })).toBeVisible();
  await field.press('ArrowDown');
  await field.press('Tab');
  await field.pressSequentially('and length >= 256');
  await expect(field).toHaveValue('type = MWr and length >= 256');
  await field.press('Escape');
  await expect(app.page.getByText('16 shown')).toBeVisible();
  for (const text of await packets(app).getByRole('row').filter({ hasText: 'nic0' }).allInnerTexts()) {
    expect(plain(text)).toMatch(/MWr nic0 to 02:01\.0 04:00\.0 – 0x40_\w{4}_\w{4} 256 B posted/);
  }
  await filterBy(app, 'type = MWrr');
  await expect(app.page.getByText(/Character 8: “MWrr” is not a type/)).toBeVisible();
  await filterBy(app, 'link nic9');
  await expect(app.page.getByText(/This machine has no link “nic9”/)).toBeVisible();
});

test('a TLP shows its bits; a read is followed to its completion and back', async ({ app }) => {
  await finishedRun(app);
  await filterBy(app, 'type MRd');
  const list = packets(app);
  await list.focus();
  await list.press('Home');
  await expect(current(app)).toContainText('MRd');
  await expect(current(app)).toContainText('SC');
  const panel = detail(app);
  await expect(panel.getByRole('heading', { name: /Memory read, (32|64)-bit address/ })).toBeVisible();
  const fmt = panel.getByRole('button', { name: /^Fmt, DW0/ });
  await panel.getByRole('button', { name: /^Length, DW0/ }).focus();
  await app.page.keyboard.press('Home');
  await expect(fmt).toBeFocused();
  await expect(panel.getByText('How many dwords the header has', { exact: false })).toBeVisible();
  // A byte points at its fields.
  await panel.getByRole('button', { name: /^Byte 6: / }).hover();
  await expect(panel.getByRole('button', { name: /^Tag, DW1/ })).toHaveAttribute('aria-pressed', 'true');
  const number = await current(app).getByRole('cell').first().innerText();
  await list.focus();
  await list.press('Enter');
  await expect(panel.getByRole('heading', { name: 'Completion with data' })).toBeVisible();
  await expect(panel.getByRole('button', { name: /^Byte Count, DW1/ })).toBeVisible();
  await panel.getByRole('button', { name: /^Request MRd/ }).click();
  await expect(panel.getByRole('heading', { name: /Memory read/ })).toBeVisible();
  await expect(current(app).getByRole('cell').first()).toHaveText(number);
  await app.expectAccessibleInBothThemes();
});

test('transactions join requests with answers, transfers sum up runs of payload', async ({ app }) => {
  await finishedRun(app);
  await app.choose('What a row is', 'Transactions');
  const transactions = app.page.getByRole('region', { name: 'Transactions' });
  await filterBy(app, 'type MRd');
  await expect(transactions.getByRole('row').nth(1)).toContainText(/SC/);
  await expect(transactions.getByRole('row').nth(1)).toContainText(/1, \d+ B/);
  await filterBy(app, 'status pending');
  await expect(app.page.getByText('Nothing on record passes this filter.')).toBeVisible();
  await filterBy(app, '');
  await app.choose('What a row is', 'Transfers');
  const transfers = app.page.getByRole('region', { name: 'Transfers' });
  await expect(transfers.getByRole('row').filter({ hasText: 'P2P' })).toContainText('4.00 KiB');
  await transfers.focus();
  await transfers.press('Home');
  await transfers.press('Enter');
  await expect(filter(app)).toHaveValue(/^type MWr and requester 04:00\.0 and address/);
  await expect(app.page.getByText('16 shown')).toBeVisible();
});

test('rows are copied and exported as they are', async ({ app }) => {
  await finishedRun(app);
  await filterBy(app, 'type MWr and flow p2p');
  const list = packets(app);
  await list.focus();
  await list.press('Home');
  await list.press('Shift+ArrowDown');
  await list.press('Shift+ArrowDown');
  await app.button('Export rows').click();
  await expect(app.page.getByText('3 selected rows')).toBeVisible();
  const download = app.page.waitForEvent('download');
  await app.page.getByRole('button', { name: /^CSV/ }).click();
  const stream = await (await download).createReadStream();
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  const lines = text.trim().split('\r\n');
  expect(lines[0]).toBe('serial,start_ps,end_ps,type,link,requester,tag,address,lengthBytes,status,flow');
  expect(lines).toHaveLength(4);
  expect(lines[1]).toMatch(/^\d+,\d+,\d+,MWr,nic0 to 02:01\.0,04:00\.0,0,0x40\w+,256,posted,P2P$/);
  await app.button('Columns').click();
  await app.page.getByRole('checkbox', { name: 'Latency' }).check();
  await app.page.keyboard.press('Escape');
  await expect(list.getByRole('columnheader', { name: 'Latency' })).toBeVisible();
});

test('a byte in the hex view leads to the TLP that wrote it, and back', async ({ app }) => {
  await finishedRun(app);
  await app.view('Memory');
  const grid = app.page.getByRole('region', { name: /^Bytes of / });
  await grid.focus();
  await grid.press('Enter');
  for (let step = 0; step < 5; step += 1) await grid.press('ArrowRight');
  const address = plain(await app.page.locator('.byte-bar code').innerText());
  await app.expectAccessibleInBothThemes();
  await app.button('Find the TLP that wrote this').click();
  const panel = detail(app);
  await expect(panel.getByRole('heading', { name: 'Memory write, 64-bit address' })).toBeVisible();
  await expect(current(app)).toContainText(address.replace(/\w$/, '0'));
  // The header, a link, the switch, a link.
  await expect(panel.getByRole('region', { name: 'Times along its way' }).getByRole('row')).toHaveCount(4);
  await panel.getByRole('button', { name: 'Show in memory' }).click();
  await expect(grid).toBeVisible();
  // Bytes nobody wrote are said to be that.
  await grid.focus();
  await app.page.getByLabel('Go to offset or bus address').fill('100000');
  await app.button('Go').click();
  await grid.getByRole('row').nth(2).getByRole('cell').nth(3).click();
  await app.button('Find the TLP that wrote this').click();
  await expect(app.page.getByText(/No write on record covers this byte/).first()).toBeVisible();
});

test('an ACS bit set in the register view changes the route', async ({ app }) => {
  await app.open({ view: 'inspect' });
  const config = app.page.getByRole('region', { name: 'Configuration space', exact: true });
  const why = app.page.getByRole('complementary', { name: 'Why' });
  const port = await config.getByLabel('Function').locator('option', { hasText: '02:01.0' }).getAttribute('value');
  await config.getByLabel('Function').selectOption(port);
  await config.getByRole('button', { name: /Access Control Services/ }).click();
  await config.getByRole('button', { name: 'ACS Control' }).click();
  const bit = config.getByRole('button', { name: /^P2P Request Redirect, bits 2 to 2, 0, RW/ });
  await bit.focus();
  await config.getByRole('button', { name: 'Set', exact: true }).click();
  await expect(config.getByRole('button', { name: /^P2P Request Redirect, bits 2 to 2, 1, RW/ })).toBeVisible();
  await expect(config.getByRole('row', { name: /ACS Control/ })).toContainText('changed');
  await expect(config.getByText(/written to ACS Control/)).toBeVisible();
  await app.expectAccessibleInBothThemes();
  await config.getByRole('tab', { name: 'lspci -vv' }).click();
  await expect(config.getByRole('region', { name: 'lspci -vv text' })).toContainText(/ACSCtl:.*ReqRedir\+/);
  await config.getByRole('button', { name: 'See the route in Why' }).click();
  await expect(why.getByRole('heading', { level: 2 })).not.toHaveText(/^Bus address/i);
  await expect(why.getByRole('heading', { name: /ACS Control of 02:01\.0/ })).toBeVisible();
});

test('pasted dwords are taken apart, and what is wrong with them is said', async ({ app }) => {
  await app.open({ view: 'inspect' });
  await app.button('Paste a TLP').click();
  const field = app.page.getByLabel('Header dwords, then data, in hexadecimal');
  await field.fill('60000001 0400000f 00000040 02b3e600 6a3e2b00');
  const panel = detail(app);
  await expect(panel.getByRole('heading', { name: 'Memory write, 64-bit address' })).toBeVisible();
  await expect(panel.getByText('from 04:00.0, 4 B at 0x40_02B3_E600')).toBeVisible();
  await expect(panel.getByRole('region', { name: 'Bytes of the payload' })).toContainText('6a 3e 2b 00');
  await app.expectAccessibleInBothThemes();
  await field.fill('60000001 0400000f 00000040');
  await expect(panel.getByText('The header of this MWr has 4 dwords, 3 are here.')).toBeVisible();
  await field.fill('hello');
  await expect(panel.getByText('“hello” is not hexadecimal.')).toBeVisible();
  await app.expectAccessible();
});
