import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import fc from "fast-check";
import { type Header, pack } from "tar-stream";
import { describe, expect, it } from "vitest";
import { compareKeys } from "../../../../shared/compareKeys.ts";
import type { DatasetEntry } from "../../../../shared/dataset/dataset.ts";
import type { Image } from "../../../../trainer/data/remote/contents.ts";
import { readShard, type ReadImage } from "../../../../trainer/data/remote/readShard.ts";
import { groupIntoShards, packShard, SHARD_BYTES } from "../../../../trainer/data/remote/shards.ts";
import { UserError } from "../../../../trainer/error.ts";
import { plant } from "../../../oracles/trees.ts";

const digest = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");

const LONG = `ox/${"schöne-kühe/".repeat(30)}a.png`;
const FILES: Record<string, string> = {
  "ox/a.png": "first",
  "ox/b.png": "x".repeat(100_000),
  "cow/ä b.JPG": "third",
  [LONG]: "fourth",
};

const imagesOf = (files: Record<string, string>): Image[] =>
  Object.entries(files)
    .map(([key, text]) => ({
      key,
      class: key.split("/")[0],
      bytes: Buffer.byteLength(text),
      sha256: digest(text),
    }))
    .sort((a, b) => compareKeys(a.key, b.key));

const entriesOf = (files: Record<string, string>): DatasetEntry[] =>
  imagesOf(files).map((image) => ({ ...image, shard: 0 }));

type Member = [header: Partial<Header> & { name: string }, content?: string];

/** A tar archive of anything. */
async function tarOf(...members: Member[]): Promise<Buffer> {
  const tar = pack();
  for (const [header, content] of members) {
    if (content === undefined) tar.entry(header);
    else tar.entry(header, content);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Resolves when a stream is closed, with or without an error. */
const closing = (stream: Readable) =>
  new Promise<void>((resolve) => stream.once("error", () => undefined).once("close", resolve));

/** Reads an archive as the shard that it is, unless it is stated to be another. */
async function read(
  bytes: Buffer,
  entries: DatasetEntry[],
  stated: { sha256?: string; bytes?: number } = {},
): Promise<ReadImage[]> {
  const shard = { sha256: digest(bytes), bytes: bytes.length, entries, ...stated };
  const images: ReadImage[] = [];
  const pieces = Array.from({ length: Math.ceil(bytes.length / 1000) }, (_, i) =>
    bytes.subarray(1000 * i, 1000 * (i + 1)),
  );
  for await (const image of readShard(Readable.from(pieces), shard)) images.push(image);
  return images;
}

describe("packing", () => {
  it("gives an archive that reads back, with long names and those that are not ASCII", async () => {
    const folder = await plant(FILES);
    const { bytes, sha256 } = await packShard(folder, imagesOf(FILES));
    expect(sha256).toBe(digest(bytes));
    const images = await read(bytes, entriesOf(FILES));
    const found = images.map(({ entry, bytes: content }) => [entry.key, content.toString()]);
    expect(Object.fromEntries(found)).toEqual(FILES);
  });

  it("gives the same bytes for the same images, wherever and whenever they were written", async () => {
    const reversed = Object.fromEntries(Object.entries(FILES).reverse());
    const first = await packShard(await plant(FILES), imagesOf(FILES));
    const second = await packShard(await plant(reversed), imagesOf(reversed));
    expect(second.bytes.equals(first.bytes)).toBe(true);
  });

  it("names a file that has changed since it was digested", async () => {
    const folder = await plant({ ...FILES, "ox/a.png": "other" });
    await expect(packShard(folder, imagesOf(FILES))).rejects.toThrow(
      /ox\/a\.png has changed while the folder was pushed; push it again/,
    );
  });

  it("begins another shard before one grows too long, and keeps the order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: SHARD_BYTES }), { maxLength: 50 }),
        (sizes) => {
          const images = sizes.map((bytes, at) => ({
            ...{ key: String(at), class: "ox", bytes, sha256: "" },
          }));
          const groups = groupIntoShards(images);
          expect(groups.flat()).toEqual(images);
          groups.forEach((group, at) => {
            const sum = (of: Image[]) => of.reduce((total, { bytes }) => total + bytes, 0);
            expect(group).not.toHaveLength(0);
            if (group.length > 1) expect(sum(group)).toBeLessThanOrEqual(SHARD_BYTES);
            const next = groups[at + 1]?.[0];
            // A block of padding and the headers of each count, too.
            const room = 4096 * (group.length + 1);
            if (next) expect(sum(group) + next.bytes + room).toBeGreaterThan(SHARD_BYTES);
          });
        },
      ),
    );
  });
});

describe("reading a shard", () => {
  const one = { "ox/a.png": "first" };
  const good: Member = [{ name: "ox/a.png" }, "first"];

  it("passes over images that the version does not have", async () => {
    const tar = await tarOf([{ name: "ox/gone.png" }, "y".repeat(3000)], good);
    const images = await read(tar, entriesOf(one));
    expect(images.map(({ entry }) => entry.key)).toEqual(["ox/a.png"]);
  });

  const refusals: [string, Member[], RegExp][] = [
    ["a path that leads out", [good, [{ name: "../a.png" }, "x"]], /"\.\.\/a\.png" is not a path/],
    ["one that leads out within", [[{ name: "ox/../../a" }, "x"]], /"ox\/\.\.\/\.\.\/a" is not/],
    ["an absolute path", [[{ name: "/etc/a.png" }, "x"]], /"\/etc\/a\.png" is not a path below/],
    ["a back slash", [[{ name: "ox\\a.png" }, "x"]], /"ox\\\\a\.png" is not a path below/],
    [
      "a symbolic link",
      [[{ name: "ox/a.png", type: "symlink", linkname: "/etc/passwd" }]],
      /"ox\/a\.png" is a symlink, not a file/,
    ],
    [
      "a hard link",
      [[{ name: "ox/a.png", type: "link", linkname: "b" }]],
      /"ox\/a\.png" is a link, not a file/,
    ],
    ["a folder", [[{ name: "ox", type: "directory" }]], /"ox\/?" is a directory, not a file/],
    ["a device", [[{ name: "ox/a.png", type: "character-device" }]], /is a character-device/],
    ["a pipe", [[{ name: "ox/a.png", type: "fifo" }]], /is a fifo, not a file/],
    ["a name twice", [good, good], /"ox\/a\.png" occurs twice/],
    [
      "a name twice that the version does not have",
      [[{ name: "b" }, "x"], [{ name: "b" }, "x"], good],
      /"b" occurs twice/,
    ],
    ["more bytes than stated", [[{ name: "ox/a.png" }, "first!"]], /has 6 bytes instead of 5/],
    ["other bytes", [[{ name: "ox/a.png" }, "fi???"]], /"ox\/a\.png" has another SHA-256/],
    ["no such image", [[{ name: "ox/b.png" }, "first"]], /"ox\/a\.png" is not in it/],
  ];

  it.each(refusals)("refuses %s, and names shard and entry", async (_, members, message) => {
    const tar = await tarOf(...members);
    const reading = read(tar, entriesOf(one));
    await expect(reading).rejects.toThrow(message);
    await expect(read(tar, entriesOf(one))).rejects.toThrow(
      new RegExp(`^shard ${digest(tar).slice(0, 16)}: .*; the shard is refused$`),
    );
  });

  it("refuses a shard that is longer, shorter, cut off, or another than its index states", async () => {
    const tar = await tarOf(good);
    const entries = entriesOf(one);
    await expect(read(tar, entries, { bytes: tar.length - 1 })).rejects.toThrow(
      /is longer than the \d+ bytes that its index states/,
    );
    await expect(read(tar, entries, { bytes: tar.length + 1 })).rejects.toThrow(
      /has 2048 bytes instead of the 2049 of its index/,
    );
    await expect(read(tar, entries, { sha256: "0".repeat(64) })).rejects.toThrow(
      /has another SHA-256 than its index states/,
    );
    await expect(read(tar.subarray(0, 515), entries)).rejects.toThrow(/^shard .*/);
    await expect(read(Buffer.from("no archive"), entries)).rejects.toThrow(
      /is not a tar archive to its end/,
    );
  });

  it("ends at the header of a file that claims more than the shard, and reads no further", async () => {
    const header = (await tarOf([{ name: "ox/huge.png" }, "x"])).subarray(0, 512);
    header.write("77777777777\0", 124, "latin1");
    header.fill(" ", 148, 156);
    const sum = header.reduce((total, value) => total + value, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    let asked = 0;
    const source = new Readable({
      read() {
        asked += 1;
        this.push(asked === 1 ? header : Buffer.alloc(65_536));
      },
    });
    const closed = closing(source);
    const shard = { sha256: "0".repeat(64), bytes: 64_000_000, entries: entriesOf(one) };
    await expect(
      (async () => {
        for await (const image of readShard(source, shard)) expect.fail(image.entry.key);
      })(),
    ).rejects.toThrow(/"ox\/huge\.png" claims 8589934591 bytes where the shard has 64000000 left/);
    await closed;
    expect(asked).toBeLessThan(20);
  });

  it("closes its source where the reader stops early", async () => {
    const tar = await tarOf(
      ...Object.entries(FILES).map(([name, text]): Member => [{ name }, text]),
    );
    const source = Readable.from([tar.subarray(0, 2000), tar.subarray(2000)]);
    const closed = closing(source);
    const shard = { sha256: digest(tar), bytes: tar.length, entries: entriesOf(FILES) };
    for await (const { entry } of readShard(source, shard)) {
      expect(entry.key).toBe("ox/a.png");
      break;
    }
    await closed;
    expect(source.destroyed).toBe(true);
  });

  it("gives the images as they are or refuses, whatever is damaged", async () => {
    const tar = await tarOf(
      ...Object.entries(FILES).map(([name, text]): Member => [{ name }, text]),
    );
    const damage = fc.record({
      at: fc.integer({ min: 0, max: tar.length - 1 }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      cut: fc.option(fc.integer({ min: 0, max: tar.length })),
    });
    await fc.assert(
      fc.asyncProperty(damage, fc.boolean(), async ({ at, bytes, cut }, isKnown) => {
        const damaged = Buffer.from(tar);
        damaged.set(bytes.subarray(0, tar.length - at), at);
        const left = damaged.subarray(0, cut ?? tar.length);
        const stated = isKnown ? {} : { sha256: digest(tar), bytes: tar.length };
        try {
          for (const { entry, bytes: content } of await read(left, entriesOf(FILES), stated)) {
            expect(content.toString()).toBe(FILES[entry.key]);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
