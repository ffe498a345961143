import { Unzlib } from "fflate";

/** Compressed bytes that are inflated together: more of them make more than is wanted in memory at once. */
const STEP = 16 * 1024;

/** The same bytes in parts of one length. A push costs as much for a byte as for thousands. */
function* steps(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  let step = new Uint8Array(STEP);
  let filled = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length;) {
      const taken = part.subarray(at, at + STEP - filled);
      step.set(taken, filled);
      at += taken.length;
      filled += taken.length;
      if (filled < STEP) continue;
      yield step;
      step = new Uint8Array(STEP);
      filled = 0;
    }
  }
  yield step.subarray(0, filled);
}

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
  for (const step of steps(parts)) {
    stream.push(step);
    if (enough) return;
  }
  throw new Error("it is cut off");
}
