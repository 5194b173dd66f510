/* A load that the user puts on memory: a bounce takes DRAM from it, and P2P does not. */
import { expect, expectSays, test } from './app.ts';

const gigabytes = (text: string): number => Number(/[\d.]+/.exec(text)?.[0]);

test('the CPU’s load on memory is set on the machine, and the race shows what each way leaves of it', async ({
  app,
}) => {
  await app.open({ view: 'machine' });
  const load = app.page.getByRole('textbox', { name: 'Background load', exact: true });
  await load.fill('40');
  await load.press('Enter');
  await app.idle();
  await app.view('Race');
  await app.resize('4 MiB');
  await app.runToEnd();
  const beside = async (way: 'P2P' | 'Bounce'): Promise<number> => {
    const figure = app.figure('CPU memory load', way);
    await expect(figure).toHaveText(/\d\sGB\/s/);
    return gigabytes(await figure.innerText());
  };
  expect(await beside('P2P')).toBeGreaterThan(35);
  expect(await beside('Bounce')).toBeLessThan((await beside('P2P')) - 3);
  await expectSays(app.summary(), 'The CPU’s load on memory, 40.00 GB/s, got');
  await app.expectAccessibleInBothThemes();
});

test('without a load there is no row for it', async ({ app }) => {
  await app.open();
  await expect(app.page.getByRole('rowheader', { name: 'DRAM touched' })).toBeVisible();
  await expect(app.page.getByRole('rowheader', { name: 'CPU memory load' })).toHaveCount(0);
});
