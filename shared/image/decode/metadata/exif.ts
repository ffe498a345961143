/** How a picture must be turned or mirrored to stand upright (Exif 2.32, 4.6.4 A, tag 274). */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const ORIENTATION = 274;

/** How the value of a type is read (TIFF 6.0, page 15). It should be SHORT, but some programs write others. */
const READERS = new Map<number, (view: DataView, at: number, little: boolean) => number>([
  [1, (view, at) => view.getUint8(at)],
  [3, (view, at, little) => view.getUint16(at, little)],
  [4, (view, at, little) => view.getUint32(at, little)],
  [9, (view, at, little) => view.getInt32(at, little)],
]);

const isOrientation = (value: number): value is Orientation => value >= 1 && value <= 8;

const PREFIX = [0x45, 0x78, 0x69, 0x66, 0, 0];

/** The bytes after the prefix `Exif 0 0` of JPEG and some WebP files; null if it is missing. */
export const withoutPrefix = (bytes: Uint8Array): Uint8Array | null =>
  PREFIX.every((byte, i) => bytes[i] === byte) ? bytes.subarray(PREFIX.length) : null;

/**
 * @param tiff an Exif block, from its byte order on
 * @returns 1, upright, where it says nothing or is broken
 */
export function readOrientation(tiff: Uint8Array): Orientation {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (tiff.length < 8) return 1;
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return 1;
  const little = order === 0x4949;
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return 1;
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + i * 12;
    if (entry + 12 > tiff.length) return 1;
    if (view.getUint16(entry, little) !== ORIENTATION) continue;
    const read = READERS.get(view.getUint16(entry + 2, little));
    const value = read?.(view, entry + 8, little) ?? 1;
    return isOrientation(value) ? value : 1;
  }
  return 1;
}
