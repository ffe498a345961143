/** What computes CRC-32. */
export interface Checksums {
  crc32(bytes: Uint8Array): number;
}

/** A part of a PNG (PNG, third edition, 5.3). */
export interface Chunk {
  type: string;
  data: Uint8Array;
  /** Whether its checksum fits, or is cut off with what would follow it. */
  isSound(sums: Checksums): boolean;
}

const SIGNATURE_BYTES = 8;
/** Bytes of a chunk's length and type before its data, and of its checksum behind. */
const HEAD = 8;
const TAIL = 4;

/** A PNG's chunks up to its end or that of the file. The last may be cut off. */
export function* readChunks(bytes: Uint8Array): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = SIGNATURE_BYTES; at + HEAD <= bytes.length;) {
    const start = at;
    const end = at + HEAD + view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + HEAD));
    if (type === "IEND") return;
    yield {
      type,
      data: bytes.subarray(at + HEAD, end),
      isSound: (sums) =>
        end + TAIL > bytes.length ||
        sums.crc32(bytes.subarray(start + 4, end)) === view.getUint32(end),
    };
    at = end + TAIL;
  }
}
