import { describe, expect, it } from "vitest";
import { sha256 } from "../../../../../../shared/package/digest.ts";
import { toNewItems } from "../../../../../../workers/api/pages/home/search/newItems.ts";

const read = async (...paths: string[]) => {
  const items = await toNewItems(paths.map((path) => ({ path, file: new File([], path) })));
  return items.map(({ id, metadata }) => [id, metadata]);
};

describe("the items of a folder", () => {
  it("have the path in the folder as their id, and its first folder as their label", async () => {
    expect(await read("birds/gull/1.png", "birds/gull/young/2.png", "birds/3.png")).toEqual([
      ["gull/1.png", { label: "gull" }],
      ["gull/young/2.png", { label: "gull" }],
      ["3.png", {}],
    ]);
  });

  it("have the folder as their label if it has no folders", async () => {
    expect(await read("gull/1.png", "gull/2.png")).toEqual([
      ["gull/1.png", { label: "gull" }],
      ["gull/2.png", { label: "gull" }],
    ]);
  });

  it("keep both folders if two are dropped, and have no label without a folder", async () => {
    expect(await read("gull/a/1.png", "tern/2.png", "3.png")).toEqual([
      ["gull/a/1.png", { label: "gull" }],
      ["tern/2.png", { label: "tern" }],
      ["3.png", {}],
    ]);
  });

  it("leave out what is hidden", async () => {
    expect(await read("a/.DS_Store", "a/__MACOSX/x.png", "a/1.png")).toEqual([
      ["a/1.png", { label: "a" }],
    ]);
  });

  it("have a digest as their id if the path does not fit, and keep the path", async () => {
    const fits = `${"\u00e9".repeat(30)}.png`;
    const long = `${"\u00e9".repeat(31)}.png`;
    expect(await read(fits, long, 'a "b".png')).toEqual([
      [fits, {}],
      [await sha256(long), { path: long }],
      [await sha256('a "b".png'), { path: 'a "b".png' }],
    ]);
  });
});
