/* Another source, destination, size and way for any two capable devices. */
import { expect, expectSays, plain, test } from './app.ts';
import type { App } from './app.ts';

interface Choice {
  readonly from?: string;
  readonly to?: string;
  readonly size?: string;
}

async function choose(app: App, choice: Choice): Promise<void> {
  await app.changeTransfer(async (dialog) => {
    const pick = async (label: string, device: string): Promise<void> => {
      const select = dialog.getByLabel(label, { exact: true });
      await select.selectOption(await select.locator('option', { hasText: device }).getAttribute('value'));
    };
    if (choice.from !== undefined) await pick('From', choice.from);
    if (choice.to !== undefined) await pick('To', choice.to);
    if (choice.size !== undefined) await dialog.getByLabel('Size', { exact: true }).fill(choice.size);
  });
}

const CHOICES = [
  {
    title: 'the other memory device',
    choice: { from: 'nic0', to: 'iopmem1', size: '1 MiB' },
    heading: /1 MiB, nic0 to iopmem1/,
  },
  {
    title: 'from a memory device into the NIC',
    choice: { from: 'iopmem1', to: 'nic0', size: '256 KiB' },
    heading: /256 KiB, iopmem1 to nic0/,
  },
  {
    title: 'from the drive into a memory device',
    choice: { from: 'nvme0', to: 'iopmem0', size: '512 KiB' },
    heading: /512 KiB, nvme0 to iopmem0/,
  },
  {
    title: 'an odd size',
    choice: { from: 'nic0', to: 'iopmem0', size: '0x10004' },
    heading: /65 540 B, nic0 to iopmem0/,
  },
] as const;

test('other ends and sizes, one after the other, and undone', async ({ app }) => {
  await app.open();
  const title = app.page.getByRole('heading', { level: 2, name: /change the transfer/ });
  for (const { title: what, choice, heading } of CHOICES) {
    await test.step(what, async () => {
      await choose(app, choice);
      await expectSays(title, heading);
      await app.runToEnd();
      await expect(app.figure('Time to finish', 'Bounce')).not.toHaveText('–');
      await expect(app.page.getByRole('list', { name: 'Checks' }).getByRole('listitem').first()).toBeVisible();
      await expect(app.page.getByRole('list', { name: 'Checks' }).getByText('broken')).toHaveCount(0);
      await expect(app.summary()).not.toContainText('failed');
    });
  }
  await app.page.getByRole('button', { name: /^Undo: / }).click();
  await app.idle();
  await expectSays(title, CHOICES[2].heading);
});

test('P2P between root ports that the kernel refuses says so, and can be run anyway', async ({ app }) => {
  await app.open();
  await choose(app, { from: 'nvme0', to: 'iopmem0', size: '512 KiB' });
  const lane = app.page.getByRole('region', { name: 'P2P', exact: true });
  await expect(lane.getByText('Refused.')).toBeVisible();
  await lane.getByRole('button', { name: 'Run it anyway' }).click();
  await app.idle();
  await expect(lane.getByText('Refused.')).toBeHidden();
  await app.runToEnd();
  await expect(app.figure('Time to finish', 'P2P')).not.toHaveText('–');
});

test('the CPU copies the second leg where that is chosen', async ({ app }) => {
  await app.open();
  await choose(app, { size: '1 MiB' });
  await app.choose('Who moves the second leg', 'CPU copy');
  await app.runToEnd();
  await expect(app.figure('CPU time', 'Bounce')).toHaveText(/[µm]s$/);
  await expect(app.page.getByRole('list', { name: 'Checks' }).getByText('broken')).toHaveCount(0);
});

test('two staging buffers overlap the legs of the bounce', async ({ app }) => {
  await app.open();
  await choose(app, { size: '8 MiB' });
  await app.runToEnd();
  const rate = async (): Promise<number> => {
    const figure = app.figure('Throughput', 'Bounce');
    await expect(figure).toHaveText(/\d\sGB\/s/);
    return Number(plain(await figure.innerText()).split(' ')[0]);
  };
  const single = await rate();
  await app.choose('Staging buffers', '2');
  await app.runToEnd();
  expect(await rate()).toBeGreaterThan(single * 1.3);
});

test('a size that cannot be is named, and nothing changes', async ({ app }) => {
  await app.open();
  await app.page.getByRole('button', { name: /change the transfer/ }).click();
  const dialog = app.dialog('Transfer');
  const size = dialog.getByLabel('Size', { exact: true });
  for (const [text, problem] of [
    ['banana', /Write a size/],
    ['0', /From 4.B to 256/],
    ['300 MiB', /From 4.B to 256/],
    ['5', /multiple of 4/],
  ] as const) {
    await size.fill(text);
    await expect(size).toHaveAttribute('aria-invalid', 'true');
    await expect(dialog.getByText(problem)).toBeVisible();
    await expect(dialog.getByRole('button', { name: 'Use this transfer' })).toBeDisabled();
  }
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(app.page.getByRole('heading', { name: /64 MiB, nic0 to iopmem0/ })).toBeVisible();
});
