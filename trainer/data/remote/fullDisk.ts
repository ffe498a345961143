import { statfs } from "node:fs/promises";
import { UserError } from "../../error.ts";

/** No room, no share of it left, no room for so long a file. */
const CODES = ["ENOSPC", "EDQUOT", "EFBIG"];

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/**
 * Says what a full disk lacks.
 *
 * @param folder on that disk
 * @param needed what is to be written there, with its bytes
 * @returns the error itself if it is another
 */
export async function explainFullDisk(
  error: unknown,
  folder: string,
  needed: { what: string; bytes: number },
): Promise<unknown> {
  const isFull = error instanceof Error && "code" in error && CODES.includes(String(error.code));
  if (!isFull) return error;
  const room = await statfs(folder).catch(() => null);
  const free = room ? `, which has ${megabytes(room.bavail * room.bsize)} free` : "";
  return new UserError(
    `the disk of ${folder} is full${free}: ${needed.what} needs ${megabytes(needed.bytes)} (${error.message}); make room`,
  );
}
