/** Markers without a length: TEM, RST0 to RST7. */
const isBare = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);

/** SOF0 to SOF15, without DHT, JPG and DAC, whose markers lie between them. */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;

/** Encoders write 1 to 12 scans. A scan of a few bytes makes the decoder pass over the whole picture. */
const MAX_SCANS = 40;

/** Checks the kind of a frame, because the codec fails silently. @throws Error if the codec does not support it */
function checkFrame(marker: number, precision: number, components: number): void {
  const unsupported = (what: string) => new Error(`it is ${what}, which is not supported`);
  // The last two bits: baseline, extended, progressive, lossless.
  if (marker % 4 === 3) throw unsupported("lossless");
  if (marker > 0xc8) throw unsupported("arithmetic-coded");
  if (marker > 0xc4) throw unsupported("hierarchical");
  if (precision !== 8) throw unsupported(`of ${precision} bits a channel`);
  if (components === 4) throw unsupported("CMYK or YCCK");
  if (components !== 1 && components !== 3) throw unsupported(`of ${components} channels`);
}

/** The position of the next marker after entropy-coded data, in which 0xff 0x00 stands for a byte 0xff. */
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
 * Walks the segments of a JPEG (ITU-T T.81, annex B) to its end. The check is necessary because the codec
 * silently fills missing parts with grey, so half an image would get an embedding. A thumbnail in an EXIF
 * segment is skipped with its segment. Bytes after the end are allowed.
 *
 * @returns the size of the frame in pixels
 * @throws Error if the JPEG is cut off, its segments are broken, or its kind is not supported
 */
export function readJpegHeader(bytes: Uint8Array): { width: number; height: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let size: { width: number; height: number } | undefined;
  let scans = 0;
  let at = 2;
  while (at + 1 < bytes.length) {
    if (bytes[at] !== 0xff) throw new Error("the JPEG's segments are broken");
    const marker = bytes[at + 1]!;
    // Any number of 0xff may precede a marker.
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
