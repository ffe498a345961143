import { createHash } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadFolder } from "../../../../trainer/data/folder.ts";
import { PUSHED_FILE } from "../../../../trainer/data/layouts/pushed.ts";
import { greysByClass, loadTree, plant, type Tree } from "../../../oracles/trees.ts";

const DIGEST = "0".repeat(64);
const index = {
  ...{ format: "pddm-dataset/1", name: "farm", images: 3, classes: 2, bytes: 30 },
  ...{ trainClasses: 1, classNames: ["ox", "a cow"], entries: DIGEST },
  shards: [{ sha256: DIGEST, bytes: 2048 }],
};
const entry = (key: string, name: string, sha256 = DIGEST) => ({
  ...{ key, class: name, bytes: 10, sha256, shard: 0 },
});
const entries = [entry("images/b.png", "ox"), entry("x/a.png", "a cow"), entry("x/b.png", "ox")];
const images: Tree = { "images/b.png": 60, "x/a.png": 120, "x/b.png": 180 };

/** The images, and the list of them with their digests. */
async function tree(): Promise<Tree> {
  const folder = await plant(images);
  const digested = entries.map(async ({ key, class: name }) => {
    const bytes = await readFile(join(folder, key));
    return entry(key, name, createHash("sha256").update(bytes).digest("hex"));
  });
  return { [PUSHED_FILE]: listing(index, ...(await Promise.all(digested))), ...images };
}

const listing = (...lines: unknown[]) =>
  `${lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n")}\n`;

describe(PUSHED_FILE, () => {
  it("gives each image its class and path, with the classes in the order of the index", async () => {
    const data = await loadTree(await tree());
    expect(data.layout).toBe(PUSHED_FILE);
    expect(data.classes).toEqual(["ox", "a cow"]);
    expect(data.trainClasses).toBe(1);
    expect(data.paths).toEqual(["images/b.png", "x/a.png", "x/b.png"]);
    expect(greysByClass(data)).toEqual({ ox: [60, 180], "a cow": [120] });
  });

  it("names an image that is not listed, and refuses one that is missing", async () => {
    const whole = await tree();
    const data = await loadTree({ ...whole, "x/c.png": 10 });
    expect(data.remarks).toEqual(["Ignored 1 image that the data set does not list: x/c.png"]);
    const { "x/a.png": _, ...rest } = whole;
    await expect(loadTree(rest)).rejects.toThrow(
      `of 3 images that ${PUSHED_FILE} lists, 1 is missing, first x/a.png`,
    );
  });

  it("refuses an image that is another, or cannot be read, instead of training without it", async () => {
    const whole = await tree();
    const message = new RegExp(`x/a\\.png is not the image that ${PUSHED_FILE} lists; pull the`);
    await expect(loadTree({ ...whole, "x/a.png": 121 })).rejects.toThrow(message);
    await expect(loadTree({ ...whole, "x/a.png": "" })).rejects.toThrow(message);
    const folder = await plant(whole);
    await rm(join(folder, "x/a.png"));
    await mkdir(join(folder, "x/a.png"));
    await expect(loadFolder(folder, { width: 2, height: 2 }, () => undefined)).rejects.toThrow(
      message,
    );
  });

  it.each([
    ["nothing", "", /is empty; its first line should be the index$/],
    ["no JSON", listing("index"), /:1: /],
    ["an entry first", listing(...entries), /:1: format: /],
    ["a path that leads out", listing(index, entry("../a.png", "ox")), /:2: key: a path below/],
    ["too few", listing(index, ...entries.slice(1)), /lists 2 images, its index 3$/],
    [
      "a class that the index lacks",
      listing(index, ...entries.slice(1), entry("z.png", "cat")),
      /its index has no class cat$/,
    ],
  ])("refuses a list with %s", async (_, text, message) => {
    await expect(loadTree({ [PUSHED_FILE]: text, ...images })).rejects.toThrow(message);
  });
});
