import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type * as image from "../../../../shared/image/contract.ts";
import type * as reader from "../../../../trainer/data/decode/reader.ts";
import { loadFolder } from "../../../../trainer/data/folder.ts";
import { writePictures } from "../../../scripts/tinyFolder.ts";

const versions = vi.hoisted(() => ({ contract: 1, decoders: "1" }));
vi.mock("../../../../shared/image/contract.ts", async (original) => ({
  ...(await original<typeof image>()),
  get IMAGE_CONTRACT() {
    return versions.contract;
  },
}));
vi.mock("../../../../trainer/data/decode/reader.ts", async (original) => ({
  ...(await original<typeof reader>()),
  readerDigest: () => versions.decoders,
}));

const SIZE = { width: 8, height: 8 };
const BROKEN = "bees/broken.png";

let folder: string;
let pictures: string;
let kept: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "decoded-"));
  pictures = join(folder, "pictures");
  kept = join(folder, "kept");
  await writePictures(pictures, ["ants", "bees", "cats"]);
  await writeFile(join(pictures, BROKEN), "no image");
});
afterEach(() => rm(folder, { recursive: true }));

/** The data set, how many images were decoded for it, and what was said. */
async function load(size = SIZE) {
  let decoded = 0;
  const said: string[] = [];
  const cache = { folder: kept, say: (line: string) => said.push(line) };
  const data = await loadFolder(pictures, size, () => decoded++, cache);
  return { data, decoded, said };
}

const theFile = async () => join(kept, (await readdir(kept))[0]);

describe("decoded images that are kept", () => {
  it("are what is decoded, and are decoded once", async () => {
    const plain = await loadFolder(pictures, SIZE, () => undefined);
    expect(plain.skipped.map(({ path }) => path)).toEqual([BROKEN]);
    const first = await load();
    expect(first).toEqual({ data: plain, decoded: 13, said: [] });
    const second = await load();
    expect(second).toEqual({ data: plain, decoded: 0, said: [] });
    expect(await readdir(kept)).toHaveLength(1);
  });

  it("are not taken for other images, or for another size", async () => {
    await load();
    expect((await load({ width: 8, height: 9 })).decoded).toBe(13);
    await writePictures(pictures, ["zebras"]);
    await rm(join(pictures, BROKEN));
    const plain = await loadFolder(pictures, SIZE, () => undefined);
    expect(await load()).toEqual({ data: plain, decoded: 16, said: [] });
  });

  it("are not taken for what another version of the image contract or of the decoders makes", async () => {
    await load();
    versions.contract++;
    expect((await load()).decoded).toBe(13);
    expect((await load()).decoded).toBe(0);
    versions.decoders += "1";
    expect((await load()).decoded).toBe(13);
    expect((await load()).decoded).toBe(0);
    expect(await readdir(kept)).toHaveLength(3);
  });

  it.each<[string, (path: string) => Promise<void>]>([
    ["cut short", (path) => truncate(path, 2000)],
    ["empty", (path) => truncate(path, 0)],
    [
      "longer",
      async (path) => writeFile(path, Buffer.concat([await readFile(path), Buffer.of(1)])),
    ],
    [
      "changed in a pixel",
      async (path) => {
        const bytes = await readFile(path);
        bytes[bytes.length - 500] ^= 1;
        await writeFile(path, bytes);
      },
    ],
    [
      "changed in its header",
      async (path) => {
        const bytes = await readFile(path);
        bytes[8] = 0x20;
        await writeFile(path, bytes);
      },
    ],
  ])("are made anew where the file is %s", async (_, damage) => {
    const { data } = await load();
    const whole = await readFile(await theFile());
    await damage(await theFile());
    expect(await load()).toEqual({ data, decoded: 13, said: [] });
    expect(await readFile(await theFile())).toEqual(whole);
    expect((await load()).decoded).toBe(0);
  });

  it("are gone without where they cannot be kept, which is said", async () => {
    await writeFile(kept, "a file in the folder's place");
    const { data, said } = await load();
    expect(data.paths).toHaveLength(12);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^The decoded images are not kept for the next run: E(EXIST|NOTDIR)/);
    await rm(kept);
    await mkdir(kept);
    expect((await load()).said).toEqual([]);
  });
});
