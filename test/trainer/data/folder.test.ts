import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadFolder } from "../../../trainer/data/folder.ts";
import { UserError } from "../../../trainer/error.ts";

const SIZE = { width: 8, height: 8 };

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "folder-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const plain = (background: { r: number; g: number; b: number }) =>
  sharp({ create: { width: 10, height: 6, channels: 3, background } });

const RED = { r: 250, g: 10, b: 20 };
const GREEN = { r: 10, g: 240, b: 30 };

async function put(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(join(folder, path, ".."), { recursive: true });
  await writeFile(join(folder, path), bytes);
}

const load = () => loadFolder(folder, SIZE, () => undefined);

describe("an image folder", () => {
  it("gives classes and paths sorted, with the pixels of each image", async () => {
    await put("zebra/a.png", await plain(GREEN).png().toBuffer());
    await put("ant/b.JPG", await plain(RED).jpeg({ quality: 100 }).toBuffer());
    await put("ant/a.webp", await plain(GREEN).webp({ lossless: true }).toBuffer());
    await put("ant/c.gif", await plain(RED).gif().toBuffer());
    const data = await load();
    expect(data.classes).toEqual(["ant", "zebra"]);
    expect(data.paths).toEqual(["ant/a.webp", "ant/b.JPG", "ant/c.gif", "zebra/a.png"]);
    expect(Array.from(data.labels)).toEqual([0, 0, 0, 1]);
    expect(data.skipped).toEqual([]);
    expect([data.width, data.height]).toEqual([8, 8]);
    expect(data.pixels).toHaveLength(4 * 8 * 8 * 3);
    [GREEN, RED, RED, GREEN].forEach(({ r, g, b }, image) => {
      const [start, end] = [image * 192, (image + 1) * 192];
      data.pixels.subarray(start, end).forEach((value, i) => {
        expect(Math.abs(value - [r, g, b][i % 3])).toBeLessThanOrEqual(3);
      });
    });
  });

  it("follows links to class folders, and names a folder that is called like an image", async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), "class-"));
    await writeFile(join(elsewhere, "a.png"), await plain(RED).png().toBuffer());
    await symlink(elsewhere, join(folder, "linked"));
    await mkdir(join(folder, "linked", "odd.png"));
    const data = await load();
    expect(data.paths).toEqual(["linked/a.png"]);
    expect(data.remarks).toEqual(["Ignored 1 folder inside a class folder: linked/odd.png"]);
    await rm(elsewhere, { recursive: true });
  });

  it("leaves out other files, files beside the classes and empty classes", async () => {
    await put("ant/a.png", await plain(RED).png().toBuffer());
    await put("ant/notes.txt", "not an image");
    await put("loose.png", await plain(RED).png().toBuffer());
    await mkdir(join(folder, "empty"));
    const data = await load();
    expect(data.paths).toEqual(["ant/a.png"]);
    expect(data.classes).toEqual(["ant"]);
    expect(data.skipped).toEqual([]);
    expect(data.remarks).toEqual([
      "Ignored 1 image outside the class folders: loose.png",
      "Ignored 1 class folder without images: empty",
      "Ignored 1 file that is not .jpg, .png, .webp, .avif, .heic or .gif: ant/notes.txt",
    ]);
  });

  it("skips and names what does not decode, and moves the rest up", async () => {
    const whole = await sharp({
      create: {
        width: 64,
        height: 64,
        channels: 3,
        noise: { type: "gaussian", mean: 128, sigma: 60 },
        background: RED,
      },
    })
      .jpeg()
      .toBuffer();
    await put("ant/a.png", "this is no image");
    await put("ant/b.png", await plain(RED).png().toBuffer());
    await put("bee/half.jpg", whole.subarray(0, whole.length / 2));
    await put("cat/c.png", await plain(GREEN).png().toBuffer());
    const data = await load();
    expect(data.paths).toEqual(["ant/b.png", "cat/c.png"]);
    expect(data.classes).toEqual(["ant", "cat"]);
    expect(Array.from(data.labels)).toEqual([0, 1]);
    expect(Array.from(data.pixels.subarray(192, 195))).toEqual([GREEN.r, GREEN.g, GREEN.b]);
    const byPath = new Map(data.skipped.map(({ path, reason }) => [path, reason]));
    expect([...byPath.keys()].sort()).toEqual(["ant/a.png", "bee/half.jpg"]);
    for (const reason of byPath.values()) expect(reason).not.toBe("");
  });

  it("honours the orientation that a JPEG states", async () => {
    const halves = await sharp({
      create: { width: 16, height: 8, channels: 3, background: "white" },
    })
      .composite([
        {
          input: { create: { width: 8, height: 8, channels: 3, background: "black" } },
          left: 0,
          top: 0,
        },
      ])
      .jpeg({ quality: 100 })
      .withMetadata({ orientation: 6 })
      .toBuffer();
    await put("ant/turned.jpg", halves);
    const { pixels } = await load();
    // Turned clockwise by a quarter, the black left half is the upper one.
    const redAt = (x: number, y: number) => pixels[(y * 8 + x) * 3];
    expect(redAt(1, 1)).toBeLessThan(10);
    expect(redAt(6, 1)).toBeLessThan(10);
    expect(redAt(1, 6)).toBeGreaterThan(245);
  });

  it("reads grey, 16-bit and transparent images as RGB over white", async () => {
    const grey = plain({ r: 90, g: 90, b: 90 }).toColourspace("b-w");
    await put("ant/grey.png", await grey.png().toBuffer());
    await put("ant/deep.png", await plain(RED).toColourspace("rgb16").png().toBuffer());
    const clear = { ...RED, alpha: 0 };
    const hollow = sharp({ create: { width: 4, height: 4, channels: 4, background: clear } });
    await put("ant/hollow.png", await hollow.png().toBuffer());
    const { paths, pixels } = await load();
    expect(paths).toEqual(["ant/deep.png", "ant/grey.png", "ant/hollow.png"]);
    const first = (image: number) => Array.from(pixels.subarray(image * 192, image * 192 + 3));
    expect(first(0)).toEqual([RED.r, RED.g, RED.b]);
    expect(first(1)).toEqual([90, 90, 90]);
    expect(first(2)).toEqual([255, 255, 255]);
  });

  it("has a fingerprint of names and contents, not of times", async () => {
    await put("ant/a.png", await plain(RED).png().toBuffer());
    await put("bee/b.png", await plain(GREEN).png().toBuffer());
    const { fingerprint } = await load();
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    await utimes(join(folder, "ant/a.png"), 1, 1);
    expect((await load()).fingerprint).toBe(fingerprint);
    await put("bee/b.png", await plain(RED).png().toBuffer());
    const changed = (await load()).fingerprint;
    expect(changed).not.toBe(fingerprint);
    await put("bee/b.png", await plain(GREEN).png().toBuffer());
    expect((await load()).fingerprint).toBe(fingerprint);
    await put("bee/c.png", await plain(GREEN).png().toBuffer());
    expect((await load()).fingerprint).not.toBe(fingerprint);
  });

  it("tells its progress after each image", async () => {
    for (const name of ["a", "b", "c", "d"]) {
      await put(`ant/${name}.png`, await plain(RED).png().toBuffer());
    }
    const calls: [number, number][] = [];
    await loadFolder(folder, SIZE, (done, total) => calls.push([done, total]));
    expect(calls).toEqual([1, 2, 3, 4].map((done) => [done, 4]));
  });

  it("refuses a folder that is not there, and a file in its place", async () => {
    const missing = join(folder, "nowhere");
    await expect(loadFolder(missing, SIZE, () => undefined)).rejects.toThrow(UserError);
    await expect(loadFolder(missing, SIZE, () => undefined)).rejects.toThrow(missing);
    await put("file.png", "x");
    const file = join(folder, "file.png");
    await expect(loadFolder(file, SIZE, () => undefined)).rejects.toThrow(UserError);
  });

  it("says what images take that no memory is there for, before it reads any", async () => {
    await put("ant/a.png", await plain(RED).png().toBuffer());
    const huge = loadFolder(folder, { width: 65536, height: 65536 }, () => undefined);
    await expect(huge).rejects.toThrow(UserError);
    await expect(huge).rejects.toThrow(/^1 images of 65536 x 65536 pixels take 12\.0 GiB/);
  });

  it("refuses a folder without images, saying how they should lie", async () => {
    await put("ant/notes.txt", "no image");
    await expect(load()).rejects.toThrow(UserError);
    await expect(load()).rejects.toThrow(
      /one sub-folder per class.*\. Ignored 1 class folder without images: ant\. Ignored 1 file/,
    );
  });
});
