import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { collectionSchema } from "../../workers/api/contract/collections/collection.ts";
import { listItems } from "../../workers/api/contract/collections/items.ts";
import { search } from "../../workers/api/contract/collections/search.ts";
import { keyEntry } from "../../workers/http/keys.ts";
import { hasBrowser, useBrowser } from "./browser.ts";
import { faintTexts } from "./contrast.ts";
import { dropOnto } from "./drop.ts";
import { publishTiny } from "./publishTiny.ts";
import { useServers } from "./servers.ts";

const KEY = "open-sesame";
const READER = "only-reads";
const ENTRIES = await Promise.all([
  keyEntry("page", "embed", KEY),
  keyEntry("page-search", "search", KEY),
  keyEntry("page-index", "index", KEY),
  keyEntry("reader", "search", READER),
]);
const STORED = { "pddm-api-key": KEY };
const authorization = `Bearer ${KEY}`;

/** Its path is too long for an id. */
const LONG = `${"a-long-name-".repeat(9)}.png`;
const CONCEPTS = 8;
const BROKEN = "broken.png";

const status = (page: Page) => page.locator("#search-status");
const problems = (page: Page) => page.locator("#search-problems li");
const results = (page: Page) => page.locator("#found .result");
const picks = (page: Page) => page.locator("#found .pick");
const chips = (page: Page) => page.locator("#examples .chip");
const width = (page: Page) => page.evaluate<number>("document.documentElement.scrollWidth");

describe.runIf(hasBrowser())("the search of the page in Chromium", () => {
  const servers = useServers({ variables: { API_KEYS: ENTRIES.join() } });
  const browser = useBrowser();
  let root: string;
  /** A folder of a folder for each concept, with something that is no image, and something broken. */
  let folder: string;
  let concepts: string[];
  /** What the folder has, by id. */
  let ids: string[];
  let name: string;
  let made = 0;

  const open = (options = {}, stored: Record<string, string> = STORED) =>
    browser.open(`${servers().apiUrl}`, options, stored);

  const openSearch = async (options = {}, rest = "") => {
    const page = await open(options);
    await page.goto(`${servers().apiUrl}/#search${rest}`);
    return page;
  };

  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${servers().apiUrl}/collections/${path}`, {
      ...init,
      headers: { authorization, "content-type": "application/json" },
    });

  const describeCollection = async () => collectionSchema.parse(await (await call(name)).json());

  const listIds = async () => {
    const { items } = listItems.answer.schema.parse(await (await call(`${name}/items`)).json());
    return items;
  };

  /** Makes the collection without the page. */
  async function make(): Promise<void> {
    await call(name, { method: "PUT", body: "{}" });
    const items = await Promise.all(
      ids.map(async (id) => ({
        id,
        image: await readFile(join(folder, id), "base64"),
        metadata: { label: id.split("/")[0] },
      })),
    );
    const response = await call(`${name}/items`, {
      method: "POST",
      body: JSON.stringify({ items }),
    });
    expect(response.status).toBe(200);
  }

  async function findResults(body: object) {
    const init = { method: "POST", body: JSON.stringify(body) };
    return search.answer.schema.parse(await (await call(`${name}/search`, init)).json()).results;
  }

  /** The ids that the API finds for a query. */
  const find = async (body: object) => (await findResults(body)).map(({ id }) => id);

  /** The ids of the results on the page, in order. */
  const shownIds = async (page: Page) => {
    const titles = await page.evaluate<string[]>(
      "[...document.querySelectorAll('#found .pick')].map(({ title }) => title)",
    );
    return titles.map((title) => title.replace(/, label .*$/, ""));
  };

  const chooseQuery = (page: Page, id: string) =>
    page.locator("#query-choose-input").setInputFiles(join(folder, id));

  beforeAll(async () => {
    const tiny = inject("tiny").folder;
    await publishTiny(servers().registryUrl);

    root = await mkdtemp(join(tmpdir(), "pddm-search-page-"));
    folder = join(root, "Emoji of 2026");
    concepts = (await readdir(join(tiny, "emoji"))).slice(0, CONCEPTS);
    ids = [];
    for (const concept of concepts) {
      const from = join(tiny, "emoji", concept);
      await cp(from, join(folder, concept), { recursive: true });
      ids.push(...(await readdir(from)).map((file) => `${concept}/${file}`));
    }
    ids.sort();
  });
  afterAll(() => rm(root, { recursive: true }));
  beforeEach(() => {
    name = `emoji-${++made}`;
  });

  it("makes a collection of a folder that is dropped, and says what it could not add", async () => {
    const page = await openSearch();
    await page.getByText("There are none yet.").waitFor();
    const extra = join(root, "extra");
    await cp(folder, extra, { recursive: true });
    const [concept] = concepts;
    const whole = await readFile(join(folder, ids[0]));
    await writeFile(join(extra, concept, BROKEN), whole.subarray(0, whole.length / 2));
    await writeFile(join(extra, "notes.txt"), "no image");
    await writeFile(join(extra, ".hidden.png"), whole);
    await writeFile(join(extra, concept, LONG), whole);
    await dropOnto(page, [extra]);
    await page.getByText(`${ids.length + 3} items from extra will be added.`).waitFor();
    const input = page.getByLabel("Name");
    expect(await input.inputValue()).toBe("extra");
    await input.fill(name);
    await page.getByLabel("Keep the pictures").check();
    await page.getByRole("button", { name: "Make the collection" }).click();
    await expect
      .poll(() => status(page).textContent())
      .toBe(`${ids.length + 1} items added, 2 could not be added.`);
    expect(new URL(page.url()).hash).toBe(`#search/${name}`);
    expect(await page.locator("#upload-words").textContent()).toBe(
      `${ids.length + 3} of ${ids.length + 3}: ${ids.length + 1} items added, 2 could not be added`,
    );
    await page.getByText("2 items could not be added").click();
    const reasons = await page.locator("#upload-reasons li").allTextContents();
    expect(reasons.sort()).toEqual([
      expect.stringMatching(new RegExp(`^${concept}/${BROKEN}: it is a PNG that does not decode`)),
      "notes.txt: it is not an image",
    ]);
    expect(await describeCollection()).toMatchObject({
      count: ids.length + 1,
      store_images: true,
      capacity: 100_000,
    });
    const items = await listIds();
    for (const id of ids) {
      expect(items.find((item) => item.id === id)?.metadata).toEqual({ label: id.split("/")[0] });
    }
    // The id of the long path is a digest; the path is what people see.
    const long = items.find(({ id }) => /^[0-9a-f]{64}$/.test(id));
    expect(long?.metadata).toEqual({ label: concept, path: `${concept}/${LONG}` });
    await chooseQuery(page, ids[0]);
    await expect.poll(() => shownIds(page)).toContain(`${concept}/${LONG}`);
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await width(page)).toBe(390);
  });

  it("goes on where it was stopped: what is there already is not sent again", async () => {
    await call(name, { method: "PUT", body: "{}" });
    const page = await openSearch({}, `/${name}`);
    await page.getByText("It is empty.").waitFor();
    const half = join(root, "half");
    await mkdir(half);
    for (const concept of concepts.slice(0, 3)) {
      await cp(join(folder, concept), join(half, concept), { recursive: true });
    }
    const first = ids.filter((id) => concepts.indexOf(id.split("/")[0]) < 3).length;
    await page.locator("#add-folder-input").setInputFiles(half);
    await expect.poll(() => status(page).textContent()).toBe(`${first} items added.`);
    await page.locator("#add-folder-input").setInputFiles(folder);
    await expect
      .poll(() => status(page).textContent())
      .toBe(`${ids.length - first} items added, ${first} were there already.`);
    expect((await listIds()).map(({ id }) => id)).toEqual(ids);
  });

  it("can be stopped and continued", async () => {
    await call(name, { method: "PUT", body: "{}" });
    const page = await openSearch({}, `/${name}`);
    await page.getByText("It is empty.").waitFor();
    // The first request waits until the button has been pressed.
    let release = () => {};
    const pressed = new Promise<void>((resolve) => (release = resolve));
    let arrive = () => {};
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    await page.route("**/items", async (route) => {
      arrive();
      await pressed;
      await route.continue();
    });
    const many = join(root, "many");
    await mkdir(many);
    for (let i = 0; i < 40; i++) await cp(join(folder, ids[0]), join(many, `${i}.png`));
    await page.locator("#add-folder-input").setInputFiles(many);
    await arrived;
    await page.getByRole("button", { name: "Stop" }).click();
    release();
    await expect.poll(() => status(page).textContent()).toBe("32 items added, 8 left.");
    expect(await describeCollection()).toMatchObject({ count: 32 });
    await page.getByRole("button", { name: "Continue" }).click();
    await expect.poll(() => status(page).textContent()).toBe("40 items added.");
    // A folder without folders is a label itself.
    expect((await listIds())[0]).toMatchObject({ id: "many/0.png", metadata: { label: "many" } });
  });

  it("searches by a picture, filters, and finds more like a result and less like another", async () => {
    await make();
    const page = await openSearch({}, `/${name}`);
    await page.getByText("Drop or paste a picture to search").waitFor();
    const query = ids[4];
    await dropOnto(page, [join(folder, query)]);
    const image = await readFile(join(folder, query), "base64");
    const expected = await find({ query: image, top_k: 24 });
    await expect.poll(() => shownIds(page)).toEqual(expected);
    expect(await status(page).textContent()).toMatch(/^24 results in [\d.]+\sms/);
    expect(await chips(page).allTextContents()).toEqual([
      expect.stringContaining(query.split("/")[1]),
    ]);

    const label = concepts[2];
    await page.locator("#label").selectOption(label);
    await expect
      .poll(() => shownIds(page))
      .toEqual(await find({ query: image, top_k: 24, filter: { label } }));
    await page.locator("#label").selectOption("");
    await page.locator("#top").selectOption("12");
    await expect.poll(() => shownIds(page)).toEqual(expected.slice(0, 12));
    await page.locator("#least").selectOption("0.5");
    const probable = await find({ query: image, top_k: 12, min_probability: 0.5 });
    await expect.poll(() => shownIds(page)).toEqual(probable);
    expect(probable.length).toBeGreaterThan(0);
    expect(probable.length).toBeLessThan(12);
    await page.locator("#least").selectOption("0");

    const [one] = await shownIds(page);
    await picks(page).first().click();
    await expect.poll(() => shownIds(page)).toEqual(await find({ query: { id: one }, top_k: 12 }));
    expect(await chips(page).allTextContents()).toEqual([expect.stringContaining(one)]);

    const second = (await shownIds(page))[5];
    await page.getByRole("button", { name: `Not like ${second}` }).click();
    const negatives = [{ id: second }];
    const less = { query: { positives: [{ id: one }], negatives }, top_k: 12 };
    await expect.poll(() => shownIds(page)).toEqual(await find(less));

    const third = (await shownIds(page))[2];
    await page.getByRole("button", { name: `Also like ${third}` }).click();
    const both = { query: { positives: [{ id: one }, { id: third }], negatives }, top_k: 12 };
    await expect.poll(() => shownIds(page)).toEqual(await find(both));
    expect(await chips(page).count()).toBe(3);

    await page.getByRole("button", { name: `Remove like ${third}` }).click();
    await expect.poll(() => shownIds(page)).toEqual(await find(less));
    await page.getByRole("button", { name: `Remove not like ${second}` }).click();
    await page.getByRole("button", { name: `Remove like ${one}` }).click();
    await page.getByText("Drop or paste a picture to search").waitFor();
    expect(await results(page).count()).toBe(0);
  });

  it("mixes a picture of the user with items, and takes a pasted one", async () => {
    await make();
    const page = await openSearch({}, `/${name}`);
    await page.getByText("Drop or paste a picture to search").waitFor();
    const image = await readFile(join(folder, ids[7]), "base64");
    await page.evaluate(`(() => {
      const bytes = Uint8Array.from(atob("${image}"), (it) => it.charCodeAt(0));
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([bytes], "pasted.png", { type: "image/png" }));
      document.dispatchEvent(new ClipboardEvent("paste", { clipboardData }));
    })()`);
    await expect.poll(() => shownIds(page)).toEqual(await find({ query: image, top_k: 24 }));
    // The page has no pictures of the items until their folder is added again.
    expect(await page.locator("#no-pictures").isVisible()).toBe(true);
    await page.locator("#add-folder-input").setInputFiles(folder);
    await expect
      .poll(() => status(page).textContent())
      .toBe(`0 items added, ${ids.length} were there already.`);
    await expect.poll(() => page.locator("#found canvas").count()).toBe(24);
    expect(await page.locator("#no-pictures").isVisible()).toBe(false);

    const other = (await shownIds(page))[9];
    await page.getByRole("button", { name: `Not like ${other}` }).click();
    const query = { positives: [{ image }], negatives: [{ id: other }] };
    await expect.poll(() => shownIds(page)).toEqual(await find({ query, top_k: 24 }));
  });

  it("finds duplicates, and deletes an item and the collection after asking", async () => {
    await make();
    const twin = `${concepts[0]}/zz-twin.png`;
    const image = await readFile(join(folder, ids[0]), "base64");
    const items = [{ id: twin, image }];
    await call(`${name}/items`, { method: "POST", body: JSON.stringify({ items }) });
    const page = await openSearch({}, `/${name}`);
    const pair = (await findResults({ query: { id: twin }, top_k: 100 })).find(
      ({ id }) => id === ids[0],
    );
    const least = ["0.5", "0.8", "0.9", "0.95", "0.99", "0.999"].filter(
      (it) => Number(it) < (pair?.probability ?? 0),
    );
    await page.locator("#duplicates-least").selectOption(least.at(-1) ?? "none");
    await page.getByRole("button", { name: "Find duplicates" }).click();
    await page.getByText(/^\d+ groups? of duplicates among/).waitFor();
    const group = page.locator(".group").filter({ has: page.getByTitle(twin, { exact: true }) });
    expect(await group.locator(".result").first().textContent()).toContain("keep this one");
    const remove = group.getByRole("button", { name: `Delete ${twin}` });
    await remove.click();
    const dialog = page.getByRole("dialog");
    expect(await dialog.textContent()).toContain(`Delete ${twin} from ${name}?`);
    await page.keyboard.press("Escape");
    expect(await dialog.isVisible()).toBe(false);
    expect((await describeCollection()).count).toBe(ids.length + 1);
    await remove.click();
    await dialog.getByRole("button", { name: "Delete" }).click();
    await expect.poll(() => status(page).textContent()).toBe(`Deleted ${twin}.`);
    expect(await page.getByTitle(twin, { exact: true }).count()).toBe(0);
    expect((await listIds()).map(({ id }) => id)).toEqual(ids);

    await page.getByRole("button", { name: "Delete the collection" }).click();
    await dialog.getByRole("button", { name: "Delete" }).click();
    await expect.poll(() => status(page).textContent()).toBe(`Deleted the collection ${name}.`);
    expect(await page.getByRole("link", { name, exact: true }).count()).toBe(0);
    expect((await call(name)).status).toBe(404);
  });

  it("works with the keyboard alone, in the dark, with readable texts", async () => {
    await make();
    const page = await openSearch({ colorScheme: "dark" });
    const focused = page.locator(":focus");
    await page.getByRole("link", { name, exact: true }).waitFor();
    const tabTo = async (isThere: () => Promise<boolean>) => {
      for (let i = 0; i < 60; i++) {
        if ((await focused.count()) > 0 && (await isThere())) return;
        await page.keyboard.press("Tab");
      }
      throw new Error("Tab does not lead there");
    };
    await tabTo(async () => (await focused.textContent()) === name);
    await page.keyboard.press("Enter");
    await page.getByText("Drop or paste a picture to search").waitFor();
    await expect.poll(() => focused.getAttribute("id")).toBe("collection-name");
    await tabTo(async () => (await focused.getAttribute("id")) === "query-choose");
    // Chromium does not always take keys that a program sends for actions of a user, without which no dialog opens.
    await page.evaluate(
      "document.getElementById('query-choose-input').addEventListener('click', () => (window.asked = true))",
    );
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate("window.asked")).toBe(true);
    await chooseQuery(page, ids[2]);
    await expect.poll(() => results(page).count()).toBe(24);
    expect(await faintTexts(page)).toEqual([]);
    await tabTo(async () => ((await focused.getAttribute("class")) ?? "").includes("pick"));
    const shown = await shownIds(page);
    const title = async () => (await focused.getAttribute("title"))?.replace(/, label .*$/, "");
    expect(await title()).toBe(shown[0]);
    await page.keyboard.press("ArrowRight");
    expect(await title()).toBe(shown[1]);
    const tops = await page.evaluate<number[]>(
      "[...document.querySelectorAll('#found .pick')].map((it) => it.getBoundingClientRect().top)",
    );
    const columns = tops.filter((top) => top === tops[0]).length;
    await page.keyboard.press("ArrowDown");
    expect(await title()).toBe(shown[1 + columns]);
    await page.keyboard.press("Control+End");
    expect(await title()).toBe(shown[23]);
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("ArrowRight");
    const outline = "getComputedStyle(document.activeElement).outlineStyle";
    expect(await page.evaluate(outline)).not.toBe("none");
    await page.keyboard.press("Enter");
    await expect
      .poll(() => shownIds(page))
      .toEqual(await find({ query: { id: shown[1] }, top_k: 24 }));
    const next = await shownIds(page);
    await expect.poll(title).toBe(next[0]);
    // One tile is in the tab order: its three buttons, and then what is beyond.
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    expect(await title()).toBe(`Not like ${next[0]}`);
    await page.keyboard.press("Tab");
    expect(await focused.getAttribute("id")).toBe("duplicates-least");
    await browser.photograph(page, "search-dark");
  });

  it("does not scroll sideways, with readable texts", async () => {
    await make();
    const label = "a label of many words ".repeat(6).trim();
    const items = [
      { id: "x".repeat(64), image: await readFile(join(folder, ids[0]), "base64") },
    ].map((item) => ({ ...item, metadata: { label } }));
    await call(`${name}/items`, { method: "POST", body: JSON.stringify({ items }) });
    const page = await openSearch({}, `/${name}`);
    await chooseQuery(page, ids[0]);
    await expect.poll(() => shownIds(page)).toContain("x".repeat(64));
    await page.getByRole("button", { name: `Also like ${"x".repeat(64)}` }).click();
    await expect.poll(() => chips(page).count()).toBe(2);
    await page.getByRole("button", { name: "Find duplicates" }).click();
    await page.getByText(/^\d+ groups? of duplicates among/).waitFor();
    expect(await faintTexts(page)).toEqual([]);
    for (const size of [1280, 1100, 900, 390]) {
      await page.setViewportSize({ width: size, height: 844 });
      expect(await width(page)).toBe(size);
    }
    await browser.photograph(page, "search-phone");
    await page.goto(`${servers().apiUrl}/#search`);
    await page.getByRole("link", { name, exact: true }).waitFor();
    expect(await width(page)).toBe(390);
    expect(await faintTexts(page)).toEqual([]);
  });

  it("says when the collection has no room, and goes on when it has", async () => {
    await call(name, { method: "PUT", body: JSON.stringify({ capacity: 32 }) });
    const page = await openSearch({}, `/${name}`);
    await page.getByText("It is empty.").waitFor();
    const many = join(root, "too many");
    await mkdir(many);
    for (let i = 0; i < 40; i++) await cp(join(folder, ids[0]), join(many, `${i}.png`));
    await page.locator("#add-folder-input").setInputFiles(many);
    await expect
      .poll(() => problems(page).allTextContents())
      .toEqual([expect.stringContaining("no room beyond its capacity of 32")]);
    await page.getByText("It is full: it has room for 32 items.").waitFor();
    expect(await status(page).textContent()).toBe("32 items added, 8 left.");
    await call(name, { method: "PUT", body: JSON.stringify({ capacity: 100 }) });
    await page.getByRole("button", { name: "Continue" }).click();
    await expect.poll(() => status(page).textContent()).toBe("40 items added.");
    expect(await problems(page).count()).toBe(0);
    browser.expectErrors(/status of 507/);
  });

  it("asks for a key, and says what a key may not do", async () => {
    await make();
    const page = await open({}, {});
    const input = page.getByLabel("This API requires a key.");
    await input.fill("wrong");
    await input.press("Enter");
    await page.getByText("That key is not valid.").waitFor();
    await input.fill(READER);
    await input.press("Enter");
    await page.getByRole("link", { name: "Search" }).click();
    await page.getByRole("link", { name, exact: true }).click();
    // This key cannot read the limits, and can search.
    await chooseQuery(page, ids[3]);
    await expect.poll(() => results(page).count()).toBe(24);
    await page.locator("#add-files-input").setInputFiles(join(folder, ids[0]));
    await expect
      .poll(() => problems(page).allTextContents())
      .toEqual(["this key does not have the scope index"]);
    const refused = Array<RegExp>(4).fill(/status of 403/);
    browser.expectErrors(/status of 401/, /status of 401/, ...refused);
  });
});

describe.runIf(hasBrowser())("the search of the page without the search Worker", () => {
  const browser = useBrowser();
  const servers = useServers();

  it("says that it is missing", async () => {
    const page = await browser.open(servers().apiUrl);
    const problem = "this Worker has no collections: deploy the search Worker";
    await page.route("**/collections", (route) =>
      route.fulfill({
        status: 503,
        json: { error: { code: "collections_unavailable", message: problem, param: null } },
      }),
    );
    await page.getByRole("link", { name: "Search" }).click();
    await expect.poll(() => problems(page).allTextContents()).toEqual([problem]);
    expect(await page.locator("#new").isVisible()).toBe(false);
    browser.expectErrors(/status of 503/, /status of 503/);
  });
});
