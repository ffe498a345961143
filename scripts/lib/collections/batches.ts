import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Skipped } from "../../../trainer/data/skipped.ts";
import type { Upload } from "./client.ts";
import type { Picture } from "./pictures.ts";

/** How much is sent in one request. A larger file goes alone. */
const FILES_AT_ONCE = 100;
const BYTES_AT_ONCE = 7_500_000;

/** A Worker that is sent more than it reads of a refused request closes the connection, and its refusal is lost. */
const MAX_FILE_BYTES = 32 * 2 ** 20;

/** A file to send. */
export interface File extends Upload {
  path: string;
}

/** What becomes of the files that need not or cannot be sent. */
interface Aside {
  /** Whether the collection holds this already. */
  isThere: (picture: Picture, sha256: string) => boolean;
  onThere: () => void;
  onSkipped: (skipped: Skipped) => void;
}

async function read(folder: string, path: string): Promise<Uint8Array<ArrayBuffer> | string> {
  try {
    const file = join(folder, path);
    const { size } = await stat(file);
    if (size > MAX_FILE_BYTES) return `larger than ${MAX_FILE_BYTES} bytes`;
    return new Uint8Array(await readFile(file));
  } catch (error) {
    return `cannot be read: ${error instanceof Error && "code" in error ? String(error.code) : String(error)}`;
  }
}

/** The files that are to be sent, in groups that fit into a request. Only one group is in memory. */
export async function* batches(
  folder: string,
  pictures: readonly Picture[],
  { isThere, onThere, onSkipped }: Aside,
): AsyncGenerator<File[], void> {
  let batch: File[] = [];
  let size = 0;
  for (const picture of pictures) {
    const bytes = await read(folder, picture.path);
    if (typeof bytes === "string") {
      onSkipped({ path: picture.path, reason: bytes });
      continue;
    }
    if (isThere(picture, createHash("sha256").update(bytes).digest("hex"))) {
      onThere();
      continue;
    }
    const isFull = batch.length === FILES_AT_ONCE || size + bytes.length > BYTES_AT_ONCE;
    if (batch.length > 0 && isFull) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push({ ...picture, bytes });
    size += bytes.length;
  }
  if (batch.length > 0) yield batch;
}
