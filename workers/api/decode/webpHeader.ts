/** Bytes up to the end of the size fields, by type of the first chunk. */
const LENGTHS: Record<string, number> = { VP8X: 30, VP8L: 25, "VP8 ": 30 };

const ANIMATED = 0x02;

/**
 * Reads the size of a WebP from its header.
 *
 * @returns width and height in pixels
 * @throws Error if the WebP is animated, or its header is broken or cut off
 */
export function readWebpHeader(bytes: Uint8Array): { width: number; height: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = String.fromCharCode(...bytes.subarray(12, 16));
  if (bytes.length < (LENGTHS[type] ?? 16)) throw new Error("the WebP is cut off");
  switch (type) {
    case "VP8X":
      if (bytes[20]! & ANIMATED) throw new Error("it is animated, which is not supported");
      return {
        width: 1 + view.getUint16(24, true) + 0x1_0000 * bytes[26]!,
        height: 1 + view.getUint16(27, true) + 0x1_0000 * bytes[29]!,
      };
    case "VP8L": {
      const sides = view.getUint32(21, true);
      return { width: 1 + (sides & 0x3fff), height: 1 + ((sides >>> 14) & 0x3fff) };
    }
    case "VP8 ":
      return {
        width: view.getUint16(26, true) & 0x3fff,
        height: view.getUint16(28, true) & 0x3fff,
      };
    default:
      throw new Error("the WebP does not begin with a picture");
  }
}
