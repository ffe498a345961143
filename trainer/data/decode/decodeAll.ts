import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Frame } from "../../../shared/image/frame.ts";
import { reasonOf } from "../reason.ts";
import { decodedPath, readDecoded, writeDecoded } from "./decodedCache.ts";
import { openReader } from "./reader.ts";

/** Where decoded images are kept for the next run. */
export interface Cache {
  folder: string;
  /** Prints a line for a person: why they could not be kept. */
  say: (line: string) => void;
}

interface Decoded {
  /** SHA-256 of each file that could be read. */
  digests: string[];
  /** Why an image did not decode, by its position. Its pixels are undefined. */
  failed: ReadonlyMap<number, string>;
}

/** Images in progress at a time, so that files are read while one is decoded. */
const AT_ONCE = 3;

/** @returns the reason of each failure, by position */
async function forEachImage(
  count: number,
  work: (image: number) => Promise<void>,
): Promise<Map<number, string>> {
  const failed = new Map<number, string>();
  let next = 0;
  const go = async () => {
    while (next < count) {
      const image = next++;
      await work(image).catch((error: unknown) => failed.set(image, reasonOf(error)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, go));
  return failed;
}

/**
 * Decodes images, or reads what an earlier run decoded from the same files.
 *
 * @param paths below the folder
 * @param pixels receives the RGB bytes, image after image
 * @param progress called after each image that is decoded
 */
export async function decodeAll(
  folder: string,
  paths: readonly string[],
  pixels: Uint8Array,
  frame: Frame,
  progress: (done: number, total: number) => void,
  cache: Cache | null,
): Promise<Decoded> {
  const digests: string[] = [];
  const stride = frame.width * frame.height * 3;
  const reader = openReader();
  let done = 0;
  const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
  const decode = () =>
    forEachImage(paths.length, async (image) => {
      try {
        const bytes = await readFile(join(folder, paths[image]!));
        digests[image] = digest(bytes);
        pixels.set(reader.read(bytes, frame), image * stride);
      } finally {
        progress(++done, paths.length);
      }
    });
  if (!cache) return { digests, failed: await decode() };

  const unreadable = await forEachImage(paths.length, async (image) => {
    digests[image] = digest(await readFile(join(folder, paths[image]!)));
  });
  // A file that cannot be read now may be readable at the next run, so nothing is kept.
  if (unreadable.size > 0) return { digests, failed: await decode() };
  const path = decodedPath(cache.folder, digests, frame);
  const kept = await readDecoded(path, pixels);
  if (kept) return { digests, failed: kept };
  const failed = await decode();
  try {
    await writeDecoded(path, pixels, failed);
  } catch (error) {
    cache.say(`The decoded images are not kept for the next run: ${reasonOf(error)}`);
  }
  return { digests, failed };
}
