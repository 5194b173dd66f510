/*
 * The page as a user meets it: roles and labels, never structure. Every test fails on an error in the console,
 * an uncaught exception or a request that was refused, unless it says beforehand that it expects one.
 */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test as base } from '@playwright/test';
import type { Page } from '@playwright/test';

/** What the page offers to tests (src/ui). */
interface TestHook {
  /** Resolves when nothing is loading and no run is under way. */
  readonly idle: () => Promise<void>;
}

declare global {
  interface Window {
    readonly __sim?: TestHook;
  }
}

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

  /** Waits until nothing is loading and no run is under way. */
  async idle(): Promise<void> {
    await this.page.waitForFunction(() => window['__sim'] !== undefined);
    await this.page.evaluate(() => window['__sim']?.idle());
  }

  /** From now on troubles that match are no failure. */
  expectTrouble(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  /** Errors so far that nobody expected. */
  troubles(): readonly string[] {
    return this.#troubles.filter((trouble) => !this.#expected.some((pattern) => pattern.test(trouble)));
  }

  /** Checks the page as it is now against WCAG 2.2 A and AA. */
  async expectAccessible(): Promise<void> {
    const result = await new AxeBuilder({ page: this.page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
      .analyze();
    const found = result.violations.map(
      (violation) =>
        `${violation.id}: ${violation.help}\n${violation.nodes.map((node) => `  ${node.html}\n  ${node.failureSummary}`).join('\n')}`,
    );
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
