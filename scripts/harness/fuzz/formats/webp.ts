/** A chunk of a WebP: four letters, and its data. */
export interface WebpChunk {
  type: string;
  data: Buffer;
}

/** The complete chunks of a WebP, which may be damaged; empty if it is no WebP. */
export function readWebp(bytes: Buffer): WebpChunk[] {
  const chunks: WebpChunk[] = [];
  if (bytes.toString("latin1", 0, 4) !== "RIFF") return chunks;
  for (let at = 12; at + 8 <= bytes.length;) {
    const length = bytes.readUInt32LE(at + 4);
    if (at + 8 + length > bytes.length) break;
    const type = bytes.toString("latin1", at, at + 4);
    chunks.push({ type, data: bytes.subarray(at + 8, at + 8 + length) });
    at += 8 + length + (length % 2);
  }
  return chunks;
}

/** Makes a WebP of chunks, with right lengths. */
export function writeWebp(chunks: readonly WebpChunk[]): Buffer {
  const parts = chunks.map(({ type, data }) => {
    const head = Buffer.from(`${type}    `, "latin1");
    head.writeUInt32LE(data.length, 4);
    return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
  });
  const body = Buffer.concat([Buffer.from("WEBP"), ...parts]);
  const head = Buffer.from("RIFF    ");
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}
