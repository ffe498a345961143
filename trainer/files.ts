import { randomBytes } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Writes a whole file or nothing: it writes under a temporary name, then renames.
 *
 * @param content the bytes or text, or parts of it in their order
 * @param mode permissions from the first byte on; default: everybody may read
 */
export async function writeAtomically(
  path: string,
  content: string | Uint8Array | Uint8Array[],
  mode = 0o666,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await writeFile(temporary, content, { mode });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    // What fails while it writes names no file.
    if (error instanceof Error && !error.message.includes(temporary)) error.message += ` '${path}'`;
    throw error;
  }
}
