import type { JpegHeader } from "./header.ts";
import type { Segment } from "./segments.ts";

const DQT = 0xdb;
const SOS = 0xda;

const START_OF_IMAGE = Uint8Array.of(0xff, 0xd8);
const END_OF_IMAGE = Uint8Array.of(0xff, 0xd9);

/** Whether a scan of a progressive JPEG holds frequencies above 0 (T.81, B.2.3: the start of its spectrum). */
function isDetail(bytes: Uint8Array, { start }: Segment): boolean {
  const components = bytes[start + 4]!;
  return bytes[start + 5 + 2 * components]! > 0;
}

/**
 * Quantization tables (T.81, B.2.4.1) without the steps of frequencies above 0. Decoders smooth a picture
 * whose scans of these are missing, unless the tables say that there are none.
 */
function withoutDetail(segment: Uint8Array): Uint8Array {
  const tables = new Uint8Array(segment);
  for (let at = 4; at < tables.length;) {
    const bytes = tables[at]! >> 4 === 0 ? 1 : 2;
    tables.fill(0, at + 1 + bytes, at + 1 + 64 * bytes);
    at += 1 + 64 * bytes;
  }
  return tables;
}

/**
 * What the codec needs of a JPEG. At an eighth of its size each block of 8 x 8 is its mean: the scans of a
 * progressive JPEG that hold anything else are left out.
 */
export function partsOf(bytes: Uint8Array, header: JpegHeader, scale: number): Uint8Array[] {
  const { segments, progressive } = header;
  const means = progressive && scale === 8;
  const kept = means
    ? segments.filter((segment) => segment.marker !== SOS || !isDetail(bytes, segment))
    : segments;
  const parts = kept.map((segment) => {
    const part = bytes.subarray(segment.start, segment.end);
    return means && segment.marker === DQT ? withoutDetail(part) : part;
  });
  return [START_OF_IMAGE, ...parts, END_OF_IMAGE];
}
