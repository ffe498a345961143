import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pack } from "tar-stream";
import { UserError } from "../../error.ts";
import { reasonOf } from "../reason.ts";
import type { Image } from "./contents.ts";

/** A shard is closed before it grows beyond this; one image alone may. */
export const SHARD_BYTES = 32_000_000;

const BLOCK = 512;
const inBlocks = (bytes: number) => BLOCK * Math.ceil(bytes / BLOCK);

/** An archive ends with two empty blocks. */
export const END_BYTES = 2 * BLOCK;

/** Longest name of plain ASCII that needs no header of its own. */
const SHORT_NAME = 100;

/** Bytes that an image takes in a shard. Some long names take two blocks less, because they fit the usual header. */
export function packedBytes({ key, bytes }: Image): number {
  const length = Buffer.byteLength(key);
  const isShort = length === key.length && length <= SHORT_NAME;
  // A line of the header is its own length, "path=" and the name.
  const header = isShort ? 0 : BLOCK + inBlocks(length + 12);
  return header + BLOCK + inBlocks(bytes);
}

/** A tar archive of images. */
export interface Shard {
  bytes: Buffer<ArrayBuffer>;
  sha256: string;
}

/** Divides images into shards, in their order. The same images always give the same shards. */
export function groupIntoShards(images: readonly Image[]): Image[][] {
  const shards: Image[][] = [];
  let bytes = Infinity;
  for (const image of images) {
    const added = packedBytes(image);
    if (bytes + added > SHARD_BYTES) {
      shards.push([]);
      bytes = 0;
    }
    shards.at(-1)?.push(image);
    bytes += added;
  }
  return shards;
}

/** @throws UserError if the file is no longer what was digested */
async function readImage(folder: string, { key, sha256 }: Image): Promise<Buffer> {
  const path = join(folder, key);
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new UserError(`cannot read ${path}: ${reasonOf(error)}`);
  });
  if (createHash("sha256").update(bytes).digest("hex") !== sha256) {
    throw new UserError(`${path} has changed while the folder was pushed; push it again`);
  }
  return bytes;
}

/**
 * Packs images into a tar archive whose bytes depend on nothing but their paths and contents. A reader of WebDataset
 * takes each as a sample. Their classes are in the entries alone, so that a shard outlives a change of them.
 */
export async function packShard(folder: string, images: readonly Image[]): Promise<Shard> {
  const tar = pack();
  for (const image of images) {
    const owner = { mode: 0o644, uid: 0, gid: 0, uname: "", gname: "", mtime: new Date(0) };
    const bytes = await readImage(folder, image);
    tar.entry({ ...owner, name: image.key, type: "file", size: bytes.length }, bytes);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  return { bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
}
