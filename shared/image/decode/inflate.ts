import { Unzlib } from "fflate";

/** Compressed bytes that are inflated together: more of them make more than is wanted in memory at once. */
const STEP = 16 * 1024;

/**
 * Inflates zlib data (RFC 1950), part by part, until the reader has enough.
 *
 * @param read gets parts of any size; says whether it has enough
 * @throws Error where the data are damaged or end before that
 */
export function inflate(parts: readonly Uint8Array[], read: (part: Uint8Array) => boolean): void {
  let enough = false;
  const stream = new Unzlib((part) => {
    enough ||= read(part);
  });
  for (const part of parts) {
    for (let at = 0; at < part.length; at += STEP) {
      stream.push(part.subarray(at, at + STEP));
      if (enough) return;
    }
  }
  throw new Error("it is cut off");
}
