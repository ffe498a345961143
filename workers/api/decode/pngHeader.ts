/** The first chunk's length and type. */
const HEADER = [0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52];

/**
 * @returns the size in pixels that a PNG claims
 * @throws Error where it does not begin with its header
 */
export function readPngHeader(bytes: Uint8Array): { width: number; height: number } {
  if (bytes.length < 33 || HEADER.some((byte, i) => bytes[8 + i] !== byte)) {
    throw new Error("the PNG has no header");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}
