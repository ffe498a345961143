import { sha256 } from "./digest.ts";

/** A file that is read from its beginning to its end. */
export interface ByteSource {
  /** The next `length` bytes, in memory that nobody else has. @throws Error where the file has ended */
  read(length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** SHA-256 of all that was read, as 64 hex digits. Nothing can be read after it. */
  sha256(): Promise<string>;
}

/** Bytes as a file. */
export function sourceOf(bytes: Uint8Array): ByteSource {
  let position = 0;
  return {
    read: (length) => {
      const part = new Uint8Array(bytes.subarray(position, position + length));
      position += part.length;
      return Promise.resolve(part);
    },
    sha256: () => sha256(new Uint8Array(bytes.subarray(0, position))),
  };
}
