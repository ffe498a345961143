import { crc32 } from "node:zlib";

/** A chunk of a PNG: four letters, and its data. */
export interface PngChunk {
  type: string;
  data: Buffer;
}

export const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** The complete chunks of a PNG, which may be damaged; empty if it is no PNG. Checksums are not checked. */
export function readPng(bytes: Buffer): PngChunk[] {
  const chunks: PngChunk[] = [];
  if (!bytes.subarray(0, 8).equals(PNG_SIGNATURE)) return chunks;
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    if (at + 12 + length > bytes.length) break;
    const type = bytes.toString("latin1", at + 4, at + 8);
    chunks.push({ type, data: bytes.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

/** Makes a PNG of chunks, with right checksums. */
export function writePng(chunks: readonly PngChunk[]): Buffer {
  const parts = chunks.map(({ type, data }) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  });
  return Buffer.concat([PNG_SIGNATURE, ...parts]);
}
