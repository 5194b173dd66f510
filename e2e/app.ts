/*
 * The page as a user meets it: roles and labels, never structure. Every test fails on an error in the console,
 * an uncaught exception or a request that was refused, unless it says beforehand that it expects one.
 */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test as base } from '@playwright/test';
import type { Locator, Page } from '@playwright/test';
import { PS_PER_MS, PS_PER_NS } from '../src/base/units.ts';
import { SPEEDS } from '../src/store/speeds.ts';

/** Text with ordinary spaces: the page sets numbers with narrow and non-breaking ones. */
export function plain(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** Waits until a part of the page says it, spaces of any kind counted as one. */
export async function expectSays(place: Locator, words: string | RegExp): Promise<void> {
  const said = expect.poll(async () => plain(await place.innerText()));
  await (typeof words === 'string' ? said.toContain(words) : said.toMatch(words));
}

export type Way = 'P2P' | 'Bounce';
export type ViewName =
  | 'Race'
  | 'Watch'
  | 'Why'
  | 'Memory'
  | 'Inspect'
  | 'Charts'
  | 'Edit'
  | 'Machine'
  | 'Flows'
  | 'Sweep'
  | 'Faults'
  | 'Validation';

/** What the speed slider says at its last stop. */
const FASTEST = 'as fast as possible';
/** A stop at which 64 MiB take most of a minute: what is paused or looked at on the way is still on the way. */
const SLOW = SPEEDS.indexOf(100_000 * PS_PER_NS);

export class App {
  readonly page: Page;
  readonly #troubles: string[] = [];
  readonly #expected: RegExp[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('console', (message) => {
      if (message.type() === 'error') this.#troubles.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.#troubles.push(`exception: ${error.stack ?? error.message}`));
    page.on('requestfailed', (request) => {
      // A page that is left on purpose cancels what it was still loading.
      if (request.failure()?.errorText !== 'net::ERR_ABORTED') {
        this.#troubles.push(`request: ${request.url()} ${request.failure()?.errorText}`);
      }
    });
  }

  /** Opens the page with a fixed seed and without animation, checks that it is isolated, and waits until it rests. */
  async open(query: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.page.goto(`/?${new URLSearchParams({ testing: '1', ...query })}`);
    expect(await this.page.evaluate(() => crossOriginIsolated), 'the page is cross-origin isolated').toBe(true);
    await this.idle();
  }

  /** Waits until nothing is loading, no run is under way, and the page shows what there is. */
  async idle(): Promise<void> {
    await this.page.waitForFunction(() => '__sim' in window);
    // The hook of `?testing=1` (src/ui/testHook.ts).
    await this.page.evaluate(() => Reflect.get(window, '__sim').idle());
  }

  /** A button by its whole name. */
  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  dialog(name: string): Locator {
    return this.page.getByRole('dialog', { name });
  }

  /** Chooses what is looked at. */
  async view(name: ViewName): Promise<void> {
    const button = this.page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name });
    await button.click();
    await expect(button).toHaveAttribute('aria-current', 'page');
    await this.idle();
  }

  /** Picks one of a short row of choices. */
  async choose(group: string, choice: string): Promise<void> {
    const row = this.page.getByRole('group', { name: group, exact: true });
    await row
      .locator('label')
      .filter({ hasText: new RegExp(`^${choice}$`) })
      .click();
    await expect(row.getByRole('radio', { name: choice, exact: true })).toBeChecked();
    await this.idle();
  }

  /** Opens the form of the transfer, lets `fill` change it, and uses it. */
  async changeTransfer(fill: (dialog: Locator) => Promise<void>): Promise<void> {
    await this.page.getByRole('button', { name: /change the transfer/ }).click();
    const dialog = this.dialog('Transfer');
    await expect(dialog).toBeVisible();
    await fill(dialog);
    await dialog.getByRole('button', { name: 'Use this transfer' }).click();
    await expect(dialog).toBeHidden();
    await this.idle();
  }

  /** Changes how many bytes are moved: `256 KiB`. */
  async resize(size: string): Promise<void> {
    await this.changeTransfer((dialog) => dialog.getByLabel('Size', { exact: true }).fill(size));
  }

  speed(): Locator {
    return this.page.getByRole('slider', { name: 'Speed: simulated time per second' });
  }

  /** Puts the speed slider to its last stop. */
  async asFastAsPossible(): Promise<void> {
    await this.speed().press('End');
    await expect(this.speed()).toHaveAttribute('aria-valuetext', FASTEST);
  }

  /** Lets a run of the default transfer last as long as a test needs, however fast this computer is. */
  async slowly(): Promise<void> {
    await this.speed().fill(String(SLOW));
    await expect(this.speed()).toHaveAttribute('aria-valuetext', /^100\sµs per s$/);
  }

  /** Simulated now in nanoseconds, as the clock shows it. */
  async clock_ns(): Promise<number> {
    const text = await this.page.getByRole('timer', { name: 'Simulated time' }).innerText();
    return Math.round(Number(text.replace(/[^\d.]/g, '')) * PS_PER_MS) / PS_PER_NS;
  }

  /** Plays to the end as fast as possible. */
  async runToEnd(): Promise<void> {
    await this.asFastAsPossible();
    await this.button('Play').click();
    await this.idle();
    await expect(this.button('Play again')).toBeVisible();
  }

  /** One figure of the race's table, once the table has settled on what `expected` says. */
  figure(row: string, way: Way): Locator {
    const column = way === 'P2P' ? 0 : 1;
    return this.page
      .getByRole('table', { name: 'Both ways compared' })
      .getByRole('row')
      .filter({ has: this.page.getByRole('rowheader', { name: row, exact: true }) })
      .getByRole('cell')
      .nth(column);
  }

  /** The sentence that says what the race showed. */
  summary(): Locator {
    return this.page.getByRole('region', { name: 'Figures' }).getByRole('paragraph');
  }

  /** Trace hashes of the finished runs, P2P first, as the list of checks shows them. */
  async traceHashes(): Promise<readonly string[]> {
    const checks = this.page.getByRole('list', { name: 'Checks' });
    await expect(checks.getByRole('listitem')).toHaveCount(2);
    return checks.getByRole('code').allTextContents();
  }

  /** From now on troubles that match are no failure. */
  expectTrouble(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  /** Errors so far that nobody expected. */
  troubles(): readonly string[] {
    return this.#troubles.filter((trouble) => !this.#expected.some((pattern) => pattern.test(trouble)));
  }

  /** The same in both themes. */
  async expectAccessibleInBothThemes(): Promise<void> {
    for (const colorScheme of ['dark', 'light'] as const) {
      await this.page.emulateMedia({ colorScheme });
      await this.expectAccessible();
    }
  }

  /** Checks the page as it is now against WCAG 2.2 A and AA. */
  async expectAccessible(): Promise<void> {
    const result = await new AxeBuilder({ page: this.page })
      .options({ resultTypes: ['violations'] })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
      // There are no frames: without this, each check opens another page for its report.
      .setLegacyMode(true)
      .analyze();
    const found = result.violations.map((violation) => {
      const nodes = violation.nodes.map((node) => `  ${node.html}\n  ${node.failureSummary}`);
      return `${violation.id}: ${violation.help}\n${nodes.join('\n')}`;
    });
    expect(found, 'accessibility').toEqual([]);
  }
}

export const test = base.extend<{ readonly app: App }>({
  app: async ({ page }, use) => {
    const app = new App(page);
    await use(app);
    expect(app.troubles(), 'errors while the page was used').toEqual([]);
  },
});

export { expect };
