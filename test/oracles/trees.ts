import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import sharp from "sharp";
import { afterEach } from "vitest";
import { type Dataset, loadFolder } from "../../trainer/data/folder.ts";

/** What a tree holds: text, bytes, or an image of one grey by its brightness. */
export type Tree = Record<string, string | Uint8Array | number>;

const roots: string[] = [];

afterEach(async () => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true });
});

async function image(path: string, grey: number): Promise<Buffer> {
  const plain = sharp({
    create: { width: 5, height: 3, channels: 3, background: { r: grey, g: grey, b: grey } },
  });
  return extname(path).toLowerCase() === ".png"
    ? plain.png().toBuffer()
    : plain.jpeg({ quality: 100 }).toBuffer();
}

/** Writes a tree of files by path into a folder of its own, which goes after the test. */
export async function plant(tree: Tree): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "tree-"));
  roots.push(root);
  for (const [path, content] of Object.entries(tree)) {
    await mkdir(join(root, dirname(path)), { recursive: true });
    const bytes = typeof content === "number" ? await image(path, content) : content;
    await writeFile(join(root, path), bytes);
  }
  return root;
}

/** Loads a planted tree, at a few pixels. */
export async function loadTree(tree: Tree): Promise<Dataset> {
  return loadFolder(await plant(tree), { width: 2, height: 2 }, () => undefined);
}

/** A tree's images by class, in the order of the classes, each with its grey. */
export function greysByClass({
  classes,
  labels,
  pixels,
  paths,
}: Dataset): Record<string, number[]> {
  const stride = pixels.length / paths.length;
  return Object.fromEntries(
    classes.map((name, label) => [
      name,
      paths.flatMap((_, i) => (labels[i] === label ? [pixels[i * stride]] : [])),
    ]),
  );
}
