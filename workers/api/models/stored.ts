import { toHex } from "../../../shared/hex.ts";
import type { ByteSource } from "../../../shared/package/source.ts";

/** A file whose rest may be left. */
export interface StoredFile extends ByteSource {
  size: number;
  /** Ends the transfer: nothing is read after it. */
  cancel(): Promise<void>;
}

/** An object of the bucket as a file that is hashed as it is read. */
export function fileOfObject({ key, size, body }: R2ObjectBody): StoredFile {
  const reader = body.getReader({ mode: "byob" });
  const digest = new crypto.DigestStream("SHA-256");
  const hashing = digest.getWriter();
  return {
    size,
    cancel: () => reader.cancel(),
    async read(length) {
      if (length === 0) return new Uint8Array();
      const { value } = await reader.readAtLeast(length, new Uint8Array(length));
      if (value?.length !== length) throw new Error(`the bucket gave only a part of ${key}`);
      await hashing.write(value);
      return value;
    },
    async sha256() {
      await hashing.close();
      return toHex(new Uint8Array(await digest.digest));
    },
  };
}
