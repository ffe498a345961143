/** Length and type of the first chunk. */
const HEADER = [0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52];

/**
 * Reads the size of a PNG from its header.
 *
 * @returns width and height in pixels
 * @throws Error if the PNG does not begin with a header
 */
export function readPngHeader(bytes: Uint8Array): { width: number; height: number } {
  if (bytes.length < 33 || HEADER.some((byte, i) => bytes[8 + i] !== byte)) {
    throw new Error("the PNG has no header");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}
