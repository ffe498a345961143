import { describe, expect, it } from "vitest";
import { UserError } from "../../../../trainer/error.ts";
import { greysByClass, loadTree, type Tree } from "../../../oracles/trees.ts";

const LIST = [
  "path\tclass\tsplit",
  "wolf/a.png\t14\ttest",
  "ox/b c.png\t3\ttrain",
  "wolf/d.png\t14\ttest",
  "cat/e.png\t12\ttrain",
  "",
].join("\n");

const images = (base: string): Tree => ({
  [`${base}wolf/a.png`]: 60,
  [`${base}ox/b c.png`]: 120,
  [`${base}wolf/d.png`]: 180,
  [`${base}cat/e.png`]: 240,
});

describe("list.tsv", () => {
  it.each(["images/", ""])("reads images below the root's '%s'", async (base) => {
    const data = await loadTree({ "list.tsv": LIST, ...images(base) });
    expect(data.layout).toBe("list.tsv");
    expect(data.classes).toEqual(["3", "12", "14"]);
    expect(data.trainClasses).toBe(2);
    expect(greysByClass(data)).toEqual({ "3": [120], "12": [240], "14": [60, 180] });
    expect(data.paths).toEqual(
      [`cat/e.png`, `ox/b c.png`, `wolf/a.png`, `wolf/d.png`].map((path) => base + path),
    );
  });

  it("counts a training class only where an image of it decodes", async () => {
    const tree = { "list.tsv": LIST, ...images(""), "ox/b c.png": "no image" };
    const data = await loadTree(tree);
    expect(data.classes).toEqual(["12", "14"]);
    expect(data.trainClasses).toBe(1);
    expect(greysByClass(data)).toEqual({ "12": [240], "14": [60, 180] });
    expect(data.skipped.map(({ path }) => path)).toEqual(["ox/b c.png"]);
  });

  it("has another fingerprint where images have other classes, or classes other roles", async () => {
    const load = async (...rows: string[]) => {
      const rest = ["ox/b c.png\t1\ttrain", "wolf/a.png\t2\ttrain"];
      const text = ["path\tclass\tsplit", ...rest, ...rows].join("\n");
      return (await loadTree({ "list.tsv": text, ...images("") })).fingerprint;
    };
    const [cat, wolf] = ["cat/e.png\t2\ttrain", "wolf/d.png\t3\ttrain"];
    const before = await load(cat, wolf);
    expect(await load(cat, wolf)).toBe(before);
    expect(await load(cat.replace("2", "1"), wolf)).not.toBe(before);
    expect(await load(cat, wolf.replace("train", "test"))).not.toBe(before);
  });

  it("names an image that is not there", async () => {
    const tree = { "list.tsv": LIST + "ox/f.png\t3\ttrain\n", ...images("images/") };
    await expect(loadTree(tree)).rejects.toThrow(
      "of 5 images that list.tsv lists, 1 is missing, first images/ox/f.png",
    );
  });

  it.each([
    { title: "another split", line: "ox/f.png\t3\tvalidation" },
    { title: "spaces for tabs", line: "ox/f.png 3 train" },
    { title: "a field too many", line: "ox/f.png\t3\ttrain\t1" },
  ])("names the line that does not parse: $title", async ({ line }) => {
    const tree = { "list.tsv": `${LIST}${line}\n`, ...images("") };
    await expect(loadTree(tree)).rejects.toThrow(UserError);
    await expect(loadTree(tree)).rejects.toThrow(/list\.tsv:6 should be "<path><tab>/);
  });

  it("refuses a class that both trains and tests, and a list without its header", async () => {
    const both = { "list.tsv": `${LIST}ox/f.png\t3\ttest\n`, ...images("") };
    await expect(loadTree(both)).rejects.toThrow(UserError);
    await expect(loadTree(both)).rejects.toThrow(/list\.tsv:6: class 3 is in test, above in train/);
    const headless = { "list.tsv": LIST.slice(LIST.indexOf("\n") + 1), ...images("") };
    await expect(loadTree(headless)).rejects.toThrow(
      String.raw`list.tsv:1 should be "path\tclass\tsplit"`,
    );
  });
});
