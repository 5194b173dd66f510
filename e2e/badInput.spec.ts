/* Input that is no machine: a clear message, and nothing on the page changes. */
import { writeFileSync } from 'node:fs';
import { sample } from '../tests/support/samples.ts';
import { expect, test } from './app.ts';
import type { App } from './app.ts';

async function openDialog(app: App) {
  await app.button('Import').click();
  const dialog = app.dialog('Import your machine');
  await expect(dialog).toBeVisible();
  return dialog;
}

/** What of the page must stay as it is. */
async function fingerprint(app: App): Promise<string> {
  const transfer = await app.page
    .getByRole('heading', { name: /change the transfer/, includeHidden: true })
    .innerText();
  const machine = await app.page.getByRole('button', { name: /^Machine: /, includeHidden: true }).innerText();
  const undo = await app.page.getByRole('button', { name: 'Undo', exact: true, includeHidden: true }).isDisabled();
  return [transfer, machine, undo].join('\n');
}

/** The machine that was there is still there, and runs. */
async function expectUsable(app: App): Promise<void> {
  await app.resize('64 KiB');
  await app.runToEnd();
  await expect(app.figure('Arrived', 'P2P')).toHaveText(/^64\.00\sKiB$/);
}

const MIB = 2 ** 20;

const BAD: readonly { readonly title: string; readonly bytes: () => Buffer; readonly message: RegExp }[] = [
  {
    title: 'a binary file',
    bytes: () => Buffer.from(Uint8Array.from({ length: 4096 }, (_, index) => (index * 73) % 256)),
    message: /binary|not text|lspci/i,
  },
  { title: 'an empty file', bytes: () => Buffer.from(''), message: /nothing in it/ },
  { title: 'seventeen megabytes of text', bytes: () => Buffer.alloc(17 * MIB, '00:00.0 nothing\n'), message: /MiB/ },
  { title: 'seventy megabytes', bytes: () => Buffer.alloc(70 * MIB, 'x'), message: /MiB/ },
  {
    title: "another command's output",
    bytes: () =>
      Buffer.from(
        '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n    inet 127.0.0.1/8 scope host lo\n',
      ),
    message: /lspci/,
  },
  {
    title: 'lsusb',
    bytes: () => Buffer.from('Bus 002 Device 001: ID 1d6b:0003 Linux Foundation 3.0 root hub\n'),
    message: /lspci/,
  },
];

test('what is no machine is refused with a reason, and leaves the page as it was', async ({ app }, testInfo) => {
  await app.open();
  const before = await fingerprint(app);
  const dialog = await openDialog(app);
  const open = dialog.getByRole('button', { name: 'Open machine' });
  await test.step('nothing at all', async () => {
    await expect(open).toBeDisabled();
    await dialog.getByLabel('Output of lspci').fill('   \n\n  ');
    await expect(open).toBeDisabled();
    await app.page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await expect.poll(() => fingerprint(app)).toBe(before);
  });
  for (const { title, bytes, message } of BAD) {
    await test.step(title, async () => {
      const path = testInfo.outputPath('input.txt');
      writeFileSync(path, bytes());
      await openDialog(app);
      await dialog.getByLabel('Files with lspci output').setInputFiles(path);
      // The largest takes a while to read.
      await expect(dialog.getByRole('alert')).toContainText(message, { timeout: 30_000 });
      await expect(open).toBeDisabled();
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await expect(dialog).toBeHidden();
      await expect.poll(() => fingerprint(app)).toBe(before);
    });
  }
  await expectUsable(app);
});

test('a dump cut off in the middle is refused, or opened with what it has', async ({ app }) => {
  await app.open();
  const dialog = await openDialog(app);
  const whole = sample('small-server.xxxx.txt');
  await dialog.getByLabel('Output of lspci').fill(whole.slice(0, Math.floor(whole.length * 0.4)));
  await expect(
    dialog
      .getByRole('alert')
      .or(dialog.getByRole('region', { name: 'Devices' }))
      .first(),
  ).toBeVisible();
  await expect(dialog.getByText('Reading …')).toBeHidden();
});

test('markup in device names stays text', async ({ app }) => {
  const hostile = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script><b>bold</b>';
  const text = sample('small-server.vvv.txt').replace(/^(0000:)?(04:00\.0 [^:]+: ).*$/m, `$1$2${hostile}`);
  expect(text).toContain(hostile);
  await app.open();
  const dialog = await openDialog(app);
  await dialog.getByLabel('Output of lspci').fill(text);
  await dialog.getByRole('button', { name: 'Open machine' }).click();
  await expect(dialog).toBeHidden();
  await app.idle();
  for (const view of ['Watch', 'Why', 'Memory', 'Race'] as const) await app.view(view);
  await expectUsable(app);
  expect(await app.page.evaluate(() => Reflect.get(window, 'pwned'))).toBeUndefined();
  expect(await app.page.locator('img[src="x"], main b, script:not([src])').count()).toBe(0);
});
