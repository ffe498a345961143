import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { type Header, pack } from "tar-stream";
import { describe, expect, it } from "vitest";
import {
  DATASET_FORMAT,
  type DatasetIndex,
  entryLine,
} from "../../../../shared/dataset/dataset.ts";
import { registry, client, cache, fetch, work, useFarm } from "./farm.ts";

useFarm();

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
    ["an absolute name", [[{ name: "/outside" }, good]], /"\/outside" is not a path/],
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
