import { describe, expect, it } from "vitest";
import { PUSHED_FILE } from "../../../../trainer/data/layouts/pushed.ts";
import { greysByClass, loadTree, type Tree } from "../../../oracles/trees.ts";

const DIGEST = "0".repeat(64);
const index = {
  ...{ format: "pddm-dataset/1", name: "farm", images: 3, classes: 2, bytes: 30 },
  ...{ trainClasses: 1, classNames: ["ox", "a cow"], entries: DIGEST },
  shards: [{ sha256: DIGEST, bytes: 2048 }],
};
const entry = (key: string, name: string) => ({
  ...{ key, class: name, bytes: 10, sha256: DIGEST, shard: 0 },
});
const entries = [entry("images/b.png", "ox"), entry("x/a.png", "a cow"), entry("x/b.png", "ox")];
const images: Tree = { "images/b.png": 60, "x/a.png": 120, "x/b.png": 180 };

const listing = (...lines: unknown[]) =>
  `${lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n")}\n`;

describe(PUSHED_FILE, () => {
  it("gives each image its class and path, with the classes in the order of the index", async () => {
    const data = await loadTree({ [PUSHED_FILE]: listing(index, ...entries), ...images });
    expect(data.layout).toBe(PUSHED_FILE);
    expect(data.classes).toEqual(["ox", "a cow"]);
    expect(data.trainClasses).toBe(1);
    expect(data.paths).toEqual(["images/b.png", "x/a.png", "x/b.png"]);
    expect(greysByClass(data)).toEqual({ ox: [60, 180], "a cow": [120] });
  });

  it("names an image that is not listed, and refuses one that is missing", async () => {
    const tree: Tree = { [PUSHED_FILE]: listing(index, ...entries), ...images };
    const data = await loadTree({ ...tree, "x/c.png": 10 });
    expect(data.remarks).toEqual(["Ignored 1 image that the data set does not list: x/c.png"]);
    const { "x/a.png": _, ...rest } = tree;
    await expect(loadTree(rest)).rejects.toThrow(
      `of 3 images that ${PUSHED_FILE} lists, 1 is missing, first x/a.png`,
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
