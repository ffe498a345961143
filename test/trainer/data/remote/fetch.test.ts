import { createHash } from "node:crypto";
import { getEventListeners } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { type Header, pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  DATASET_FORMAT,
  type DatasetIndex,
  entryLine,
} from "../../../../shared/dataset/dataset.ts";
import { ChangedImage, loadFolder } from "../../../../trainer/data/folder.ts";
import { readContents } from "../../../../trainer/data/remote/contents.ts";
import { fetchDataset } from "../../../../trainer/data/remote/fetchDataset.ts";
import { type Pushed, pushFolder } from "../../../../trainer/data/remote/push.ts";
import { UserError } from "../../../../trainer/error.ts";
import { DatasetClient } from "../../../../trainer/registry/datasets.ts";
import { PATIENCE } from "../../../../trainer/registry/patience.ts";
import { Registry } from "../../../oracles/registry.ts";
import { plant, type Tree } from "../../../oracles/trees.ts";
import { Command, ROOT, TSX } from "../../../scripts/command.ts";

const never = new AbortController().signal;
const quiet = { progress: () => undefined, signal: never };
const LIMIT = 1e9;

function stoppable(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

let registry: Registry;
let url: string;
let client: DatasetClient;
let cache: string;

beforeEach(async () => {
  registry = new Registry();
  url = await registry.listen();
  const patience = { attempts: 3, firstWaitMs: 1 };
  client = new DatasetClient({ url, token: "token", signal: never, patience });
  cache = await mkdtemp(join(tmpdir(), "cache-"));
});
afterEach(async () => {
  registry.close();
  await rm(cache, { recursive: true });
});

const push = async (folder: string, name = "farm"): Promise<Pushed> =>
  pushFolder(client, folder, name, await readContents(folder, () => undefined, never), quiet);

const fetch = (version: string, name = "farm", limitBytes = LIMIT) =>
  fetchDataset(client, name, version, cache, { ...quiet, limitBytes });

const load = (folder: string) => loadFolder(folder, { width: 2, height: 2 }, () => undefined);

/** The folder of what is being downloaded, whose name nobody knows. */
async function work(): Promise<string> {
  const [name = "none"] = await readdir(join(cache, "work")).catch(() => []);
  return join(cache, "work", name);
}

/** The shards that are unpacked. */
const done = async () => readdir(join(await work(), "done")).catch(() => []);

/** Bytes without a meaning, so that a few files fill several shards. */
const noise = (seed: number) => Buffer.alloc(15_000_000, `${seed} moo `);

const big: Tree = { "cow/1.png": noise(1), "cow/2.png": noise(2), "ox/3.png": noise(3) };

/** As `big`, of a few bytes. */
const small: Tree = { "cow/1.png": "first", "cow/2.png": "second", "ox/3.png": "third" };

/** Pushes `small` in two shards: what is pushed later has one of its own. */
async function pushTwoShards(): Promise<{ folder: string; version: string }> {
  const { "ox/3.png": late, ...early } = small;
  const folder = await plant(early);
  await push(folder);
  await mkdir(join(folder, "ox"));
  await writeFile(join(folder, "ox/3.png"), String(late));
  const { version, shards } = await push(folder);
  expect(shards).toBe(2);
  return { folder, version };
}

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

describe("a registry whose shards are evil", () => {
  const good = Buffer.from("the image");
  const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

  /** A version of one image whose shard has these members, too. It agrees with all that the registry checks. */
  async function pushEvil(
    members: [Partial<Header> & { name: string }, Buffer?][],
  ): Promise<string> {
    const tar = pack();
    for (const [header, bytes] of [[{ name: "ox/a.png" }, good] as const, ...members]) {
      if (bytes) tar.entry(header, bytes);
      else tar.entry(header);
    }
    tar.finalize();
    const shard = await buffer(tar);
    await client.putShard("farm", sha256(shard), new Uint8Array(shard));
    const entry = {
      key: "ox/a.png",
      class: "ox",
      bytes: good.length,
      sha256: sha256(good),
      shard: 0,
    };
    const index: DatasetIndex = {
      ...{ format: DATASET_FORMAT, name: "farm", images: 1, classes: 1, bytes: good.length },
      ...{ classNames: ["ox"], entries: sha256(Buffer.from(entryLine(entry))) },
      shards: [{ sha256: sha256(shard), bytes: shard.length }],
    };
    const lines = `${JSON.stringify(index)}\n${entryLine(entry)}`;
    return (await client.create("farm", new Uint8Array(gzipSync(lines)))).version;
  }

  const link = { type: "symlink", linkname: "../../../outside" } as const;
  const evil: [string, Parameters<typeof pushEvil>[0], RegExp][] = [
    [
      "a name that leads out",
      [[{ name: "../../outside" }, good]],
      /"\.\.\/\.\.\/outside" is not a path/,
    ],
    ["an absolute name", [[{ name: "/tmp/outside" }, good]], /"\/tmp\/outside" is not a path/],
    ["a link", [[{ name: "ox/link", ...link }]], /"ox\/link" is a symlink, not a file/],
    ["a link in place of an image", [[{ name: "ox/a.png", ...link }]], /is a symlink, not a file/],
    ["a name twice", [[{ name: "ox/a.png" }, good]], /"ox\/a\.png" occurs twice/],
  ];

  it.each(evil)("is refused: %s", async (_, members, message) => {
    const version = await pushEvil(members);
    await expect(fetch(version)).rejects.toThrow(message);
    expect(await readdir(cache)).not.toContain("sets");
    // Nothing lies outside of the image's folder.
    const left = await readdir(await work(), { recursive: true });
    expect(left.filter((path) => !/^(done|shards|images(\/ox(\/a\.png)?)?)$/.test(path))).toEqual(
      [],
    );
    const roots = ["jobs", "locks", "sizes", "uses", "work"];
    for (const name of await readdir(cache)) expect(roots).toContain(name);
  });

  it("costs little where it is full of empty files", async () => {
    const members = Array.from(
      { length: 5_000 },
      (_, i) => [{ name: `${i}` }, Buffer.alloc(0)] as [Header, Buffer],
    );
    const { folder } = await fetch(await pushEvil(members));
    expect((await readdir(folder)).sort()).toEqual(["dataset.ndjson", "ox"]);
  });

  it("is given up where a short answer unpacks to more than was stated", async () => {
    const version = await pushEvil([]);
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    registry.instead = (asked, response) => {
      if (!asked.startsWith("GET /datasets/farm/shards/")) return false;
      response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
      return true;
    };
    await expect(fetch(version)).rejects.toThrow(/is longer than the 2048 bytes that its index/);
    expect(registry.count("GET /datasets/farm/shards/")).toBe(1);
  });
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
