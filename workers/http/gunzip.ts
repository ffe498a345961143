import { crc32 } from "./crc32.ts";

/**
 * Compressed bytes that are unpacked together. A byte of deflate unpacks to at most 1,032, so that at most
 * 4 MB come at once.
 */
const STEP = 4096;

/** CRC-32 and length, which end a member of a gzip file (RFC 1952, 2.3.1). */
const TRAILER_BYTES = 8;

/**
 * Unpacks gzip data of one member while they arrive, no faster than the reader takes the parts. (workerd's
 * DecompressionStream unpacks everything that has arrived, whether or not anybody reads it: 300 kB of zeros
 * become 300 MB in memory.)
 *
 * @throws Error where the data are damaged, cut off, or followed by something else
 */
export async function* gunzip(
  compressed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  // Its tables take milliseconds to make, which most isolates never need.
  const { Gunzip } = await import("./inflator.ts");
  let unpacked: Uint8Array[] = [];
  const stream = new Gunzip((part) => unpacked.push(part));
  let end = new Uint8Array();
  let checksum = 0;
  let length = 0;
  function* push(step: Uint8Array, final: boolean) {
    stream.push(step, final);
    for (const part of unpacked) {
      checksum = crc32(part, checksum);
      length += part.length;
      if (part.length > 0) yield part;
    }
    unpacked = [];
  }
  for await (const chunk of compressed) {
    for (let at = 0; at < chunk.length; at += STEP) {
      const step = chunk.subarray(at, at + STEP);
      end = lastOf(end, step);
      yield* push(step, false);
    }
  }
  yield* push(new Uint8Array(), true);
  const trailer = new DataView(end.buffer, end.byteOffset, end.length);
  if (trailer.getUint32(0, true) !== checksum || trailer.getUint32(4, true) !== length % 2 ** 32) {
    throw new Error("the gzip data are damaged or cut off");
  }
}

/** The last bytes of two parts, as many as a trailer has. */
function lastOf(before: Uint8Array, part: Uint8Array): Uint8Array<ArrayBuffer> {
  const kept = before.subarray(Math.max(0, before.length + part.length - TRAILER_BYTES));
  const added = part.subarray(Math.max(0, part.length - TRAILER_BYTES));
  const joined = new Uint8Array(kept.length + added.length);
  joined.set(kept);
  joined.set(added, kept.length);
  return joined;
}
