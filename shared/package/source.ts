import { sha256 } from "./digest.ts";

/** Reads a file from its beginning to its end. */
export interface ByteSource {
  /** Reads the next `length` bytes into new memory. @throws Error if the file has ended */
  read(length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** SHA-256 of all bytes read, as 64 hex digits. Nothing can be read afterwards. */
  sha256(): Promise<string>;
}

/** Makes a source of bytes in memory. */
export function sourceOf(bytes: Uint8Array<ArrayBuffer>): ByteSource {
  let position = 0;
  return {
    read: (length) => {
      const part = new Uint8Array(bytes.subarray(position, position + length));
      position += part.length;
      return Promise.resolve(part);
    },
    sha256: () => sha256(bytes.subarray(0, position)),
  };
}
