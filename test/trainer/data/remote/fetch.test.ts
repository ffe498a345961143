import { getEventListeners } from "node:events";
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ChangedImage } from "../../../../trainer/data/folder.ts";
import { UserError } from "../../../../trainer/error.ts";
import { DatasetClient } from "../../../../trainer/registry/datasets.ts";
import { PATIENCE } from "../../../../trainer/registry/patience.ts";
import { plant, type Tree } from "../../../oracles/trees.ts";
import { Command, ROOT, TSX } from "../../../scripts/command.ts";
import {
  LIMIT,
  stoppable,
  registry,
  url,
  client,
  cache,
  push,
  fetch,
  load,
  work,
  done,
  small,
  pushTwoShards,
  useFarm,
} from "./farm.ts";

useFarm();

const LAYOUTS: Record<string, Tree> = {
  "one folder per class": { "ox/b.png": 10, "cow/a.png": 20, "ox/ä.png": 30 },
  "class folders in images/": { "images/ox/b.png": 10, "images/cow/a.png": 20 },
  "a class called images": { "images/b.png": 10, "cow/a.png": 20 },
  ImageNet: { "train/ox/b.png": 10, "val/ox/a.png": 20, "train/cow/c.png": 30 },
  "list.tsv": {
    "list.tsv": "path\tclass\tsplit\nx/a.png\tzebra\ttrain\ny.png\tant\ttest\nz.png\tbee\ttrain\n",
    ...{ "images/x/a.png": 10, "images/y.png": 20, "images/z.png": 30 },
  },
  "CUB-200-2011": {
    "images.txt": "1 b/x.png\n2 a/y.png\n",
    "image_class_labels.txt": "1 1\n2 2\n",
    "classes.txt": "1 Zebra finch\n2 Auk\n",
    ...{ "images/b/x.png": 10, "images/a/y.png": 20 },
  },
  "an image that does not decode": { "ox/b.png": 10, "cow/a.png": "no image", "cow/c.png": 5 },
};

describe("a data set that is pushed and fetched", () => {
  it.each(Object.entries(LAYOUTS))("has the same fingerprint and classes: %s", async (_, tree) => {
    const folder = await plant(tree);
    const { version } = await push(folder);
    const { folder: fetched } = await fetch(version);
    const [before, after] = [await load(folder), await load(fetched)];
    expect(after.fingerprint).toBe(before.fingerprint);
    expect(after.classes).toEqual(before.classes);
    expect(after.trainClasses).toBe(before.trainClasses);
    expect(after.paths).toEqual(before.paths);
    // The copy is the same data set, too.
    expect(await push(fetched)).toMatchObject({ version, isNew: false, sentBytes: 0 });
  });

  it("asks for nothing again that the cache has", async () => {
    const { version } = await push(await plant(LAYOUTS["list.tsv"]));
    const first = await fetch(version);
    registry.asked.length = 0;
    expect((await fetch(version)).folder).toBe(first.folder);
    expect(registry.asked).toEqual([]);
  });

  it("is unpacked before its last shard has come", async () => {
    const { version } = await pushTwoShards();
    const [first, last] = (await client.index("farm", version)).shards;
    let held: (() => void) | undefined;
    registry.instead = (asked, response) => {
      if (asked !== `GET /datasets/farm/shards/${last.sha256}`) return false;
      held = () => response.end(registry.shard(last.sha256));
      return true;
    };
    const fetched = fetch(version);
    await vi.waitUntil(async () => (await done()).length > 0, { timeout: 30_000 });
    expect(await done()).toEqual([first.sha256]);
    expect(await readdir(join(await work(), "images", "cow"))).toEqual(["1.png", "2.png"]);
    await vi.waitUntil(() => held);
    held?.();
    expect(await readdir(join((await fetched).folder, "ox"))).toEqual(["3.png"]);
  });

  it("is downloaded once where two ask at the same time", async () => {
    const { version } = await pushTwoShards();
    registry.asked.length = 0;
    const [a, b] = await Promise.all([fetch(version), fetch(version)]);
    expect(a.folder).toBe(b.folder);
    expect(registry.count("GET /datasets/farm/shards/")).toBe(2);
  });
});

describe("a registry that fails", () => {
  let version: string;
  let shard: string;
  beforeEach(async () => {
    ({ version } = await push(await plant(LAYOUTS["one folder per class"])));
    [shard] = registry.shards.keys();
    registry.asked.length = 0;
  });
  const shardPath = () => `GET /datasets/farm/shards/${shard}`;

  it.each([500, 503, 429])("is asked again after %i", async (status) => {
    let failures = 2;
    registry.instead = (asked, response) => {
      if (asked !== shardPath() || failures-- <= 0) return false;
      response.writeHead(status).end();
      return true;
    };
    await fetch(version);
    expect(registry.count(shardPath())).toBe(3);
  });

  it("is asked again where it breaks off, and half of a shard is never used", async () => {
    let failures = 2;
    registry.instead = (asked, response) => {
      const bytes = registry.shard(shard);
      if (asked !== shardPath() || failures-- <= 0) return false;
      response.writeHead(200, { "content-length": bytes.length });
      response.write(bytes.subarray(0, 700), () => response.destroy());
      return true;
    };
    const { folder } = await fetch(version);
    expect((await load(folder)).paths).toHaveLength(3);
    expect(registry.count(shardPath())).toBe(3);
  });

  it("is given up at last, with its reason", async () => {
    registry.instead = (asked, response) => {
      if (asked !== shardPath()) return false;
      response.writeHead(503).end(JSON.stringify({ error: { message: "closed for repairs" } }));
      return true;
    };
    await expect(fetch(version)).rejects.toThrow(
      `the registry answered 503 to /datasets/farm/shards/${shard}: closed for repairs (tried 3 times)`,
    );
    registry.instead = () => false;
    await fetch(version);
  });

  it("leaves nothing at the signal, however often it is asked, and ends at once when aborted", async () => {
    const { signal, abort } = stoppable();
    const asking = new DatasetClient({ url, token: "token", signal, patience: PATIENCE });
    for (let i = 0; i < 50; i++) await asking.hasShard("farm", shard);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    registry.instead = () => true;
    const answer = asking.hasShard("farm", shard);
    await vi.waitUntil(() => registry.count("HEAD") === 51);
    abort();
    await expect(answer).rejects.toThrow("This operation was aborted");
  });

  it("is given up where nobody listens", async () => {
    registry.close();
    await expect(fetch(version)).rejects.toThrow(/does not answer: .* \(tried 3 times\)/);
  });

  it("is asked for a damaged shard once", async () => {
    const bytes = Buffer.from(registry.shard(shard));
    bytes[600] ^= 1;
    registry.shards.set(shard, bytes);
    await expect(fetch(version)).rejects.toThrow(
      new RegExp(`^shard ${shard.slice(0, 16)} of farm has another SHA-256 than its name states`),
    );
    expect(registry.count(shardPath())).toBe(1);
    expect(await readdir(cache)).not.toContain("sets");
  });

  it("is not believed where its entries are not those of the version", async () => {
    const found = registry.version(version);
    const other = await push(await plant({ "ox/b.png": 99 }));
    registry.versions.set(version, registry.version(other.version));
    await expect(fetch(version)).rejects.toThrow(
      `farm@${version} is damaged in the registry: its contents are those of the version ${other.version}`,
    );
    const entries = found.entries.replace("ox/b.png", "../b.png");
    registry.versions.set(version, { ...found, entries });
    await expect(fetch(version)).rejects.toThrow(/line 2: key: a path below the folder/);
  });
});

describe("another version in the cache", () => {
  it("spares the download of shards whose images it has", async () => {
    const { folder, version } = await pushTwoShards();
    const before = await fetch(version);
    await before.release();
    await writeFile(join(folder, "ox/4.png"), "new");
    await rm(join(folder, "cow/2.png"));
    const second = await push(folder);
    registry.asked.length = 0;
    const { folder: fetched } = await fetch(second.version);
    expect(registry.count("GET /datasets/farm/shards/")).toBe(1);
    expect(await readdir(join(fetched, "cow"))).toEqual(["1.png"]);
    expect(await readFile(join(fetched, "cow/1.png"), "utf8")).toBe("first");
    // Neither version shares its files with the other.
    await writeFile(join(before.folder, "cow/1.png"), "changed");
    expect(await readFile(join(fetched, "cow/1.png"), "utf8")).toBe("first");
  });

  it("is not trusted where a file of it has changed", async () => {
    const { folder, version } = await pushTwoShards();
    const { folder: before } = await fetch(version);
    await writeFile(join(before, "cow/2.png"), "sec0nd");
    await rm(join(before, "ox/3.png"));
    await writeFile(join(folder, "ox/4.png"), "new");
    const second = await push(folder);
    registry.asked.length = 0;
    const { folder: fetched } = await fetch(second.version);
    expect(registry.count("GET /datasets/farm/shards/")).toBe(3);
    expect(await readFile(join(fetched, "cow/2.png"), "utf8")).toBe("second");
    expect(await readFile(join(fetched, "ox/3.png"), "utf8")).toBe("third");
  });
});

describe("an interrupted fetch", () => {
  it("goes on with the shards that are there", async () => {
    const { version } = await pushTwoShards();
    const last = (await client.index("farm", version)).shards[1].sha256;
    registry.instead = (asked, response) => {
      if (asked !== `GET /datasets/farm/shards/${last}`) return false;
      response.writeHead(403).end();
      return true;
    };
    await expect(fetch(version)).rejects.toThrow("403");
    expect(await done()).toHaveLength(1);
    registry.instead = () => false;
    registry.asked.length = 0;
    const { folder } = await fetch(version);
    expect(registry.count("GET /datasets/farm/shards/")).toBe(1);
    expect(await readdir(join(cache, "work"))).toEqual([]);
    for (const [path, text] of Object.entries(small)) {
      expect(await readFile(join(folder, path), "utf8")).toBe(text);
    }
  });

  it("goes on where another process was killed, and waits for one that lives", async () => {
    const { version } = await pushTwoShards();
    const [first, last] = (await client.index("farm", version)).shards;
    let held = 0;
    registry.instead = (asked, response) => {
      if (asked !== `GET /datasets/farm/shards/${last.sha256}`) return false;
      held += 1;
      response.writeHead(200).write(registry.shard(last.sha256).subarray(0, 700));
      return true;
    };
    const source = `
      import { fetchDataset } from "./trainer/data/remote/fetchDataset.ts";
      import { DatasetClient } from "./trainer/registry/datasets.ts";
      import { PATIENCE } from "./trainer/registry/patience.ts";
      const { signal } = new AbortController();
      const client = new DatasetClient({ url: "${url}", token: "token", signal, patience: PATIENCE });
      const options = { limitBytes: ${LIMIT}, progress: () => undefined, signal };
      await fetchDataset(client, "farm", "${version}", ${JSON.stringify(cache)}, options);
    `;
    const child = new Command(["--import", TSX, "--input-type=module", "--eval", source], ROOT);
    try {
      await vi.waitUntil(async () => held > 0 && (await done())[0] === first.sha256, {
        timeout: 60_000,
      });
      const waiting = fetch(version);
      // A look-up of ours would show that it does not wait.
      registry.asked.length = 0;
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(registry.asked).toEqual([]);
      child.kill();
      await child.ended;
      registry.instead = () => false;
      const { folder } = await waiting;
      expect(registry.count(`GET /datasets/farm/shards/${first.sha256}`)).toBe(0);
      expect((await readdir(join(folder, "ox"))).sort()).toEqual(["3.png"]);
      expect(await readdir(join(cache, "locks"))).toEqual([]);
    } finally {
      child.kill();
    }
  });

  it("refuses what a crash has left in half, and begins anew", async () => {
    const { version } = await pushTwoShards();
    const left = join(cache, "work", `farm@${version}.${"0".repeat(16)}`);
    const { folder } = await fetch(version);
    // As if the machine had lost what it had not yet written to its disk.
    await mkdir(join(left, "done"), { recursive: true });
    await cp(folder, join(left, "images"), { recursive: true });
    await rm(folder, { recursive: true });
    for (const shard of registry.shards.keys()) await writeFile(join(left, "done", shard), "");
    await writeFile(join(left, "images", "ox/3.png"), "half");
    await expect(fetch(version)).rejects.toThrow(/3\.png was not written whole before an/);
    expect(await readFile(join((await fetch(version)).folder, "ox/3.png"), "utf8")).toBe("third");
  });
});

describe.runIf(process.platform === "linux")("a disk that is full", () => {
  it.each([
    ["while a shard comes", (shard: string) => join("shards", `${shard}.tar.part`)],
    ["while it is unpacked", () => join("images", "ox", "b.png")],
  ])(
    "is told with what is needed, and nothing is used that was written by half: %s",
    async (_, at) => {
      const { version } = await push(await plant(LAYOUTS["one folder per class"]));
      const [shard] = registry.shards.keys();
      const path = join(cache, "work", `farm@${version}.${"0".repeat(16)}`, at(shard));
      await mkdir(dirname(path), { recursive: true });
      await symlink("/dev/full", path);
      const error: unknown = await fetch(version).catch((it: unknown) => it);
      expect(error).toBeInstanceOf(UserError);
      expect(String(error)).toMatch(
        /the disk of \S+work is full, which has \d+\.\d MB free: farm@\w+, unpacked, needs 0\.0 MB \(ENOSPC: .*\); make room$/,
      );
      expect(await done()).toEqual([]);
      expect(await readdir(cache)).not.toContain("sets");
      await rm(join(await work(), at(shard)));
      expect((await load((await fetch(version)).folder)).paths).toHaveLength(3);
    },
  );
});

describe("the cache", () => {
  it("gives up what is damaged, and fetches it again", async () => {
    const { version } = await push(await plant(LAYOUTS["one folder per class"]));
    const first = await fetch(version);
    const image = join(first.folder, "ox/b.png");
    const bytes = await readFile(image);
    await writeFile(image, bytes.subarray(0, 20));
    await expect(load(first.folder)).rejects.toThrow(ChangedImage);
    await first.discard();
    // It is in use until it is released.
    expect(await readdir(join(first.folder, "ox"))).toHaveLength(2);
    await first.release();
    await first.discard();
    const second = await fetch(version);
    expect((await load(second.folder)).paths).toHaveLength(3);
    expect((await readFile(image)).equals(bytes)).toBe(true);
  });

  const sets = async () => (await readdir(join(cache, "sets"))).map((name) => name.split("@")[0]);
  /** Pushes a data set of 100 bytes. */
  const pushSmall = async (name: string) =>
    (await push(await plant({ "ox/a.png": name.padEnd(100) }), name)).version;
  const get = async (name: string, version: string) => fetch(version, name, 250);

  it("removes what was used least recently, beyond its limit", async () => {
    const versions = { a: await pushSmall("a"), b: await pushSmall("b"), c: await pushSmall("c") };
    for (const [name, use] of [
      ["a", "a"],
      ["b", "b"],
      ["a", "a"],
    ] as const) {
      await (await get(name, versions[use])).release();
      // Times of files have milliseconds at best.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await (await get("c", versions.c)).release();
    expect((await sets()).sort()).toEqual(["a", "c"]);
  });

  it("never removes what is in use, and says so", async () => {
    const versions = { a: await pushSmall("a"), b: await pushSmall("b"), c: await pushSmall("c") };
    const a = await get("a", versions.a);
    const b = await get("b", versions.b);
    await expect(get("c", versions.c)).rejects.toThrow(/has no room .* in use leave too little/);
    expect((await sets()).sort()).toEqual(["a", "b"]);
    await a.release();
    await get("c", versions.c);
    expect((await sets()).sort()).toEqual(["b", "c"]);
    await b.release();
  });

  it("takes a process that has died for one that uses nothing, and its locks for none", async () => {
    const versions = { a: await pushSmall("a"), b: await pushSmall("b"), c: await pushSmall("c") };
    for (const name of ["a", "b"] as const) await (await get(name, versions[name])).release();
    // No process has a number as high. A container that starts again may have the numbers of before.
    await writeFile(join(cache, "uses", `a@${versions.a}.${"0".repeat(16)}`), "99999999 1");
    await writeFile(join(cache, "uses", `a@${versions.a}.${"1".repeat(16)}`), `${process.pid} 1`);
    await writeFile(join(cache, "locks", `c@${versions.c}`), "99999999 1");
    await writeFile(join(cache, "locks", "room"), `${process.pid} 1`);
    await get("b", versions.b);
    await get("c", versions.c);
    expect((await sets()).sort()).toEqual(["b", "c"]);
  });

  it("refuses a data set that is longer than it may be, before it downloads it", async () => {
    const version = await pushSmall("a");
    registry.asked.length = 0;
    await expect(fetch(version, "a", 99)).rejects.toThrow(/a@\w+ has 1 MB, and the cache .* may/);
    expect(registry.count("GET /datasets/a/shards/")).toBe(0);
  });
});
