import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { ROOT } from "../scripts/command.ts";

/** Where Linux distributions put Chromium, and Chrome. */
const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const executablePath = PATHS.find((path) => existsSync(path));

/** Where tests leave pictures of what they saw; git ignores it. */
const PICTURES = join(ROOT, "test-output");

/** Whether there is a browser. Without one, prints what is skipped and how to get it. */
export function hasBrowser(): boolean {
  if (executablePath === undefined) {
    process.stderr.write(
      "Skipped the tests of the page in a browser, which need Chromium: apt-get install chromium\n",
    );
  }
  return executablePath !== undefined;
}

/** A page, and what has been wrong with it. */
interface Watched {
  page: Page;
  /** Requests to other servers. */
  strangers: string[];
  /** Errors on the console, violations of the Content-Security-Policy among them. */
  errors: string[];
}

/**
 * One Chromium for the tests of a file, a page of its own for each. A page that asks another server, or
 * that has errors which the test does not name by `expectErrors`, fails its test.
 */
export function useBrowser() {
  let browser: Browser | undefined;
  let watched: Watched | undefined;
  let expected: (string | RegExp)[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath });
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    const { page, strangers, errors } = watched ?? {};
    const excused = expected;
    [watched, expected] = [undefined, []];
    await page?.context().close();
    expect(strangers).toEqual([]);
    expect(errors).toEqual(excused.map((error) => expect.stringMatching(error) as unknown));
  });

  return {
    /**
     * Opens a page and waits until it has loaded.
     *
     * @param stored what sessionStorage holds already
     * @param others servers that the page may ask, too
     */
    async open(
      url: string,
      options: BrowserContextOptions = {},
      stored: Record<string, string> = {},
      others: string[] = [],
    ): Promise<Page> {
      const context = await browser?.newContext(options);
      if (!context) throw new Error("the browser starts before the tests");
      for (const [name, value] of Object.entries(stored)) {
        // A frame in a sandbox has no storage.
        await context.addInitScript(
          `if (self.origin !== "null") sessionStorage.setItem("${name}", "${value}")`,
        );
      }
      const page = await context.newPage();
      const seen: Watched = { page, strangers: [], errors: [] };
      watched = seen;
      page.on("request", (request) => {
        const { origin } = new URL(request.url());
        if (![new URL(url).origin, ...others].includes(origin)) seen.strangers.push(request.url());
      });
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) seen.errors.push(message.text());
      });
      page.on("pageerror", ({ message }) => seen.errors.push(message));
      await page.goto(url);
      return page;
    },
    /** The errors that this test brings about, in order. */
    expectErrors(...errors: (string | RegExp)[]): void {
      expected = errors;
    },
    /** Leaves a picture of the whole page in test-output/. */
    async photograph(page: Page, name: string): Promise<void> {
      await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
    },
  };
}
