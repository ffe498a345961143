import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { compareKeys } from "../../../shared/compareKeys.ts";
import {
  contentsLine,
  type DatasetEntry,
  entrySchema,
  keySchema,
  MAX_IMAGE_BYTES,
  MAX_IMAGES,
} from "../../../shared/dataset/dataset.ts";
import { firstIssue } from "../../../shared/firstIssue.ts";
import { UserError } from "../../error.ts";
import { inParallel } from "../../inParallel.ts";
import { listImages } from "../layouts/recognise.ts";
import { reasonOf } from "../reason.ts";
import { PUSHED_FILE } from "../layouts/pushed.ts";

/** An image by its content; where it is packed is decided later. */
export type Image = Omit<DatasetEntry, "shard">;

/** The labelled images of a folder, as a data set has them. */
export interface Contents {
  /** All classes, in the order in which they are split. */
  classNames: string[];
  trainClasses?: number;
  /** In the order of the bytes of their keys. */
  images: Image[];
  /** Bytes of all images. */
  bytes: number;
  /** What else the folder holds, in lines for a person. */
  remarks: string[];
}

/** Files that are read at a time. */
const AT_ONCE = 4;
const CHUNK_BYTES = 1_000_000;

/** Digests a file a piece at a time. @throws UserError if it is empty or longer than an image may be */
async function digestFile(
  folder: string,
  key: string,
  buffer: Buffer,
): Promise<Pick<Image, "bytes" | "sha256">> {
  const file = await open(join(folder, key)).catch((error: unknown) => {
    throw new UserError(`cannot read ${join(folder, key)}: ${reasonOf(error)}`);
  });
  try {
    const hash = createHash("sha256");
    let bytes = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) break;
      bytes += bytesRead;
      if (bytes > MAX_IMAGE_BYTES) {
        throw new UserError(
          `${join(folder, key)} is longer than ${MAX_IMAGE_BYTES} bytes, the limit of an image; make it smaller, or move it out of the folder`,
        );
      }
      hash.update(buffer.subarray(0, bytesRead));
    }
    if (bytes === 0) {
      throw new UserError(`${join(folder, key)} is empty; move it out of the folder`);
    }
    return { bytes, sha256: hash.digest("hex") };
  } finally {
    await file.close();
  }
}

/** @throws UserError if a data set cannot hold an image of this path or class */
function checkNames(folder: string, key: string, className: string): void {
  const path = keySchema.safeParse(key);
  if (!path.success) {
    throw new UserError(
      `${folder}: a data set cannot hold ${JSON.stringify(key)}: ${firstIssue(path.error).message}`,
    );
  }
  if (key === PUSHED_FILE) throw new UserError(`${folder}: an image cannot be called ${key}`);
  const name = entrySchema.shape.class.safeParse(className);
  if (!name.success) {
    throw new UserError(
      `${folder}: a data set cannot hold the class ${JSON.stringify(className)}: ${firstIssue(name.error).message}`,
    );
  }
}

/**
 * Lists a folder of labelled images in any layout, and digests each image. Whether an image decodes is found when it
 * trains.
 *
 * @param progress called after each image
 * @throws UserError if an image cannot be read, is too long, or has a name that a data set cannot hold
 */
export async function readContents(
  folder: string,
  progress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<Contents> {
  const { records, trainClasses, remarks } = await listImages(folder);
  const classNames = [...new Set(records.map(({ className }) => className))];
  if (records.length > MAX_IMAGES) {
    throw new UserError(
      `${folder} holds ${records.length} images; a data set holds at most ${MAX_IMAGES}`,
    );
  }
  for (const { path, className } of records) checkNames(folder, path, className);
  const images: Image[] = [];
  const buffers = Array.from({ length: AT_ONCE }, () => Buffer.allocUnsafe(CHUNK_BYTES));
  await inParallel(records.values(), AT_ONCE, signal, async ({ path, className }) => {
    const buffer = buffers.pop();
    if (!buffer) throw new Error("more files at a time than buffers");
    const { bytes, sha256 } = await digestFile(folder, path, buffer);
    buffers.push(buffer);
    images.push({ key: path, class: className, bytes, sha256 });
    progress(images.length, records.length);
  });
  signal.throwIfAborted();
  images.sort((a, b) => compareKeys(a.key, b.key));
  const total = images.reduce((sum, { bytes }) => sum + bytes, 0);
  return { classNames, trainClasses, images, bytes: total, remarks };
}

/** SHA-256 over the lines that say what a data set holds, however it is packed. */
export function contentsDigest(images: readonly Image[]): string {
  const hash = createHash("sha256");
  for (const image of images) hash.update(contentsLine(image));
  return hash.digest("hex");
}
