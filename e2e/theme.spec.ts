/* Light and dark, by choice and by the system's wish; both accessible. */
import { expect, test } from './app.ts';
import type { App } from './app.ts';

function background(app: App): Promise<string> {
  return app.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
}

test('the page follows the system, until a theme is chosen; the choice stays', async ({ app }) => {
  await app.page.emulateMedia({ colorScheme: 'dark' });
  await app.page.goto('/');
  await app.button('Theme: as the system').waitFor();
  const dark = await background(app);
  await app.page.emulateMedia({ colorScheme: 'light' });
  await expect.poll(() => background(app)).not.toBe(dark);
  const light = await background(app);

  await app.button('Theme: as the system').click();
  await app.button('Theme: light').click();
  await expect(app.button('Theme: dark')).toBeVisible();
  await expect.poll(() => background(app)).toBe(dark);
  await app.page.reload();
  await expect(app.button('Theme: dark')).toBeVisible();
  await expect.poll(() => background(app)).toBe(dark);
  await app.button('Theme: dark').click();
  await expect.poll(() => background(app)).toBe(light);
});

for (const theme of ['dark', 'light'] as const) {
  test(`the views of a run and the dialogs are accessible in the ${theme} theme`, async ({ app }) => {
    await app.page.emulateMedia({ colorScheme: theme });
    await app.open();
    await app.expectAccessible();
    for (const view of ['Watch', 'Why', 'Memory'] as const) {
      await app.view(view);
      await app.expectAccessible();
    }
    for (const key of ['t', 'i', '?']) {
      await app.page.keyboard.press(key);
      await expect(app.page.getByRole('dialog')).toBeVisible();
      await app.expectAccessible();
      await app.page.keyboard.press('Escape');
      await expect(app.page.getByRole('dialog')).toBeHidden();
    }
  });
}
