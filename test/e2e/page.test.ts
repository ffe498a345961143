import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import * as z from "zod";
import { keyEntry } from "../../workers/http/keys.ts";
import { compare, similaritySchema } from "./ask.ts";
import { hasBrowser, useBrowser } from "./browser.ts";
import { faintTexts } from "./contrast.ts";
import { publishTiny } from "./publishTiny.ts";
import { useServers } from "./servers.ts";

const KEY = "open-sesame";
const ENTRIES = [await keyEntry("other", "embed", "other"), await keyEntry("page", "embed", KEY)];
const STORED = { "pddm-api-key": KEY };
const SHELL_VARIABLES = { ...process.env, API_KEY: KEY };
/** Names that a shell, curl and JSON each read in their own way. */
const NAMES = ["plain.png", 'it\'s "odd", $HOME;.png', "-n 100%.webp", "photo.jpg"];
const BROKEN = "cut off.png";
const REFUSED = /status of 422/;

interface Cell {
  probability: number;
  s: number;
  distance: number;
}

const pattern = /probability ([\d.]+)\s%, S ([−\d.]+), distance ([\d.]+)$/;

/** The scores that a cell's label tells. */
function readLabel(label: string): Cell {
  const [, ...figures] = pattern.exec(label) ?? [];
  const [probability, s, distance] = figures.map((figure) => Number(figure.replace("−", "-")));
  return { probability: probability / 100, s, distance };
}

const cellOf = (page: Page, a: string, b: string) =>
  page.getByRole("gridcell", { name: `${a} and ${b}:` });
const status = (page: Page) => page.getByRole("status");
const files = (page: Page) => page.locator("#files");

describe.runIf(hasBrowser())("the page in Chromium", () => {
  const servers = useServers({
    variables: { API_KEYS: ENTRIES.join() },
  });
  const browser = useBrowser();
  let folder: string;

  const open = (options = {}) => browser.open(servers().apiUrl, options, STORED);
  const paths = () => NAMES.map((name) => join(folder, name));

  /** What bash makes of the command in a block of the page. */
  async function runCommand(page: Page, id: string): Promise<unknown> {
    const command = (await page.locator(id).textContent()) ?? "";
    const options = { cwd: folder, env: SHELL_VARIABLES };
    const { stdout } = await promisify(execFile)("bash", ["-c", command], options);
    return JSON.parse(stdout);
  }

  beforeAll(async () => {
    const tiny = inject("tiny").folder;
    await publishTiny(servers().registryUrl);

    folder = await mkdtemp(join(tmpdir(), "pddm-page-"));
    const concepts = await readdir(join(tiny, "emoji"));
    for (const [i, name] of NAMES.entries()) {
      const drawing = sharp(join(tiny, "emoji", concepts[2 * i], "noto.png"));
      await drawing.flatten({ background: "white" }).toFile(join(folder, name));
    }
    const whole = await readFile(join(folder, NAMES[0]));
    await writeFile(join(folder, BROKEN), whole.subarray(0, whole.length / 2));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("shows the scores of every pair as /similarity answers them, and what is nearest", async () => {
    const page = await open();
    await files(page).setInputFiles(paths());
    await expect
      .poll(() => status(page).textContent())
      .toMatch(/^4 images embedded in [\d.]+\sms.*, 6 pairs compared in [\d.]+\sms/);
    const images = await Promise.all(paths().map((path) => readFile(path)));
    const sum = { s: 0, d: 0 };
    for (const [i, name] of NAMES.entries()) {
      const answer = await compare(servers().apiUrl, "emoji", images[i], images, KEY);
      const others = NAMES.map((other, j) => ({ other, j })).filter(({ j }) => j !== i);
      for (const { other, j } of others) {
        const label = (await cellOf(page, name, other).getAttribute("aria-label")) ?? "";
        const { probability, s, distance } = readLabel(label);
        expect(Math.abs(probability - answer.probabilities[j])).toBeLessThan(0.0006);
        expect(Math.abs(s - answer.scores[j])).toBeLessThan(0.0006);
        expect(Math.abs(distance - answer.distances[j])).toBeLessThan(0.0006);
        sum.s += s;
        sum.d += distance;
      }
      const score = (j: number) =>
        answer.ranking === "s" ? answer.scores[j] : -answer.distances[j];
      const ranked = others.sort((a, b) => score(b.j) - score(a.j)).map(({ other }) => other);
      await page.getByRole("button", { name: `${name}: show the nearest` }).click();
      expect(await page.locator("#nearest .name").allTextContents()).toEqual(ranked);
    }
    // Not all pairs are alike, or the test would show nothing.
    expect(Math.abs(sum.s)).toBeGreaterThan(0.01);

    await cellOf(page, NAMES[0], NAMES[3]).hover();
    const shown = page.getByRole("region", { name: "This pair" });
    expect(await shown.locator("figcaption").allTextContents()).toEqual([NAMES[0], NAMES[3]]);
    const label = (await cellOf(page, NAMES[0], NAMES[3]).getAttribute("aria-label")) ?? "";
    const figures = await shown.locator("dd").allTextContents();
    const [probability, s, distance] = figures;
    expect(label).toContain(`probability ${probability}, S ${s}, distance ${distance}`);
    expect(await faintTexts(page)).toEqual([]);
    await browser.photograph(page, "page-light");
  });

  it("gives commands that answer the same in a shell, and copies them", async () => {
    const page = await open({ permissions: ["clipboard-read", "clipboard-write"] });
    await files(page).setInputFiles(paths());
    await expect.poll(() => status(page).textContent()).toContain("compared");
    const vectors = z
      .object({ embeddings: z.array(z.array(z.number())) })
      .parse(await runCommand(page, "#embed-command"));
    expect(vectors.embeddings).toHaveLength(NAMES.length);
    const { scores } = similaritySchema.parse(await runCommand(page, "#compare-command"));
    for (const [i, other] of NAMES.slice(1).entries()) {
      const label = (await cellOf(page, NAMES[0], other).getAttribute("aria-label")) ?? "";
      expect(Math.abs(readLabel(label).s - scores[i])).toBeLessThan(0.0006);
    }
    const copy = page.locator("#commands").getByRole("button", { name: "Copy" }).first();
    await copy.click();
    await expect.poll(() => status(page).textContent()).toBe("Copied.");
    const copied = await page.evaluate<string>("navigator.clipboard.readText()");
    expect(copied).toBe(await page.locator("#embed-command").textContent());
    expect(copied).not.toContain(KEY);
  });

  it("names a file that is broken, and compares the others", async () => {
    const page = await open();
    const text = { name: "notes.png", mimeType: "image/png", buffer: Buffer.from("no image") };
    const buffers = await Promise.all(
      [NAMES[0], BROKEN, NAMES[3]].map(async (name) => ({
        name,
        mimeType: "image/png",
        buffer: await readFile(join(folder, name)),
      })),
    );
    await files(page).setInputFiles([text, ...buffers]);
    await expect
      .poll(() => status(page).textContent())
      .toMatch(/^2 images embedded.*1 pair compared/);
    expect(await page.getByRole("alert").getByRole("listitem").allTextContents()).toEqual([
      "notes.png: it is not a JPEG, PNG, WebP, AVIF, HEIC or GIF",
      expect.stringMatching(/^cut off\.png: it is a PNG that does not decode/),
    ]);
    await expect.poll(() => cellOf(page, NAMES[0], NAMES[3]).count()).toBe(1);
    browser.expectErrors(REFUSED, REFUSED);
  });

  it("shrinks a photograph of more pixels than the API decodes, and says so", async () => {
    const page = await open();
    const large = join(folder, "large.jpg");
    await sharp(join(folder, NAMES[0])).resize(4_300, 3_000, { fit: "fill" }).toFile(large);
    await files(page).setInputFiles([join(folder, NAMES[0]), large]);
    await expect.poll(() => status(page).textContent()).toMatch(/^2 images embedded/);
    const problems = page.locator("#problems li");
    expect(await problems.allTextContents()).toEqual([
      "large.jpg: shrunk here, because the limit is 12.8 megapixels; for curl, shrink it first",
    ]);
    const label = await cellOf(page, NAMES[0], "large.jpg").getAttribute("aria-label");
    // The same drawing, larger and out of shape.
    expect(readLabel(label ?? "").distance).toBeLessThan(0.5);
  });

  it("says how many images are the limit, and leaves out the others", async () => {
    const page = await open();
    const buffer = await sharp(join(folder, NAMES[0])).resize(8, 8).png().toBuffer();
    const many = Array.from({ length: 33 }, (_, i) => ({
      name: `${i}.png`,
      mimeType: "image/png",
      buffer,
    }));
    await files(page).setInputFiles(many);
    await expect.poll(() => status(page).textContent()).toMatch(/^32 images.*496 pairs/);
    expect(await page.getByRole("alert").textContent()).toBe(
      "32.png: left out: the limit is 32 images at a time",
    );
    expect(await page.getByRole("gridcell").count()).toBe(32 * 32);
  });

  it("works with the keyboard alone, in the dark", async () => {
    const page = await open({ colorScheme: "dark" });
    const focused = page.locator(":focus");
    const pressUntil = async (id: string) => {
      for (let i = 0; i < 60 && (await focused.getAttribute("id")) !== id; i++) {
        await page.keyboard.press("Tab");
      }
      expect(await focused.getAttribute("id")).toBe(id);
    };
    await page.getByRole("button", { name: "Use the samples" }).waitFor();
    for (const href of ["#compare", "#search", "/docs/"]) {
      await page.keyboard.press("Tab");
      expect(await focused.getAttribute("href")).toBe(href);
    }
    await page.keyboard.press("Tab");
    expect(await focused.getAttribute("id")).toBe("choose");
    await page.keyboard.press("Tab");
    expect(await focused.getAttribute("id")).toBe("use-samples");
    await page.keyboard.press("Enter");
    await expect.poll(() => status(page).textContent()).toMatch(/^12 images.*66 pairs/);

    await pressUntil("clear");
    await page.keyboard.press("Tab");
    expect(await focused.getAttribute("role")).toBe("gridcell");
    expect(await focused.getAttribute("aria-label")).toMatch(/^sunflower-noto.png and sunflower-t/);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("End");
    const label = (await focused.getAttribute("aria-label")) ?? "";
    expect(label).toMatch(/^sunflower-twemoji.png and tiger-face-fluent.png: /);
    const figures = await page
      .getByRole("region", { name: "This pair" })
      .locator("dd")
      .allTextContents();
    const [probability, s, distance] = figures;
    expect(label).toContain(`probability ${probability}, S ${s}, distance ${distance}`);
    // One cell is in the tab order: the next stop is beyond the grid.
    await page.keyboard.press("Tab");
    expect(await focused.getAttribute("role")).not.toBe("gridcell");
    await page.keyboard.press("Shift+Tab");
    expect(await focused.getAttribute("aria-label")).toBe(label);
    expect(await faintTexts(page)).toEqual([]);
    await browser.photograph(page, "page-dark");

    await page.getByRole("button", { name: "Remove sunflower-twemoji.png" }).focus();
    await page.keyboard.press("Enter");
    expect(await page.getByRole("row").count()).toBe(12);
    expect(await focused.getAttribute("aria-label")).toBe("Remove sunflower-fluent.png");
  });

  it("asks for a key where the API does, on a phone; keeps it for the tab, and forgets it", async () => {
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
    const page = await browser.open(servers().apiUrl, phone);
    const input = page.getByLabel("This API requires a key.");
    await input.fill("wrong");
    await input.press("Enter");
    await page.getByText("That key is not valid.").waitFor();
    await input.fill(KEY);
    await page.getByRole("button", { name: "Use this key" }).tap();
    await page.getByRole("heading", { name: "The model" }).waitFor();
    expect(await input.isVisible()).toBe(false);

    await page.getByRole("button", { name: "Use the samples" }).tap();
    await expect.poll(() => status(page).textContent()).toContain("66 pairs");
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
    await cellOf(page, "whale-noto.png", "strawberry-noto.png").tap();
    const shown = page.getByRole("region", { name: "This pair" });
    expect(await shown.locator("figcaption").allTextContents()).toEqual([
      "whale-noto.png",
      "strawberry-noto.png",
    ]);
    await browser.photograph(page, "page-phone");

    await page.reload();
    await page.getByRole("heading", { name: "The model" }).waitFor();
    expect(await page.evaluate("localStorage.length + document.cookie.length")).toBe(0);
    await page.getByRole("button", { name: "Forget my key" }).tap();
    await input.waitFor();
    browser.expectErrors(...Array<RegExp>(3).fill(/status of 401/));
  });
});
