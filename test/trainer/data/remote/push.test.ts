import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { plant, type Tree } from "../../../oracles/trees.ts";
import { registry, push, fetch, load, noise, big, small, useFarm } from "./farm.ts";

useFarm();

describe("a push", () => {
  it("sends nothing the second time, and is no version of its own", async () => {
    const folder = await plant(big);
    const first = await push(folder);
    expect(first).toMatchObject({ isNew: true, shards: 2, kept: 0 });
    expect(first.sentBytes).toBeGreaterThan(45_000_000);
    registry.asked.length = 0;
    expect(await push(folder)).toEqual({ ...first, isNew: false, kept: 2, sentBytes: 0 });
    expect(registry.count("PUT") + registry.count("POST") + registry.count("HEAD")).toBe(0);
  });

  it("sends what is new, and refers to the shards of the version before", async () => {
    const folder = await plant(big);
    const { version } = await push(folder);
    await writeFile(join(folder, "ox/4.png"), "new");
    await writeFile(join(folder, "ox/3.png"), "changed");
    await rm(join(folder, "cow/2.png"));
    const second = await push(folder);
    // A shard of which half is gone stays; one that holds nothing of use goes.
    expect(second).toMatchObject({ isNew: true, shards: 2, kept: 1 });
    expect(second.sentBytes).toBeLessThan(10_000);
    const { folder: fetched } = await fetch(second.version);
    expect((await readdir(join(fetched, "ox"))).sort()).toEqual(["3.png", "4.png"]);
    expect(await readdir(join(fetched, "cow"))).toEqual(["1.png"]);
    expect(await readFile(join(fetched, "ox/3.png"), "utf8")).toBe("changed");
    // The version before is as it was.
    const { folder: earlier } = await fetch(version);
    expect((await readFile(join(earlier, "cow/2.png"))).equals(noise(2))).toBe(true);
  });

  it("packs a shard anew of which most is gone", async () => {
    const folder = await plant({ "cow/1.png": noise(1), "cow/2.png": noise(2), "cow/3.png": "3" });
    await push(folder);
    await rm(join(folder, "cow/1.png"));
    await rm(join(folder, "cow/2.png"));
    expect(await push(folder)).toMatchObject({ shards: 1, kept: 0, sentBytes: 2048 });
  });

  it("gathers small shards when there are many", async () => {
    const folder = await plant({ "cow/0.png": "0" });
    await push(folder);
    const counts: number[] = [];
    for (let i = 1; i <= 12; i++) {
      await writeFile(join(folder, `cow/${i}.png`), String(i));
      counts.push((await push(folder)).shards);
    }
    expect(counts).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4]);
  });

  it("gives an image another class without sending it", async () => {
    const listing = (name: string) =>
      `path\tclass\tsplit\na.png\tox\ttrain\nb.png\t${name}\ttrain\n`;
    const folder = await plant({ "list.tsv": listing("cow"), "a.png": 1, "b.png": 2 });
    const { version } = await push(folder);
    await writeFile(join(folder, "list.tsv"), listing("calf"));
    const second = await push(folder);
    expect(second).toMatchObject({ kept: 1, sentBytes: 0 });
    expect(second.version).not.toBe(version);
    expect((await load((await fetch(second.version)).folder)).classes).toEqual(["ox", "calf"]);
  });

  it("does not send shards again that an interrupted push has sent", async () => {
    const folder = await plant(small);
    registry.instead = (asked, response) => {
      if (!asked.startsWith("POST")) return false;
      response.writeHead(403).end(JSON.stringify({ error: { message: "not now" } }));
      return true;
    };
    await expect(push(folder)).rejects.toThrow(
      "the registry answered 403 to /datasets/farm: not now",
    );
    registry.instead = () => false;
    registry.asked.length = 0;
    expect(await push(folder)).toMatchObject({ isNew: true, sentBytes: 0 });
    expect(registry.count("PUT")).toBe(0);
  });

  it("refuses images that no data set may hold", async () => {
    const refused = async (tree: Tree, message: RegExp) =>
      expect(push(await plant(tree))).rejects.toThrow(message);
    await refused({ "ox/a.png": "" }, /ox\/a\.png is empty/);
    await refused({ "ox/a.png": Buffer.alloc(32_000_001) }, /longer than 32000000 bytes/);
    await refused({ "ox/a\nb.png": 1 }, /cannot hold "ox\/a\\nb\.png": a path below the folder/);
    await refused({ "o\\x/a.png": 1 }, /cannot hold "o\\\\x\/a\.png"/);
    await refused({ "a.txt": "" }, /holds no images in class folders/);
    expect(registry.count("P")).toBe(0);
  });
});
