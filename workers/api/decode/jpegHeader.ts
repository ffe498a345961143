/** Markers without a length: TEM, RST0 to RST7. */
const isBare = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);

/** SOF0 to SOF15; between them lie DHT, JPG and DAC. */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;

/** Encoders write 1 to 12. Each goes over the whole picture, though it may take a few bytes alone. */
const MAX_SCANS = 40;

/** @throws Error where a frame is of a kind that the codec does not know, which would not say so itself */
function checkFrame(marker: number, precision: number, components: number): void {
  const unsupported = (what: string) => new Error(`it is ${what}, which is not supported`);
  // The last two bits count baseline, extended, progressive and lossless.
  if (marker % 4 === 3) throw unsupported("lossless");
  if (marker > 0xc8) throw unsupported("arithmetic-coded");
  if (marker > 0xc4) throw unsupported("hierarchical");
  if (precision !== 8) throw unsupported(`of ${precision} bits a channel`);
  if (components === 4) throw unsupported("CMYK or YCCK");
  if (components !== 1 && components !== 3) throw unsupported(`of ${components} channels`);
}

/** Where the next marker's 0xff stands after entropy-coded data, in which 0xff 0x00 is a byte. */
function skipScan(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0 || at + 1 === bytes.length) return bytes.length;
    const next = bytes[at + 1]!;
    if (next !== 0x00 && !isBare(next)) return at;
    at += 2;
  }
}

/**
 * Walks a JPEG's segments (ITU-T T.81, annex B) to its end. The codec fills what is missing with
 * grey and says nothing, so that half an image would get an embedding. The thumbnail inside an EXIF
 * segment, with an end of its own, is skipped with its segment; bytes after the end are allowed.
 *
 * @returns the frame's size in pixels
 * @throws Error where the JPEG is cut off, its segments are broken, or it is of a kind that is not supported
 */
export function readJpegHeader(bytes: Uint8Array): { width: number; height: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let size: { width: number; height: number } | undefined;
  let scans = 0;
  let at = 2;
  while (at + 1 < bytes.length) {
    if (bytes[at] !== 0xff) throw new Error("the JPEG's segments are broken");
    const marker = bytes[at + 1]!;
    // Any number of 0xff may stand before a marker.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (isBare(marker)) {
      at += 2;
      continue;
    }
    if (marker === END_OF_IMAGE) {
      if (size && scans > 0) return size;
      throw new Error("the JPEG holds no image");
    }
    if (at + 4 > bytes.length) break;
    if (isFrame(marker)) {
      if (at + 10 > bytes.length) break;
      if (size) throw new Error("the JPEG holds two frames");
      checkFrame(marker, bytes[at + 4]!, bytes[at + 9]!);
      size = { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    at += 2 + view.getUint16(at + 2);
    if (marker === START_OF_SCAN) {
      scans += 1;
      if (scans > MAX_SCANS) throw new Error(`it has more than ${MAX_SCANS} scans`);
      at = skipScan(bytes, at);
    }
  }
  throw new Error("the JPEG is cut off");
}
