/** A segment of a JPEG: its marker's second byte, its data, and the coded data of a scan. */
export interface JpegSegment {
  marker: number;
  data: Buffer;
  coded: Buffer;
}

export const SOS = 0xda;

export const isSof = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** The end of the coded data that start at `at`: the next marker that is neither a stuffed byte nor a restart. */
function endOfCoded(bytes: Buffer, at: number): number {
  for (; at + 1 < bytes.length; at++) {
    const next = bytes[at + 1]!;
    if (bytes[at] === 0xff && next !== 0 && (next < 0xd0 || next > 0xd7)) return at;
  }
  return bytes.length;
}

/** The complete segments of a JPEG, which may be damaged; empty if it is no JPEG. */
export function readJpeg(bytes: Buffer): JpegSegment[] {
  const segments: JpegSegment[] = [];
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== 0xffd8) return segments;
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1]!;
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    if (end > bytes.length || end < at + 4) break;
    const data = bytes.subarray(at + 4, end);
    at = marker === SOS ? endOfCoded(bytes, end) : end;
    segments.push({ marker, data, coded: bytes.subarray(end, at) });
  }
  return segments;
}

/** Makes a JPEG of segments. */
export function writeJpeg(segments: readonly JpegSegment[]): Buffer {
  const parts = segments.map(({ marker, data, coded }) => {
    const head = Buffer.from([0xff, marker, 0, 0]);
    head.writeUInt16BE(Math.min(0xffff, data.length + 2), 2);
    return Buffer.concat([head, data, coded]);
  });
  return Buffer.concat([Buffer.from([0xff, 0xd8]), ...parts, Buffer.from([0xff, 0xd9])]);
}
