/* Paste or drop what a real server prints, look at it, open it, race it. */
import { sample } from '../tests/support/samples.ts';
import { sharedFile } from '../tests/support/shared.ts';
import { expect, expectSays, plain, test } from './app.ts';
import type { App } from './app.ts';

/** Every function's first line begins with its address. */
const FUNCTION_LINE = /^(?:[0-9a-f]{4,5}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7] /gm;

async function openDialog(app: App) {
  await app.button('Import').click();
  const dialog = app.dialog('Import your machine');
  await expect(dialog).toBeVisible();
  return dialog;
}

async function giveFiles(app: App, files: readonly { readonly name: string; readonly text: string }[]): Promise<void> {
  await app
    .dialog('Import your machine')
    .getByLabel('Files with lspci output')
    .setInputFiles(files.map(({ name, text }) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })));
}

/** Opens what was understood, and races a small transfer between the devices it proposes. */
async function openAndRace(app: App): Promise<void> {
  const open = app.dialog('Import your machine').getByRole('button', { name: 'Open machine' });
  await expect(open).toBeEnabled({ timeout: 30_000 });
  await open.click();
  await expect(app.dialog('Import your machine')).toBeHidden();
  await app.idle();
  await app.resize('256 KiB');
  await app.runToEnd();
  await expect(app.figure('Arrived', 'Bounce')).toHaveText(/^256\.00\sKiB$/);
  const refusal = app.page.getByRole('region', { name: 'P2P', exact: true }).getByText('Refused.');
  const whole = app.figure('Arrived', 'P2P').filter({ hasText: /^256\.00\sKiB$/ });
  await expect(refusal.or(whole)).toBeVisible();
  const refused = await refusal.isVisible();
  if (refused) await expect(app.figure('Arrived', 'P2P')).toHaveText(/^0\sB$/);
  const checks = app.page.getByRole('list', { name: 'Checks' });
  await expect(checks.getByRole('listitem').first()).toBeVisible();
  await expect(checks.getByText('broken')).toHaveCount(0);
  await expectSays(app.summary(), refused ? /refuse/i : /P2P/);
}

test("the project's own sample, pasted: what it is, what was assumed, then a race", async ({ app }) => {
  await app.open();
  const dialog = await openDialog(app);
  await dialog.getByLabel('Output of lspci').fill(sample('small-server.vvv.txt'));
  await expect(dialog.getByText('9 functions')).toBeVisible();
  await expect(dialog.getByText(/lspci -vvv/).first()).toBeVisible();
  const devices = dialog.getByRole('region', { name: 'Devices' });
  for (const bdf of ['03:00.0', '04:00.0', '05:00.0']) await expect(devices.getByText(bdf)).toBeVisible();
  const assumed = dialog.getByRole('region', { name: 'What was assumed' });
  await expect(assumed).toContainText(/memory/i);
  await expect(assumed).toContainText(/2\.5 GT\/s/);
  await expect(assumed).toContainText(/identifier.* removed/);
  await openAndRace(app);
});

test('both forms of one machine in two files are read as one', async ({ app }) => {
  await app.open();
  const dialog = await openDialog(app);
  await giveFiles(app, [
    { name: 'registers.txt', text: sample('small-server.xxxx.txt') },
    { name: 'text.txt', text: sample('small-server.vvv.txt') },
  ]);
  await expect(dialog.getByText('9 functions')).toBeVisible();
  await expect(dialog.getByRole('combobox', { name: 'Which file' }).locator('option')).toHaveCount(2);
  await openAndRace(app);
});

test('a file that is dropped on the dialog is read', async ({ app }) => {
  await app.open();
  const dialog = await openDialog(app);
  const data = await app.page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], 'dropped.txt', { type: 'text/plain' }));
    return transfer;
  }, sample('small-server.xxxx.txt'));
  await dialog.getByLabel('Output of lspci').dispatchEvent('drop', { dataTransfer: data });
  await expect(dialog.getByText('9 functions')).toBeVisible();
});

test('an imported machine can be undone', async ({ app }) => {
  await app.open();
  const heading = app.page.getByRole('heading', { name: /change the transfer/ });
  const before = await heading.innerText();
  const dialog = await openDialog(app);
  await dialog.getByLabel('Output of lspci').fill(sample('small-server.xxxx.txt'));
  await dialog.getByRole('button', { name: 'Open machine' }).click();
  await app.idle();
  await expect(heading).not.toHaveText(before);
  await app.page.getByRole('button', { name: /^Undo: / }).click();
  await app.idle();
  await expect(heading).toHaveText(before);
});

/** No DMA engine can make the second leg of its bounce: the CPU copies it, and the panel says so. */
const WITHOUT_DMA = 'fixtures/qemu/two-sockets-two-switches/lspci-xxxx.txt';

const DUMPS = [
  'fixtures/qemu/switch-3-endpoints/lspci-xxxx.txt',
  'fixtures/qemu/nested-switches-iommu/lspci-vvv.txt',
  WITHOUT_DMA,
  'fixtures/qemu/arm64-virt-switch-smmu/lspci-xxxx.txt',
  'fixtures/hardware/pciee/supermicro-4028gr-tvrt/lspci.vvv.txt',
  'fixtures/hardware/pciee/thinkstation-p920/lspci.full.txt',
] as const;

test('real dumps, one after the other: every function is found, and the machine races', async ({ app }) => {
  test.slow();
  const dumps = DUMPS.map((path) => ({ path, text: sharedFile(path) }));
  test.skip(
    dumps.some(({ text }) => text === undefined),
    'no reference folder beside this project',
  );
  await app.open();
  for (const { path, text = '' } of dumps) {
    await test.step(path.replace('fixtures/', ''), async () => {
      // `lspci -PP` prints a path of addresses; the last one is the function's own.
      const functions = path.includes('pciee') ? undefined : (text.match(FUNCTION_LINE)?.length ?? 0);
      const dialog = await openDialog(app);
      await giveFiles(app, [{ name: 'dump.txt', text }]);
      const summary = dialog.getByText(/\d+\s+functions?,/);
      await expect(summary).toBeVisible({ timeout: 30_000 });
      const found = Number(/^\d+/.exec(plain(await summary.innerText()).replaceAll(' ', ''))?.[0]);
      if (functions === undefined) expect(found).toBeGreaterThan(50);
      else expect(found).toBe(functions);
      await openAndRace(app);
      if (path === WITHOUT_DMA) {
        await expect(app.page.getByRole('region', { name: 'Bounce', exact: true })).toContainText('No device DMA here');
        await expect(app.page.getByRole('radio', { name: 'CPU copy' })).toBeChecked();
        await expect(app.figure('CPU time', 'Bounce')).toHaveText(/[µm]s$/);
      }
    });
  }
});
